"""Periods such as ``5m``: units as written and what they mean (AWS: "CWL_QuerySyntax-Stats", documented)."""

from dataclasses import replace

from genai_obs.tools.insights.language.syntax import Period, PeriodUnit

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


_MILLISECONDS: dict[PeriodUnit, int] = {
    "ms": 1,
    "s": 1_000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 604_800_000,
}


def fixed_ms(period: Period) -> int | None:
    """Return how many milliseconds a period lasts; None for months, quarters and years."""
    length = _MILLISECONDS.get(period.unit)
    return None if length is None else period.count * length


# AWS: "CWL_QuerySyntax-operations-functions", documented: a larger count is cut to this, silently.
_CAPS: dict[PeriodUnit, int] = {"ms": 1000, "s": 60, "m": 60, "h": 24}


def capped(period: Period) -> Period:
    """Return a period with its count cut to what its unit allows: ``300s`` is ``60s``."""
    return replace(period, count=min(period.count, _CAPS.get(period.unit, period.count)))
