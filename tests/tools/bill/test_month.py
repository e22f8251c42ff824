"""From the hours of the lines to a month."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_obs.tools.bill.month import Basis, Span

DAY = Basis(0, 86_399, 730)


@pytest.mark.parametrize(
    ("first_s", "last_s", "hours", "is_enough"),
    [
        (0, 3599, 1, False),
        (0, 3600, 2, True),
        (1800, 5399, 2, False),
        (1800, 5400, 2, True),
        (3599, 3600, 2, False),
        (7200, 7200, 1, False),
        (0, 86_399, 24, True),
    ],
)
def test_hours_are_those_of_the_clock(first_s: int, last_s: int, hours: int, is_enough: bool) -> None:
    """Metrics are billed by the hour of the clock, and less than sixty minutes say nothing of the others."""
    basis = Basis(first_s, last_s, 730)

    assert basis.hours == hours
    assert basis.is_enough is is_enough


def test_metric_months_are_the_metrics_of_an_average_hour() -> None:
    """Twelve metrics all day are twelve; one that had data in six hours of the day is a quarter."""
    assert DAY.metric_months(12 * 24, 12) == Span.exactly(12)
    assert DAY.metric_months(6, 1) == Span.exactly(Fraction(1, 4))


def test_of_less_than_an_hour_there_are_bounds() -> None:
    """At least what was seen, at most each of these metrics in every hour; of bytes nothing bounds the rest."""
    short = Basis(0, 600, 730)

    assert short.metric_months(20, 20) == Span(Fraction(20, 730), Fraction(20))
    assert short.per_month(5) == Span(Fraction(5), None)
    assert short.metric_months(20, 20).exact is None


def test_a_month_goes_on_at_the_pace_of_the_lines() -> None:
    """By their seconds, not by the hours that they touch."""
    assert Basis(1800, 5400, 730).per_month(10) == Span.exactly(7300)
    assert Basis(1800, 5400, 744).per_month(10) == Span.exactly(7440)


def test_bounds_add_up() -> None:
    """What has no upper bound takes that of the sum along."""
    assert Span.exactly(1) + Span(Fraction(1), Fraction(2)) == Span(Fraction(2), Fraction(3))
    assert Span.exactly(1) + Span(Fraction(1), None) == Span(Fraction(2), None)


@given(st.integers(1, 1000), st.lists(st.integers(0, 50), min_size=2, max_size=30))
def test_hours_add_up(metrics: int, hours: list[int]) -> None:
    """The average of a range is that of its hours, and never above the metrics that there are."""
    basis = Basis(0, len(hours) * 3600 - 1, 730)
    counts = [min(each, metrics) for each in hours]

    found = basis.metric_months(sum(counts), metrics)

    assert found.exact == sum((Fraction(each, len(counts)) for each in counts), Fraction(0))
    assert found.exact <= metrics
