"""Functions of time: what the clock says in UTC at the start of each period, without gaps (using-metric-math)."""

from collections.abc import Callable

import numpy as np

from genai_obs.tools.metrics.samples import Integers

_DAY_S = 86_400


def _months(starts: Integers) -> Integers:
    """Return whole months since January 1970."""
    months: Integers = starts.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    return months


def _date(starts: Integers) -> Integers:
    moments = starts.astype("datetime64[s]")
    days, months = moments.astype("datetime64[D]"), moments.astype("datetime64[M]").astype("datetime64[D]")
    dates: Integers = (days - months).astype(np.int64) + 1
    return dates


CLOCK: dict[str, Callable[[Integers], Integers]] = {
    "MINUTE": lambda starts: starts // 60 % 60,
    "HOUR": lambda starts: starts // 3600 % 24,
    # 1970 began on a Thursday, the fourth day of a week that begins with Monday.
    "DAY": lambda starts: (starts // _DAY_S + 3) % 7 + 1,
    "DATE": _date,
    "MONTH": lambda starts: _months(starts) % 12 + 1,
    "YEAR": lambda starts: _months(starts) // 12 + 1970,
    "EPOCH": lambda starts: starts,
}
