"""Tokens of the query language."""

import pytest

from genai_obs.tools.insights.language.lexer import name_parts, regex_pattern, string_value, tokenize
from genai_obs.tools.text.source import Source
from genai_obs.tools.text.tokens import Token


def _tokens(text: str) -> list[Token]:
    tokens, problems = tokenize(Source(text))
    assert not problems
    return tokens[:-1]


def _kinds(text: str) -> list[str]:
    return [token.kind for token in _tokens(text)]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("a / b / c", ["name", "/", "name", "/", "name"]),
        ("(a) / 2", ["(", "name", ")", "/", "number"]),
        ("x like /a|b/", ["name", "name", "regex"]),
        ("x =~ /a/", ["name", "=~", "regex"]),
        ("parse x /a/", ["name", "name", "regex"]),
        ("parse jsonParse(x).y[0] /a/", ["name", "name", "(", "name", ")", ".", "name", "[", "number", "]", "regex"]),
        ("parse x /a/ | fields a / b", ["name", "name", "regex", "|", "name", "name", "/", "name"]),
        ("x = /a/", ["name", "=", "regex"]),
        ("x like //", ["name", "name", "regex"]),
    ],
)
def test_a_slash_divides_or_opens_a_pattern(text: str, kinds: list[str]) -> None:
    """What stands before a slash decides."""
    assert _kinds(text) == kinds


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("200", "number"),
        ("1.5", "number"),
        (".5", "number"),
        ("1e6", "number"),
        ("1.5E-3", "number"),
        ("5m", "period"),
        ("10secs", "period"),
        ("1HR", "period"),
        ("5M", "name"),
        ("2xx", "name"),
        ("5mx", "name"),
        ("a.0.b", "name"),
        ("@@x", "name"),
        ("größe", "name"),
        ("a.`b-c`.d", "name"),
        ("@`aws.tag.aws:x`", "name"),
    ],
)
def test_numbers_periods_and_names_are_told_apart(text: str, kind: str) -> None:
    """Digits with a unit are a period, digits with other letters a name; a lone M could be minutes or months."""
    assert _kinds(text) == [kind]


def test_a_dot_behind_a_bracket_is_an_access() -> None:
    """A position of a list is no fraction."""
    assert _kinds("f(x).0") == ["name", "(", "name", ")", ".", "number"]


def test_comments_end_with_their_line_and_stay_out_of_texts_and_patterns() -> None:
    """A # in quotes or slashes is a character like any other."""
    assert [token.text for token in _tokens('a # b \'c\nlike /#/ "# d" # e')] == ["a", "like", "/#/", '"# d"']


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"say \"hi\""', 'say "hi"'),
        (r"'it\'s'", "it's"),
        (r'"a\\b"', r"a\b"),
        (r'"\d+\n"', r"\d+\n"),
        ('"two\nlines"', "two\nlines"),
        ('"it\'s"', "it's"),
    ],
)
def test_only_quotes_and_backslashes_are_escaped(text: str, value: str) -> None:
    """Any other backslash is itself: AWS documents no escapes."""
    (token,) = _tokens(text)

    assert string_value(token) == value


def test_an_escaped_slash_in_a_pattern_is_a_slash() -> None:
    r"""``\/`` is needed only because of the slashes around; other escapes stay."""
    (_, _, token) = _tokens(r"x like /a\/b\\\d/")

    assert regex_pattern(token) == r"a/b\\\d"


def test_backticks_make_one_piece_of_a_name() -> None:
    """Dots inside backticks separate nothing."""
    assert [name_parts(token) for token in _tokens("a.`b-c`.0 `x.y` @`z:1`")] == [
        ("a", "b-c", "0"),
        ("x.y",),
        ("@z:1",),
    ]


@pytest.mark.parametrize(
    ("text", "slug", "marked"),
    [
        ("a = 'x", "unterminated-text", "'x"),
        ("a like /x", "unterminated-regex", "/x"),
        ("fields `a", "unterminated-name", "`a"),
        ("a = \u201cx\u201d", "smart-quotes", "\u201cx\u201d"),
        ("// hello\na", "no-comment", "// hello"),
        ("a = 1_000", "number-form", "1_000"),
        ("a = 0x1F", "number-form", "0x1F"),
        ("a \u2013 1", "unexpected-character", "\u2013"),
        ("a §§ b", "unexpected-character", "§§"),
    ],
)
def test_what_cannot_be_a_token_is_named_and_marked(text: str, slug: str, marked: str) -> None:
    """The parser still gets tokens, so that it finds further mistakes."""
    _, (problem,) = tokenize(Source(text))

    assert (problem.slug, text[problem.span.start : problem.span.end]) == (slug, marked)
