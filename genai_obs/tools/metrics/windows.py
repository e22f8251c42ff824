"""Buckets of time combined over windows, many windows at once."""

from typing import Any

import numpy as np
import numpy.typing as npt

from genai_obs.tools.metrics.samples import Floats, Integers


def combine_windows(values: Floats, lows: Integers, highs: Integers, combine: np.ufunc, nothing: float) -> Floats:
    """
    Return ``combine`` over ``values[low:high]`` of each window; ``nothing`` where that is empty.

    The windows may overlap. Each is put together from blocks of 1, 2, 4… values as the binary digits of its length
    say. A difference of running totals would be simpler, but what large values leave in its last digits would then
    stand where all values are zero.
    """
    found = np.full(lows.shape, nothing)
    places, lengths = lows.copy(), highs - lows
    longest = int(lengths.max(initial=0))
    blocks, size = values, 1
    while size <= longest:
        taken = np.flatnonzero(lengths & size)
        found[taken] = combine(found[taken], blocks[places[taken]])
        places[taken] += size
        blocks = combine(blocks[:-size], blocks[size:])
        size *= 2
    return found


def select_ranked(values: Floats, lows: Integers, highs: Integers, ranks: Integers) -> Floats:
    """
    Return the value of a rank (0 is the smallest) among ``values[low:high]`` of each window.

    All windows walk down together through the digits of the values' order, highest digit first, as in a wavelet
    matrix: work grows with the number of values and of windows, not with the length of windows.

    Args:
        values: The values in the order that the windows cut.

        lows: First place of each window.

        highs: Place behind its last one; above ``lows``.

        ranks: Which value is asked for, from 0 to the window's length less one.
    """
    ordered, codes = np.unique(values, return_inverse=True)
    codes = codes.astype(np.int64)
    lows, highs, ranks = lows.copy(), highs.copy(), ranks.copy()
    answers = np.zeros(lows.shape, np.int64)
    for digit in range(max(len(ordered) - 1, 0).bit_length() - 1, -1, -1):
        is_one = (codes >> digit) & 1
        zeros_before = np.concatenate(([0], np.cumsum(1 - is_one)))
        low_zeros, high_zeros = zeros_before[lows], zeros_before[highs]
        zeros = high_zeros - low_zeros
        goes_up = ranks >= zeros
        all_zeros = int(zeros_before[-1])
        ranks = np.where(goes_up, ranks - zeros, ranks)
        lows = np.where(goes_up, all_zeros + lows - low_zeros, low_zeros)
        highs = np.where(goes_up, all_zeros + highs - high_zeros, high_zeros)
        answers += goes_up.astype(np.int64) << digit
        codes = np.concatenate((codes[is_one == 0], codes[is_one == 1]))
    return ordered[answers] if len(ordered) else np.zeros(lows.shape)


def count_between(values: Floats, offsets: Integers, low: float | None, high: float | None) -> Floats:
    """Return how many values of each bucket lie above ``low`` and not above ``high``."""
    return np.add.reduceat(is_between(values, low, high).astype(np.float64), offsets[:-1])


def is_between(values: Floats, low: float | None, high: float | None) -> npt.NDArray[Any]:
    """Tell of each value whether it lies above ``low`` and not above ``high``: bounds as CloudWatch documents them."""
    inside = np.ones(len(values), bool)
    if low is not None:
        inside &= values > low
    if high is not None:
        inside &= values <= high
    return inside
