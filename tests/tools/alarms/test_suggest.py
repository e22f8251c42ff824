"""Suggested thresholds: as nearly so many alerts a week as are wanted, never more, and a number people would choose."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_obs.tools.alarms.backtest import summarise
from genai_obs.tools.alarms.history import replay
from genai_obs.tools.alarms.readable import readable_between
from genai_obs.tools.alarms.rule import MetricAlarm
from genai_obs.tools.alarms.suggest import suggest_threshold
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat
from genai_obs.tools.metrics.samples import Floats, Integers

DAY_S = 86_400
START_S = 1_772_409_600
LATENCY = MetricId("AI/LLMMetrics", "InferenceLatencyMs")


class Published:
    """A metric with one value for each minute from ``START_S`` on, NaN where none was published."""

    def __init__(self, values: Floats) -> None:
        self._values = values

    def read(self, wanted: MetricStat, starts_s: Integers) -> Floats:
        """Return the value of the first minute of each period."""
        places = (starts_s - START_S) // 60
        within = (places >= 0) & (places < self._values.size)
        return np.where(within, self._values[np.where(within, places, 0)], np.nan)

    def metrics(self) -> Iterable[MetricId]:
        """Return the one metric."""
        return (LATENCY,)


def alarm(**changes: Any) -> MetricAlarm:
    """Return an alarm on single minutes."""
    query = MetricQuery("m", MetricStat(LATENCY, "Average", 60))
    return replace(MetricAlarm("slow", "", (query,), "GreaterThanThreshold", None, 1, 1, "notBreaching"), **changes)


def quiet_with(spikes: dict[int, float], days: int = 7) -> Published:
    """Return values around 100 with spikes at some minutes."""
    values = 100 + np.random.default_rng(5).random(days * 1440)
    for minute, value in spikes.items():
        values[minute] = value
    return Published(values)


SPIKES = {600: 950.0, 2000: 510.0, 4000: 480.0, 6000: 320.0, 8000: 317.0}


@pytest.mark.parametrize(
    ("wanted", "threshold", "count"),
    [(0, 1000.0, 0), (0.5, 1000.0, 0), (1, 800.0, 1), (2, 500.0, 2), (3, 400.0, 3), (5, 200.0, 5)],
)
def test_a_round_threshold_fires_as_often_as_wanted(wanted: float, threshold: float, count: int) -> None:
    """Between the spikes that should and those that should not alarm there is a round number."""
    found = suggest_threshold(alarm(), quiet_with(SPIKES), START_S, START_S + 7 * DAY_S, wanted)

    assert found.threshold == threshold
    assert found.backtest is not None
    assert len(found.backtest.firings) == count


def test_small_values_alarm_where_less_is_bad() -> None:
    """With a comparison downwards the lowest values are the rare ones."""
    scores = quiet_with({600: 0.31, 2000: 0.55, 4000: 0.2})

    found = suggest_threshold(alarm(comparison="LessThanThreshold"), scores, START_S, START_S + 7 * DAY_S, 2)

    assert found.threshold == 0.5
    assert found.sentence.startswith("with a threshold of 0.5 ms it would have fired twice in 7 days")
    assert found.sentence.endswith(", in ALARM less than 0.1 % of the time")


def test_a_threshold_that_is_always_breached_is_no_answer() -> None:
    """With a threshold below everything the alarm fires once and for ever: rare alerts, and useless."""
    found = suggest_threshold(alarm(), quiet_with({}), START_S, START_S + 7 * DAY_S, 1)

    assert found.threshold is not None
    assert found.threshold > 100.9


@given(
    st.lists(st.integers(0, 60), min_size=30, max_size=200),
    st.sampled_from(
        ["GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"]
    ),
    st.integers(1, 3),
    st.integers(0, 30),
)
@settings(max_examples=25, deadline=None)
def test_what_is_said_is_what_a_replay_gives(values: list[int], comparison: Any, periods: int, wanted: int) -> None:
    """The suggestion never fires more often than wanted, and its numbers are those of a replay with it."""
    reader = Published(np.repeat(np.array(values, dtype=np.float64), 2880 // len(values) + 1)[:2880])
    judged = alarm(comparison=comparison, evaluation_periods=periods, datapoints_to_alarm=periods)

    found = suggest_threshold(judged, reader, START_S, START_S + 2 * DAY_S, wanted)

    assert found.threshold is not None
    replayed = summarise(replay(replace(judged, threshold=found.threshold), reader, START_S, START_S + 2 * DAY_S))
    assert found.backtest == replayed
    assert len(replayed.firings) <= wanted * 2 / 7


@pytest.mark.parametrize(
    ("changes", "values", "end_s", "reason"),
    [
        ({"comparison": "GreaterThanUpperThreshold"}, np.ones(3000), START_S + 2 * DAY_S, "an anomaly band"),
        ({}, np.ones(3000), START_S + DAY_S - 60, "less than a day"),
        ({}, np.full(3000, np.nan), START_S + 2 * DAY_S, "no datapoint"),
        (
            {"missing_data": "breaching"},
            np.where(np.arange(3000) % 100 < 10, np.nan, 1.0),
            START_S + 2 * DAY_S,
            "for want of data",
        ),
    ],
    ids=["band", "too-short", "silent", "silence-alarms"],
)
def test_there_may_be_nothing_to_suggest(changes: dict[str, Any], values: Floats, end_s: int, reason: str) -> None:
    """Where no threshold can help, the reason is said instead of a number."""
    found = suggest_threshold(alarm(**changes), Published(values), START_S, end_s, 2)

    assert (found.threshold, found.backtest) == (None, None)
    assert reason in found.sentence


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (510, 950, 800),
        (1, 2, 2),
        (480, 510, 500),
        (0.31, 0.55, 0.5),
        (0.11, 0.14, 0.12),
        (-7, 3, 0),
        (-950, -510, -800),
        (3.14159, 3.1416, 3.1416),
        (7, 7, 7),
    ],
)
def test_numbers_between_are_round(low: float, high: float, expected: float) -> None:
    """People choose 500, not 487.3."""
    assert readable_between(low, high) == expected


@given(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12))
def test_numbers_between_are_between(one: float, other: float) -> None:
    """However near the ends lie, the number is between them."""
    low, high = min(one, other), max(one, other)

    assert low <= readable_between(low, high) <= high


@pytest.mark.parametrize(
    ("values", "end"),
    [
        (np.where(np.arange(4 * 1440) % 10 == 0, 5.0, 1.0), ", and with the next laxer one more often than wanted"),
        (np.zeros(4 * 1440), ", nor with any other"),
    ],
    ids=["too-often", "constant"],
)
def test_a_threshold_that_never_fires_says_why_none_fires_seldom(values: Floats, end: str) -> None:
    """Alerts were wanted and none is offered: either the next threshold is too lax, or no value stands out."""
    found = suggest_threshold(alarm(), Published(values), START_S, START_S + 4 * DAY_S, 2)

    assert found.backtest is not None
    assert not found.backtest.firings
    assert found.sentence.endswith(f"it would never have fired in 4 days{end}")


def test_a_suggestion_looks_as_far_back_as_the_replay() -> None:
    """With more periods fetched, silence reaches further back, and an alarm fires at other times."""
    values = np.full(2 * 1440, np.nan)
    values[::7] = np.random.default_rng(3).random(values[::7].size)
    judged = alarm(evaluation_periods=3, datapoints_to_alarm=2, missing_data="missing")
    reader, end_s = Published(values), START_S + 2 * DAY_S

    found = suggest_threshold(judged, reader, START_S, end_s, 20, extra_points=20)

    assert found.backtest is not None
    again = replay(replace(judged, threshold=found.threshold), reader, START_S, end_s, extra_points=20)
    narrow = replay(replace(judged, threshold=found.threshold), reader, START_S, end_s)
    assert found.backtest.firings == summarise(again).firings != summarise(narrow).firings


def test_a_suggested_threshold_can_be_copied_from_its_sentence() -> None:
    """All digits that matter stand there: values that differ in the last bit breach it or not."""
    values = np.full(2 * 1440, 0.1)
    values[[600, 1200]] = 0.30000000000000004
    values[[700, 900, 1300, 2000]] = 0.3
    judged = alarm(comparison="GreaterThanOrEqualToThreshold")

    found = suggest_threshold(judged, Published(values), START_S, START_S + 2 * DAY_S, 7)

    assert (found.threshold, len(found.backtest.firings) if found.backtest else None) == (0.30000000000000004, 2)
    assert "0.30000000000000004" in found.sentence
