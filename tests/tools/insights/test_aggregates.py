"""Aggregates of ``stats`` and expressions over them, over real groups."""

import math
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from insights_oracle import aggregates as oracle
from insights_oracle.values import shown as oracle_shown
from insights_sql import NOW_MS, aggregated

from genai_obs.tools.insights.functions.aggregates import AGGREGATES
from genai_obs.tools.insights.functions.calls import CompileProblem
from genai_obs.tools.insights.functions.reference import render_aggregates, render_functions
from genai_obs.tools.insights.language.names import canonical

ROWS: list[dict[str, object]] = [
    {"n": 10, "w": "b", "j": '{"k": 5}'},
    {"n": "30", "w": "a"},
    {"n": 20, "w": "a", "j": '{"k": 7}'},
    {"n": "x"},
]


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("count(*)", "4"),
        ("count_over_time(*)", "4"),
        ("count()", "4"),
        ("count(1)", "4"),
        ("count(w)", "3"),
        ("count(j)", "2"),
        ("count(missing)", None),
        ("count(jsonParse(j))", "2"),
        ("countDistinct(w)", "2"),
        ("count_distinct(missing)", None),
        ("sum(n)", "60"),
        ("sum(w)", None),
        ("sum(missing)", None),
        ("sum(n > 15)", "3"),
        ("sum(ispresent(w))", "3"),
        ("sum(if(n > 15, 1, 0))", "3"),
        ("sum(jsonParse(j).k)", "12"),
        ("avg(n)", "20"),
        ("avg(missing)", None),
        ("stddev(n)", repr(math.sqrt(200 / 3))),
        ("variance(n)", repr(200 / 3)),
        ("stddev(n * 0)", "0"),
        ("variance(missing)", None),
        ("variance(n * 1e200)", None),
        ("sum(n * 5e306)", None),
        ("min(n)", "x"),
        ("max(n)", "30"),
        ("min(n + 0)", "10"),
        ("max(w)", "b"),
        ("min(missing)", None),
        ("max(ispresent(w))", "1"),
        ("max(jsonParse(j))", None),
        ("max(@timestamp)", "2026-01-01 00:00:01.253"),
        ("sortsFirst(n)", "x"),
        ("sortsLast(n)", "30"),
        ("pct(n, 50)", "20"),
        ("pct(n, 0)", "10"),
        ("pct(n, 100)", "30"),
        ("pct(n, 66.6)", "20"),
        ("pct(n, 66.7)", "30"),
        ("median(n)", "20"),
        ("median(w)", None),
        ("earliest(n)", "10"),
        ("latest(n)", "x"),
        ("latest(w)", "a"),
        ("latest(missing)", None),
        ("earliest(@timestamp)", str(NOW_MS)),
        ("latest(@timestamp)", str(NOW_MS + 3)),
        ("latest(n + 0)", "20"),
        ("values(w)", '["a","b"]'),
        ("collect_values(n)", '["10","20","30","x"]'),
        ("values(missing)", None),
        ("topk(1, w)", '["a"]'),
        ("topk(5, w)", '["a","b"]'),
        ("topk(2, missing)", None),
        ("count_over_time(w)", "3"),
        ("sum_over_time(n)", "60"),
        ("sum(n) / count(*)", "15"),
        ("sum(n) * 10 - max(n + 0)", "570"),
        ("max(n) - min(n + 0)", "20"),
        ("sum(missing) / count(*)", None),
        ("concat(min(w), max(w))", "ab"),
        ("floor(avg(n) / 3)", "6"),
        ('if(count(*) > 3, "many", "few")', "many"),
        ("coalesce(sum(missing), 0)", "0"),
        ("max(n) as cap, avg(n) as mean, cap - mean as slack", "10"),
    ],
)
def test_aggregates_over_a_group(text: str, result: str | None) -> None:
    """Events without the field are skipped; what no event has is absent, not 0 (observed)."""
    assert _rounded(aggregated(text, ROWS)) == _rounded(result)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("count(*)", "0"),
        ("count(missing)", None),
        ("sum(missing)", None),
        ("values(missing)", None),
        ("max(missing)", None),
        ("avg(missing)", None),
    ],
)
def test_aggregates_over_no_events(text: str, result: str | None) -> None:
    """Only the count of events is 0 (unknown on CloudWatch, so ours)."""
    assert aggregated(text, []) == result


def test_equal_numbers_written_differently_give_one_answer() -> None:
    """Whatever order the events are read in."""
    rows: list[dict[str, object]] = [{"n": text} for text in ("1.0", "01", "1")]

    assert aggregated("min(n)", rows) == aggregated("min(n)", rows[::-1]) == "01"
    assert aggregated("max(n)", rows) == aggregated("max(n)", rows[::-1]) == "1.0"


def test_sums_keep_their_last_digits() -> None:
    """Many cents that doubles cannot hold exactly do not drift."""
    rows: list[dict[str, object]] = [{"n": 0.1}] * 200

    assert aggregated("sum(n)", rows) == "20"
    assert aggregated("avg(n)", rows) == "0.1"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-50, 50), min_size=1, max_size=60), st.integers(0, 1_000).map(lambda tenths: tenths / 10))
def test_a_percentile_has_its_rank(numbers: list[int], percent: float) -> None:
    """The smallest number with at least so many percent of all at or below it: exactly, at every boundary."""
    rank = max(1, math.ceil(Fraction(str(percent)) * len(numbers) / 100))

    assert aggregated(f"pct(n, {percent})", [{"n": n} for n in numbers]) == str(sorted(numbers)[rank - 1])


VALUES = st.sampled_from(["1", "01", "2", "10", "a", "b2", "b10", "", "x y", "-3", "1e2"])


@settings(max_examples=40, deadline=None)
@given(st.lists(VALUES | st.none(), min_size=1, max_size=12), st.sampled_from(sorted(oracle.PLAIN)))
def test_aggregates_agree_with_plain_python(column: Sequence[str | None], name: str) -> None:
    """Over texts, numbers and missing values; lists are compared without their order."""
    rows: list[dict[str, object]] = [{} if value is None else {"n": value} for value in column]
    expected = oracle_shown(oracle.PLAIN[name]([value for value in column if value is not None]))

    result = aggregated(f"count(*) as unused, {name}(n)", [{"n": None}, *rows])

    assert sorted(_rounded(result) or "") == sorted(_rounded(expected) or "")


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("pct(n, w)", "constant-expected"),
        ("pct(n, 101)", "argument-range"),
        ("topk(0, n)", "argument-range"),
        ("topk(n, n)", "constant-expected"),
        ("rate(n, 5m)", "unsupported-function"),
        ("histogram(n, 5)", "unsupported-function"),
        ("n + 1", "not-aggregated"),
        ("sum(n) + w", "not-aggregated"),
        ("sum(max(n))", "aggregate-outside-stats"),
        ("bin(5m) + count(*)", "not-aggregated"),
    ],
)
def test_what_has_no_answer_is_refused(text: str, slug: str) -> None:
    """Never a plausible wrong number."""
    with pytest.raises(CompileProblem) as problem:
        aggregated(text, ROWS)

    assert problem.value.slug == slug


def test_rows_are_well_formed_and_documented() -> None:
    """Names are canonical; each row stands in the table of the docs."""
    table = render_aggregates()

    for name, row in AGGREGATES.items():
        assert name == canonical(row.shown)
        assert f"| `{row.shown}` |" in table
        assert row.mark in {"documented", "observed", "unknown"}


def test_the_docs_table_says_arity_age_and_source() -> None:
    """Made from the same rows that compile."""
    table = render_functions()

    assert (
        "| `substr` | 2 to 3 | from a position (the first is 0) to the end, or so many code points | documented |"
        in table
    )
    assert "| `coalesce` | 1 or more |" in table
    assert "| `sha256` | 1 | SHA-256 of the text, lower-case hexadecimal | documented, new in 2026 |" in table


def _rounded(text: str | None) -> str | None:
    try:
        return f"{float(text or ''):.9g}"
    except ValueError:
        return text
