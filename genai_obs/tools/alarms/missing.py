"""
What periods without a datapoint mean: one function for each treatment of missing data.

They are asked only about evaluations in which fewer breach than it takes (CloudWatch User Guide,
alarms-and-missing-data; all published table cells agree with this).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from genai_obs.tools.alarms.comparison import Booleans
from genai_obs.tools.alarms.rule import MissingData
from genai_obs.tools.alarms.state import State
from genai_obs.tools.metrics.samples import Integers

Codes = npt.NDArray[np.int8]

# What an evaluation gives that leaves the state as it is.
KEEP = -1


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """
    What evaluations have to go by, one element for each of them.

    Args:
        real: Real datapoints that count, at most N.

        breaching: How many of them breach.

        oldest_breach: Age of the oldest breaching datapoint of the range in periods: 1 is the newest period.

        needed: M.

        periods: N.
    """

    real: Integers
    breaching: Integers
    oldest_breach: Integers
    needed: int
    periods: int


def _not_breaching(evidence: Evidence) -> Codes:
    return np.full(evidence.real.shape, State.OK, np.int8)


def _breaching(evidence: Evidence) -> Codes:
    # As few as possible are filled in: every real datapoint of the range counts first (documented).
    filled = evidence.periods - evidence.real
    return np.where(evidence.breaching + filled >= evidence.needed, State.ALARM, State.OK).astype(np.int8)


def _ignore(evidence: Evidence) -> Codes:
    return np.where(_has_calm(evidence), State.OK, KEEP).astype(np.int8)


def _missing(evidence: Evidence) -> Codes:
    # Only breaching datapoints, fewer than M. It does not go to ALARM before the oldest of them is at least M old
    # (documented); which state it has until then is unknown, and keeping the present one is our choice.
    waiting = np.where(evidence.oldest_breach >= evidence.needed, State.ALARM, KEEP)
    seen = np.where(_has_calm(evidence), State.OK, waiting)
    return np.where(evidence.real == 0, State.INSUFFICIENT_DATA, seen).astype(np.int8)


def _has_calm(evidence: Evidence) -> Booleans:
    # One real datapoint that does not breach is enough for OK. The prose of the guide would let "0 - X - -" with
    # 2 of 3 alarm, its table says OK; the table is followed (documented contradiction).
    return np.asarray(evidence.real > evidence.breaching)


TREATMENTS: Mapping[MissingData, Callable[[Evidence], Codes]] = {
    "missing": _missing,
    "notBreaching": _not_breaching,
    "breaching": _breaching,
    "ignore": _ignore,
}
