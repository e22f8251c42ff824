"""
What an evaluation computes with. NaN is "no datapoint"; infinities never arise.

The last axis is time. What stands before it are independent evaluations (rows of a back-test), if there are any, so
that everything works along the last axis only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genai_obs.tools.metrics.queries import MetricStat
from genai_obs.tools.metrics.samples import Floats, Integers


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a series comes from: what it is called, and its statistic where it is one of a metric."""

    label: str
    stat: MetricStat | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """A number for each evaluation: shape ``(…, 1)``; NaN when it has no value."""

    values: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """A series for each evaluation: the shape of the timeline."""

    values: Floats
    origin: Origin


@dataclass(frozen=True, slots=True, eq=False)
class Array:
    """
    Several series for each evaluation.

    Args:
        values: Shape ``(K, …, T)``.

        counts: Shape ``(…, 1)``: how many series an evaluation has; the first ones of ``values``, the rest is NaN.

        origins: Of each of the K; where evaluations differ in the order, of none.
    """

    values: Floats
    counts: Integers
    origins: tuple[Origin, ...]


Value = Scalar | Series | Array | str


def scalar(number: float) -> Scalar:
    """Return a number that is the same in every evaluation."""
    return Scalar(np.array([number]))


def array_of(series: Sequence[Series], shape: tuple[int, ...]) -> Array:
    """Return series as an array; ``shape`` is that of the timeline."""
    values = np.stack([one.values for one in series]) if series else np.empty((0, *shape))
    counts = np.full((*shape[:-1], 1), len(series), dtype=np.int64)
    return Array(values, counts, tuple(one.origin for one in series))


def members(array: Array) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return which of the K series each evaluation has: shape ``(K, …, 1)``."""
    places = np.arange(len(array.values)).reshape(-1, *(1 for _ in array.counts.shape))
    return places < array.counts


def with_values(value: Series | Array, values: Floats) -> Series | Array:
    """Return the same series with other datapoints."""
    if isinstance(value, Series):
        return Series(values, value.origin)
    if np.any(value.counts != len(values)):
        values = np.where(members(value), values, np.nan)
    return Array(values, value.counts, value.origins)


def finite(values: Floats) -> Floats:
    """Return values without infinities: such a datapoint is dropped."""
    infinite = np.isinf(values)
    return np.where(infinite, np.nan, values) if infinite.any() else values
