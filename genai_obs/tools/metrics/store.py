"""Metrics in memory, read as CloudWatch would answer."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from genai_obs.errors import GenaiObsError
from genai_obs.tools.metrics.computing import compute
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.piles import Buckets, bucketed, merge_buckets
from genai_obs.tools.metrics.queries import MetricStat
from genai_obs.tools.metrics.samples import Floats, Integers, MetricData, Samples
from genai_obs.tools.metrics.statistics import parse_statistic

# Periods that CloudWatch answers for metrics of high resolution, besides the multiples of a minute.
_SHORT_PERIODS = (1, 5, 10, 20, 30)
_MINUTE_S = 60
# Answers are kept up to so many numbers together.
_MOST_KEPT = 20_000_000


class _Line(NamedTuple):
    """A statistic at starts that follow each other by one step."""

    first_s: int
    last_s: int
    values: Floats


class MetricStore:
    """
    Reads statistics of metrics; the ``MetricReader`` of local lines.

    What was computed is kept: a back-test asks for the same windows again and again.

    Args:
        data: The metrics.
    """

    def __init__(self, data: MetricData) -> None:
        self._data = data
        self._merged: dict[tuple[MetricId, str | None], tuple[Buckets, int]] = {}
        self._lines: OrderedDict[tuple[MetricStat, int, int], _Line] = OrderedDict()
        self._kept = 0

    def metrics(self) -> Iterable[MetricId]:
        """Return every metric there is."""
        return self._data.samples.keys()

    def read(self, wanted: MetricStat, starts_s: Integers) -> Floats:
        """
        Return a statistic over ``[start, start + wanted.period_s)`` in the shape of ``starts_s``.

        NaN is a window without data; a metric or a unit that was never published gives nothing else.

        Raises:
            GenaiObsError: The statistic is none (``unknown-statistic``), it needs single values that were not kept
                (``values-not-kept``), or the period is none (``bad-period``) or shorter than the metric is stored
                by (``period-too-short``).
        """
        statistic = parse_statistic(wanted.stat)
        _check_period(wanted.period_s)
        listed = [
            samples
            for samples in self._data.samples.get(wanted.metric, ())
            if wanted.unit is None or samples.unit == wanted.unit
        ]
        if not listed or starts_s.size == 0:
            return np.full(starts_s.shape, np.nan)
        if statistic.needs_values and any(samples.values is None for samples in listed):
            raise GenaiObsError(
                "values-not-kept", f"{wanted.stat} of {wanted.metric} needs single values, which were not kept"
            )
        buckets, bucket_s = self._buckets(wanted, listed)
        if wanted.period_s < bucket_s:
            raise GenaiObsError(
                "period-too-short",
                f"{wanted.metric} is stored by the minute, so it has no periods of {wanted.period_s} seconds:"
                " publish it with StorageResolution 1, or ask for 60 seconds or more",
            )
        first, last = int(starts_s.min()), int(starts_s.max())
        step = int(np.gcd.reduce(starts_s - first, axis=None)) or 1
        if (last - first) // step >= 4 * starts_s.size:
            starts, place = np.unique(starts_s, return_inverse=True)
            return compute(statistic, buckets, starts, wanted.period_s)[place].reshape(starts_s.shape)
        key = (wanted, step, first % step)
        line = self._lines.get(key)
        if line is None or line.first_s > first or line.last_s < last:
            starts = np.arange(first, last + 1, step, dtype=np.int64)
            line = _Line(first, last, compute(statistic, buckets, starts, wanted.period_s))
            self._keep(key, line)
        return line.values[(starts_s - line.first_s) // step]

    def _keep(self, key: tuple[MetricStat, int, int], line: _Line) -> None:
        replaced = self._lines.pop(key, None)
        self._kept += line.values.size - (0 if replaced is None else replaced.values.size)
        self._lines[key] = line
        while self._kept > _MOST_KEPT and len(self._lines) > 1:
            _, oldest = self._lines.popitem(last=False)
            self._kept -= oldest.values.size

    def _buckets(self, wanted: MetricStat, listed: list[Samples]) -> tuple[Buckets, int]:
        """Return the samples of a metric as one, and the seconds of its buckets."""
        key = (wanted.metric, wanted.unit)
        found = self._merged.get(key)
        if found is None:
            found = self._merged[key] = _merge(listed), min(samples.bucket_s for samples in listed)
        return found


def _merge(listed: list[Samples]) -> Buckets:
    """Return samples of several units as one: who names no unit gets all of them [documented]."""
    parts = [
        Buckets(each.starts_s, each.counts, each.sums, each.minima, each.maxima, each.values, each.offsets)
        for each in listed
    ]
    if len(parts) == 1:
        return parts[0]
    values = [part.values for part in parts if part.values is not None]
    if len(values) < len(parts):
        return merge_buckets(parts)
    starts = [np.repeat(part.starts_s, part.counts.astype(np.int64)) for part in parts]
    return bucketed(np.concatenate(starts), np.concatenate(values), keep=True)


def _check_period(period_s: int) -> None:
    if period_s <= 0 or (period_s % _MINUTE_S and period_s not in _SHORT_PERIODS):
        raise GenaiObsError(
            "bad-period", f"a period is 1, 5, 10, 20 or 30 seconds or whole minutes, not {period_s} seconds"
        )
