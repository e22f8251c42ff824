"""Values as SQL: texts and names that cannot break out, numbers as text, what reads as a number, natural order."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from insights_oracle.values import number_of, number_text, sort_key
from insights_sql import in_order, run_sql

from genai_obs.tools.insights.sql.let import let
from genai_obs.tools.insights.sql.text import is_number_text, number_literal, quote_name, quote_text, text_of_number
from genai_obs.tools.insights.sql.values import Kind, Sql, as_time

FINITE = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=8))
def test_any_text_comes_back_from_sql_as_it_was(texts: list[str]) -> None:
    """Quotes, backslashes, comments and NULs in a query cannot end the literal."""
    row = run_sql(f"SELECT {', '.join(map(quote_text, texts))}")[0]

    assert list(row) == texts


def test_half_a_surrogate_pair_is_replaced() -> None:
    """Such a text cannot be in a log; it must not end the program."""
    assert run_sql(f"SELECT {quote_text(chr(0xD800) + 'x')}") == [("?x",)]


@pytest.mark.parametrize("name", ['a"b', "a; drop table x", "é.`", 'x\0y"', "select"])
def test_any_name_can_be_a_column(name: str) -> None:
    """A field's name cannot break out of its quotes."""
    assert run_sql(f"SELECT {quote_name(name)} FROM (SELECT 7 AS {quote_name(name)})") == [(7,)]


@settings(max_examples=60, deadline=None)
@given(st.lists(FINITE | st.integers(-(10**17), 10**17).map(float), min_size=1, max_size=50))
def test_numbers_have_the_same_text_in_sql_and_python(numbers: list[float]) -> None:
    """The macro, the constants of a query and a plain formatter agree on every double."""
    texts = run_sql(f"SELECT {', '.join(f'q_number_text({number_literal(number)})' for number in numbers)}")[0]

    assert list(texts) == [text_of_number(number) for number in numbers] == [number_text(number) for number in numbers]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1.5, "1.5"),
        (200.0, "200"),
        (2.485e-06, "0.000002485"),
        (-1e-7, "-0.0000001"),
        (-0.0, "0"),
        (123456789012345.0, "123456789012345"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e15, "1000000000000000"),
        (1e22, "1e+22"),
    ],
)
def test_numbers_are_written_plainly(number: float, text: str) -> None:
    """No exponent below 1e15, no ``.0``, no minus before zero."""
    assert run_sql(f"SELECT q_number_text({number_literal(number)})") == [(text,)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("0123456789.eE+-_ \tnaif\uff11\n", max_size=6) | FINITE.map(str), min_size=1, max_size=60))
def test_the_same_texts_read_as_numbers_in_sql_and_python(texts: list[str]) -> None:
    """DuckDB's casts take more (1_000, nan, blanks): the macro does not."""
    numbers = run_sql(f"SELECT {', '.join(f'q_number({quote_text(text)})' for text in texts)}")[0]

    assert list(numbers) == [number_of(text) for text in texts]
    assert [number is not None for number in numbers] == [is_number_text(text) for text in texts]


@pytest.mark.parametrize("text", ["nan", "inf", "1e400", "1_000", " 1", "1 ", "0x10", "+-1", "", ".", "1e", "\uff11"])
def test_these_texts_are_no_numbers(text: str) -> None:
    """What only a lenient reader would take stays a text."""
    assert run_sql(f"SELECT q_number({quote_text(text)})") == [(None,)]


@pytest.mark.parametrize(
    ("json", "text", "number"),
    [
        ('"12"', "12", 12.0),
        ("12", "12", 12.0),
        ("1.50", "1.5", 1.5),
        ("1e3", "1000", 1000.0),
        ("-0", "0", 0.0),
        ("-0.0", "0", 0.0),
        ("true", "1", 1.0),
        ("false", "0", 0.0),
        ("null", None, None),
        ("{}", None, None),
        ("[1]", None, None),
        ('"true"', "true", None),
        ('"a\\u00e9\\""', 'aé"', None),
        ("18446744073709551615", "18446744073709551615", 18446744073709551615.0),
        ("1e400", "1e400", None),
    ],
)
def test_json_values_have_a_text_and_a_number(json: str, text: str | None, number: float | None) -> None:
    """Booleans are 1 and 0; null, objects and arrays have neither."""
    literal = f"CAST({quote_text(json)} AS JSON)"

    assert run_sql(f"SELECT q_json_text({literal}), q_json_number({literal})") == [(text, number)]


def test_a_time_has_a_text_only_within_four_digit_years() -> None:
    """Times beyond are absent instead of ending the query."""
    assert run_sql("SELECT q_time_text(1767225601250), q_time_text(-62135596800000)") == [
        ("2026-01-01 00:00:01.250", "0001-01-01 00:00:00.000")
    ]
    assert run_sql("SELECT q_time_text(9223372036854775807), q_time_text(-62135596800001)") == [(None, None)]
    assert run_sql(f"SELECT {as_time(Sql('1e300::DOUBLE', Kind.NUMBER))}") == [(None,)]


AWS_ORDER = ["!x", "#", "%7", "0+", "9B", "222B", "3456~x", "@", "@k", "B", "B12z", "b77z", "0", "2", "10", "33"]


def test_texts_come_before_numbers_and_runs_of_digits_by_length() -> None:
    """The order of AWS's sort page, both ways, with missing values last."""
    rows = [{"k": text} for text in reversed(AWS_ORDER)] + [{}]

    assert in_order("k", rows) == [*AWS_ORDER, None]
    assert in_order("k", rows, descending=True) == [*reversed(AWS_ORDER), None]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text("ab0129.-!~é", max_size=6), min_size=1, max_size=12, unique=True))
def test_natural_order_is_that_of_a_plain_comparison(texts: list[str]) -> None:
    """Run by run, digits by length and then value; numbers last."""
    assert in_order("k", [{"k": text} for text in texts]) == sorted(texts, key=sort_key)


def test_a_bound_operand_stands_once() -> None:
    """Nested expressions grow with their depth, not with its power."""
    sql = "a"
    for _ in range(30):
        sql = let([f"COALESCE({sql}, CASE WHEN TRUE THEN 1 END)"], lambda it: f"({it} + {it} + {it})")

    assert len(sql) < 5_000
    assert math.isclose(run_sql(f"SELECT {sql} FROM (SELECT 1e0 AS a)")[0][0], 3.0**30)
