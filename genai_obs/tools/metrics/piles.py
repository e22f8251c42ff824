"""Values of one metric as they come, put together into buckets of time in the end."""

from array import array
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from genai_obs.tools.metrics.samples import Floats, Integers


class Buckets(NamedTuple):
    """Values by bucket, in the arrays of ``Samples``."""

    starts_s: Integers
    counts: Floats
    sums: Floats
    minima: Floats
    maxima: Floats
    values: Floats | None = None
    offsets: Integers | None = None


class Pile:
    """
    The values of one metric in one unit.

    Args:
        keep: Whether the single values are wanted in the end. Otherwise ``press`` may reduce them to sums.
    """

    __slots__ = ("_parts", "_starts", "_values", "bucket_s", "keeps_values")

    def __init__(self, keep: bool) -> None:
        self.keeps_values = keep
        self._starts = array("q")
        self._values = array("d")
        self._parts: list[Buckets] = []
        self.bucket_s = 60

    def add(self, start_s: int, values: tuple[float, ...]) -> None:
        """Add values of one moment."""
        if len(values) == 1:
            self._starts.append(start_s)
            self._values.append(values[0])
            return
        self._starts.extend([start_s] * len(values))
        self._values.extend(values)

    def add_values(self, starts_s: Integers, values: Floats) -> None:
        """Add many values, each with the start of its bucket."""
        self._starts.frombytes(starts_s.tobytes())
        self._values.frombytes(values.tobytes())

    def add_buckets(self, part: Buckets) -> None:
        """Add values whose sums are known; nothing where the single values are wanted, which must come too."""
        if not self.keeps_values:
            self._parts.append(part)

    def press(self) -> None:
        """Give up the memory of single values that are not wanted."""
        if self.keeps_values or not self._starts:
            return
        self._parts = [self._merged()]
        self._starts, self._values = array("q"), array("d")

    def buckets(self) -> Buckets:
        """Return all that was added, each bucket once."""
        if self.keeps_values:
            return bucketed(*self._raw(), keep=True)
        return self._merged()

    def _raw(self) -> tuple[Integers, Floats]:
        return np.frombuffer(self._starts, np.int64).copy(), np.frombuffer(self._values, np.float64).copy()

    def _merged(self) -> Buckets:
        parts = [*self._parts, bucketed(*self._raw(), keep=False)] if self._starts else self._parts
        return merge_buckets(parts)


def bucketed(starts_s: Integers, values: Floats, *, keep: bool) -> Buckets:
    """Return values by the start that stands beside each; with ``keep`` the single values too, ascending in each."""
    order = np.lexsort((values, starts_s)) if keep else np.argsort(starts_s, kind="stable")
    starts_s, values = starts_s[order], values[order]
    firsts = _first_places(starts_s)
    ends = np.append(firsts[1:], len(values))
    return Buckets(
        starts_s[firsts],
        (ends - firsts).astype(np.float64),
        np.add.reduceat(values, firsts),
        np.minimum.reduceat(values, firsts),
        np.maximum.reduceat(values, firsts),
        values if keep else None,
        np.append(firsts, len(values)) if keep else None,
    )


def merge_buckets(parts: Iterable[Buckets]) -> Buckets:
    """Return buckets that come in parts as one, without single values, each start once and ascending."""
    listed = list(parts)
    columns = [np.concatenate([part[place] for part in listed]) for place in range(5)]
    order = np.argsort(columns[0], kind="stable")
    starts_s, counts, sums, minima, maxima = (column[order] for column in columns)
    firsts = _first_places(starts_s)
    return Buckets(
        starts_s[firsts],
        np.add.reduceat(counts, firsts),
        np.add.reduceat(sums, firsts),
        np.minimum.reduceat(minima, firsts),
        np.maximum.reduceat(maxima, firsts),
    )


def _first_places(ordered: Integers) -> Integers:
    """Return where each value of an ascending array stands first."""
    return np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1]))).astype(np.int64)
