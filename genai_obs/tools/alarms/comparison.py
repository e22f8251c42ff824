"""Whether datapoints breach: against a threshold, or against the two bounds of an anomaly band."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from genai_obs.errors import GenaiObsError
from genai_obs.tools.metrics.samples import Floats

Booleans = npt.NDArray[np.bool_]

# The datapoint is the left operand (documented: API PutMetricAlarm). NaN, a missing datapoint, breaches nothing.
THRESHOLD_COMPARISONS: Mapping[str, Callable[[Floats, float], Booleans]] = {
    "GreaterThanThreshold": lambda points, threshold: points > threshold,
    "GreaterThanOrEqualToThreshold": lambda points, threshold: points >= threshold,
    "LessThanThreshold": lambda points, threshold: points < threshold,
    "LessThanOrEqualToThreshold": lambda points, threshold: points <= threshold,
}
BAND_COMPARISONS: Mapping[str, Callable[[Floats, Floats, Floats], Booleans]] = {
    "LessThanLowerOrGreaterThanUpperThreshold": lambda points, lower, upper: (points < lower) | (points > upper),
    "LessThanLowerThreshold": lambda points, lower, upper: points < lower,  # noqa: ARG005 - one shape for all three
    "GreaterThanUpperThreshold": lambda points, lower, upper: points > upper,  # noqa: ARG005 - as above
}


def breaches(points: Floats, comparison: str, threshold: float) -> Booleans:
    """
    Return which datapoints breach a threshold, in the shape of ``points``; missing ones (NaN) never do.

    Raises:
        GenaiObsError: The comparison needs a band, or is none.
    """
    compare = THRESHOLD_COMPARISONS.get(comparison)
    if compare is None:
        raise GenaiObsError("bad-comparison", f"{comparison!r} does not compare with a threshold")
    return compare(points, threshold)


def leaves_band(points: Floats, comparison: str, lower: Floats, upper: Floats) -> Booleans:
    """
    Return which datapoints lie outside a band; missing ones, and those where the band is missing, never do.

    Raises:
        GenaiObsError: The comparison needs a threshold, or is none.
    """
    compare = BAND_COMPARISONS.get(comparison)
    if compare is None:
        raise GenaiObsError("bad-comparison", f"{comparison!r} does not compare with an anomaly band")
    return compare(points, lower, upper)
