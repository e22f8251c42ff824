"""Aggregates over many ranges of time at once, out of those of short bins; sums exact to the last bit."""

from dataclasses import dataclass

import numpy as np

from genai_obs.tools.metrics.samples import Floats, Integers

# Bits of each portion of a sum: portions of eight million bins still add up without rounding in a double.
_BITS = 30


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """
    What one group has in each bin of time in which it has rows.

    Args:
        starts_s: Start of each bin in seconds since 1970, ascending.

        rows: Rows in it.

        values: How many of them have a number in the aggregated field.

        aggregates: Their sum, smallest or largest number; 0 where there are none. Unused for ``count``.
    """

    starts_s: Integers
    rows: Integers
    values: Integers
    aggregates: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """
    What the runs of a scheduled query find of one group, an element for each run.

    Args:
        rows: Rows of the group.

        results: The aggregated value; NaN where it is missing.
    """

    rows: Integers
    results: Floats


def aggregate_windows(function: str, bins: Bins, from_s: Integers, to_s: Integers) -> Runs:
    """
    Return an aggregate over each range ``[from_s, to_s)``, whose ends are edges of bins.

    ``count`` of no rows is 0; any other aggregate of no values is missing (documented: alarm-log).
    """
    first = np.searchsorted(bins.starts_s, from_s)
    behind = np.maximum(np.searchsorted(bins.starts_s, to_s), first)
    rows = _count(bins.rows, first, behind)
    if function == "count":
        return Runs(rows, rows.astype(np.float64))
    values = _count(bins.values, first, behind)
    if function in {"min", "max"}:
        return Runs(rows, _extremes(function, bins, first, behind))
    sums = sum_windows(bins.aggregates, first, behind)
    with np.errstate(invalid="ignore", divide="ignore"):
        results = sums if function == "sum" else sums / values
    return Runs(rows, np.where(values > 0, results, np.nan))


def sum_windows(values: Floats, first: Integers, behind: Integers) -> Floats:
    """
    Return the sums of ``values[first:behind]``, each as if it were computed exactly and rounded at the end.

    A running sum of doubles would leave dust: a value that has left the window would still show in the last digits,
    and move a sum across a threshold. So each value is cut into whole numbers of 30 bits, which are added up by
    themselves.
    """
    total = np.zeros(first.size)
    if not values.size:
        return total
    parts = []
    rest = values
    exponent = int(np.frexp(np.abs(values).max())[1])
    while rest.any():
        exponent -= _BITS
        whole = np.trunc(np.ldexp(rest, -exponent))
        rest = rest - np.ldexp(whole, exponent)
        parts.append(np.ldexp(_count(whole.astype(np.int64), first, behind).astype(np.float64), exponent))
    for part in reversed(parts):
        total += part
    return total


def _count(numbers: Integers, first: Integers, behind: Integers) -> Integers:
    running = np.concatenate(([0], np.cumsum(numbers)))
    return np.asarray(running[behind] - running[first], dtype=np.int64)


def _extremes(function: str, bins: Bins, first: Integers, behind: Integers) -> Floats:
    nothing = np.inf if function == "min" else -np.inf
    reduce = np.minimum if function == "min" else np.maximum
    numbers = np.append(np.where(bins.values > 0, bins.aggregates, nothing), nothing)
    # Of pairs of places only the even results are ranges that were asked for; an empty one gives its first element.
    found = reduce.reduceat(numbers, np.column_stack((first, behind)).ravel())[::2]
    found = np.where(behind > first, found, nothing)
    return np.where(np.isinf(found), np.nan, found)
