"""
Functions with two faces: of one series they give a number, of an array a series (using-metric-math, documented).

Only AVG is documented to count missing datapoints as 0, so only AVG does. What has no datapoint at all (a series, or
a moment of an array) has no sum, average, extreme or deviation (our choice).
"""

from collections.abc import Callable

import numpy as np

from genai_obs.tools.metrics.math.values import Array, Origin, Scalar, Series, Value, finite
from genai_obs.tools.metrics.samples import Floats

# Values, axis to reduce, how many there could be: the axis is kept with length 1.
Reducer = Callable[[Floats, int, Floats], Floats]


def existing(values: Floats, axis: int) -> Floats:
    """Return how many datapoints there are along an axis."""
    found: Floats = np.sum(~np.isnan(values), axis=axis, keepdims=True).astype(np.float64)
    return found


def _total(values: Floats, axis: int, _possible: Floats) -> Floats:
    total = np.nansum(values, axis=axis, keepdims=True)
    return np.where(existing(values, axis) > 0, total, np.nan)


def _average(values: Floats, axis: int, possible: Floats) -> Floats:
    return _total(values, axis, possible) / possible


def _smallest(values: Floats, axis: int, _possible: Floats) -> Floats:
    return np.fmin.reduce(values, axis=axis, keepdims=True, initial=np.nan)


def _largest(values: Floats, axis: int, _possible: Floats) -> Floats:
    return np.fmax.reduce(values, axis=axis, keepdims=True, initial=np.nan)


def _deviation(values: Floats, axis: int, _possible: Floats) -> Floats:
    """Deviation of the whole population of existing datapoints (not documented: our choice)."""
    count = existing(values, axis)
    distance = values - np.nansum(values, axis=axis, keepdims=True) / count
    deviation: Floats = np.sqrt(np.nansum(distance * distance, axis=axis, keepdims=True) / count)
    return deviation


def _count(values: Floats, axis: int, _possible: Floats) -> Floats:
    return existing(values, axis)


REDUCERS: dict[str, Reducer] = {
    "AVG": _average,
    "SUM": _total,
    "MIN": _smallest,
    "MAX": _largest,
    "STDDEV": _deviation,
    "DATAPOINT_COUNT": _count,
}


def reduce_value(name: str, value: Value) -> Value:
    """Return the number of a series, or the series of an array."""
    assert isinstance(value, Series | Array)
    if isinstance(value, Series):
        return Scalar(of_series(name, value.values))
    reduced = REDUCERS[name](value.values, 0, value.counts.astype(np.float64))[0]
    # A moment at which no series has a datapoint is none of the result either, not even of a count (our choice).
    present = ~np.all(np.isnan(value.values), axis=0)
    return Series(np.where(present, finite(reduced), np.nan), Origin(name))


def of_series(name: str, values: Floats) -> Floats:
    """Return the number of each series along the last axis, which is kept with length 1."""
    return finite(REDUCERS[name](values, -1, np.array(float(values.shape[-1]))))
