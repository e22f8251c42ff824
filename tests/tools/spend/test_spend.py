"""What calls cost: the query, its rows added up, and a budget beside them."""

from decimal import Decimal

import pytest

from genai_obs.errors import GenaiObsError
from genai_obs.tools.insights.checks.query import check_query
from genai_obs.tools.insights.language.parser import parse_query
from genai_obs.tools.insights.result import Column, Result
from genai_obs.tools.spend.budget import DAY_MS, Budget, Comparison, Period, compare, read_budget
from genai_obs.tools.spend.question import GROUPS, MOST_ROWS, USUAL, extent_query, read_groups, spend_query
from genai_obs.tools.spend.report import Line, read_report

NOON_MS = 20_000 * DAY_MS + DAY_MS // 2
TODAY = Period(20_000 * DAY_MS, None, NOON_MS)


def result(*rows: tuple[str | None, ...]) -> Result:
    """Return rows as the query by tenant gives them."""
    return Result(tuple(Column(name) for name in ("tenant", "cost_status", "usd", "calls", "priced")), list(rows))


@pytest.mark.parametrize("name", sorted(GROUPS))
def test_every_group_makes_a_query_that_cloudwatch_takes(name: str) -> None:
    """It parses, and nothing about it needs a warning."""
    query = parse_query(spend_query([GROUPS[name]]))

    assert check_query(query) == ()


def test_the_query_reads_as_a_person_would_write_it() -> None:
    """One pass: costs, calls, and the reasons why some have no cost."""
    assert spend_query(read_groups("model,tenant")) == (
        'filter metric = "AICost"\n'
        "| stats sum(cost_usd) as usd, count(*) as calls, count(cost_usd) as priced\n"
        "    by coalesce(model, model_id) as by_model, tenant, cost_status\n"
        "| sort usd desc\n"
        "| limit 10000"
    )
    assert check_query(parse_query(extent_query())) == ()


def test_usual_names_are_known() -> None:
    """What the help lists can be typed."""
    assert set(USUAL) <= set(GROUPS)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("modle", "--by does not know 'modle': did you mean model?"),
        ("", "--by does not know '': model, service, tenant"),
        ("latency_ms", "--by does not know 'latency_ms'"),
        ("user,user_id", "names the same thing twice"),
    ],
)
def test_a_name_that_is_not_known_is_refused(text: str, sentence: str) -> None:
    """With the nearest name, or the usual ones."""
    with pytest.raises(GenaiObsError) as caught:
        read_groups(text)

    assert sentence in str(caught.value)
    assert caught.value.slug == "bad-group"


def test_rows_of_one_group_are_added_up() -> None:
    """Exactly, the dust of binary sums cut off; what has no cost is counted by its reason."""
    rows = result(
        ("acme", "ok", "0.10000000000000003", "3", "3"),
        ("acme", "estimated", "0.200000000001", "1", "1"),
        ("acme", "no_usage", None, "2", None),
        ("b", "no_usage", None, "5", "0"),
        (None, "unknown_model", None, "1", None),
    )

    report = read_report(rows, read_groups("tenant"))

    assert report.lines == (
        Line(("acme",), Decimal("0.300000000001"), 6, 2),
        Line((None,), None, 1, 1),
        Line(("b",), None, 5, 5),
    )
    assert (report.cost_usd, report.calls, report.unpriced) == (Decimal("0.300000000001"), 12, 8)
    assert report.unpriced_because == {"no_usage": 7, "unknown_model": 1}


def test_a_cost_of_zero_is_a_cost() -> None:
    """A blocked request is free, and priced."""
    report = read_report(result(("a", "ok", "0", "1", "1")), read_groups("tenant"))

    assert report.lines == (Line(("a",), Decimal(0), 1, 0),)
    assert report.unpriced == 0


def test_nonsense_in_a_log_is_added_up_too() -> None:
    """A cost as large as doubles go fails nothing."""
    report = read_report(result((None, "ok", "1e+300", "1", "1")), read_groups("tenant"))

    assert report.cost_usd == Decimal("1e300")


def test_times_stay_in_order() -> None:
    """A day that cost little still comes before the next."""
    names = ("by_day", "cost_status", "usd", "calls", "priced")
    rows = [("2026-11-21 00:00:00.000", "ok", "9", "1", "1"), ("2026-11-20 00:00:00.000", "ok", "1", "1", "1")]

    report = read_report(Result(tuple(map(Column, names)), list(rows)), read_groups("day"))

    assert [line.key for line in report.lines] == [("2026-11-20 00:00:00.000",), ("2026-11-21 00:00:00.000",)]


def test_an_answer_that_was_cut_is_no_answer() -> None:
    """A sum of the first ten thousand groups would look like the sum of all."""
    rows = result(*[(str(number), "ok", "1", "1", "1") for number in range(MOST_ROWS)])

    with pytest.raises(GenaiObsError, match="more than 10000 groups: their sum would be wrong") as caught:
        read_report(rows, read_groups("tenant"))

    assert caught.value.slug == "too-many-groups"


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("50", Budget(Decimal(50), None)),
        (".5", Budget(Decimal("0.5"), None)),
        ("50/day", Budget(Decimal(50), DAY_MS)),
        ("1.25/hour", Budget(Decimal("1.25"), DAY_MS // 24)),
        ("7/week", Budget(Decimal(7), 7 * DAY_MS)),
    ],
)
def test_a_budget_is_an_amount_with_or_without_a_time(text: str, budget: Budget) -> None:
    """In USD."""
    assert read_budget(text) == budget


@pytest.mark.parametrize("text", ["", "0", "-5", "1e9", "50 USD", "50/month", "nan", "\u0665"])
def test_no_amount_is_no_budget(text: str) -> None:
    """Nothing is spent of nothing."""
    with pytest.raises(GenaiObsError, match="is no amount in USD such as 50") as caught:
        read_budget(text)

    assert caught.value.slug == "bad-budget"


def test_today_is_compared_and_projected() -> None:
    """At noon half the day is over; the day's budget is the whole day's."""
    comparison = compare(Budget(Decimal(50), DAY_MS), TODAY, Decimal(30))

    assert comparison == Comparison(Decimal(50), Decimal("0.6"), Decimal(60))


def test_only_today_is_projected() -> None:
    """A time that is over has no pace, and a budget per day counts its days."""
    week = Period(NOON_MS - 7 * DAY_MS, None, NOON_MS)
    past = Period(0, 2 * DAY_MS - 1, NOON_MS)

    assert compare(Budget(Decimal(2), DAY_MS), week, Decimal(7)).share == Decimal("0.5")
    assert compare(Budget(Decimal(2), DAY_MS), past, Decimal(1)).budget_usd == 4
    assert compare(None, week, Decimal(7)).projected_usd is None
    assert compare(None, Period(TODAY.start_ms, None, TODAY.start_ms or 0), Decimal(0)).projected_usd is None


def test_a_budget_per_day_needs_days() -> None:
    """All of a log has no known length; a plain budget needs none."""
    always = Period(None, None, NOON_MS)

    assert compare(Budget(Decimal(2), None), always, Decimal(1)).share == Decimal("0.5")
    with pytest.raises(GenaiObsError, match="needs a time with a start"):
        compare(Budget(Decimal(2), DAY_MS), always, Decimal(1))
