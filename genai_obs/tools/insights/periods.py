"""Periods such as ``5m``: units as written and what they mean (AWS: "CWL_QuerySyntax-Stats", documented)."""

from genai_obs.tools.insights.syntax import PeriodUnit

_SPELLINGS: dict[PeriodUnit, tuple[str, ...]] = {
    "ms": ("ms", "msec", "millisecond"),
    "s": ("s", "sec", "second"),
    "m": ("m", "min", "minute"),
    "h": ("h", "hr", "hour"),
    "d": ("d", "day"),
    "w": ("w", "week"),
    "mo": ("mo", "mon", "month"),
    "q": ("q", "qtr", "quarter"),
    "y": ("y", "yr", "year"),
}

# Every spelling of more than one letter has a plural.
UNITS: dict[str, PeriodUnit] = {
    spelling: unit
    for unit, spellings in _SPELLINGS.items()
    for word in spellings
    for spelling in ((word, word + "s") if len(word) > 1 else (word,))
}


def find_unit(written: str) -> PeriodUnit | None:
    """
    Return the unit a word names, in any case, or None.

    A lone ``M`` is none: some languages mean months by it and some minutes (our choice).
    """
    return None if written == "M" else UNITS.get(written.lower())
