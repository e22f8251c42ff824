"""A place in a row of tokens: what every recursive-descent parser of the package stands on."""

from collections.abc import Sequence

from genai_obs.tools.text.diagnostics import Diagnostic
from genai_obs.tools.text.source import Source, Span
from genai_obs.tools.text.tokens import END, Token


class ProblemError(Exception):
    """Ends the parsing of one part of a text; the parser catches it, keeps the problem and goes on behind."""

    def __init__(self, problem: Diagnostic) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Cursor:
    """Reads tokens one after another; at the end it keeps giving the ``end`` token."""

    def __init__(self, source: Source, tokens: Sequence[Token]) -> None:
        self.source = source
        self.position = 0
        self._tokens = tokens

    def peek(self, ahead: int = 0) -> Token:
        """Return a coming token without taking it."""
        return self._tokens[min(self.position + ahead, len(self._tokens) - 1)]

    def take(self) -> Token:
        """Return the next token and step behind it."""
        token = self.peek()
        if token.kind != END:
            self.position += 1
        return token

    def previous(self) -> Token:
        """Return the token taken last, or the first one when none was."""
        return self._tokens[max(self.position - 1, 0)]

    def at(self, *kinds: str, ahead: int = 0) -> bool:
        """Return whether the next token is of one of these kinds."""
        return self.peek(ahead).kind in kinds

    def at_word(self, *words: str, ahead: int = 0) -> bool:
        """Return whether the next token is one of these words (lower case), in any case of letters."""
        return self.peek(ahead).is_word(*words)

    def accept(self, *kinds: str) -> Token | None:
        """Take the next token if it is of one of these kinds."""
        return self.take() if self.at(*kinds) else None

    def accept_word(self, *words: str) -> Token | None:
        """Take the next token if it is one of these words."""
        return self.take() if self.at_word(*words) else None

    def expect(self, kind: str, what: str, hint: str | None = None) -> Token:
        """Take the next token, which must be of this kind; ``what`` says in words what is missing."""
        if not self.at(kind):
            raise self.unexpected(what, hint)
        return self.take()

    def expect_word(self, word: str, hint: str | None = None) -> Token:
        """Take the next token, which must be this word."""
        if not self.at_word(word):
            raise self.unexpected(word, hint)
        return self.take()

    def unexpected(self, what: str, hint: str | None = None) -> ProblemError:
        """Return the problem that something else than ``what`` comes next."""
        token = self.peek()
        found = "the text ends" if token.kind == END else f"found {shown(token.text)}"
        return self.problem("unexpected-token", f"expected {what}, but {found}", token.span, hint)

    def problem(self, slug: str, message: str, span: Span, hint: str | None = None) -> ProblemError:
        """Return a problem at a place, to be raised."""
        return ProblemError(Diagnostic(slug, message, span, hint))

    def since(self, start: int) -> Span:
        """Return the range from an offset to the end of the token taken last."""
        return Span(start, max(start, self.previous().span.end))


def shown(text: str, limit: int = 40) -> str:
    """Return a text for use in a message: on one line, in quotes, cut when long."""
    line = " ".join(text.split())
    return f'"{line if len(line) <= limit else line[: limit - 1] + "…"}"'
