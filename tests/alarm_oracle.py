"""
Alarms once more, as slow and plain as the rules read: one evaluation at a time, lists and None instead of arrays.

It shares nothing with the package but the alarm's definition, so that both can only agree by being right (or wrong in
the same way, which the published tables exclude).
"""

import itertools
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from genai_obs.tools.alarms.rule import MetricAlarm

Points = Sequence[float | None]
Published = Mapping[int, Sequence[float]]

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


@dataclass(frozen=True)
class Plain:
    """The settings that a judgement needs."""

    n: int
    m: int
    comparison: str
    threshold: float
    missing_data: str


def state_after(points: Points, settings: Plain, before: str) -> str:
    """Return the state after one evaluation; ``points`` are the range, oldest first."""
    breach = COMPARISONS[settings.comparison]
    newest_first = list(reversed(points))
    real = [(age, value) for age, value in enumerate(newest_first, start=1) if value is not None]
    counted = real[: settings.n]
    breaching = [age for age, value in counted if breach(value, settings.threshold)]
    if len(breaching) >= settings.m:
        return "ALARM"
    if len(real) >= settings.n:
        return "OK"
    if settings.missing_data == "notBreaching":
        return "OK"
    if settings.missing_data == "breaching":
        return "ALARM" if len(breaching) + settings.n - len(real) >= settings.m else "OK"
    if len(breaching) < len(counted):
        return "OK"
    if settings.missing_data == "ignore":
        return before
    if not real:
        return "INSUFFICIENT_DATA"
    return "ALARM" if max(breaching) >= settings.m else before


def step_seconds(period_s: int, n: int) -> int:
    """Return the seconds between evaluations."""
    if period_s * n > 24 * 3600:
        return 3600
    return 10 if period_s < 60 else 60


def statistic(published: Published, stat: str, start_s: int, end_s: int) -> float | None:
    """Return a statistic of what was published from ``start_s`` on and before ``end_s``; None of nothing."""
    values = [value for at, listed in published.items() if start_s <= at < end_s for value in listed]
    if not values:
        return None
    return {
        "Sum": sum(values),
        "Average": sum(values) / len(values),
        "SampleCount": float(len(values)),
        "Minimum": min(values),
        "Maximum": max(values),
    }[stat]


def windows_at(moment_s: int, period_s: int, count: int, zone: tzinfo | None) -> list[tuple[int, int]]:
    """Return the periods that are looked at, oldest first, each with its end."""
    if zone is None:
        return [(moment_s - age * period_s, moment_s - (age - 1) * period_s) for age in range(count, 0, -1)]
    edges = [_edge_at_or_before(moment_s, period_s, zone)]
    while len(edges) <= count:
        edges.append(_edge_at_or_before(edges[-1] - 1, period_s, zone))
    edges.reverse()
    return list(itertools.pairwise(edges))


def _edge_at_or_before(moment_s: int, period_s: int, zone: tzinfo) -> int:
    """Walk back, minute by minute, to where the clock of the zone shows the beginning of a period."""
    moment = datetime.fromtimestamp(moment_s - moment_s % 60, UTC)
    while not _begins(moment, period_s, zone):
        moment -= timedelta(minutes=1)
    return int(moment.timestamp())


def _begins(moment: datetime, period_s: int, zone: tzinfo) -> bool:
    local, before = moment.astimezone(zone), (moment - timedelta(minutes=1)).astimezone(zone)
    if period_s >= 86_400:
        is_new_day = local.date() > before.date()
        return is_new_day and (period_s == 86_400 or local.weekday() == 0)
    return (local.hour * 3600 + local.minute * 60) % period_s == 0


def replayed(
    alarm: MetricAlarm, published: Published, start_s: int, end_s: int, extra: int, zone: tzinfo | None
) -> list[tuple[int, str, float | None]]:
    """Return moment, state and newest datapoint of each evaluation of an alarm on one statistic."""
    wanted = alarm.queries[0].stat
    assert wanted is not None
    assert alarm.threshold is not None
    settings = Plain(
        alarm.evaluation_periods, alarm.datapoints_to_alarm, alarm.comparison, alarm.threshold, alarm.missing_data
    )
    step_s = step_seconds(wanted.period_s, settings.n)
    count = settings.n + (extra if zone is None else 0)
    state, history = "INSUFFICIENT_DATA", []
    for moment_s in range(start_s, end_s + 1):
        if moment_s % step_s:
            continue
        windows = windows_at(moment_s, wanted.period_s, count, zone)
        points = [statistic(published, wanted.stat, begin, end) for begin, end in windows]
        state = state_after(points, settings, state)
        history.append((moment_s, state, points[-1]))
    return history
