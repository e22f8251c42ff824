"""How many samples a percentile needs before it is judged, where an alarm asks for that."""

import re
from fractions import Fraction

_PERCENTILE = re.compile(r"p(\d{1,3}(?:\.\d{1,10})?)", re.ASCII)
_HALF = 50


def least_samples(stat: str) -> int | None:
    """
    Return the number of samples below which a percentile counts as a guess; None for what is no percentile.

    10 / (1 - p) from the median up, 10 / p below it (documented: percentiles-with-low-samples).
    """
    found = _PERCENTILE.fullmatch(stat)
    if found is None:
        return None
    percent = Fraction(found[1])
    rare = 100 - percent if percent >= _HALF else percent
    # p0 and p100 lie outside of what the page defines.
    return -(-1000 // rare) if 0 < percent < 100 else None
