"""Expressions of the query language: operators, operands, and how strongly they bind."""

import pytest

from genai_obs.tools.insights.language.parser import parse_query
from genai_obs.tools.insights.language.render import render_expression
from genai_obs.tools.insights.language.syntax import (
    Access,
    Binary,
    Boolean,
    Call,
    Expression,
    Field,
    Filter,
    Like,
    Negative,
    Number,
    Period,
    Regex,
    String,
)
from genai_obs.tools.insights.language.tree import depth_of, walk


def _expression(text: str) -> Expression:
    (command,) = parse_query(f"filter {text}").commands
    assert isinstance(command, Filter)
    return command.condition


def _grouped(node: Expression) -> str:
    """Return an expression with every operation in parentheses."""
    if isinstance(node, Binary):
        return f"({_grouped(node.left)} {node.operator} {_grouped(node.right)})"
    return render_expression(node)


@pytest.mark.parametrize(
    ("text", "grouped"),
    [
        ("a or b and c", "(a or (b and c))"),
        ("a and b or c and d", "((a and b) or (c and d))"),
        ("(a or b) and c", "((a or b) and c)"),
        ("a = 1 and b > 2", "((a = 1) and (b > 2))"),
        ("a + b * c - d", "((a + (b * c)) - d)"),
        ("a / b / c", "((a / b) / c)"),
        ("a - b - c", "((a - b) - c)"),
        ("a % b * c", "((a % b) * c)"),
        ("a ^ b ^ c", "(a ^ (b ^ c))"),
        ("a * b ^ c", "(a * (b ^ c))"),
        ("a < b = c", "((a < b) = c)"),
        ("a + 1 >= b", "((a + 1) >= b)"),
        ("a AND b OR c", "((a and b) or c)"),
        ("-a ^ 2", "(-a ^ 2)"),
        ("a - -1", "(a - -1)"),
        ("2^-3", "(2 ^ -3)"),
        ("foo-bar", "(foo - bar)"),
    ],
)
def test_operators_bind_as_usual(text: str, grouped: str) -> None:
    """AWS documents no precedence; the usual one fits its samples."""
    assert _grouped(_expression(text)) == grouped


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("not a = 1 and b", "not a = 1 and b"),
        ("not a like 'x' or b", 'not a like "x" or b'),
        ("not not a", "not not a"),
        ("a not like /x/", "a not like /x/"),
        ("a not in ['x', 1]", 'a not in ["x", 1]'),
        ("a =~ /x/", "a like /x/"),
        ("a =~ 'x y'", 'a like "x y"'),
        ("a in []", "a in []"),
        ("!ispresent(a) and b", "not ispresent(a) and b"),
        ("a like 'x' = 1", 'a like "x" = 1'),
        ("a + b like 'x'", 'a + b like "x"'),
        ("a in ['x'] and b in ['y']", 'a in ["x"] and b in ["y"]'),
    ],
)
def test_matches_and_negations(text: str, rendered: str) -> None:
    """They compare, so arithmetic binds closer and not, and, or bind weaker."""
    assert render_expression(_expression(text)) == rendered


def test_literals() -> None:
    """Numbers keep their text, strings lose their quotes, true and false are words."""
    call = _expression("f(1.50, 'a', TRUE, 5m, 7 days, -1)")

    assert isinstance(call, Call)
    number, text, boolean, period, spaced, negative = call.arguments
    assert isinstance(number, Number)
    assert number.text == "1.50"
    assert isinstance(text, String)
    assert text.value == "a"
    assert isinstance(boolean, Boolean)
    assert boolean.value
    assert isinstance(period, Period)
    assert (period.count, period.unit) == (5, "m")
    assert isinstance(spaced, Period)
    assert (spaced.count, spaced.unit) == (7, "d")
    assert isinstance(negative, Negative)


def test_names_of_functions_are_canonical() -> None:
    """Case and underscores do not matter."""
    calls = [_expression(text) for text in ("count_distinct(a)", "countDistinct(a)", "COUNTDISTINCT (a)")]

    assert {call.function for call in calls if isinstance(call, Call)} == {"countdistinct"}


def test_count_of_everything() -> None:
    """``count(*)`` has a star and no arguments, ``count()`` neither."""
    star, empty = _expression("count( * )"), _expression("count()")

    assert isinstance(star, Call)
    assert isinstance(empty, Call)
    assert (star.star, star.arguments) == (True, ())
    assert (empty.star, empty.arguments) == (False, ())


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a.b.0.c", ("a", "b", "0", "c")),
        ("a.`b-c`.d", ("a", "b-c", "d")),
        ("`a.b`", ("a.b",)),
        ("@`aws.tag.aws:x`", ("@aws.tag.aws:x",)),
        ("@@x", ("@@x",)),
        ("`not`", ("not",)),
        ("2xx", ("2xx",)),
    ],
)
def test_fields_have_parts(text: str, parts: tuple[str, ...]) -> None:
    """Dots separate them, backticks hold them together."""
    field = _expression(text)

    assert isinstance(field, Field)
    assert field.parts == parts


def test_access_into_what_is_no_plain_name() -> None:
    """Keys and positions reach into the result of a call or an element of a list."""
    assert render_expression(_expression("(a)[0] = (b).c")) == "a[0] = (b).c"
    outer = _expression("jsonParse(a).b.`c-d`[1].2")

    keys = [node.key for node in walk(outer) if isinstance(node, Access)]
    assert keys == [2, 1, "c-d", "b"]


def test_a_pattern_keeps_everything_but_escaped_slashes() -> None:
    """Pipes, quotes and comment signs in it are its own."""
    like = _expression(r'a like /x|"y" # \/ \d/')

    assert isinstance(like, Like)
    assert isinstance(like.pattern, Regex)
    assert like.pattern.pattern == r'x|"y" # / \d'


def test_spans_reach_over_the_whole_expression() -> None:
    """Errors mark what they are about, parentheses included."""
    text = "filter (a + 1) * b = c"
    (command,) = parse_query(text).commands
    assert isinstance(command, Filter)
    equal = command.condition
    assert isinstance(equal, Binary)

    assert text[equal.span.start : equal.span.end] == "(a + 1) * b = c"
    assert text[equal.left.span.start : equal.left.span.end] == "(a + 1) * b"


def test_long_rows_of_conditions_stay_shallow() -> None:
    """A thousand alternatives must not end the recursion of whoever walks the tree, nor change their order."""
    names = [f"a{number}" for number in range(1000)]

    found = _expression(" or ".join(names))

    assert depth_of(found) < 15
    assert [node.name for node in walk(found) if isinstance(node, Field)] == names
