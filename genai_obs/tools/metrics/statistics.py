"""
The statistics that CloudWatch computes from a metric's values (CloudWatch User Guide, Statistics-definitions).

Their grammar::

    statistic = "Sum" | "SampleCount" | "Average" | "Minimum" | "Maximum" | "IQM"
              | ("p" | "tm" | "wm" | "tc" | "ts") number          p90, tm99.5
              | ("TM" | "WM" | "TC" | "TS") "(" range ")"         TM(10%:90%), TS(80%:), TC(0.005:0.030)
              | "PR" "(" [number] ":" [number] ")"                PR(:300)
    range     = [bound] ":" [bound], both in percent or both plain numbers
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from genai_obs.errors import GenaiObsError
from genai_obs.tools.text.near import nearest


class Kind(Enum):
    """What a statistic computes."""

    SUM = "Sum"
    SAMPLE_COUNT = "SampleCount"
    AVERAGE = "Average"
    MINIMUM = "Minimum"
    MAXIMUM = "Maximum"
    PERCENTILE = "p"
    TRIMMED_MEAN = "TM"
    WINSORIZED_MEAN = "WM"
    TRIMMED_COUNT = "TC"
    TRIMMED_SUM = "TS"
    PERCENTILE_RANK = "PR"


@dataclass(frozen=True, slots=True)
class Statistic:
    """
    One statistic.

    Args:
        text: As it was written.

        kind: What it computes.

        low: Lower bound: a share from 0 to 1 where ``in_percent``, else a value that is itself outside; None for none.

        high: Upper bound: a share from 0 to 1 where ``in_percent``, else a value that is itself inside; None for none.
            Of a percentile it is the share.

        in_percent: Whether the bounds are shares of the values by rank.
    """

    text: str
    kind: Kind
    low: float | None = None
    high: float | None = None
    in_percent: bool = False

    @property
    def needs_values(self) -> bool:
        """Whether count, sum, minimum and maximum of the buckets are not enough."""
        return self.kind not in _PLAIN.values() and not (self.kind is Kind.TRIMMED_COUNT and self.in_percent)


_PLAIN = {kind.value: kind for kind in (Kind.SUM, Kind.SAMPLE_COUNT, Kind.AVERAGE, Kind.MINIMUM, Kind.MAXIMUM)}
_SHORT = {
    "p": Kind.PERCENTILE,
    "tm": Kind.TRIMMED_MEAN,
    "wm": Kind.WINSORIZED_MEAN,
    "tc": Kind.TRIMMED_COUNT,
    "ts": Kind.TRIMMED_SUM,
}
_RANGED = {
    kind.value: kind
    for kind in (
        Kind.TRIMMED_MEAN,
        Kind.WINSORIZED_MEAN,
        Kind.TRIMMED_COUNT,
        Kind.TRIMMED_SUM,
        Kind.PERCENTILE_RANK,
    )
}
_NUMBER = r"(?:[0-9]+(?:\.[0-9]{1,10})?|\.[0-9]{1,10})"
_SHORT_FORM = re.compile(rf"(p|tm|wm|tc|ts)({_NUMBER})", re.ASCII)
_RANGE_FORM = re.compile(
    rf"(TM|WM|TC|TS|PR)\(\s*(-?{_NUMBER})?(%?)\s*:\s*(-?{_NUMBER})?(%?)\s*\)",
    re.ASCII,
)
_EXAMPLES = "Sum, SampleCount, Average, Minimum, Maximum, p90, tm99, TM(10%:90%), IQM, PR(:300)"


def parse_statistic(text: str) -> Statistic:
    """
    Read a statistic.

    Raises:
        GenaiObsError: ``unknown-statistic``: there is no such one, or its bounds are not what CloudWatch takes.
    """
    if text in _PLAIN:
        return Statistic(text, _PLAIN[text])
    if text == "IQM":
        return Statistic(text, Kind.TRIMMED_MEAN, 0.25, 0.75, in_percent=True)
    if short := _SHORT_FORM.fullmatch(text):
        share = _share(text, short[2])
        return Statistic(text, _SHORT[short[1]], None, share, in_percent=True)
    if ranged := _RANGE_FORM.fullmatch(text):
        return _ranged(text, ranged)
    meant = nearest(text, (*_PLAIN, "IQM"))
    hint = f"did you mean {meant}?" if meant else f"there are, for example, {_EXAMPLES}"
    raise _unknown(f"CloudWatch has no statistic {text!r}: {hint}")


def _ranged(text: str, found: re.Match[str]) -> Statistic:
    name, low, low_percent, high, high_percent = found.groups()
    if low is None and high is None:
        raise _unknown(f"{text} has no bound: write one or two, such as {name}(10:90)")
    if (low is None and low_percent) or (high is None and high_percent):
        raise _unknown(f"{text} has a % without a number")
    percents = {mark for bound, mark in ((low, low_percent), (high, high_percent)) if bound is not None}
    if len(percents) > 1:
        raise _unknown(f"{text} mixes a percentage with a plain number: both bounds are of one sort")
    in_percent = percents == {"%"}
    if in_percent and name == "PR":
        raise _unknown(f"{text}: PR takes plain numbers, because it is a percentage itself")
    bounds = [None if bound is None else _share(text, bound) if in_percent else float(bound) for bound in (low, high)]
    if bounds[0] is not None and bounds[1] is not None and bounds[0] >= bounds[1]:
        raise _unknown(f"{text}: its lower bound is not below the upper one")
    return Statistic(text, _RANGED[name], bounds[0], bounds[1], in_percent=in_percent)


def _share(text: str, percent: str) -> float:
    value = Decimal(percent)
    if not 0 <= value <= 100:
        raise _unknown(f"{text}: a percentage lies between 0 and 100")
    return float(value / 100)


def _unknown(message: str) -> GenaiObsError:
    return GenaiObsError("unknown-statistic", message)
