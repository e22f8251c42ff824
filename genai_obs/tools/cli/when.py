"""Times as people type them: ``24h``, ``yesterday``, ``2026-11-20 14:00``. Without an offset they are UTC."""

import argparse
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from genai_obs.errors import GenaiObsError

_UNITS_MS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_DAY_MS = _UNITS_MS["d"]
_SPAN = re.compile(r"(?:\d{1,9}[smhdw])+", re.ASCII)
_SPAN_PART = re.compile(r"(\d+)([smhdw])", re.ASCII)
_EPOCH = re.compile(r"\d{10}|\d{13}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LATEST_MS = 253_402_300_799_999
_DAYS_AGO = {"today": 0, "yesterday": 1}
_HINT = "give 2h30m, 7d, today, yesterday, 2026-11-20, '2026-11-20 14:00', 2026-11-20T14:00+01:00 or epoch seconds"


@dataclass(frozen=True, slots=True)
class TimeRange:
    """From ``start_ms`` to ``end_ms``, both included, in milliseconds since 1970; None where it is open."""

    start_ms: int | None
    end_ms: int | None


def add_time_arguments(parser: argparse.ArgumentParser, *, default: str, end: str = "now") -> None:
    """Declare ``--since``, ``--start`` and ``--end``, each with what stands for it where it is not said."""
    start = parser.add_mutually_exclusive_group()
    start.add_argument(
        "--since",
        metavar="TIME",
        help=f"from then on: 2h30m, 7d, today, yesterday, 2026-11-20, '2026-11-20 14:00', all (default: {default})",
    )
    start.add_argument("--start", metavar="TIME", help="the same as --since")
    parser.add_argument("--end", metavar="TIME", help=f"up to then, included; a day is included whole (default: {end})")


def read_range(arguments: argparse.Namespace, now_ms: int, default: str | None) -> TimeRange:
    """
    Return the range that the options name; ``default`` stands in for a missing start, None for no limit.

    Raises:
        GenaiObsError: A time cannot be read, or the end lies before the start.
    """
    since = next((start for start in (arguments.since, arguments.start) if start is not None), default)
    start_ms = None if since is None or since == "all" else read_time(since, now_ms)
    end_ms = None if arguments.end is None else read_time(arguments.end, now_ms, is_end=True)
    if start_ms is not None and end_ms is not None and end_ms < start_ms:
        raise GenaiObsError(
            "bad-time", f"the range ends before it starts: {show_time(start_ms)} to {show_time(end_ms)}"
        )
    return TimeRange(start_ms, end_ms)


def read_time(text: str, now_ms: int, *, is_end: bool = False) -> int:
    """
    Return a time in milliseconds since 1970; a span is counted back from now, days are UTC days.

    Args:
        text: As typed.

        now_ms: What ``24h`` and ``today`` are counted from.

        is_end: Whether a whole day means its last millisecond instead of its first.

    Raises:
        GenaiObsError: It is no time.
    """
    text = text.strip()
    if text == "now":
        return now_ms
    if _SPAN.fullmatch(text):
        return max(0, now_ms - sum(int(count) * _UNITS_MS[unit] for count, unit in _SPAN_PART.findall(text)))
    if text in _DAYS_AGO:
        return _edge_of_day(now_ms - now_ms % _DAY_MS - _DAYS_AGO[text] * _DAY_MS, is_end=is_end)
    if _EPOCH.fullmatch(text):
        return int(text) * (1000 if len(text) == len("1764000000") else 1)
    moment_ms = _read_moment(text)
    return _edge_of_day(moment_ms, is_end=is_end) if _DAY.fullmatch(text) else moment_ms


def show_time(time_ms: int) -> str:
    """Return a time to the minute, or to the second or millisecond where it has them."""
    # The minute behind the last one that calendars know has no name.
    time_ms = min(time_ms, _LATEST_MS)
    return show_time_exactly(time_ms).removesuffix(":00")


def json_time(time_ms: int) -> str:
    """Return a time as programs read it: RFC 3339, UTC, ``2026-11-21T21:11:23Z``."""
    return show_time_exactly(time_ms).replace(" ", "T") + "Z"


def show_time_exactly(time_ms: int) -> str:
    """Return a time to the second, or to the millisecond where it has them."""
    moment = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=time_ms)
    return (moment.strftime("%Y-%m-%d %H:%M:%S") + f".{time_ms % 1000:03}").removesuffix(".000")


def _edge_of_day(start_ms: int, *, is_end: bool) -> int:
    return start_ms + _DAY_MS - 1 if is_end else start_ms


def _read_moment(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise GenaiObsError("bad-time", f"{text!r} is no time: {_HINT}") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)
