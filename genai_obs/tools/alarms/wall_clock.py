"""Windows aligned to a clock: hours, midnights and Mondays of a time zone, its daylight saving time included."""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

import numpy as np

from genai_obs.errors import GenaiObsError
from genai_obs.tools.alarms.windows import DAY_S, HOUR_S
from genai_obs.tools.metrics.samples import MINUTE_S, Integers
from genai_obs.tools.text.near import nearest

WEEK_S = 7 * DAY_S
# Documented: alarm-evaluation-window.
PERIODS_S = (MINUTE_S, 5 * MINUTE_S, HOUR_S, DAY_S, WEEK_S)

_OFFSET = re.compile(r"(?:UTC)?([+-])(\d\d):(\d\d)", re.ASCII)
_OFFSET_STEP_S = 5 * MINUTE_S
# UTC offsets of this world; a sanity check of ours, the limits of the service are not published.
_FARTHEST_HOURS = 14


def zone_of(text: str) -> tzinfo:
    """
    Return a time zone by its IANA name, ``+05:30``, ``UTC+05:30``, ``UTC`` or ``Z``.

    Raises:
        GenaiObsError: There is no such zone, its offset is no multiple of five minutes, or this machine knows no zones.
    """
    if text in {"Z", "UTC"}:
        return UTC
    found = _OFFSET.fullmatch(text)
    return _fixed_zone(text, found) if found is not None else _named_zone(text)


def edges_between(zone: tzinfo, period_s: int, start_s: int, end_s: int, before: int) -> Integers:
    """
    Return the moments at which periods of a clock begin, ascending, in seconds since 1970.

    Args:
        zone: Whose clock.

        period_s: One of ``PERIODS_S``; days and weeks (from Monday) are as long as the zone makes them.

        start_s: The edges reach back from here by ``before`` whole periods,

        end_s: and up to here.

        before: See ``start_s``.
    """
    # An hour more a period: the longest day of a zone.
    back_s = (before + 1) * (period_s + HOUR_S)
    if period_s < DAY_S:
        return _short_edges(zone, period_s, start_s - back_s, end_s)
    return _day_edges(zone, period_s // DAY_S, start_s - back_s, end_s)


def _short_edges(zone: tzinfo, period_s: int, start_s: int, end_s: int) -> Integers:
    # Offsets are multiples of five minutes, so every edge of an hour falls on one, too.
    step_s = min(period_s, _OFFSET_STEP_S)
    candidates = np.arange(-(-start_s // step_s) * step_s, end_s + 1, step_s, dtype=np.int64)
    if period_s <= _OFFSET_STEP_S:
        return candidates
    is_edge = (candidates + _offsets(zone, candidates)) % period_s == 0
    return np.asarray(candidates[is_edge])


def _offsets(zone: tzinfo, moments_s: Integers) -> Integers:
    """Return the UTC offset at each moment, in seconds."""
    if isinstance(zone, timezone):
        return np.full(moments_s.shape, _offset_s(zone, 0), dtype=np.int64)
    return np.array([_offset_s(zone, moment) for moment in moments_s.tolist()], dtype=np.int64)


def _offset_s(zone: tzinfo, moment_s: int) -> int:
    offset = datetime.fromtimestamp(moment_s, zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


def _day_edges(zone: tzinfo, days: int, start_s: int, end_s: int) -> Integers:
    day = datetime.fromtimestamp(start_s, zone).date()
    if days > 1:
        day -= timedelta(days=day.weekday())
    edges = [_midnight_s(day, zone)]
    while edges[-1] <= end_s:
        day += timedelta(days=days)
        edges.append(_midnight_s(day, zone))
    return np.array(edges, dtype=np.int64)


def _midnight_s(day: date, zone: tzinfo) -> int:
    # Where the clock skips midnight, this is the moment of the skip.
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())


def _fixed_zone(text: str, found: re.Match[str]) -> tzinfo:
    hours, minutes = int(found[2]), int(found[3])
    offset_s = HOUR_S * hours + MINUTE_S * minutes
    if minutes >= 60 or offset_s > _FARTHEST_HOURS * HOUR_S:
        raise GenaiObsError("bad-time-zone", f"{text!r} is no UTC offset: give one such as +05:30")
    if offset_s % _OFFSET_STEP_S:
        raise GenaiObsError("bad-time-zone", f"{text!r} is no multiple of five minutes, which CloudWatch asks for")
    return timezone(timedelta(seconds=-offset_s if found[1] == "-" else offset_s))


def _named_zone(text: str) -> tzinfo:
    # Reading the list of zones is slow, and most alarms have none.
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = available_timezones()
    if not known:
        raise GenaiObsError(
            "no-time-zones",
            f"this machine has no list of time zones, so {text!r} cannot be looked up: "
            "pip install tzdata, or give an offset such as +01:00",
        )
    near = nearest(text, known)
    hint = f": did you mean {near}?" if near else ": give one such as Europe/Berlin or +01:00"
    raise GenaiObsError("bad-time-zone", f"there is no time zone {text!r}{hint}")
