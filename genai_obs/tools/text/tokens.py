"""Words of a small language: a lexer built from a table of rules, for every language of the package."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from genai_obs.tools.text.source import Source, Span

# Kind of the token that follows the last one; its span is empty and lies at the end of the text.
END = "end"

# Kind of a single character that no rule takes.
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text; a symbol such as ``<=`` is its own kind."""

    kind: str
    text: str
    span: Span

    def is_word(self, *words: str) -> bool:
        """Return whether this is one of these words (lower case), in any case, without quotes."""
        return self.kind == "name" and self.text.lower() in words


@dataclass(frozen=True, slots=True)
class Rule:
    """
    How tokens of a kind look.

    Args:
        kind: Kind of the token; None means that the text found is skipped; ``""`` that each text is its own kind.

        pattern: Regular expression, tried at each place in the order of the table; it must not match an empty text.

        when: Whether the rule holds after the tokens found so far; None means always.
    """

    kind: str | None
    pattern: str
    when: Callable[[Sequence[Token], int], bool] | None = None


class Lexer:
    """
    Cuts a text into tokens by a table of rules, first rule first.

    A text that no rule takes becomes one token of kind ``unknown`` a character, so that every text has tokens
    and the caller decides what to say.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = [(rule, re.compile(rule.pattern)) for rule in rules]

    def tokens(self, source: Source) -> list[Token]:
        """Return the tokens of a text in order, the last of kind ``end``."""
        found: list[Token] = []
        offset, size = 0, len(source.text)
        while offset < size:
            kind, end = self._match(source.text, offset, found)
            if kind is not None:
                text = source.text[offset:end]
                found.append(Token(kind or text, text, Span(offset, end)))
            offset = end
        found.append(Token(END, "", Span(size, size)))
        return found

    def _match(self, text: str, offset: int, found: Sequence[Token]) -> tuple[str | None, int]:
        for rule, pattern in self._rules:
            match = pattern.match(text, offset)
            if match and (rule.when is None or rule.when(found, offset)):
                return rule.kind, match.end()
        return UNKNOWN, offset + 1
