"""When an alarm is evaluated, and over which periods: sliding windows, which no clock aligns."""

import numpy as np

from genai_obs.tools.metrics.samples import MINUTE_S, Integers

DAY_S = 86_400
HOUR_S = 3600
HIGH_RESOLUTION_STEP_S = 10


def step_of(period_s: int, evaluation_periods: int) -> int:
    """
    Return the seconds between two evaluations.

    Each minute; each ten seconds for periods below a minute; each hour where the windows are longer than a day, exactly
    one day being still each minute (documented: alarm-evaluation; the last derived from "exceeds").
    """
    if period_s * evaluation_periods > DAY_S:
        return HOUR_S
    return MINUTE_S if period_s >= MINUTE_S else HIGH_RESOLUTION_STEP_S


def moments_between(start_s: int, end_s: int, step_s: int) -> Integers:
    """Return the moments of evaluation from ``start_s`` to ``end_s``, both included: multiples of ``step_s``."""
    first = -(-start_s // step_s) * step_s
    return np.arange(first, end_s + 1, step_s, dtype=np.int64)


def sliding_starts(moments_s: Integers, period_s: int, periods: int) -> Integers:
    """
    Return the starts of the periods that each evaluation looks at: a row for each moment, the oldest first.

    The newest ends at the moment itself: windows move with it from minute to minute (documented:
    alarm-evaluation-window).
    """
    back_s = period_s * np.arange(periods, 0, -1, dtype=np.int64)
    return np.asarray(moments_s[:, np.newaxis] - back_s)
