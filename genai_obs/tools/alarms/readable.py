"""Numbers that a person would choose."""

import math
from decimal import Decimal

# Of each power of ten, what people count in, the roundest first: 100, 50, 20, 10, 5, …
_PARTS = (10, 5, 2)
_DIGITS = 17


def readable_between(low: float, high: float) -> float:
    """Return the roundest number from ``low`` to ``high``, both included; of equally round ones that in the middle."""
    if low <= 0 <= high:
        return 0.0
    first, last = Decimal(low), Decimal(high)
    top = math.floor(math.log10(max(abs(low), abs(high)))) + 1
    for exponent in range(top, top - _DIGITS, -1):
        for part in _PARTS:
            step = Decimal(part).scaleb(exponent - 1)
            near = ((first + last) / 2 / step).to_integral_value() * step
            if low <= float(near) <= high:
                return float(near)
    return low
