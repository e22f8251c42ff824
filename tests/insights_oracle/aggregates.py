"""Every aggregate over the values that a group's events have; what none of them has is missing, never zero."""

import math
from collections.abc import Callable, Sequence

from insights_oracle.values import Time, Value, number_of, sort_key, sortable, text_of


def numbers(values: Sequence[Value]) -> list[float]:
    """Return those values that read as numbers."""
    return [number for value in values if (number := number_of(value)) is not None]


def _over_numbers(function: Callable[[list[float]], float]) -> Callable[[Sequence[Value]], Value]:
    def applied(values: Sequence[Value]) -> Value:
        read = numbers(values)
        return function(read) if read else None

    return applied


def _average(read: list[float]) -> float:
    return math.fsum(read) / len(read)


def _variance(read: list[float]) -> float:
    mean = _average(read)
    return math.fsum((number - mean) ** 2 for number in read) / len(read)


def _ordered(values: Sequence[Value]) -> list[Value]:
    return sorted(filter(sortable, values), key=sort_key)


def _first(values: Sequence[Value]) -> Value:
    return next(iter(_ordered(values)), None)


def _last(values: Sequence[Value]) -> Value:
    return next(reversed(_ordered(values)), None)


def _distinct(values: Sequence[Value]) -> list[str]:
    return list(dict.fromkeys(text for value in values if (text := text_of(value)) is not None))


def _distinct_count(values: Sequence[Value]) -> Value:
    return float(len(_distinct(values))) or None


PLAIN: dict[str, Callable[[Sequence[Value]], Value]] = {
    "countdistinct": _distinct_count,
    "sum": _over_numbers(math.fsum),
    "avg": _over_numbers(_average),
    "stddev": _over_numbers(lambda read: math.sqrt(_variance(read))),
    "variance": _over_numbers(_variance),
    "min": _first,
    "max": _last,
    "sortsfirst": _first,
    "sortslast": _last,
    "values": lambda values: list(_distinct(values)) or None,
    "collectvalues": lambda values: list(_distinct(values)) or None,
    "sumovertime": _over_numbers(math.fsum),
    "countovertime": lambda values: float(len(values)) or None,
    "median": lambda values: percentile(values, 50),
}


def count(values: Sequence[Value]) -> Value:
    """Return how many events have the value."""
    return float(len(values)) or None


def percentile(values: Sequence[Value], percent: float) -> Value:
    """Return the smallest number with at least ``percent`` of all numbers at or below it."""
    read = sorted(numbers(values))
    rank = math.ceil(len(read) * percent / 100)
    return read[max(rank, 1) - 1] if read else None


def by_time(timed: Sequence[tuple[Value, Value]], *, latest: bool) -> Value:
    """Return the value at the smallest or largest time of (time, value); a time itself is given in ms."""
    known = [(number, value) for time, value in timed if (number := number_of(time)) is not None]
    if not known:
        return None
    value = (max if latest else min)(known, key=lambda pair: pair[0])[1]
    return float(value.ms) if isinstance(value, Time) else value


AGGREGATES = frozenset(PLAIN) | {"count", "pct", "earliest", "latest"}
