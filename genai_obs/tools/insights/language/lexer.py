r"""
Tokens of the query language, and the texts that can be none.

A ``/`` opens a regular expression after ``like`` and ``=~``, in the head of ``parse``, and wherever nothing stands
that could be divided; elsewhere it divides. Only ``\"``, ``\'`` and ``\\`` are escapes of a string, any other
backslash is itself (AWS documents no escapes: our choice).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from genai_obs.tools.insights.language.periods import UNITS
from genai_obs.tools.text.diagnostics import Diagnostic
from genai_obs.tools.text.source import Source
from genai_obs.tools.text.tokens import UNKNOWN, Lexer, Rule, Token

_OPERAND_ENDS = frozenset({"name", "number", "period", "string", "]", ")", "open-string", "open-name", "smart-string"})

# Words behind which no division can follow unless somebody named a field so.
_WORDS_BEFORE_REGEX = ("like", "parse", "and", "or", "not", "in", "filter", "where")

# How far back the head of a ``parse`` is looked for: ``parse jsonParse(x).a.b /re/`` is nine tokens.
_HEAD_TOKENS = 16

# Quotes that word processors put in place of straight ones.
_DOUBLE = "\u201c\u201d\u201e"
_SINGLE = "\u2018\u2019\u201a"

_PIECE = r"(?:@*`[^`\n]*`|[\w@]+)"
_UNIT = "|".join(sorted(UNITS, key=len, reverse=True))


def _opens_regex(found: Sequence[Token], _offset: int) -> bool:
    if not found or found[-1].kind not in _OPERAND_ENDS:
        return True
    return found[-1].is_word(*_WORDS_BEFORE_REGEX) or _in_parse_head(found)


def _in_parse_head(found: Sequence[Token]) -> bool:
    for index in range(len(found) - 1, max(-1, len(found) - 1 - _HEAD_TOKENS), -1):
        token = found[index]
        if token.kind in {"string", "regex", "|"}:
            return False
        if token.is_word("parse") and (index == 0 or found[index - 1].kind == "|"):
            return True
    return False


def _wants_pattern(found: Sequence[Token], _offset: int) -> bool:
    return bool(found) and (found[-1].kind == "=~" or found[-1].is_word("like", "parse"))


def _is_no_access(found: Sequence[Token], offset: int) -> bool:
    return not (found and found[-1].kind in {")", "]"} and found[-1].span.end == offset)


def _names_a_source(found: Sequence[Token], _offset: int) -> bool:
    return bool(found) and found[-1].is_word("source") and (len(found) == 1 or found[-2].kind == "|")


_LEXER = Lexer(
    [
        Rule(None, r"[\s\ufeff\u200b]+"),
        Rule(None, r"#[^\n]*"),
        Rule("string", r"""(["'])(?>\\["'\\]|\\(?!["'\\])|(?!\1)[^\\])*\1"""),
        Rule("open-string", r"[\"'][^\n]*"),
        Rule("smart-string", rf"[{_DOUBLE}][^{_DOUBLE}\"\n]*[{_DOUBLE}\"]|[{_SINGLE}][^{_SINGLE}'\n]*[{_SINGLE}']"),
        Rule("path", r"/[^\s|'\"]+", _names_a_source),
        # An empty pattern, so that nobody reads "like //" as a comment.
        Rule("regex", r"//", _wants_pattern),
        Rule("slashes", r"//[^\n]*"),
        Rule("regex", r"/(?>\\[\s\S]|[^/\\])*/", _opens_regex),
        Rule("open-regex", r"/[^\n]*", _opens_regex),
        Rule("odd-number", r"(?:[0-9]+(?:_[0-9]+)+|0[xX][0-9a-fA-F]+)(?![\w@`.])"),
        Rule("number", r"[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?(?![\w@`.])"),
        Rule("number", r"\.[0-9]+(?:[eE][+-]?[0-9]+)?(?![\w@`.])", _is_no_access),
        Rule("period", rf"[0-9]+(?!M(?![a-zA-Z]))(?i:{_UNIT})(?![\w@`.])"),
        Rule("name", rf"{_PIECE}(?:\.{_PIECE})*"),
        Rule("open-name", r"`[^\n]*"),
        Rule("", r"===|!==|==|=~|!=|!~|<>|<=|>=|&&|\|\||\?\?|[-=<>!|+*/%^()\[\],.:;{}?&~$]"),
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
    "open-regex": _Refused(
        "unterminated-regex", "a regular expression does not end", "close it with /; a / inside is \\/", "regex"
    ),
    "open-name": _Refused("unterminated-name", "a name in backticks does not end", "close it with `", "name"),
    "smart-string": _Refused("smart-quotes", "typographic quotes are no quotes", "write \" or '", "string"),
    "slashes": _Refused("no-comment", "// starts no comment", "comments start with #; a text stands in quotes"),
    "odd-number": _Refused("number-form", "a number has only decimal digits here", "write it like 1000", "number"),
    UNKNOWN: _Refused("unexpected-character", "this character means nothing here"),
}

_DASHES = _Refused("unexpected-character", "this dash is no minus", "write -", "-")
_SMART_QUOTE = _Refused("smart-quotes", "a typographic quote is no quote", "write \" or '")
_CHARACTERS = dict.fromkeys("\u2013\u2014\u2212", _DASHES) | dict.fromkeys(_DOUBLE + _SINGLE, _SMART_QUOTE)


def tokenize(source: Source) -> tuple[list[Token], list[Diagnostic]]:
    """Return the tokens of a query, the last of kind ``end``, and what could not be read."""
    tokens: list[Token] = []
    problems: list[Diagnostic] = []
    for token in _LEXER.tokens(source):
        refused = _CHARACTERS.get(token.text) if token.kind == UNKNOWN else None
        refused = refused or _REFUSED.get(token.kind)
        if refused is None:
            tokens.append(token)
            continue
        _note(problems, Diagnostic(refused.slug, refused.message, token.span, refused.hint))
        if refused.taken_as:
            tokens.append(Token(refused.taken_as, token.text, token.span))
    return tokens, problems


def _note(problems: list[Diagnostic], problem: Diagnostic) -> None:
    """Keep a problem; a run of unreadable characters is one problem."""
    last = problems[-1] if problems else None
    if last and last.message == problem.message and last.span.end == problem.span.start:
        span = last.span.to(problem.span)
        problems[-1] = Diagnostic(problem.slug, problem.message, span, problem.hint)
    else:
        problems.append(problem)


def string_value(token: Token) -> str:
    """Return what a quoted text says; typographic quotes count like straight ones."""
    inner = token.text[1:-1] if len(token.text) > 1 and token.text[-1] in f"\"'{_DOUBLE}{_SINGLE}" else token.text[1:]
    return re.sub(r"""\\(["'\\])""", r"\1", inner)


def regex_pattern(token: Token) -> str:
    r"""Return the pattern between slashes, with ``\/`` resolved to ``/``."""
    inner = token.text[1:-1] if len(token.text) > 1 and token.text.endswith("/") else token.text[1:]
    return re.sub(r"\\([\s\S])", lambda found: "/" if found[1] == "/" else found[0], inner)


def name_parts(token: Token) -> tuple[str, ...]:
    """Return the pieces of a name between its dots, without backticks."""
    return tuple(piece.replace("`", "") for piece in re.findall(_PIECE, token.text))
