"""Tokens of metric math, and the texts that can be none."""

from dataclasses import dataclass

from genai_obs.tools.text.diagnostics import Diagnostic
from genai_obs.tools.text.source import Source
from genai_obs.tools.text.tokens import UNKNOWN, Lexer, Rule, Token

_LEXER = Lexer(
    [
        Rule(None, r"\s+"),
        Rule("string", r"""(["'])(?:\\[\s\S]|(?!\1)[^\\])*+\1"""),
        Rule("open-string", r"[\"'][\s\S]*"),
        Rule("number", r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![A-Za-z0-9_.])"),
        Rule("odd-number", r"[0-9][A-Za-z0-9_.]*|\.[0-9][A-Za-z0-9_.]*"),
        Rule("odd-name", r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)+"),
        Rule("name", r"[A-Za-z_][A-Za-z0-9_]*"),
        Rule("", r"===|!==|==|!=|<>|<=|>=|&&|\|\||\*\*|[-+*/^<>=!&|%?:()\[\],]"),
    ]
)


@dataclass(frozen=True, slots=True)
class _Refused:
    slug: str
    message: str
    hint: str | None = None
    # What the parser takes it for, so that it finds further mistakes; None leaves it out.
    taken_as: str | None = None


_REFUSED = {
    "open-string": _Refused("unterminated-text", "a quoted text does not end", "use the same quote", "string"),
    "odd-number": _Refused(
        "math-number", "this is neither a number nor an id", "ids begin with a lower-case letter", "number"
    ),
    "odd-name": _Refused(
        "math-bad-id", "an id has letters, digits and _ only", "give the row an id such as m1, and use that", "name"
    ),
    UNKNOWN: _Refused("unexpected-character", "this character means nothing in metric math"),
}


# Signs that word processors and people put in place of operators.
_SIGNS = {
    "\u00d7": "*",
    "\u22c5": "*",
    "\u00f7": "/",
    "\u2212": "-",
    "\u2013": "-",
    "\u2264": "<=",
    "\u2265": ">=",
    "\u2260": "!=",
}


def tokenize(source: Source) -> tuple[list[Token], list[Diagnostic]]:
    """Return the tokens of an expression, the last of kind ``end``, and what could not be read."""
    tokens: list[Token] = []
    problems: list[Diagnostic] = []
    for token in _LEXER.tokens(source):
        refused = _refused(token)
        if refused is None:
            tokens.append(token)
            continue
        _note(problems, refused, token)
        if refused.taken_as:
            # A sign is taken for the operator it stands for, in its text as well.
            text = refused.taken_as if token.text in _SIGNS else token.text
            tokens.append(Token(refused.taken_as, text, token.span))
    return tokens, problems


def _refused(token: Token) -> _Refused | None:
    sign = _SIGNS.get(token.text)
    if sign is None:
        return _REFUSED.get(token.kind)
    return _Refused("unexpected-character", "this sign is no operator", f"write {sign}", sign)


def _note(problems: list[Diagnostic], refused: _Refused, token: Token) -> None:
    """Keep a problem; a run of unreadable characters is one problem."""
    last = problems[-1] if problems else None
    span = token.span
    if last and last.message == refused.message and last.span.end == span.start:
        span = problems.pop().span.to(span)
    problems.append(Diagnostic(refused.slug, refused.message, span, refused.hint))
