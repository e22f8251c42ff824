"""Statistics over windows of time: right for every window, exact for zeros, fast for sliding ones."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from emf_oracle import percentile, trimmed, winsorized
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_obs.errors import GenaiObsError
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.piles import bucketed
from genai_obs.tools.metrics.queries import MetricStat
from genai_obs.tools.metrics.samples import Floats, Integers, MetricData, Samples
from genai_obs.tools.metrics.store import MetricStore

METRIC = MetricId("Shop", "Took")
START_S = 1_795_219_200


def samples_of(
    points: Sequence[tuple[int, float]], *, unit: str = "None", bucket_s: int = 60, keep: bool = True
) -> Samples:
    """Return samples of values, each with its seconds since the start."""
    starts = np.array([START_S + second - second % bucket_s for second, _ in points], np.int64)
    buckets = bucketed(starts, np.array([value for _, value in points]), keep=keep)
    return Samples(METRIC, unit, bucket_s, *buckets)


def store_of(*samples: Samples) -> MetricStore:
    """Return a store of one metric."""
    return MetricStore(MetricData({METRIC: samples}))


def starts_at(*seconds: int) -> Integers:
    """Return starts of windows, so many seconds after the start."""
    return np.array([START_S + second for second in seconds], np.int64)


def read(store: MetricStore, stat: str, starts_s: Integers, period_s: int = 60, unit: str | None = None) -> Floats:
    """Read one statistic of the metric."""
    return store.read(MetricStat(METRIC, stat, period_s, unit), starts_s)


FOUR = [(0, 1.0), (20, 2.0), (40, 3.0), (59, 10.0)]


@pytest.mark.parametrize(
    ("stat", "expected"),
    [
        ("Sum", 16.0),
        ("SampleCount", 4.0),
        ("Average", 4.0),
        ("Minimum", 1.0),
        ("Maximum", 10.0),
        ("p50", 2.5),
        ("p100", 10.0),
        ("p0", 1.0),
        ("p90", 7.9),
        ("tm75", 2.0),
        ("TM(25%:75%)", 2.5),
        ("IQM", 2.5),
        ("TM(1:3)", 2.5),
        ("TM(:3)", 2.0),
        ("TM(10:)", math.nan),
        ("tc75", 3.0),
        ("tc90", 3.6),
        ("TC(1:3)", 2.0),
        ("TC(10:)", 0.0),
        ("ts75", 6.0),
        ("ts90", 12.0),
        ("TS(1:3)", 5.0),
        ("TS(10:)", 0.0),
        ("WM(:50%)", 2.0),
        ("WM(2:3)", 2.5),
        ("PR(:3)", 75.0),
        ("PR(1:3)", 50.0),
        ("PR(10:)", 0.0),
    ],
)
def test_a_statistic_of_four_values(stat: str, expected: float) -> None:
    """Each statistic of 1, 2, 3 and 10, worked out by hand; a lower bound is outside, an upper one inside."""
    found = read(store_of(samples_of(FOUR)), stat, starts_at(0))

    assert found.tolist() == pytest.approx([expected], nan_ok=True)


def test_a_window_without_data_is_not_a_number() -> None:
    """Before, after and between what was published there is no datapoint, which is not 0."""
    store = store_of(samples_of([(0, 1.0), (180, 2.0)]))

    found = read(store, "Sum", starts_at(-60, 0, 60, 120, 180, 240))

    assert np.isnan(found).tolist() == [True, False, True, True, False, True]


def test_a_bucket_belongs_to_the_window_that_its_start_is_in() -> None:
    """A window holds its own start and not that of the next."""
    store = store_of(samples_of([(0, 1.0), (60, 2.0), (120, 4.0)]))

    assert read(store, "Sum", starts_at(0, 60), 120).tolist() == [3.0, 6.0]


def test_zeros_after_large_numbers_sum_to_zero() -> None:
    """A difference of running totals would leave what the large numbers rounded away."""
    points = [(60 * minute, value) for minute, value in enumerate([1e17, 0.1, 3e16, 0.7] * 50 + [0.0] * 100)]

    found = read(store_of(samples_of(points)), "Sum", starts_at(*range(200 * 60, 290 * 60, 60)), 600)

    assert found.tolist() == [0.0] * 90


def test_starts_may_have_two_dimensions() -> None:
    """A row is one evaluation, a column one of its periods; the answer has the same shape."""
    store = store_of(samples_of([(60 * minute, float(minute)) for minute in range(10)]))
    rows = starts_at(0, 60, 120)[:, None] + np.array([0, 120, 240])

    assert read(store, "Sum", rows, 120).tolist() == [[1.0, 5.0, 9.0], [3.0, 7.0, 11.0], [5.0, 9.0, 13.0]]


def test_starts_far_apart_are_computed_by_themselves() -> None:
    """A year between two windows is not filled with windows that nobody asked for."""
    store = store_of(samples_of(FOUR))
    year = 365 * 86_400

    assert read(store, "Sum", starts_at(-year, 0, 60, year)).tolist() == pytest.approx(
        [math.nan, 16, math.nan, math.nan], nan_ok=True
    )


def test_an_answer_is_kept_and_widened() -> None:
    """Asking for less than before, and for more, gives the same as asking first."""
    store = store_of(samples_of([(60 * minute, float(minute)) for minute in range(10)]))
    first = read(store, "p50", starts_at(120, 180, 240), 120)

    assert read(store, "p50", starts_at(180), 120).tolist() == [first[1]]
    assert read(store, "p50", starts_at(60, 120, 180), 120).tolist() == [1.5, *first[:2]]


def test_units_are_separate_until_none_is_named() -> None:
    """A reader that names a unit gets only its values; one that names none gets all."""
    store = store_of(samples_of([(0, 1.0)], unit="Count"), samples_of([(0, 4.0), (60, 5.0)], unit="Bytes"))

    assert read(store, "Sum", starts_at(0, 60), unit="Bytes").tolist() == [4.0, 5.0]
    assert read(store, "p100", starts_at(0, 60)).tolist() == [4.0, 5.0]
    assert read(store, "Sum", starts_at(0, 60)).tolist() == [5.0, 5.0]
    assert np.isnan(read(store, "Sum", starts_at(0, 60), unit="Seconds")).all()


def test_units_of_which_values_were_not_kept_are_merged_too() -> None:
    """Sums need no single values."""
    store = store_of(samples_of([(0, 1.0)], unit="Count", keep=False), samples_of([(0, 4.0)], unit="Bytes", keep=False))

    assert read(store, "Average", starts_at(0)).tolist() == [2.5]


def test_a_metric_that_nobody_published_has_no_data() -> None:
    """It is not an error: that is just what the alarm of the wrong metric sees."""
    found = MetricStore(MetricData()).read(MetricStat(METRIC, "p90", 60), starts_at(0, 60))

    assert np.isnan(found).tolist() == [True, True]


def test_nothing_asked_is_nothing_answered() -> None:
    """No window, no number."""
    assert read(store_of(samples_of(FOUR)), "Sum", np.empty((0, 3), np.int64)).shape == (0, 3)


def test_negative_values_have_no_percentiles() -> None:
    """CloudWatch gives none for a window with a negative value; other windows keep theirs."""
    store = store_of(samples_of([(0, -1.0), (0, 5.0), (60, 5.0)]))

    assert read(store, "p50", starts_at(0, 60)).tolist() == pytest.approx([math.nan, 5.0], nan_ok=True)


@pytest.mark.parametrize(
    ("stat", "period_s", "slug"),
    [
        ("p90", 60, "values-not-kept"),
        ("Sum", 10, "period-too-short"),
        ("Sum", 90, "bad-period"),
        ("Sum", 0, "bad-period"),
        ("Sum", -60, "bad-period"),
        ("Summ", 60, "unknown-statistic"),
    ],
)
def test_what_cannot_be_answered_is_refused(stat: str, period_s: int, slug: str) -> None:
    """A sentence instead of a wrong number."""
    store = store_of(samples_of(FOUR, keep=False))

    with pytest.raises(GenaiObsError) as caught:
        read(store, stat, starts_at(0), period_s)

    assert caught.value.slug == slug


def test_high_resolution_has_short_periods() -> None:
    """A metric that is stored by the second is read in periods of ten."""
    store = store_of(samples_of(FOUR, bucket_s=1))

    assert read(store, "Sum", starts_at(0, 10, 20, 40, 50), 10).tolist() == pytest.approx(
        [1, math.nan, 2, 3, 10], nan_ok=True
    )


POINTS = st.lists(
    st.tuples(st.integers(0, 3000), st.one_of(st.integers(0, 5).map(float), st.floats(0, 1e6))), min_size=1, max_size=60
)
WINDOWS = st.lists(st.integers(-10, 60), min_size=1, max_size=12)
SLOW: dict[str, Callable[[list[float]], float]] = {
    "Sum": math.fsum,
    "SampleCount": lambda values: float(len(values)),
    "Average": lambda values: math.fsum(values) / len(values),
    "Minimum": min,
    "Maximum": max,
    "p90": lambda values: percentile(values, 0.9),
    "p37.5": lambda values: percentile(values, 0.375),
    "tc90": lambda values: trimmed(values, 0, 0.9)[0],
    "TS(20%:70%)": lambda values: trimmed(values, 0.2, 0.7)[1],
    "TM(20%:70%)": lambda values: trimmed(values, 0.2, 0.7)[1] / trimmed(values, 0.2, 0.7)[0],
    "WM(10%:90%)": lambda values: winsorized(values, 0.1, 0.9),
    "WM(1:4)": lambda values: math.fsum(min(max(value, 1), 4) for value in values) / len(values),
    "PR(1:4)": lambda values: 100 * sum(1 < value <= 4 for value in values) / len(values),
    "TS(1:4)": lambda values: math.fsum(value for value in values if 1 < value <= 4),
}


@pytest.mark.parametrize("stat", SLOW)
@settings(max_examples=25, derandomize=True)
@given(points=POINTS, minutes=WINDOWS, length=st.integers(1, 40))
def test_every_window_agrees_with_a_plain_sum(
    stat: str, points: list[tuple[int, float]], minutes: list[int], length: int
) -> None:
    """Whatever was published and whatever windows are asked for, a loop over the values says the same."""
    starts = starts_at(*(60 * minute for minute in minutes))
    inside = [
        [value for second, value in points if minute * 60 <= second - second % 60 < (minute + length) * 60]
        for minute in minutes
    ]

    found = read(store_of(samples_of(points)), stat, starts, 60 * length)

    expected = [SLOW[stat](values) if values else math.nan for values in inside]
    assert found.tolist() == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)
