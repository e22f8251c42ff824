"""Replays: every evaluation that CloudWatch would have made, against a plain second implementation."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from alarm_oracle import replayed
from alarm_published import DAY, HOUR, METRIC, MINUTE, MONDAY, alarm_on, store_of
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_obs.errors import GenaiObsError
from genai_obs.tools.alarms.comparison import THRESHOLD_COMPARISONS
from genai_obs.tools.alarms.history import replay
from genai_obs.tools.alarms.rule import MetricAlarm
from genai_obs.tools.alarms.state import State, StateHistory
from genai_obs.tools.alarms.wall_clock import zone_of
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat

VECTORS = json.loads((Path(__file__).parents[2] / "compliance" / "alarms.json").read_text())


def told(history: StateHistory) -> list[tuple[int, str, float | None]]:
    """Return a history as the oracle tells it."""
    assert history.values is not None
    return [
        (time_s, State(state).name, None if math.isnan(value) else value)
        for time_s, state, value in zip(
            history.times_s.tolist(), history.states.tolist(), history.values.tolist(), strict=True
        )
    ]


@pytest.mark.parametrize(
    "vector",
    [
        vector
        for vector in VECTORS["evaluation"]
        if vector["before"] == "INSUFFICIENT_DATA" or vector["mark"] != "unknown"
    ],
    ids=lambda vector: str(vector["id"]),
)
def test_published_cells_hold_for_published_values(vector: dict[str, Any]) -> None:
    """The cells once more, from values in a store; those that keep the state begin with INSUFFICIENT_DATA."""
    is_kept = "-from-" in vector["id"]
    period_s, count = vector["period_s"], len(vector["points"])
    zone = "UTC" if vector["window"] == "wall_clock" else None
    published = {
        MONDAY + index * period_s: [value] for index, value in enumerate(vector["points"]) if value is not None
    }
    alarm = alarm_on(
        period_s=period_s,
        n=vector["n"],
        m=vector["m"],
        threshold=vector["threshold"],
        comparison=vector["comparison"],
        missing_data=vector["missing_data"],
        timezone=zone,
    )
    moment_s = MONDAY + count * period_s

    history = replay(alarm, store_of({METRIC: published}), moment_s, moment_s, extra_points=count - vector["n"])

    expected = "INSUFFICIENT_DATA" if is_kept else vector["after"]
    assert [State(state).name for state in history.states] == [expected]


PERIODS = st.sampled_from([MINUTE, 2 * MINUTE, 5 * MINUTE])


@st.composite
def sparse_histories(draw: st.DrawFn) -> tuple[MetricAlarm, dict[int, list[float]], int]:
    """Return an alarm, what was published around an hour, and how many points more it fetches."""
    n = draw(st.integers(1, 4))
    alarm = alarm_on(
        stat=draw(st.sampled_from(["Sum", "Average", "SampleCount", "Minimum", "Maximum"])),
        period_s=draw(PERIODS),
        n=n,
        m=draw(st.integers(1, n)),
        threshold=draw(st.sampled_from([0.0, 1.0, 2.0])),
        comparison=draw(st.sampled_from(sorted(THRESHOLD_COMPARISONS))),
        missing_data=draw(st.sampled_from(["missing", "ignore", "breaching", "notBreaching"])),
    )
    minutes = st.integers(-30, 45).map(lambda minute: MONDAY + minute * MINUTE)
    values = st.lists(st.sampled_from([0.0, 1.0, 2.0, 3.0]), min_size=1, max_size=3)
    return alarm, draw(st.dictionaries(minutes, values, max_size=12)), draw(st.integers(0, 3))


@settings(max_examples=60, deadline=None)
@given(sparse_histories())
def test_a_replay_agrees_with_the_plain_implementation(case: tuple[MetricAlarm, dict[int, list[float]], int]) -> None:
    """Minute by minute, with what was published before the range in reach."""
    alarm, published, extra = case
    start_s, end_s = MONDAY, MONDAY + 40 * MINUTE

    history = replay(alarm, store_of({METRIC: published}), start_s, end_s, extra_points=extra)

    assert told(history) == replayed(alarm, published, start_s, end_s, extra, None)


@settings(max_examples=30, deadline=None)
@given(
    sparse_histories(),
    st.sampled_from(["UTC", "Asia/Kolkata", "Europe/Berlin"]),
    st.sampled_from([MINUTE, 5 * MINUTE, HOUR]),
)
def test_a_clock_aligned_replay_agrees_with_the_plain_implementation(
    case: tuple[MetricAlarm, dict[int, list[float]], int], zone: str, period_s: int
) -> None:
    """The oracle finds the windows by walking back on the clock."""
    drawn, published, _ = case
    alarm = alarm_on(
        period_s=period_s,
        n=drawn.evaluation_periods,
        m=drawn.datapoints_to_alarm,
        missing_data=drawn.missing_data,
        timezone=zone,
    )
    start_s, end_s = MONDAY + HOUR, MONDAY + 100 * MINUTE

    history = replay(alarm, store_of({METRIC: published}), start_s, end_s)

    assert told(history) == replayed(alarm, published, start_s, end_s, 0, zone_of(zone))


@pytest.mark.parametrize(("zone", "start_s"), [("Europe/Berlin", 1_792_800_000), ("America/New_York", 1_793_404_800)])
def test_days_agree_with_the_plain_implementation(zone: str, start_s: int) -> None:
    """Over a change of the clocks, by the hour."""
    published = {start_s + hour * HOUR: [1.0] for hour in range(-72, 96)}
    alarm = alarm_on(period_s=DAY, n=2, m=1, threshold=24.5, timezone=zone)

    history = replay(alarm, store_of({METRIC: published}), start_s + DAY, start_s + 3 * DAY)

    assert told(history) == replayed(alarm, published, start_s + DAY, start_s + 3 * DAY, 0, zone_of(zone))
    assert State.ALARM in history.states


def test_short_periods_are_evaluated_each_ten_seconds() -> None:
    """For metrics that are stored by the second."""
    published = {MONDAY + second: [1.0] for second in range(0, 60, 7)}
    alarm = alarm_on(stat="SampleCount", period_s=20, n=2, m=2, threshold=2.5)
    store = store_of({METRIC: published}, bucket_s=1)

    history = replay(alarm, store, MONDAY, MONDAY + 2 * MINUTE)

    assert np.diff(history.times_s).tolist() == [10] * 12
    assert told(history) == replayed(alarm, published, MONDAY, MONDAY + 2 * MINUTE, 2, None)


def test_portions_do_not_show() -> None:
    """An alarm over 1440 minutes is judged in portions; states pass from one to the next."""
    published = {MONDAY + minute * MINUTE: [1.0] for minute in range(0, 3 * 1440, 7)}
    store = store_of({METRIC: published})
    alarm = alarm_on(period_s=MINUTE, n=1440, m=206, threshold=0.5, missing_data="ignore")

    whole = replay(alarm, store, MONDAY + DAY, MONDAY + 2 * DAY)
    late = replay(alarm, store, MONDAY + 2 * DAY - 5 * MINUTE, MONDAY + 2 * DAY)

    assert State.ALARM in whole.states
    assert whole.states[-6:].tolist() == late.states.tolist()


def test_a_range_without_evaluations_is_an_empty_history() -> None:
    """Such as half a minute."""
    history = replay(alarm_on(), store_of({}), MONDAY + 1, MONDAY + 59)

    assert history.times_s.size == history.states.size == 0


def test_mixed_periods_are_refused() -> None:
    """An alarm has one period."""
    queries = (
        MetricQuery("m1", MetricStat(METRIC, "Sum", 300), return_data=False),
        MetricQuery("m2", MetricStat(METRIC, "Sum", 60)),
    )

    with pytest.raises(GenaiObsError, match="periods of 60, 300 s") as caught:
        replay(alarm_on(*queries), store_of({}), MONDAY, MONDAY)

    assert caught.value.slug == "alarm-periods"


def _warm_up_history(created: str, first_data: str, period_s: int, n: int, minutes: int) -> StateHistory:
    created_s, first_s = (MONDAY + int(text[:2]) * HOUR + int(text[3:]) * MINUTE for text in (created, first_data))
    published = {first_s + minute * MINUTE: [0.0] for minute in range(120)}
    alarm = alarm_on(period_s=period_s, n=n, m=n, missing_data="breaching", warm_up_minutes=minutes)
    return replay(alarm, store_of({METRIC: published}), created_s, created_s + 2 * HOUR)


@pytest.mark.parametrize("vector", VECTORS["warm_up"], ids=lambda vector: str(vector["id"]))
def test_a_warm_up_ends_when_data_can_fill_the_window(vector: dict[str, Any]) -> None:
    """Until then, silence that would breach says nothing."""
    history = _warm_up_history(vector["created"], vector["first_data"], vector["period_s"], vector["n"], 60)

    judged = history.times_s[history.states != State.INSUFFICIENT_DATA]
    assert (int(judged[0]) - MONDAY) // MINUTE == int(vector["judged_from"][:2]) * 60 + int(vector["judged_from"][3:])


def test_what_fill_puts_in_place_of_data_ends_no_warm_up() -> None:
    """Otherwise an alarm on silence would fire as soon as it is made."""
    queries = (
        MetricQuery("calls", MetricStat(METRIC, "SampleCount", HOUR), return_data=False),
        MetricQuery("value", expression="FILL(calls, 0)"),
    )
    alarm = alarm_on(*queries, comparison="LessThanThreshold", missing_data="breaching", warm_up_minutes=60)
    store = store_of({METRIC: {MONDAY + 10 * MINUTE: [1.0]}})

    history = replay(alarm, store, MONDAY, MONDAY + 3 * HOUR)

    fired = history.times_s[history.states == State.ALARM]
    assert set(history.states[:60].tolist()) == {State.INSUFFICIENT_DATA}
    assert int(fired[0]) == MONDAY + 71 * MINUTE


def test_a_warm_up_ends_after_its_time_at_last() -> None:
    """Data that comes too late does not prolong it."""
    history = _warm_up_history("10:00", "11:30", 300, 3, 20)

    alarming = history.times_s[history.states == State.ALARM]
    assert int(alarming[0]) == MONDAY + 10 * HOUR + 20 * MINUTE


def test_a_metric_older_than_its_alarm_needs_no_warm_up() -> None:
    """Its window is full when the alarm is made."""
    history = _warm_up_history("10:00", "09:30", 300, 3, 60)

    assert history.states[0] == State.OK
