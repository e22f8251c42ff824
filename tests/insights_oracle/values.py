"""What a value is: text, number, condition, time, map or list; how it reads, compares, sorts and prints."""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Time:
    """A point in time, in milliseconds since 1970 in UTC."""

    ms: int

    def __str__(self) -> str:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=self.ms)
        return f"{moment:%Y-%m-%d %H:%M:%S}.{self.ms % 1000:03d}"


# None is a missing value.
Value: TypeAlias = str | float | bool | Time | dict[str, Any] | list[Any] | None

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_RUNS = re.compile(r"[0-9]+|[^0-9]+")


def number_text(number: float) -> str:
    """Return the shortest text that reads back; no exponent below 1e15, no ``.0``."""
    if number == 0:
        return "0"
    if abs(number) >= 1e15:
        return repr(number).removesuffix(".0")
    text = format(Decimal(repr(number)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def text_of(value: Value) -> str | None:
    """Return a scalar as text; None for what is missing, a map or a list."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, Time):
        return str(value)
    return value if isinstance(value, str) else None


def number_of(value: Value) -> float | None:
    """Return a value as a finite number, None when it does not read as one."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, Time):
        return float(value.ms)
    if isinstance(value, float):
        return finite(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return finite(float(value))
    return None


def finite(number: float) -> float | None:
    """Return a number unless it is infinite or none at all."""
    return number if math.isfinite(number) else None


def truth_of(value: Value) -> bool | None:
    """Return a value as a condition: None is unknown."""
    if value is None or isinstance(value, bool):
        return value
    return bool(number_of(value))


def shown(value: Value) -> str | None:
    """Return a result cell."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text_of(value)


def compared(left: Value, right: Value, test: Callable[[Any, Any], bool]) -> bool | None:
    """Return whether two values compare so: as numbers if both read as numbers, else as text."""
    if left is None or right is None:
        return None
    numbers = number_of(left), number_of(right)
    if None not in numbers:
        return test(*numbers)
    texts = text_of(left), text_of(right)
    return None not in texts and test(*texts)


def identity(value: Value) -> str | None:
    """Return what makes two values the same group: their text."""
    return text_of(value)


def sort_key(value: Value) -> tuple[Any, ...]:
    """Return a present value's place in ascending order: texts by their runs, then numbers by value."""
    number = number_of(value)
    text = text_of(value) or ""
    if number is not None:
        return (1, number, text)
    return (0, *(_run_key(run) for run in _RUNS.findall(text)))


def _run_key(run: str) -> tuple[Any, ...]:
    # A run of digits meets a run of others only at the start of two texts; there the first character decides.
    if run[0] in "0123456789":
        return ("0", len(run), run)
    return (run, 0, "")


def sortable(value: Value) -> bool:
    """Return whether a value has a place in the order at all."""
    return text_of(value) is not None
