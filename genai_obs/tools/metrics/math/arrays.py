"""Functions on arrays of series. Each evaluation (row of a back-test) sorts, cuts and counts for itself."""

import numpy as np

from genai_obs.tools.metrics.math.reducers import of_series
from genai_obs.tools.metrics.math.values import Array, Origin, Scalar, Series
from genai_obs.tools.metrics.samples import Floats, Integers


def sort(array: Array, function: str, direction: str, limit: int | None) -> Array:
    """Return the series in the order of a number of each; those without datapoints last, ties as they were."""
    keys = of_series(function, array.values)
    order = np.argsort(-keys if direction == "DESC" else keys, axis=0, kind="stable")
    found = reordered(array, order)
    return found if limit is None else cut(found, 0, limit)


def cut(array: Array, start: int, end: int | None) -> Array:
    """Return the series from place ``start`` (counted from 0) up to, not including, ``end``."""
    kept = array.values[start:end]
    counts: Integers = (array.counts - start).clip(0, len(kept))
    return Array(kept, counts, array.origins[start:end])


def remove_empty(array: Array) -> Array:
    """Return the series that have a datapoint; what that means is decided in each evaluation."""
    empty = np.all(np.isnan(array.values), axis=-1, keepdims=True)
    found = reordered(array, np.argsort(empty, axis=0, kind="stable"))
    counts = np.asarray((~empty).sum(axis=0), dtype=np.int64)
    longest = int(counts.max(initial=0))
    return Array(found.values[:longest], counts, found.origins[:longest])


def first(array: Array) -> Series:
    """Return the first series; one without datapoints when there is none (our choice)."""
    return _picked(array, np.zeros_like(array.counts))


def last(array: Array) -> Series:
    """Return the last series; one without datapoints when there is none (our choice)."""
    return _picked(array, array.counts - 1)


def count(array: Array) -> Scalar:
    """Return how many series there are."""
    return Scalar(array.counts.astype(np.float64))


def _picked(array: Array, places: Integers) -> Series:
    values, origins = array.values, array.origins
    if not len(values):
        return Series(_empty(array), Origin("empty"))
    taken = np.take_along_axis(values, np.maximum(places, 0)[np.newaxis], axis=0)[0]
    found = np.where((places >= 0) & (places < array.counts), taken, np.nan)
    same = int(places.flat[0]) if places.size and np.all(places == places.flat[0]) else None
    return Series(found, origins[same] if same is not None and same >= 0 else Origin("varies"))


def _empty(array: Array) -> Floats:
    return np.full(array.values.shape[1:], np.nan)


def reordered(array: Array, order: Integers) -> Array:
    """Return the series in an order of each evaluation: ``order`` has shape ``(K, …, 1)``."""
    if not len(order):
        return array
    values = np.take_along_axis(array.values, order, axis=0)
    flat = order.reshape(len(order), -1)
    places = [int(row[0]) if row.size and np.all(row == row[0]) else None for row in flat]
    origins = tuple(Origin("varies") if place is None else array.origins[place] for place in places)
    return Array(values, array.counts, origins)
