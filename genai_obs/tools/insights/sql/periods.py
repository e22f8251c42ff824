"""
Times rounded to periods, as SQL over epoch milliseconds.

Documented: up to a second, a minute and an hour the units have caps; buckets are in UTC, days from midnight.
Unknown on CloudWatch, so ours: weeks begin on Monday; months, quarters and years are the calendar's; several of a
unit count from January 1970, several weeks from the Monday 1970-01-05.
"""

from genai_obs.tools.insights.language.periods import capped
from genai_obs.tools.insights.language.syntax import Period, PeriodUnit
from genai_obs.tools.insights.sql.let import let

_FIXED_MS: dict[PeriodUnit, int] = {
    "ms": 1,
    "s": 1000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 7 * 86_400_000,
}

_MONTHS: dict[PeriodUnit, int] = {"mo": 1, "q": 3, "y": 12}

# Longer than every log, and short enough for DuckDB's arithmetic on times.
_LONGEST_MS = 10_000 * 366 * 86_400_000
_LONGEST_MONTHS = 10_000 * 12

_FIRST_MONDAY_MS = 4 * 86_400_000


def length_ms(period: Period) -> int | None:
    """Return how long a period is, after its cap; None for those of the calendar."""
    fixed = _FIXED_MS.get(period.unit)
    if fixed is None:
        return None
    return min(capped(period).count * fixed, _LONGEST_MS)


def floor_time(time: str, period: Period, offset_ms: int = 0) -> str:
    """
    Return the SQL of the start of the period in which a time lies.

    Args:
        time: SQL of epoch milliseconds, BIGINT; NULL stays NULL.

        period: Its count is at least 1, and cut to the unit's cap.

        offset_ms: How much later each period begins than it would.
    """
    length = length_ms(period)
    if length is None:
        return _floor_months(time, _months(period), offset_ms)
    origin = offset_ms + (_FIRST_MONDAY_MS if period.unit == "w" else 0)
    since = f"({time} - {origin})" if origin else time
    # The remainder of a negative number is negative: a time before 1970 would be rounded up.
    return let([time], lambda it: _floor_fixed(since if it == time else f"({it} - {origin})", it, length))


def _floor_fixed(since: str, time: str, length: int) -> str:
    return f"({time} - (({since} % {length}) + {length}) % {length})"


def ceil_time(time: str, period: Period) -> str:
    """Return the SQL of the first start of a period at or after a time."""
    length = length_ms(period)
    if length is not None:
        return floor_time(f"({time} + {length - 1})", period)
    months = _months(period)
    return let([time], lambda it: _ceil_months(it, months))


def _months(period: Period) -> int:
    return min(period.count * _MONTHS[period.unit], _LONGEST_MONTHS)


def _floor_months(time: str, months: int, offset_ms: int = 0) -> str:
    shifted = f"{time} - {offset_ms}" if offset_ms else time
    bucket = f"time_bucket(INTERVAL '{months} months', make_timestamp_ms({shifted}), TIMESTAMP '1970-01-01')"
    back = f" + {offset_ms}" if offset_ms else ""
    return f"(epoch_ms({bucket}){back})"


def _ceil_months(time: str, months: int) -> str:
    floor = _floor_months(time, months)
    next_start = f"epoch_ms(make_timestamp_ms({floor}) + INTERVAL '{months} months')"
    return f"CASE WHEN {floor} = {time} THEN {time} ELSE {next_start} END"
