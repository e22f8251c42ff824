"""Replays in numbers: when an alarm fired, for how long, and how often it flapped."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from genai_obs.tools.alarms.backtest import Backtest, Firing, summarise
from genai_obs.tools.alarms.state import State, StateHistory

OK, ALARM, UNKNOWN = State.OK, State.ALARM, State.INSUFFICIENT_DATA
DAY_S = 86_400


def history(*moments: tuple[int, State]) -> StateHistory:
    """Return a replay."""
    times = np.array([time for time, _ in moments], dtype=np.int64)
    return StateHistory("spend", times, np.array([state for _, state in moments], dtype=np.int8))


def test_each_time_in_alarm_is_told() -> None:
    """A state lasts until the next evaluation, also where evaluations lie apart unevenly."""
    found = summarise(
        history((0, UNKNOWN), (600, ALARM), (660, ALARM), (900, OK), (3600, UNKNOWN), (7200, ALARM), (7260, OK))
    )

    assert found.firings == (Firing(600, 900), Firing(7200, 7260))
    assert [firing.minutes for firing in found.firings] == [5, 1]
    assert found.longest == Firing(600, 900)
    assert (found.start_s, found.end_s, found.span_s) == (0, 7260, 7260)
    assert (found.alarm_s, found.insufficient_s) == (360, 600 + 3600)
    assert found.alarm_share == 360 / 7260


def test_an_alarm_that_never_ends_is_told_as_such() -> None:
    """What is in ALARM at the end is not over; what began before the replay begins with it."""
    found = summarise(history((60, ALARM), (120, ALARM)))

    assert found.firings == (Firing(60, 120, is_over=False),)
    assert found.alarm_s == 60


def test_an_alarm_that_fires_last_of_all_is_told() -> None:
    """The last evaluation may enter ALARM: nobody knows how long it lasts."""
    found = summarise(history((60, OK), (120, ALARM)))

    assert found.firings == (Firing(120, 120, is_over=False),)
    assert found.alarm_s == 0


def test_coming_back_within_half_an_hour_is_flapping() -> None:
    """Thirty minutes after leaving ALARM it still flaps, a minute later it is a new alert."""
    entered = [(0, ALARM), (60, OK), (60 + 1800, ALARM), (1920, OK), (1920 + 1860, ALARM), (3900, OK)]

    assert summarise(history(*entered)).flaps == 1
    assert summarise(history(*entered), flap_s=1799).flaps == 0
    assert summarise(history(*entered), flap_s=1860).flaps == 2


def test_alerts_a_week_need_a_day() -> None:
    """Two alerts in two days are seven a week; of less than a day nothing is concluded."""
    alerts = [(0, ALARM), (60, OK), (7200, ALARM), (7260, OK)]

    assert summarise(history(*alerts, (2 * DAY_S, OK))).alerts_per_week == 7
    assert summarise(history(*alerts, (DAY_S, OK))).alerts_per_week == 14
    assert summarise(history(*alerts, (DAY_S - 1, OK))).alerts_per_week is None


def test_a_replay_without_evaluations_is_empty() -> None:
    """Nothing was judged, so nothing is claimed."""
    found = summarise(history())

    assert found == Backtest("spend", None, None, (), 0, 1800, 0, 0)
    assert (found.span_s, found.longest, found.alarm_share, found.alerts_per_week) == (0, None, None, None)


@given(st.lists(st.tuples(st.integers(1, 4000), st.sampled_from(State)), max_size=40), st.integers(0, 5000))
def test_numbers_are_those_of_counting_one_by_one(steps: list[tuple[int, State]], flap_s: int) -> None:
    """Walking through the evaluations one by one gives the same firings, seconds and flaps."""
    time, moments = 0, []
    for step, state in steps:
        time += step
        moments.append((time, state))
    firings: list[list[int]] = []
    seconds = dict.fromkeys(State, 0)
    flaps, before, left = 0, OK, None
    for (moment, state), following in zip(moments, [*moments, None][1:], strict=True):
        if state == ALARM and before != ALARM:
            flaps += left is not None and moment - left <= flap_s
            firings.append([moment, moments[-1][0], 0])
        if state != ALARM and before == ALARM:
            firings[-1][1:] = [moment, 1]
            left = moment
        seconds[state] += following[0] - moment if following else 0
        before = state

    found = summarise(history(*moments), flap_s=flap_s)

    assert [[firing.start_s, firing.end_s, firing.is_over] for firing in found.firings] == firings
    assert (found.alarm_s, found.insufficient_s, found.flaps) == (seconds[ALARM], seconds[UNKNOWN], flaps)
