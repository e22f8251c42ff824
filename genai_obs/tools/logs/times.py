"""Times as logs write them, in Python and in SQL, by one rule."""

import math
import re
from datetime import UTC, datetime

# Last millisecond of the year 9999: what datetimes of Python and timestamps of CloudWatch can both show.
MAX_MS = 253_402_300_799_999

_RFC3339 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})"
    r"(?:[.,]([0-9]+))?(?:([Zz])|([+-])([0-9]{2}):?([0-9]{2}))?"
)
_DECIMAL = re.compile(r"[0-9]+(?:\.[0-9]+)?")

# Epoch numbers below the bound: how many are a millisecond, and what is added before cutting. As seconds the first
# bound is the year 5138, as milliseconds it is 1973: no log is ambiguous. A time in seconds such as 1795218233.523 is
# no exact double: without the addition its milliseconds would be 522.
_MAGNITUDES = ((1e11, 1e-3, 0.001), (1e14, 1.0, 0.0), (1e17, 1e3, 0.0), (1e20, 1e6, 0.0))

# Parts of the forms that nearly all lines have, ours ("…T12:00:00.000Z") and that of Powertools' logger
# ("… 12:00:00,000+0000"), looked up instead of parsed: most lines of a log share their day, and all share these.
_DAYS: dict[str, int] = {}
_HOURS = {f"{mark}{n:02}": n * 3_600_000 for mark in "T " for n in range(24)}
_MINUTES = {f":{n:02}": n * 60_000 for n in range(60)}
_SECONDS = {f":{second:02}": second * 1000 for second in range(60)}
_ENDS = {form % n: n for form in (".%03dZ", ",%03d+0000") for n in range(1000)}
_MOST_DAYS = 4000


def parse_time_ms(value: object) -> int | None:
    """
    Return the milliseconds since 1970 that a JSON value means as a time, or None; never raises.

    A text is RFC 3339 with ``T`` or a blank, ``.`` or ``,`` before decimals, and ``Z``, ``±hh:mm``, ``±hhmm`` or no
    zone, which is UTC; or an epoch number in digits. A number is epoch seconds, milliseconds, microseconds or
    nanoseconds, told by its magnitude. What is finer than a millisecond is cut. Before 1970 and after 9999 is None.
    """
    if isinstance(value, str):
        try:
            day, hour, minute = _DAYS[value[:10]], _HOURS[value[10:13]], _MINUTES[value[13:16]]
            return day + hour + minute + _SECONDS[value[16:19]] + _ENDS[value[19:]]
        except KeyError:
            return _of_text(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return _of_number(float(value))
    except OverflowError:
        return None


def _of_text(text: str) -> int | None:
    found = _RFC3339.fullmatch(text)
    if found is not None:
        return _of_parts(*found.groups())
    return _of_number(float(text)) if _DECIMAL.fullmatch(text) else None


def _of_parts(
    date: str, time: str, fraction: str | None, _zulu: str | None, sign: str | None, hours: str, minutes: str
) -> int | None:
    day, hour = _day_ms(date), _HOURS.get(f"T{time[:2]}")
    minute, second = _MINUTES.get(time[2:5]), _SECONDS.get(time[5:])
    if day is None or hour is None or minute is None or second is None:
        return None
    found = day + hour + minute + second + int((fraction or "")[:3].ljust(3, "0"))
    if sign is not None:
        if hours > "23" or minutes > "59":
            return None
        found -= int(sign + "1") * (int(hours) * 60 + int(minutes)) * 60_000
    return found if 0 <= found <= MAX_MS else None


def _day_ms(date: str) -> int | None:
    """Return the first millisecond of a day, remembered; None for a day that no calendar has."""
    found = _DAYS.get(date)
    if found is None:
        try:
            found = int(datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp()) * 1000
        except ValueError:
            return None
        if len(_DAYS) >= _MOST_DAYS:
            _DAYS.clear()
        # 1969-12-31T23:30:00-01:00 lies in 1970, so the day before may be asked for, but is not fit for the fast way.
        if found >= 0:
            _DAYS[date] = found
    return found


def _of_number(number: float) -> int | None:
    if not 0 <= number < _MAGNITUDES[-1][0]:
        return None
    unit, addition = next((unit, addition) for bound, unit, addition in _MAGNITUDES if number < bound)
    return math.floor(number / unit + addition)
