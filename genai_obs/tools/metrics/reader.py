"""How evaluators get at numbers: periods on a time axis, and who fills them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.queries import MetricStat
from genai_obs.tools.metrics.samples import Floats, Integers


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """
    Periods to evaluate.

    Args:
        starts_s: Start of each period in seconds since 1970, ascending by ``period_s`` along the last axis. One axis
            is a graph. Two are many evaluations of one alarm at once: a row each.

        period_s: Seconds of each period.
    """

    starts_s: Integers
    period_s: int


class MetricReader(Protocol):
    """Gives numbers of metrics; a period without data is NaN, which no published value can be."""

    def read(self, wanted: MetricStat, starts_s: Integers) -> Floats:
        """Return the statistic over ``[start, start + wanted.period_s)`` in the shape of ``starts_s``."""

    def metrics(self) -> Iterable[MetricId]:
        """Return every metric there is, for SEARCH and SQL."""
