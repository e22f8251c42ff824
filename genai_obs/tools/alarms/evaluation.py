"""
The judgement of an alarm: datapoints of its evaluation range in, state out, for any number of evaluations at once.

Rules of the CloudWatch User Guide, pages alarm-evaluation and alarms-and-missing-data; docs/alarm-rules.md lists what
is documented and what is our choice.
"""

import numpy as np

from genai_obs.tools.alarms.comparison import Booleans
from genai_obs.tools.alarms.missing import KEEP, TREATMENTS, Codes, Evidence
from genai_obs.tools.alarms.rule import MissingData
from genai_obs.tools.alarms.state import State, States
from genai_obs.tools.metrics.samples import Floats, Integers

__all__ = ["KEEP", "Codes", "judge", "newest_real", "settle"]


def judge(
    points: Floats,
    breaching: Booleans,
    *,
    evaluation_periods: int,
    datapoints_to_alarm: int,
    missing_data: MissingData,
) -> Codes:
    """
    Return what each evaluation says: a number of ``State``, or ``KEEP`` where the state stays what it was.

    Args:
        points: One row for each evaluation, one column for each period of its range, oldest first; NaN is missing.

        breaching: Which of them breach, in the same shape.

        evaluation_periods: N. Of more real datapoints than N the newest N count; missing data then means nothing.

        datapoints_to_alarm: M.

        missing_data: What missing periods mean where fewer than N datapoints are real.
    """
    used = newest_real(points, evaluation_periods)
    counted = breaching & used
    evidence = Evidence(
        real=np.count_nonzero(used, axis=-1),
        breaching=np.count_nonzero(counted, axis=-1),
        oldest_breach=_age_of_oldest(counted),
        needed=datapoints_to_alarm,
        periods=evaluation_periods,
    )
    # Where N datapoints are real, nothing is left to fill in, and every treatment says OK.
    quiet = TREATMENTS[missing_data](evidence)
    return np.where(evidence.breaching >= datapoints_to_alarm, np.int8(State.ALARM), quiet).astype(np.int8)


def newest_real(points: Floats, count: int) -> Booleans:
    """Return which datapoints are among the newest ``count`` of their row that are not missing."""
    real = ~np.isnan(points)
    if points.shape[-1] <= count:
        return real
    from_newest = np.cumsum(real[..., ::-1], axis=-1, dtype=np.int32)[..., ::-1]
    return real & (from_newest <= count)


def settle(codes: Codes, before: State = State.INSUFFICIENT_DATA) -> States:
    """
    Return the state after each evaluation: ``KEEP`` takes that of the evaluation before it.

    Args:
        codes: One for each evaluation, the earliest first.

        before: The state before the first: new alarms have INSUFFICIENT_DATA (documented: alarm-evaluation).
    """
    latest = np.maximum.accumulate(np.where(codes == KEEP, -1, np.arange(codes.size)))
    return np.where(latest < 0, np.int8(before), codes[latest]).astype(np.int8)


def _age_of_oldest(counted: Booleans) -> Integers:
    # Of a row without any, argmax is 0; nobody asks for that age.
    return np.asarray(counted.shape[-1] - np.argmax(counted, axis=-1), dtype=np.int64)
