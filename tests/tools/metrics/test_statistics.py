"""The names of statistics: read strictly, refused with a sentence."""

import pytest

from genai_obs.errors import GenaiObsError
from genai_obs.tools.metrics.statistics import Kind, Statistic, parse_statistic

VALID = [
    ("Sum", Kind.SUM, None, None, False),
    ("SampleCount", Kind.SAMPLE_COUNT, None, None, False),
    ("Average", Kind.AVERAGE, None, None, False),
    ("Minimum", Kind.MINIMUM, None, None, False),
    ("Maximum", Kind.MAXIMUM, None, None, False),
    ("IQM", Kind.TRIMMED_MEAN, 0.25, 0.75, True),
    ("p90", Kind.PERCENTILE, None, 0.9, True),
    ("p99.9", Kind.PERCENTILE, None, 0.999, True),
    ("p95.1234567891", Kind.PERCENTILE, None, 0.951234567891, True),
    ("p0", Kind.PERCENTILE, None, 0.0, True),
    ("p100", Kind.PERCENTILE, None, 1.0, True),
    ("tm99", Kind.TRIMMED_MEAN, None, 0.99, True),
    ("wm98", Kind.WINSORIZED_MEAN, None, 0.98, True),
    ("tc90", Kind.TRIMMED_COUNT, None, 0.9, True),
    ("ts90", Kind.TRIMMED_SUM, None, 0.9, True),
    ("TM(10%:90%)", Kind.TRIMMED_MEAN, 0.1, 0.9, True),
    ("TM(150:1000)", Kind.TRIMMED_MEAN, 150.0, 1000.0, False),
    ("WM(:95%)", Kind.WINSORIZED_MEAN, None, 0.95, True),
    ("TC(0.005:0.030)", Kind.TRIMMED_COUNT, 0.005, 0.03, False),
    ("TS(80%:)", Kind.TRIMMED_SUM, 0.8, None, True),
    ("PR(:300)", Kind.PERCENTILE_RANK, None, 300.0, False),
    ("PR(100:2000)", Kind.PERCENTILE_RANK, 100.0, 2000.0, False),
]


@pytest.mark.parametrize(("text", "kind", "low", "high", "in_percent"), VALID, ids=[case[0] for case in VALID])
def test_a_statistic_is_read(text: str, kind: Kind, low: float | None, high: float | None, in_percent: bool) -> None:
    """Each form that CloudWatch documents means its bounds."""
    assert parse_statistic(text) == Statistic(text, kind, low, high, in_percent)


INVALID = [
    ("sum", "did you mean Sum?"),
    ("Mean", "there are, for example"),
    ("", "there are, for example"),
    ("P90", "there are, for example"),
    ("p101", "between 0 and 100"),
    ("p-1", "there are, for example"),
    ("p95.12345678912", "there are, for example"),
    ("p", "there are, for example"),
    ("p90 ", "there are, for example"),
    ("p\N{ARABIC-INDIC DIGIT NINE}0", "there are, for example"),
    ("TM(:)", "no bound"),
    ("TM(%:90%)", "a % without a number"),
    ("TM(10%:90)", "mixes"),
    ("TM(90%:10%)", "lower bound"),
    ("TM(5:5)", "lower bound"),
    ("PR(10%:90%)", "plain numbers"),
    ("TM(10%:101%)", "between 0 and 100"),
    ("IQM(1:2)", "there are, for example"),
]


@pytest.mark.parametrize(("text", "said"), INVALID, ids=[f"{place}" for place in range(len(INVALID))])
def test_what_is_no_statistic_is_refused(text: str, said: str) -> None:
    """The sentence says what is wrong with just this one."""
    with pytest.raises(GenaiObsError) as caught:
        parse_statistic(text)

    assert caught.value.slug == "unknown-statistic"
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "needed"),
    [("Sum", False), ("Maximum", False), ("tc90", False), ("TC(1:2)", True), ("p50", True), ("PR(:1)", True)],
)
def test_only_some_statistics_need_single_values(text: str, needed: bool) -> None:
    """A trimmed count by percentage is a share of the count."""
    assert parse_statistic(text).needs_values is needed
