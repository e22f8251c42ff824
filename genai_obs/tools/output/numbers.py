"""Numbers as people read them: grouped by thousands, without the dust of binary fractions, never rounded to zero."""

import re
from collections.abc import Sequence
from decimal import Decimal

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_LONGEST = 21
_SIGNIFICANT = 6
_LEAST_DECIMALS = 3
_USD_DECIMALS = 6
_USD_SIGNIFICANT = 4
_BYTE_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def all_read_as_numbers(values: Sequence[str | None]) -> bool:
    """Return whether there are values and all of them are numbers: fields of lines are texts, whatever they say."""
    known = [value for value in values if value is not None]
    return bool(known) and all(_NUMBER.fullmatch(value) for value in known)


def readable_number(text: str) -> str:
    """
    Return the text of a number, as results hold it, for people; any other text is returned as it is.

    Whole digits are kept and grouped. Decimals are cut to six significant digits in all, but not below three of them.
    """
    try:
        number = Decimal(text)
    except ArithmeticError:
        return text
    if not number.is_finite() or number.adjusted() > _LONGEST or "_" in text:
        return text
    decimals = max(0, -int(number.as_tuple().exponent))
    keep = _SIGNIFICANT - 1 - number.adjusted() if number else 0
    if abs(number) >= 1:
        keep = max(_LEAST_DECIMALS, keep)
    return _without_zeros(f"{number:,.{min(decimals, keep)}f}")


def align_points(texts: Sequence[str]) -> list[str]:
    """Return texts with blanks after them, so that their decimal points stand below each other once right-aligned."""
    decimals = [len(text) - (text.rfind(".") if "." in text else len(text)) for text in texts]
    longest = max(decimals, default=0)
    return [text + " " * (longest - own) for text, own in zip(texts, decimals, strict=True)]


def readable_usd(amount: Decimal) -> str:
    """Return an amount with six decimals, or with as many as show four digits of a tiny one."""
    exact = amount.normalize()
    decimals = _USD_DECIMALS
    if exact and exact.adjusted() < _USD_SIGNIFICANT - 1 - _USD_DECIMALS:
        decimals = min(_USD_SIGNIFICANT - 1 - exact.adjusted(), -int(exact.as_tuple().exponent))
    return f"{amount:,.{max(decimals, _USD_DECIMALS)}f}"


def readable_bytes(count: int) -> str:
    """Return a number of bytes in decimal units: ``1.0 GB``."""
    size, unit = float(count), 0
    while size >= 1000 and unit < len(_BYTE_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{count} bytes" if unit == 0 else f"{size:.1f} {_BYTE_UNITS[unit]}"


def count_of(count: int, noun: str) -> str:
    """Return ``1 line``, ``2,000 lines``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _without_zeros(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
