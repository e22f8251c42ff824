"""The evaluations of one alarm over a range of time: their moments, and the periods each of them looks at."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from genai_obs.tools.alarms.wall_clock import edges_between, zone_of
from genai_obs.tools.alarms.windowed import SlidingReader, WallClockReader
from genai_obs.tools.alarms.windows import DAY_S, moments_between, sliding_starts, step_of
from genai_obs.tools.metrics.reader import MetricReader
from genai_obs.tools.metrics.samples import Integers

# Not published. The one worked example (N = 3, range 5) and what is seen of 1 x 1 day alarms (about three days) both
# fit N + 2 (derived: alarms-and-missing-data).
EXTRA_POINTS = 2

# Datapoints judged at once: a month of a long alarm would not fit into memory.
_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """
    When an alarm is evaluated, and on what.

    Args:
        moments_s: The evaluations, ascending.

        period_s: Seconds of a period.

        periods: Periods in the evaluation range of each.

        edges_s: For windows aligned to a clock: where its periods begin; None for sliding windows.
    """

    moments_s: Integers
    period_s: int
    periods: int
    edges_s: Integers | None = None

    def chunks(self, series: int = 1) -> Iterator["Schedule"]:
        """Return the evaluations in portions, in order, of which so many series fit into memory at once."""
        rows = max(1, _CHUNK // (self.periods * series))
        for first in range(0, self.moments_s.size, rows):
            yield replace(self, moments_s=self.moments_s[first : first + rows])

    def starts(self) -> Integers:
        """Return the starts of the periods: a row for each evaluation, the oldest first."""
        if self.edges_s is None:
            return sliding_starts(self.moments_s, self.period_s, self.periods)
        # The period that began last is not over yet: only completed ones count (documented: alarm-evaluation-window).
        running = np.searchsorted(self.edges_s, self.moments_s, side="right") - 1
        return np.asarray(self.edges_s[running[:, np.newaxis] - np.arange(self.periods, 0, -1)])

    def over(self, reader: MetricReader) -> MetricReader:
        """Return a reader that reads each statistic only once, although the periods of evaluations overlap."""
        if self.edges_s is not None:
            return WallClockReader(reader, self.edges_s)
        if self.moments_s.size * self.periods < self._grid_size():
            return reader
        return SlidingReader(reader, self._first_start(), int(self.moments_s[-1]) - self.period_s, self._grid_step())

    def _first_start(self) -> int:
        # Whole days, so that alarms that differ in N only ask for the same numbers, which a store then computes once.
        first_s = int(self.moments_s[0]) - self.periods * self.period_s
        return first_s - (first_s - int(self.moments_s[0])) % DAY_S

    def _grid_step(self) -> int:
        step_s = int(self.moments_s[1] - self.moments_s[0]) if self.moments_s.size > 1 else self.period_s
        return math.gcd(step_s, self.period_s)

    def _grid_size(self) -> int:
        if not self.moments_s.size:
            return 1
        return (int(self.moments_s[-1]) - self._first_start()) // self._grid_step()


def schedule_of(
    period_s: int,
    evaluation_periods: int,
    timezone: str | None,
    start_s: int,
    end_s: int,
    extra_points: int = EXTRA_POINTS,
) -> Schedule:
    """
    Return the evaluations of an alarm from ``start_s`` to ``end_s``, both included.

    Args:
        period_s: Seconds of a period.

        evaluation_periods: N.

        timezone: Whose clock aligns the windows; None for sliding ones.

        start_s: From then on.

        end_s: Up to then.

        extra_points: How many periods more than N a sliding alarm looks at; one aligned to a clock looks at exactly N
            (documented: alarm-evaluation-window).

    Raises:
        GenaiObsError: There is no such time zone.
    """
    moments = moments_between(start_s, end_s, step_of(period_s, evaluation_periods))
    if timezone is None:
        return Schedule(moments, period_s, evaluation_periods + extra_points)
    edges = edges_between(zone_of(timezone), period_s, start_s, end_s, evaluation_periods)
    return Schedule(moments, period_s, evaluation_periods, edges)
