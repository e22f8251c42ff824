"""Statistics over windows of time, many windows at once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from genai_obs.tools.metrics.piles import Buckets
from genai_obs.tools.metrics.samples import Floats, Integers
from genai_obs.tools.metrics.statistics import Kind, Statistic
from genai_obs.tools.metrics.windows import combine_windows, is_between, select_ranked


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """
    Windows of time over the buckets of one metric; each holds at least one bucket.

    Args:
        buckets: The metric.

        lows: First bucket of each window.

        highs: The bucket behind its last one.
    """

    buckets: Buckets
    lows: Integers
    highs: Integers

    def total(self, by_bucket: Floats) -> Floats:
        """Return the sum of something known by bucket."""
        return combine_windows(by_bucket, self.lows, self.highs, np.add, 0.0)

    @property
    def counts(self) -> Floats:
        """How many values each window has."""
        return self.total(self.buckets.counts)

    @property
    def minima(self) -> Floats:
        """The smallest value of each window."""
        return combine_windows(self.buckets.minima, self.lows, self.highs, np.minimum, np.inf)

    @property
    def maxima(self) -> Floats:
        """The largest value of each window."""
        return combine_windows(self.buckets.maxima, self.lows, self.highs, np.maximum, -np.inf)

    @property
    def values(self) -> Floats:
        """All values, bucket after bucket."""
        assert self.buckets.values is not None
        return self.buckets.values

    def edges(self) -> tuple[Integers, Integers]:
        """Return where the values of each window begin and end."""
        assert self.buckets.offsets is not None
        return self.buckets.offsets[self.lows], self.buckets.offsets[self.highs]

    def total_of_values(self, by_value: Floats) -> Floats:
        """Return the sum of something known by value."""
        assert self.buckets.offsets is not None
        return self.total(np.add.reduceat(by_value, self.buckets.offsets[:-1]))


def compute(statistic: Statistic, buckets: Buckets, starts_s: Integers, period_s: int) -> Floats:
    """
    Return a statistic over ``[start, start + period_s)`` of each start; NaN where nothing was published.

    Args:
        statistic: Which one.

        buckets: The metric; with its single values where the statistic needs them.

        starts_s: Starts of the windows, in one dimension and any order.

        period_s: Their length.
    """
    lows = np.searchsorted(buckets.starts_s, starts_s)
    highs = np.searchsorted(buckets.starts_s, starts_s + period_s)
    found = np.full(starts_s.shape, np.nan)
    used = np.flatnonzero(highs > lows)
    if len(used):
        found[used] = _KINDS[statistic.kind](Windows(buckets, lows[used], highs[used]), statistic)
    return found


def _average(windows: Windows, _: Statistic) -> Floats:
    return windows.total(windows.buckets.sums) / windows.counts


def _percentile(windows: Windows, statistic: Statistic) -> Floats:
    """
    Return the percentiles, interpolated between the two nearest ranks.

    How CloudWatch interpolates is not published [unknown]: ours are approximately the same. Where a value is
    negative there are none [documented].
    """
    assert statistic.high is not None
    found: Floats = np.where(windows.minima < 0, np.nan, _quantile(windows, statistic.high))
    return found


def _quantile(windows: Windows, share: float) -> Floats:
    lows, highs = windows.edges()
    place = share * (highs - lows - 1)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, highs - lows - 1)
    ranks = np.concatenate((below, above))
    lower, upper = np.split(select_ranked(windows.values, np.tile(lows, 2), np.tile(highs, 2), ranks), 2)
    found: Floats = lower + (place - below) * (upper - lower)
    return found


def _trimmed_count(windows: Windows, statistic: Statistic) -> Floats:
    """
    Return how many values lie between the bounds.

    Between percentages that is a share of the count, and seldom whole: CloudWatch says that its own trimmed count is
    interpolated and may be a fraction [documented; how is unknown].
    """
    if statistic.in_percent:
        low, high = _shares(statistic)
        return windows.counts * (high - low)
    return windows.total_of_values(is_between(windows.values, statistic.low, statistic.high).astype(np.float64))


def _trimmed_sum(windows: Windows, statistic: Statistic) -> Floats:
    """Return the sum of the values between the bounds: trimmed mean times trimmed count [documented]."""
    if not statistic.in_percent:
        inside = is_between(windows.values, statistic.low, statistic.high)
        return windows.total_of_values(np.where(inside, windows.values, 0.0))
    low, high = _shares(statistic)
    return _each(windows, lambda values: _sum_between(values, low, high))


def _sum_between(values: Floats, low: float, high: float) -> float:
    """Return the sum between two shares of the ranks; a value that a bound goes through counts in part."""
    first, last = low * len(values), high * len(values)
    # The ranks that the bounds go through; partitioning is enough, because between them no order matters.
    start, end = min(int(first), len(values) - 1), min(int(last), len(values) - 1)
    parted = np.partition(values, (start, end))
    whole = float(parted[start:end].sum()) - (first - start) * float(parted[start])
    return whole + (last - end) * float(parted[end])


def _trimmed_mean(windows: Windows, statistic: Statistic) -> Floats:
    counts = _trimmed_count(windows, statistic)
    nothing = np.full(counts.shape, np.nan)
    means: Floats = np.divide(_trimmed_sum(windows, statistic), counts, out=nothing, where=counts > 0)
    return means


def _winsorized_mean(windows: Windows, statistic: Statistic) -> Floats:
    """Return the mean after values beyond a bound are set to it: to that percentile where it is a percentage."""
    if not statistic.in_percent:
        return windows.total_of_values(np.clip(windows.values, statistic.low, statistic.high)) / windows.counts
    low, high = _shares(statistic)
    floors, roofs = _quantile(windows, low), _quantile(windows, high)
    lows, highs = windows.edges()
    found = [
        float(np.clip(windows.values[first:end], floor, roof).mean())
        for first, end, floor, roof in zip(lows.tolist(), highs.tolist(), floors.tolist(), roofs.tolist(), strict=True)
    ]
    return np.array(found)


def _percentile_rank(windows: Windows, statistic: Statistic) -> Floats:
    return 100 * _trimmed_count(windows, statistic) / windows.counts


def _shares(statistic: Statistic) -> tuple[float, float]:
    """Return both bounds as shares."""
    return statistic.low or 0.0, 1.0 if statistic.high is None else statistic.high


def _each(windows: Windows, compute_one: Callable[[Floats], float]) -> Floats:
    """Compute something of the values of each window, once for windows that hold the same ones."""
    edges = np.stack(windows.edges(), axis=1)
    distinct, place = np.unique(edges, axis=0, return_inverse=True)
    found: Floats = np.array([compute_one(windows.values[first:end]) for first, end in distinct.tolist()])
    return found[place.ravel()]


_KINDS: dict[Kind, Callable[[Windows, Statistic], Floats]] = {
    Kind.SUM: lambda windows, _: windows.total(windows.buckets.sums),
    Kind.SAMPLE_COUNT: lambda windows, _: windows.counts,
    Kind.AVERAGE: _average,
    Kind.MINIMUM: lambda windows, _: windows.minima,
    Kind.MAXIMUM: lambda windows, _: windows.maxima,
    Kind.PERCENTILE: _percentile,
    Kind.TRIMMED_MEAN: _trimmed_mean,
    Kind.WINSORIZED_MEAN: _winsorized_mean,
    Kind.TRIMMED_COUNT: _trimmed_count,
    Kind.TRIMMED_SUM: _trimmed_sum,
    Kind.PERCENTILE_RANK: _percentile_rank,
}
