"""Where the period of a time begins and ends: fixed lengths from 1970, weeks from Monday, calendar months and years."""

from datetime import UTC, datetime

from genai_obs.tools.insights.language.syntax import Period

_DAY = 86_400_000
_FIXED = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": _DAY, "w": 7 * _DAY}
_MONTHS = {"mo": 1, "q": 3, "y": 12}
_CAPS = {"ms": 1000, "s": 60, "m": 60, "h": 24}
_FIRST_MONDAY = 4 * _DAY  # 1970-01-05


def period_ms(period: Period) -> int:
    """Return the length of a period of fixed length, after its cap."""
    return _count(period) * _FIXED[period.unit]


def _count(period: Period) -> int:
    return min(period.count, _CAPS.get(period.unit, period.count))


def floor_to(ms: int, period: Period, offset_ms: int = 0) -> int:
    """Return the start of the period in which a time lies."""
    if period.unit in _MONTHS:
        months = _count(period) * _MONTHS[period.unit]
        return _month_start(_month_of(ms - offset_ms) // months * months) + offset_ms
    origin = offset_ms + (_FIRST_MONDAY if period.unit == "w" else 0)
    length = period_ms(period)
    return (ms - origin) // length * length + origin


def ceil_to(ms: int, period: Period) -> int:
    """Return the first period start at or after a time."""
    start = floor_to(ms, period)
    if start == ms:
        return ms
    if period.unit in _MONTHS:
        return _month_start(_month_of(start) + _count(period) * _MONTHS[period.unit])
    return start + period_ms(period)


def _month_of(ms: int) -> int:
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    return (moment.year - 1970) * 12 + moment.month - 1


def _month_start(month: int) -> int:
    moment = datetime(1970 + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    return int(moment.timestamp()) * 1000
