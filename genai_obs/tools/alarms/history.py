"""An alarm replayed over a range of time: its state after each evaluation that CloudWatch would have made."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from genai_obs.tools.alarms.comparison import Booleans
from genai_obs.tools.alarms.evaluation import KEEP, Codes, judge, newest_real, settle
from genai_obs.tools.alarms.rule import MetricAlarm
from genai_obs.tools.alarms.schedule import EXTRA_POINTS, Schedule, schedule_of
from genai_obs.tools.alarms.state import State, StateHistory
from genai_obs.tools.alarms.warm_up import first_evaluation
from genai_obs.tools.alarms.watched import Watched, period_of, series_at_once, watch
from genai_obs.tools.metrics.math.bands import Bands
from genai_obs.tools.metrics.reader import MetricReader
from genai_obs.tools.metrics.samples import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """
    What became of one series, one element for each evaluation.

    Args:
        codes: A state, or ``KEEP``.

        newest: The newest datapoint, NaN where it is missing.

        has_data: Whether any datapoint of the range is there.
    """

    codes: Codes
    newest: Floats
    has_data: Booleans


def replay(
    alarm: MetricAlarm,
    reader: MetricReader,
    start_s: int,
    end_s: int,
    *,
    extra_points: int = EXTRA_POINTS,
    bands: Bands | None = None,
) -> StateHistory:
    """
    Return the states of an alarm as if it had been created at ``start_s``.

    Args:
        alarm: What is judged.

        reader: Has the numbers; what was published before ``start_s`` counts where the evaluation range reaches it.

        start_s: The first evaluation is made then or at the next full step (minute, ten seconds or hour).

        end_s: No evaluation is made later.

        extra_points: How many periods more than N sliding windows fetch; CloudWatch does not publish that.

        bands: Gives anomaly bands.

    Returns:
        The history; groups of a SQL query are its contributors.

    Raises:
        GenaiObsError: The alarm cannot be judged: its queries, periods, time zone or comparison are wrong.
    """
    period_s = period_of(alarm)
    schedule = schedule_of(period_s, alarm.evaluation_periods, alarm.timezone, start_s, end_s, extra_points)
    if not schedule.moments_s.size:
        return StateHistory(alarm.name, schedule.moments_s, np.empty(0, np.int8), np.empty(0))
    wide = schedule.over(reader)
    chunks = schedule.chunks(series_at_once(alarm, reader))
    seen = [_judge_chunk(alarm, wide, chunk, bands) for chunk in chunks]
    series = _joined(alarm, seen, schedule)
    from_s = _judged_from(alarm, wide, schedule, start_s)
    if len(series) == 1:
        return _history(alarm, schedule, next(iter(series.values())), from_s)
    return _of_groups(alarm, schedule, series, from_s)


def judge_watched(alarm: MetricAlarm, watched: Watched) -> Judged:
    """Return the judgement of one series; percentiles of too few samples keep the state where the alarm asks for it."""
    codes = judge(
        watched.points,
        watched.breaching,
        evaluation_periods=alarm.evaluation_periods,
        datapoints_to_alarm=alarm.datapoints_to_alarm,
        missing_data=alarm.missing_data,
    )
    if watched.too_few is not None:
        # One guess among the datapoints that count makes a guess of the judgement (the page speaks of "the evaluation
        # period" and does not say which periods it means: our choice).
        guessed = newest_real(watched.points, alarm.evaluation_periods) & watched.too_few
        codes = np.where(guessed.any(axis=-1), np.int8(KEEP), codes).astype(np.int8)
    has_data = np.any(~np.isnan(watched.points), axis=-1)
    return Judged(codes, watched.points[:, -1], has_data)


def _judge_chunk(
    alarm: MetricAlarm, reader: MetricReader, chunk: Schedule, bands: Bands | None
) -> tuple[int, dict[str, Judged]]:
    watched = watch(alarm, reader, chunk.starts(), chunk.moments_s, bands)
    return chunk.moments_s.size, {series.label: judge_watched(alarm, series) for series in watched}


def _joined(alarm: MetricAlarm, seen: Sequence[tuple[int, dict[str, Judged]]], schedule: Schedule) -> dict[str, Judged]:
    """Return each series over all portions; in those where it does not occur, all its datapoints are missing."""
    labels = dict.fromkeys(label for _, judged in seen for label in judged) or {"": None}
    return {
        label: _concatenated(judged.get(label) or _silent(alarm, rows, schedule.periods) for rows, judged in seen)
        for label in labels
    }


def _silent(alarm: MetricAlarm, rows: int, periods: int) -> Judged:
    points = np.full((rows, periods), np.nan)
    return judge_watched(alarm, Watched("", points, np.zeros(points.shape, np.bool_)))


def _concatenated(parts: Iterable[Judged]) -> Judged:
    listed = list(parts)
    return Judged(
        np.concatenate([part.codes for part in listed]),
        np.concatenate([part.newest for part in listed]),
        np.concatenate([part.has_data for part in listed]),
    )


def _history(alarm: MetricAlarm, schedule: Schedule, judged: Judged, from_s: int) -> StateHistory:
    is_early = schedule.moments_s < from_s
    codes = np.where(is_early, np.int8(State.INSUFFICIENT_DATA), judged.codes).astype(np.int8)
    return StateHistory(alarm.name, schedule.moments_s, settle(codes), judged.newest)


def _of_groups(alarm: MetricAlarm, schedule: Schedule, series: dict[str, Judged], from_s: int) -> StateHistory:
    """Return the history of an alarm on groups: it is in ALARM while any of them is."""
    groups = {label: _group_history(label, schedule, judged) for label, judged in series.items()}
    alarming = np.any([group.states == State.ALARM for group in groups.values()], axis=0)
    has_data = np.any([judged.has_data for judged in series.values()], axis=0)
    # An empty result is missing data (documented: the newer alarm-data-queries; older copies say INSUFFICIENT_DATA).
    silent = _silent(alarm, schedule.moments_s.size, schedule.periods).codes
    codes = np.where(has_data, np.where(alarming, np.int8(State.ALARM), np.int8(State.OK)), silent).astype(np.int8)
    newest = np.full(codes.shape, np.nan)
    whole = _history(alarm, schedule, Judged(codes, newest, has_data), from_s)
    return StateHistory(alarm.name, whole.times_s, whole.states, None, groups)


def _group_history(label: str, schedule: Schedule, judged: Judged) -> StateHistory:
    # A group that is gone is OK, whatever missing data means (documented: alarm-data-queries).
    codes = np.where(judged.has_data, judged.codes, np.int8(State.OK)).astype(np.int8)
    return StateHistory(label, schedule.moments_s, settle(codes), judged.newest)


def _judged_from(alarm: MetricAlarm, reader: MetricReader, schedule: Schedule, created_s: int) -> int:
    """Return the moment from which on the alarm is judged."""
    if alarm.warm_up_minutes is None:
        return created_s
    first_seen = _first_with_data(alarm, reader, schedule)
    return first_evaluation(schedule, alarm.evaluation_periods, alarm.warm_up_minutes, created_s, first_seen)


def _first_with_data(alarm: MetricAlarm, reader: MetricReader, schedule: Schedule) -> int | None:
    """Return which evaluation has data first: of a metric, for what FILL puts in place of data is none (our choice)."""
    stats = [query.stat for query in alarm.queries if query.stat is not None]
    before = 0
    for chunk in schedule.chunks():
        starts = chunk.starts()
        seen = np.zeros(starts.shape[0], np.bool_)
        for stat in stats:
            seen |= np.any(~np.isnan(reader.read(stat, starts)), axis=-1)
        if seen.any():
            return before + int(np.argmax(seen))
        before += seen.size
    return None
