"""Result values as CloudWatch prints them: every one a text."""

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def render_number(value: float) -> str:
    """
    Return a number's shortest text that reads back: ``3``, ``0.000002485``.

    Whole numbers have no ``.0``, and only numbers from 1e15 on have an exponent (unknown on CloudWatch: our choice).
    """
    if value == 0:
        return "0"
    if math.isfinite(value) and abs(value) < 1e15:
        return str(int(value)) if value == int(value) else format(Decimal(repr(value)), "f")
    return repr(value)


def render_time(value_ms: int) -> str:
    """Return a time in UTC as ``2026-01-01 00:00:00.000``; a time beyond the calendar as its milliseconds."""
    try:
        time = _EPOCH + timedelta(milliseconds=value_ms)
    except OverflowError:
        return str(value_ms)
    return f"{time:%Y-%m-%d %H:%M:%S}.{time.microsecond // 1000:03d}"
