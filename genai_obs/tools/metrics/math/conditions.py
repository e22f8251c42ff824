"""
``IF(condition, then[, otherwise])`` (using-metric-math, documented with its asymmetry).

With a series as condition each period is judged; where the condition has no datapoint the result has none. A series
that is chosen and has no datapoint gives 0, with one exception: behind a number as ``then``, an ``otherwise`` without
a datapoint is dropped. With a number as condition one side is chosen as a whole, gaps and all.
"""

from collections.abc import Sequence

import numpy as np

from genai_obs.tools.metrics.math.values import Origin, Scalar, Series, Value
from genai_obs.tools.metrics.samples import Floats

Operand = Scalar | Series

_NOTHING = Scalar(np.array([np.nan]))


def choose(arguments: Sequence[Value]) -> Value:
    """Return the result of ``IF``."""
    operands = [argument for argument in arguments if isinstance(argument, Scalar | Series)]
    condition, then, *rest = operands
    otherwise = rest[0] if rest else _NOTHING
    if isinstance(condition, Series):
        return Series(_by_period(condition.values, then, otherwise), Origin("IF"))
    chosen = np.where(condition.values != 0, then.values, otherwise.values)
    chosen = np.where(np.isnan(condition.values), np.nan, chosen)
    if isinstance(then, Series) or isinstance(otherwise, Series):
        return Series(chosen, Origin("IF"))
    return Scalar(chosen)


def _by_period(condition: Floats, then: Operand, otherwise: Operand) -> Floats:
    if_true = _zero_filled(then) if isinstance(then, Series) else then.values
    fills = isinstance(otherwise, Series) and isinstance(then, Series)
    if_false = _zero_filled(otherwise) if fills else otherwise.values
    chosen = np.where(condition != 0, if_true, if_false)
    return np.where(np.isnan(condition), np.nan, chosen)


def _zero_filled(branch: Operand) -> Floats:
    return np.where(np.isnan(branch.values), 0.0, branch.values)
