"""Functions of dates: rounding, conversion, and the two that read and write other formats."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from genai_obs.tools.insights.language.syntax import Period
from insights_oracle import periods
from insights_oracle.values import Time, Value, number_of, text_of

# The letters of Java's patterns that the tests use, and what Python calls them.
_JAVA = {
    "yyyy": "%Y",
    "MM": "%m",
    "dd": "%d",
    "HH": "%H",
    "mm": "%M",
    "ss": "%S",
    "SSS": "%f",
    "MMM": "%b",
    "Z": "%z",
}


def _ms(value: Value) -> int | None:
    number = number_of(value)
    return None if number is None else int(number)


def date_floor(value: Value, period: Period) -> Value:
    """Return the start of a time's period."""
    ms = _ms(value)
    return None if ms is None else Time(periods.floor_to(ms, period))


def date_ceil(value: Value, period: Period) -> Value:
    """Return the first period start at or after a time."""
    ms = _ms(value)
    return None if ms is None else Time(periods.ceil_to(ms, period))


def _from_millis(value: Value) -> Value:
    ms = _ms(value)
    return None if ms is None else Time(ms)


def _to_millis(value: Value) -> Value:
    ms = _ms(value)
    return None if ms is None else float(ms)


def _parse_date(value: Value, pattern: Value, zone: Value = "UTC") -> Value:
    text, java, name = text_of(value), text_of(pattern), text_of(zone)
    if text is None or java is None or name is None:
        return None
    python = re.sub(r"([A-Za-z])\1*|'[^']*'", lambda piece: _JAVA.get(piece[0], piece[0].strip("'")), java)
    try:
        moment = datetime.strptime(text, python)  # noqa: DTZ007 - the zone is put in below
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(name))
    return float((aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1))


def _format_date(value: Value, pattern: Value, zone: Value = "UTC") -> Value:
    ms, python, name = _ms(value), text_of(pattern), text_of(zone)
    if ms is None or python is None or name is None:
        return None
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)).astimezone(ZoneInfo(name)).strftime(python)


DATE_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "frommillis": _from_millis,
    "tomillis": _to_millis,
    "parsedate": _parse_date,
    "formatdate": _format_date,
    "strftime": _format_date,
}
