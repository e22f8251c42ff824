"""Readers for many overlapping windows: every statistic is read once, along one axis, and looked up from there."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.lib.stride_tricks import as_strided

from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.queries import MetricStat
from genai_obs.tools.metrics.reader import MetricReader
from genai_obs.tools.metrics.samples import Floats, Integers


class SlidingReader:
    """
    Reads the windows of alarms that are evaluated over and over: their starts all lie on one grid.

    A month of evaluations of a five-minute alarm asks for each window five times, and metric math for several metrics.

    Args:
        reader: Has the numbers.

        first_s: The first start.

        last_s: The last start.

        step_s: Seconds between two starts.
    """

    def __init__(self, reader: MetricReader, first_s: int, last_s: int, step_s: int) -> None:
        self._reader = reader
        self._first_s, self._step_s = first_s, step_s
        self._starts = np.arange(first_s, last_s + 1, step_s, dtype=np.int64)
        self._last_s = int(self._starts[-1])
        self._known: dict[MetricStat, Floats] = {}

    def read(self, wanted: MetricStat, starts_s: Integers) -> Floats:
        """Return the statistic in the shape of ``starts_s``, not to be written to; others are read alone."""
        steps = self._steps(starts_s)
        if steps is None:
            return self._reader.read(wanted, starts_s)
        if wanted not in self._known:
            self._known[wanted] = self._reader.read(wanted, self._starts)
        first, by_row, by_column = steps
        line = self._known[wanted][first:]
        # Neither copied nor indexed: a month of a long alarm has as many places as to make that the slowest part.
        size = line.itemsize
        return as_strided(line, starts_s.shape, (by_row * size, by_column * size), writeable=False)

    def metrics(self) -> Iterable[MetricId]:
        """Return every metric there is."""
        return self._reader.metrics()

    def _steps(self, starts_s: Integers) -> tuple[int, int, int] | None:
        """Return the place of the first start on the grid, and the places from row to row and from column to column."""
        if starts_s.ndim != 2 or not starts_s.size:
            return None
        first_s = int(starts_s[0, 0])
        row_s, column_s = (int(axis[1] - first_s) if axis.size > 1 else 0 for axis in (starts_s[:, 0], starts_s[0]))
        rows, columns = (np.arange(size, dtype=np.int64) for size in starts_s.shape)
        if not np.array_equal((first_s + row_s * rows)[:, np.newaxis] + column_s * columns, starts_s):
            return None
        distances = (first_s - self._first_s, row_s, column_s)
        is_inside = self._first_s <= first_s and int(starts_s[-1, -1]) <= self._last_s and min(distances) >= 0
        if not is_inside or any(distance % self._step_s for distance in distances):
            return None
        place, by_row, by_column = (distance // self._step_s for distance in distances)
        return place, by_row, by_column


class WallClockReader:
    """
    Reads windows that a clock aligns: a day may have 23 or 25 hours, and is read whole.

    Args:
        reader: Has the numbers.

        edges_s: Where the windows begin, ascending; the last one only ends the window before it.
    """

    def __init__(self, reader: MetricReader, edges_s: Integers) -> None:
        self._reader = reader
        self._edges_s = edges_s
        self._known: dict[MetricStat, Floats] = {}

    def read(self, wanted: MetricStat, starts_s: Integers) -> Floats:
        """Return the statistic in the shape of ``starts_s``; starts that are no edge are read as they are."""
        places = np.minimum(np.searchsorted(self._edges_s, starts_s), self._edges_s.size - 2)
        if not np.array_equal(self._edges_s[places], starts_s):
            return self._reader.read(wanted, starts_s)
        if wanted not in self._known:
            self._known[wanted] = self._read_windows(wanted)
        return np.asarray(self._known[wanted][places])

    def metrics(self) -> Iterable[MetricId]:
        """Return every metric there is."""
        return self._reader.metrics()

    def _read_windows(self, wanted: MetricStat) -> Floats:
        lengths = np.diff(self._edges_s)
        values = np.full(lengths.shape, np.nan)
        for length in np.unique(lengths).tolist():
            of_length = lengths == length
            values[of_length] = self._reader.read(replace(wanted, period_s=length), self._edges_s[:-1][of_length])
        return values
