"""
Operators on numbers and series.

Where one of two series has no datapoint it counts as 0; where neither has one there is none (using-metric-math,
documented; the second derived). A series against a number has a datapoint where the series has one (derived). A
division by zero drops the datapoint (documented), and so does whatever else gives no finite number (our choice).
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from genai_obs.tools.metrics.math.values import Array, Scalar, Series, Value, with_values
from genai_obs.tools.metrics.samples import Floats

ARITHMETIC = ("+", "-", "*", "/", "^")
COMPARISONS = ("==", "!=", "<=", ">=", "<", ">")
LOGICAL = ("AND", "OR")


def _both(left: Floats, right: Floats) -> npt.NDArray[np.bool_]:
    return np.logical_and(left, right)


def _either(left: Floats, right: Floats) -> npt.NDArray[np.bool_]:
    return np.logical_or(left, right)


_OPERATORS: dict[str, Callable[[Floats, Floats], npt.NDArray[np.float64 | np.bool_]]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
    "==": np.equal,
    "!=": np.not_equal,
    "<=": np.less_equal,
    ">=": np.greater_equal,
    "<": np.less,
    ">": np.greater,
    "AND": _both,
    "OR": _either,
}


def operate(operator: str, left: Value, right: Value) -> Value:
    """Return the result of an operator; two arrays are refused before anything is evaluated."""
    assert not isinstance(left, str)
    assert not isinstance(right, str)
    if isinstance(left, Scalar) and isinstance(right, Scalar):
        return Scalar(_computed(operator, left.values, right.values, np.logical_or))
    missing = np.logical_or if isinstance(left, Scalar) or isinstance(right, Scalar) else np.logical_and
    values = _computed(operator, left.values, right.values, missing)
    return with_values(_shape_giver(left, right), values)


def negate(operand: Value) -> Value:
    """Return the operand with its sign turned."""
    assert not isinstance(operand, str)
    if isinstance(operand, Scalar):
        return Scalar(-operand.values)
    return with_values(operand, -operand.values)


def _computed(
    operator: str,
    left: Floats,
    right: Floats,
    missing: Callable[[npt.NDArray[np.bool_], npt.NDArray[np.bool_]], npt.NDArray[np.bool_]],
) -> Floats:
    """Compute where there is something to compute with; ``missing`` joins "no datapoint" of both sides."""
    no_left, no_right = np.isnan(left), np.isnan(right)
    computed = _OPERATORS[operator](_zero_filled(left, no_left), _zero_filled(right, no_right))
    # Operators give arrays of their own, so that these may be written to.
    result = computed.astype(np.float64, copy=False)
    result[missing(no_left, no_right)] = np.nan
    if operator in ARITHMETIC:
        result[np.isinf(result)] = np.nan
    return result


def _zero_filled(values: Floats, missing: npt.NDArray[np.bool_]) -> Floats:
    return np.where(missing, 0.0, values) if missing.any() else values


def _shape_giver(left: Scalar | Series | Array, right: Scalar | Series | Array) -> Series | Array:
    """Return the operand whose series the result has: the array, or else the first series."""
    if isinstance(right, Array) or isinstance(left, Scalar):
        assert not isinstance(right, Scalar)
        return right
    return left
