"""Our anomaly bands: what they learn, what they never know, and when they say nothing."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from band_oracle import expected_band
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_obs.tools.alarms.band import LocalBands
from genai_obs.tools.alarms.comparison import leaves_band
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.queries import MetricStat
from genai_obs.tools.metrics.reader import Timeline
from genai_obs.tools.metrics.samples import Floats, Integers

HOUR_S, DAY_S = 3600, 86_400
# A Monday, 00:00 UTC.
MONDAY_S = 1_772_409_600


class Published:
    """
    A metric of one value every ten minutes; longer periods are averages of them.

    Args:
        start_s: When publishing begins.

        values: One for each ten minutes; NaN is missing.
    """

    def __init__(self, start_s: int, values: Floats) -> None:
        self._start_s, self._values = start_s, values

    def read(self, wanted: MetricStat, starts_s: Integers) -> Floats:
        """Return the average or the sum over each period."""
        values = np.append(self._values, np.nan)
        reach = np.arange(0, wanted.period_s, 600)
        places = (starts_s[..., np.newaxis] + reach - self._start_s) // 600
        picked = values[np.where((places >= 0) & (places < self._values.size), places, -1)]
        real = ~np.isnan(picked)
        divisor = 1 if wanted.stat == "Sum" else real.sum(axis=-1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(real.any(axis=-1), np.nansum(picked, axis=-1) / divisor, np.nan))

    def metrics(self) -> Iterable[MetricId]:
        """Return nothing: nobody asks."""
        return ()


def stat(period_s: int, statistic: str = "Average") -> MetricStat:
    """Return what is watched."""
    return MetricStat(MetricId("AI/LLMMetrics", "AICost"), statistic, period_s)


def band_of(
    published: Published, starts_s: Any, period_s: int = 600, width: float = 3.0, statistic: str = "Average"
) -> tuple[Floats, Floats]:
    """Return the bounds of some periods."""
    timeline = Timeline(np.asarray(starts_s, np.int64), period_s)
    return LocalBands(published).band(stat(period_s, statistic), width, timeline)


def busy_by_day(days: int, seed: int = 3) -> Floats:
    """Return values that are 100 by day, 10 at night, a third of it at the weekend, each with some noise."""
    starts = MONDAY_S + 600 * np.arange(days * 144)
    by_day = np.where((starts % DAY_S >= 8 * HOUR_S) & (starts % DAY_S < 18 * HOUR_S), 100.0, 10.0)
    weekend = (starts - MONDAY_S) // DAY_S % 7 >= 5
    noise = np.random.default_rng(seed).normal(0, 0.05, starts.size)
    return np.asarray(by_day * np.where(weekend, 1 / 3, 1) * (1 + noise))


@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_bounds_are_those_of_the_plain_implementation(data: st.DataObject) -> None:
    """Whatever was published, however long the period, each bound is the one that plain Python computes."""
    days = data.draw(st.integers(0, 19))
    numbers = np.random.default_rng(data.draw(st.integers(0, 9)))
    values = np.round(numbers.gamma(1, data.draw(st.sampled_from([0.01, 3, 1000])), max(1, days * 144)), 3)
    values[numbers.random(values.size) < data.draw(st.sampled_from([0, 0.3, 0.9]))] = np.nan
    values = np.where(numbers.random(values.size) < data.draw(st.sampled_from([0, 0.6])), 0.0, values)
    published = Published(MONDAY_S, values)
    period_s = data.draw(st.sampled_from([600, 1200, 3600, 6 * HOUR_S, DAY_S, 2 * DAY_S]))
    earliest = MONDAY_S + data.draw(st.integers(0, 19)) * DAY_S
    starts = [earliest, earliest + data.draw(st.integers(1, 3 * 1440)) * 60]

    lower, upper = band_of(published, starts, period_s, 2.0)

    grid = np.arange(earliest - 17 * DAY_S, max(starts), 300)
    values_at = dict(zip(grid.tolist(), published.read(stat(period_s), grid).tolist(), strict=True))
    expected = [expected_band(values_at, period_s, 2.0, start, earliest) for start in starts]
    np.testing.assert_allclose(np.column_stack((lower, upper)), expected, rtol=1e-9, atol=1e-12)


def test_nights_and_weekends_have_their_own_levels() -> None:
    """What is usual at noon of a Wednesday is far too much at night and on a Sunday."""
    published = Published(MONDAY_S, busy_by_day(21))
    noon, night, sunday = (
        MONDAY_S + 15 * DAY_S + 12 * HOUR_S,
        MONDAY_S + 15 * DAY_S,
        MONDAY_S + 20 * DAY_S + 12 * HOUR_S,
    )

    lower, upper = band_of(published, [noon, night, sunday])

    assert lower[0] < 100 < upper[0] < 120
    assert upper[1] < 20
    assert 30 < upper[2] < 50


@pytest.mark.parametrize(
    ("period_s", "days", "judged_s"),
    [(600, 16, 15 * DAY_S), (3600, 6, 4 * DAY_S), (1800, 1, 7 * HOUR_S), (DAY_S, 16, 15 * DAY_S)],
    ids=["ten-minutes", "overlapping", "young", "days"],
)
def test_a_band_knows_nothing_of_what_it_judges(period_s: int, days: int, judged_s: int) -> None:
    """Changing every value from the judged period on changes no bound, also just when the band was trained."""
    values = busy_by_day(days)
    changed = values.copy()
    changed[judged_s // 600 :] = -1e6

    before = band_of(Published(MONDAY_S, values), [MONDAY_S + judged_s], period_s)
    after = band_of(Published(MONDAY_S, changed), [MONDAY_S + judged_s], period_s)

    np.testing.assert_array_equal(before, after)
    assert not np.isnan(before).any()


def test_between_two_trainings_nothing_is_learnt() -> None:
    """From midnight to midnight the band is the one that was trained before, whatever happens meanwhile."""
    values = busy_by_day(16)
    changed = values.copy()
    changed[15 * 144 :] = 1e6
    noon = [MONDAY_S + 15 * DAY_S + 12 * HOUR_S]

    np.testing.assert_array_equal(
        band_of(Published(MONDAY_S, values), noon), band_of(Published(MONDAY_S, changed), noon)
    )


@pytest.mark.parametrize(("days", "learns"), [(2, True), (3, False)], ids=["third-day", "fourth-day"])
def test_in_the_first_three_days_each_hour_is_learnt_from(days: int, *, learns: bool) -> None:
    """At noon of the third day the band knows the morning; from the fourth day on it waits for midnight."""
    values = busy_by_day(days + 1)
    changed = values.copy()
    changed[days * 144 : days * 144 + 60] = 50.0
    noon = [MONDAY_S + days * DAY_S + 12 * HOUR_S]

    before, after = band_of(Published(MONDAY_S, values), noon), band_of(Published(MONDAY_S, changed), noon)

    assert np.array_equal(before, after) == (not learns)


def test_a_bad_day_hardly_moves_the_band() -> None:
    """A day of a hundredfold values among fourteen is an outlier, not the new usual."""
    values = busy_by_day(16)
    spoilt = values.copy()
    spoilt[9 * 144 : 10 * 144] *= 100
    noon = [MONDAY_S + 15 * DAY_S + 12 * HOUR_S]

    np.testing.assert_allclose(
        band_of(Published(MONDAY_S, values), noon), band_of(Published(MONDAY_S, spoilt), noon), rtol=0.1
    )


@pytest.mark.parametrize(
    ("values", "hours", "known"),
    [
        (np.full(144, np.nan), 12, False),
        (np.linspace(1, 2, 11), 2, False),
        (np.linspace(1, 2, 12), 2, True),
        (np.linspace(1, 2, 12), 1, False),
        (np.zeros(2000), 300, False),
        (np.full(2000, 5.0), 300, True),
    ],
    ids=["nothing", "eleven", "twelve", "twelve-not-yet-trained", "always-zero", "always-five"],
)
def test_too_little_gives_no_band(values: Floats, hours: int, known: bool) -> None:
    """A dozen datapoints make the first band, at the next full hour; where all were 0, there is none."""
    bounds = band_of(Published(MONDAY_S, values), [MONDAY_S + hours * HOUR_S])

    assert np.isnan(bounds).all() == (not known)
    if not known:
        breaching = leaves_band(np.array([1e9]), "GreaterThanUpperThreshold", *bounds)
        assert not breaching.any()


def test_a_constant_has_a_narrow_band() -> None:
    """What never varied may move by width percent of its level."""
    lower, upper = band_of(Published(MONDAY_S, np.full(2000, 5.0)), [MONDAY_S + 300 * HOUR_S], width=2.0)

    assert (lower[0], upper[0]) == pytest.approx((4.9, 5.1))


def test_the_first_window_that_reaches_into_the_data_is_no_example() -> None:
    """A window of a day that holds only the first hours would teach that little is usual, so it is left out."""
    published = Published(MONDAY_S + 4 * DAY_S, np.full(2000, 2.0))

    lower, upper = band_of(published, [MONDAY_S + 8 * DAY_S], DAY_S, statistic="Sum")

    assert (lower[0], upper[0]) == pytest.approx((288 * 0.97, 288 * 1.03))


def test_evaluations_of_an_alarm_are_answered_in_their_shape() -> None:
    """Rows of overlapping periods, as a replay asks, have the bounds that each period has by itself."""
    published = Published(MONDAY_S, busy_by_day(16))
    starts = MONDAY_S + 15 * DAY_S + 600 * (np.arange(40)[:, np.newaxis] - np.arange(3, 0, -1))

    lower, upper = band_of(published, starts)

    assert lower.shape == upper.shape == starts.shape
    np.testing.assert_array_equal(lower[10], band_of(published, starts[10])[0])
    assert band_of(published, np.empty((0, 3)))[0].shape == (0, 3)
