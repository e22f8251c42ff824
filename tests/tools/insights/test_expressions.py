"""Operators and conditions over one event, as CloudWatch's pages say or as our choices for the unknowns are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from insights_oracle.expressions import RowEvaluator
from insights_oracle.functions import Moment
from insights_oracle.values import Value
from insights_oracle.values import shown as oracle_shown
from insights_sql import END_MS, NOW_MS, START_MS, RowScope, expression_of, kept, shown

from genai_obs.tools.insights.language.syntax import (
    Access,
    Binary,
    Call,
    Expression,
    Field,
    Number,
    Period,
    Regex,
    String,
)
from genai_obs.tools.insights.sql.expressions import CompileProblem, compile_expression, re2_pattern
from genai_obs.tools.text.source import Span

HERE = Span(0, 1)

ROW = {"n": 12, "t": "12.0", "w": "word", "e": "", "ok": True, "no": False, "big": 1e308, "neg": -3.5}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("2 ^ 3", "8"),
        ("2 ^ 3 ^ 2", "512"),
        ("10 % 3", "1"),
        ("-7 % 3", "-1"),
        ("7 / 2", "3.5"),
        ("n + t", "24"),
        ("n - neg * 2", "19"),
        ("-n", "-12"),
        ("-ok", "-1"),
        ("n / 0", None),
        ("n % 0", None),
        ("0 / 0", None),
        ("big * 10", None),
        ("1 / (big * 10)", None),
        ("5 % (big * 10)", None),
        ("(big * 10) ^ 0", None),
        ("big ^ 2", None),
        ("neg ^ 0.5", None),
        ("big * 10 - big * 10", None),
        ("w + 1", None),
        ("e + 1", None),
        ("missing + 1", None),
        ("@timestamp + 1", str(NOW_MS + 1)),
        ("true + true", "2"),
        ("0.1 + 0.2", "0.30000000000000004"),
    ],
)
def test_arithmetic_is_of_finite_doubles(text: str, result: str | None) -> None:
    """What overflows, divides by zero or is no number is absent, not an error."""
    assert shown(text, **ROW) == result


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("n = t", "1"),
        ("n = 12", "1"),
        ('n = "12"', "1"),
        ('n = "12.00"', "1"),
        ('t = "12"', "1"),
        ('w = "word"', "1"),
        ('w = "Word"', "0"),
        ("w = 12", "0"),
        ("w != 12", "1"),
        ("w > 12", "1"),
        ('n < "a"', "1"),
        ("n < 100", "1"),
        ('"12" < "100"', "1"),
        ('"é" > "z"', "1"),
        ("e = 0", "0"),
        ('e = ""', "1"),
        ("ok = 1", "1"),
        ("ok = true", "1"),
        ("no = false", "1"),
        ("missing = 1", None),
        ("missing != 1", None),
        ("missing = missing", None),
        ("1 = missing", None),
        ("@timestamp > 5", "1"),
        ('@timestamp < "2027-01-01"', "1"),
        ("(n > 5) = 1", "1"),
    ],
)
def test_two_numbers_compare_by_value_anything_else_as_text(text: str, result: str | None) -> None:
    """Unknown on CloudWatch; with a missing side the answer is unknown."""
    assert shown(text, **ROW) == result


@pytest.mark.parametrize("operator", ["=", "!=", "<", "<=", ">", ">="])
def test_a_map_compares_as_false(operator: str) -> None:
    """Documented: comparisons with maps and lists are false, whichever they are."""
    assert shown(f"jsonParse(j) {operator} 1", j='{"a":1}') == "0"
    assert shown(f'"a" {operator} jsonParse(j)', j="[1]") == "0"
    assert shown(f"jsonParse(j) {operator} missing", j="[1]") is None


def test_a_value_out_of_a_map_compares_like_any_other() -> None:
    """Numbers, texts, booleans and null of a parsed JSON text."""
    row = '{"n": 5, "s": "5.0", "b": true, "z": null}'

    assert shown("jsonParse(j).n = jsonParse(j).s", j=row) == "1"
    assert shown("jsonParse(j).b = 1", j=row) == "1"
    assert shown("jsonParse(j).z = 1", j=row) is None


ROWS: list[dict[str, object]] = [{"a": 1}, {"a": "1.0"}, {"a": "x"}, {"a": 0}, {}, {"a": "", "b": 1}]


@pytest.mark.parametrize(
    ("condition", "places"),
    [
        ("a = 1", [0, 1]),
        ('a = "x"', [2]),
        ("a != 1", [2, 3, 5]),
        ("not (a = 1)", [2, 3, 5]),
        ("not (a != 1)", [0, 1]),
        ("a", [0, 1]),
        ("not a", [2, 3, 5]),
        ("a or b", [0, 1, 5]),
        ("not (a = 1 or b = 1)", []),
        ("not (a = 1) and ispresent(b)", [5]),
        ('a in [1, "x"]', [0, 1, 2]),
        ('a not in [1, "x"]', [3, 5]),
        ("a in [0]", [3]),
        ("a not in [0]", [0, 1, 2, 5]),
        ("a in [b]", []),
        ("a in []", []),
        ("a not in []", [0, 1, 2, 3, 5]),
        ('a like "1"', [0, 1]),
        ('a not like "1"', [2, 3, 5]),
        ("a like /^[x0]$/", [2, 3]),
        ("a =~ /x|1/", [0, 1, 2]),
        ("a not like /x|1/", [3, 5]),
        ("ispresent(a) = 0", [4]),
        ("a = 1 and a = 1 and (a = 1 or a = 2)", [0, 1]),
        ("5", [0, 1, 2, 3, 4, 5]),
        ('"x"', []),
    ],
)
def test_a_filter_keeps_what_is_true_not_what_is_unknown(condition: str, places: list[int]) -> None:
    """A missing field matches neither a condition nor its negation (observed for ``not in``, ours for the rest)."""
    assert kept(condition, ROWS) == places


def test_like_takes_no_wildcards_and_minds_case() -> None:
    """Documented: a text after ``like`` is a substring."""
    assert shown('w like "50%"', w="50% off") == "1"
    assert shown('w like "50%"', w="500") == "0"
    assert shown('w like "Off"', w="50% off") == "0"


def test_a_map_is_neither_like_nor_unlike() -> None:
    """A search in a map finds nothing, either way."""
    assert shown('jsonParse(j) like "a"', j='{"a":1}') == "0"
    assert shown('jsonParse(j) not like "a"', j='{"a":1}') == "0"
    assert shown("jsonParse(j).k like /a/", j='{"k":"bar"}') == "1"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"(?<n>a)", r"(?P<n>a)"),
        (r"(?P<n>a)", r"(?P<n>a)"),
        (r"\(?<n>", r"\(?<n>"),
        (r"[(?<n>]", r"[(?<n>]"),
        (r"[]](?<n>a)", r"[]](?P<n>a)"),
        (r"(?<=a)b", r"(?<=a)b"),
        (r"\\(?<n>a)", r"\\(?P<n>a)"),
    ],
)
def test_named_groups_are_written_as_every_re2_knows_them(written: str, read: str) -> None:
    """Only the beginning of a group is changed, not what looks like it."""
    assert re2_pattern(written) == read


@pytest.mark.parametrize("pattern", ["(", "a**", "(?=b)a", r"(a)\1", "[z-a]", "(?<=a)b"])
def test_a_pattern_that_re2_refuses_is_the_users_mistake(pattern: str) -> None:
    """It is found before the query runs, with its place."""
    with pytest.raises(CompileProblem) as problem:
        shown(f"w like /{pattern}/", w="a")

    assert problem.value.slug == "invalid-regex"
    assert problem.value.span == Span(14, 14 + len(pattern) + 2)


def test_maps_and_lists_are_opened_by_key_and_position() -> None:
    """Dots, brackets, odd keys; what is not there is absent."""
    row = '{"a": {"b/c": [10, {"d~e": "x"}]}, "0": "zero", "": "empty"}'

    assert shown("jsonParse(j).a.`b/c`[0]", j=row) == "10"
    assert shown("jsonParse(j).a.`b/c`[1].`d~e`", j=row) == "x"
    assert shown("jsonParse(j).a", j=row) == '{"b/c":[10,{"d~e":"x"}]}'
    assert shown("jsonParse(j).a.b", j=row) is None
    assert shown("jsonParse(j).a.`b/c`[7]", j=row) is None
    assert shown("jsonParse(j).missing.more", j=row) is None
    assert shown("ispresent(jsonParse(j).a)", j=row) == "1"


def test_what_is_no_map_cannot_be_opened() -> None:
    """A text stays opaque (documented); a number has no keys."""
    access = Access(HERE, Number(HERE, "5"), "k")

    assert compile_expression(access, RowScope()).text == "NULL::JSON"
    assert shown("jsonParse(j).k.x", j='{"k": "{\\"x\\": 1}"}') is None


@pytest.mark.parametrize(
    ("tree", "slug"),
    [
        (Period(HERE, 5, "m"), "misplaced-period"),
        (Regex(HERE, "a"), "misplaced-regex"),
        (Number(HERE, "1e999"), "number-too-large"),
        (Call(HERE, "sum", (Number(HERE, "1"),)), "aggregate-outside-stats"),
        (Call(HERE, "nosuch", ()), "unknown-function"),
        (Call(HERE, "querystarttime", ()), "no-time-range"),
        (Call(HERE, "datefloor", (Field(HERE, ("t",)), Number(HERE, "5"))), "period-needed"),
        (Call(HERE, "replace", (String(HERE, "a"),) * 2 + (Period(HERE, 1, "s"),)), "misplaced-period"),
    ],
)
def test_what_has_no_meaning_is_refused_with_its_place(tree: Expression, slug: str) -> None:
    """Nothing is dropped silently."""
    with pytest.raises(CompileProblem) as problem:
        compile_expression(tree, RowScope(start_ms=None))

    assert (problem.value.slug, problem.value.span) == (slug, HERE)


def test_a_sum_of_very_many_terms_is_refused() -> None:
    """DuckDB and Python would run out of stack otherwise."""
    tree: Expression = Number(HERE, "1")
    for _ in range(5_000):
        tree = Binary(HERE, "+", tree, Number(HERE, "1"))

    with pytest.raises(CompileProblem, match="too many terms"):
        compile_expression(tree, RowScope())


def test_a_chain_of_conditions_may_be_long() -> None:
    """A thousand alternatives are a list, not a nesting."""
    tree: Expression = Binary(HERE, "=", Field(HERE, ("a",)), Number(HERE, "1"))
    chain = tree
    for _ in range(3_000):
        chain = Binary(HERE, "or", chain, tree)

    assert compile_expression(chain, RowScope()).text.count(" OR ") == 3_000


@pytest.mark.parametrize("inner", ["concat({} + 1, 2)", "if({} > 1, {}, b)", "coalesce(b, {})", "({} = a)", "1 / {}"])
def test_a_nested_expression_stays_small(inner: str) -> None:
    """Its SQL grows with the depth, so it is planned in no time."""
    text = "a"
    for _ in range(12):
        text = inner.format(text, "a")

    assert len(compile_expression(expression_of(text), RowScope()).text) < 6_000


SCALARS = st.sampled_from([None, 0, 1, -2.5, 1e308, "5", "05", "x", "", "1e2", True, False, "é"])
OPERATORS = ["+", "-", "*", "/", "%", "^", "=", "!=", "<", "<=", ">", ">=", "and", "or"]
EXPRESSIONS = st.recursive(
    st.sampled_from(["a", "b", "missing", "1", "0", '"x"', '"5"', "2.5"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(OPERATORS), inner).map(lambda part: f"({part[0]} {part[1]} {part[2]})"),
        inner.map(lambda part: f"(not {part})"),
        inner.map(lambda part: f"(-{part})"),
        st.tuples(inner, inner, inner).map(lambda part: f"if({', '.join(part)})"),
        st.tuples(inner, inner).map(lambda part: f"coalesce({', '.join(part)})"),
        st.tuples(inner, inner, inner).map(lambda part: f"({part[0]} in [{part[1]}, {part[2]}])"),
        st.tuples(inner, inner).map(lambda part: f"concat({', '.join(part)})"),
    ),
    max_leaves=8,
)


@settings(max_examples=80, deadline=None)
@given(EXPRESSIONS, SCALARS, SCALARS)
def test_random_expressions_give_what_plain_python_gives(text: str, a: object, b: object) -> None:
    """The SQL agrees with an evaluator that knows nothing of SQL, to the last digit but one."""
    row: dict[str, Value] = {
        name: value for name, value in (("a", _discovered(a)), ("b", _discovered(b))) if value is not None
    }

    expected = oracle_shown(RowEvaluator(row, Moment(START_MS, END_MS, NOW_MS)).value(expression_of(text)))

    assert _same(shown(text, a=a, b=b), expected)


def _discovered(value: object) -> Value:
    """Return a JSON value as a discovered field has it: a text."""
    return None if value is None else oracle_shown(float(value) if isinstance(value, int | float) else str(value))


def _same(left: str | None, right: str | None) -> bool:
    if left == right:
        return True
    try:
        return float(left or "") == pytest.approx(float(right or ""), rel=1e-12)
    except ValueError:
        return False
