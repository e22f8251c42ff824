"""Functions that give a series for a series, and an array for an array; along time, over existing datapoints."""

from collections.abc import Callable

import numpy as np

from genai_obs.tools.metrics.math.values import Array, Scalar, Series, Value, finite, with_values
from genai_obs.tools.metrics.samples import Floats, Integers

# Values, and the starts of their periods in seconds.
Change = Callable[[Floats, Floats], Floats]


def _running_sum(values: Floats, _starts: Floats) -> Floats:
    """Sum up to each datapoint; a gap stays one (our choice)."""
    return np.where(np.isnan(values), np.nan, np.nancumsum(values, axis=-1))


def _difference(values: Floats, _starts: Floats) -> Floats:
    return values - _taken(values, _before(values))


def _time_difference(values: Floats, starts: Floats) -> Floats:
    earlier = _taken(np.broadcast_to(starts, values.shape), _before(values))
    return np.where(np.isnan(values), np.nan, starts - earlier)


def _rate(values: Floats, starts: Floats) -> Floats:
    return _difference(values, starts) / _time_difference(values, starts)


CHANGES: dict[str, Change] = {
    "ABS": lambda values, _: np.abs(values),
    "CEIL": lambda values, _: np.ceil(values),
    "FLOOR": lambda values, _: np.floor(values),
    "LOG": lambda values, _: np.log(values),
    "LOG10": lambda values, _: np.log10(values),
    "RUNNING_SUM": _running_sum,
    "DIFF": _difference,
    "DIFF_TIME": _time_difference,
    "RATE": _rate,
}


def change(name: str, value: Value, starts_s: Integers) -> Value:
    """Return a series or an array with each series changed; what has no finite result is dropped (our choice)."""
    assert isinstance(value, Series | Array)
    return with_values(value, finite(CHANGES[name](value.values, starts_s.astype(np.float64))))


def fill(value: Value, filler: Value) -> Value:
    """Return a series or an array without its gaps; a gap at which the filler has nothing stays one."""
    assert isinstance(value, Series | Array)
    if filler == "REPEAT":
        filled = _taken(value.values, _last(value.values))
    elif filler == "LINEAR":
        filled = _interpolated(value.values)
    else:
        assert isinstance(filler, Scalar | Series)
        filled = np.broadcast_to(filler.values, value.values.shape)
    return with_values(value, np.where(np.isnan(value.values), finite(filled), value.values))


def _interpolated(values: Floats) -> Floats:
    """Return a straight line over each gap; at the edges, where one end is missing, nothing (our choice)."""
    ahead = values.shape[-1] - 1 - _last(values[..., ::-1])[..., ::-1]
    last = _last(values)
    here = np.broadcast_to(np.arange(values.shape[-1]), values.shape)
    has_ends = (last >= 0) & (ahead < values.shape[-1])
    share = np.where(has_ends, (here - last) / np.maximum(ahead - last, 1), np.nan)
    first = _taken(values, last)
    return first + share * (_taken(values, np.where(has_ends, ahead, -1)) - first)


def _last(values: Floats) -> Integers:
    """Return the place of the newest datapoint up to each place; -1 when there is none."""
    places = np.where(np.isnan(values), -1, np.arange(values.shape[-1]))
    return np.maximum.accumulate(places, axis=-1)


def _before(values: Floats) -> Integers:
    """Return the place of the newest datapoint before each place; -1 when there is none."""
    before = np.full(values.shape, -1, dtype=np.int64)
    before[..., 1:] = _last(values)[..., :-1]
    return before


def _taken(values: Floats, places: Integers) -> Floats:
    """Return the values at places along time; NaN at -1."""
    return np.where(places < 0, np.nan, np.take_along_axis(values, np.maximum(places, 0), axis=-1))
