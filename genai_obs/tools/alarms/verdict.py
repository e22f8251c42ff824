"""What an alarm says at one moment, in a sentence that a person who was just woken understands."""

from dataclasses import replace

import numpy as np

from genai_obs.tools.alarms.evaluation import KEEP
from genai_obs.tools.alarms.guards import unmet_guard
from genai_obs.tools.alarms.history import judge_watched, replay
from genai_obs.tools.alarms.published import never_published, published_by_aws
from genai_obs.tools.alarms.reasons import Scene, most_alarming, reason_of, silence_counts
from genai_obs.tools.alarms.rule import MetricAlarm
from genai_obs.tools.alarms.schedule import EXTRA_POINTS, Schedule, schedule_of
from genai_obs.tools.alarms.state import State, StateHistory, Verdict
from genai_obs.tools.alarms.watched import Watched, period_of, watch
from genai_obs.tools.alarms.windows import DAY_S
from genai_obs.tools.metrics.math.bands import Bands
from genai_obs.tools.metrics.reader import MetricReader


def verdict(
    alarm: MetricAlarm,
    reader: MetricReader,
    at_s: int,
    *,
    history: StateHistory | None = None,
    bands: Bands | None = None,
    extra_points: int = EXTRA_POINTS,
) -> Verdict:
    """
    Return the state of an alarm at a moment and why.

    Args:
        alarm: The alarm.

        reader: Has the numbers.

        at_s: The moment; the newest evaluation until then counts.

        history: A replay that covers the moment; None replays the day before it.

        bands: Gives anomaly bands.

        extra_points: As for ``replay``.

    Returns:
        ``state`` is None for metrics that AWS publishes, which lines do not hold. ``reason`` does not repeat the state.

    Raises:
        GenaiObsError: The alarm cannot be judged.
    """
    foreign = published_by_aws(alarm, reader.metrics())
    if foreign is not None:
        reason = f"{foreign.namespace} metrics are published by AWS, so these lines cannot tell"
        return Verdict(alarm.name, at_s, None, reason)
    if history is None:
        start_s = at_s - max(DAY_S, 2 * period_of(alarm) * (alarm.evaluation_periods + extra_points))
        history = replay(alarm, reader, start_s, at_s, extra_points=extra_points, bands=bands)
    last = int(np.searchsorted(history.times_s, at_s, side="right")) - 1
    if last < 0:
        return Verdict(alarm.name, at_s, State.INSUFFICIENT_DATA, "it was not evaluated yet")
    moment_s = int(history.times_s[last])
    state = State(int(history.states[last]))
    # A replay evaluates at full steps; any of its moments is one.
    looked = schedule_of(period_of(alarm), alarm.evaluation_periods, alarm.timezone, moment_s, moment_s, extra_points)
    watched = _watched_at(alarm, reader, looked, bands)
    if _is_warming_up(alarm, history, last, watched):
        reason = f"it is still in its warm-up of {alarm.warm_up_minutes} minutes"
    else:
        reason = _told(alarm, reader, looked, state, watched)
    return Verdict(alarm.name, at_s, state, reason, since(history, last), ours=alarm.band_id is not None)


def since(history: StateHistory, last: int) -> int | None:
    """Return when the state of an evaluation was entered; None when it was there from the first one on."""
    others = np.flatnonzero(history.states[: last + 1] != history.states[last])
    return int(history.times_s[others[-1] + 1]) if others.size else None


def _watched_at(alarm: MetricAlarm, reader: MetricReader, looked: Schedule, bands: Bands | None) -> tuple[Watched, ...]:
    starts = looked.starts()
    return watch(alarm, looked.over(reader), starts, looked.moments_s, bands) or (_silent(starts.shape),)


def _silent(shape: tuple[int, ...]) -> Watched:
    return Watched("", np.full(shape, np.nan), np.zeros(shape, np.bool_))


def _told(
    alarm: MetricAlarm, reader: MetricReader, looked: Schedule, state: State, watched: tuple[Watched, ...]
) -> str:
    absent = "; ".join(never_published(alarm, reader.metrics()))
    scenes = [_scene(alarm, state, series, one_of=len(watched)) for series in watched]
    scene = replace(most_alarming(scenes), guard=unmet_guard(alarm, looked.over(reader), looked.starts()))
    if not absent:
        return reason_of(scene)
    # That a metric does not exist is the news; what became of the alarm comes after it.
    return f"{absent}; {reason_of(scene) if scene.used.any() else silence_counts(alarm, state)}"


def _scene(alarm: MetricAlarm, state: State, series: Watched, *, one_of: int) -> Scene:
    code = int(judge_watched(alarm, series).codes[0])
    own = State(code) if one_of > 1 and code != KEEP else state
    return Scene(alarm, own, series if one_of > 1 else replace(series, label=""), kept=code == KEEP)


def _is_warming_up(alarm: MetricAlarm, history: StateHistory, last: int, watched: tuple[Watched, ...]) -> bool:
    """Return whether the state is that of a new alarm although the evaluation says something else."""
    if alarm.warm_up_minutes is None or history.states[last] != State.INSUFFICIENT_DATA:
        return False
    return any(int(judge_watched(alarm, series).codes[0]) not in {KEEP, State.INSUFFICIENT_DATA} for series in watched)
