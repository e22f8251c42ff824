"""How often an alarm would have fired with other thresholds, each tried on the same datapoints."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import numpy as np

from genai_obs.tools.alarms.comparison import breaches
from genai_obs.tools.alarms.evaluation import settle
from genai_obs.tools.alarms.history import judge_watched
from genai_obs.tools.alarms.readable import readable_between
from genai_obs.tools.alarms.rule import MetricAlarm
from genai_obs.tools.alarms.schedule import EXTRA_POINTS, schedule_of
from genai_obs.tools.alarms.state import State
from genai_obs.tools.alarms.watched import Watched, period_of, watch
from genai_obs.tools.metrics.reader import MetricReader

# Beyond the rarest value nothing was observed: the threshold that nothing breaches is put so far beyond it.
_BEYOND = 0.1


@dataclass(slots=True)
class Trials:
    """
    Thresholds to try.

    Args:
        alarm: Its threshold does not matter.

        thresholds: Values that its datapoints had, those that breach least first; before them one that none breaches.

        watched: Its datapoints, in portions of evaluations.
    """

    alarm: MetricAlarm
    thresholds: Sequence[float]
    watched: Sequence[Watched]
    _counts: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(
        cls, alarm: MetricAlarm, reader: MetricReader, start_s: int, end_s: int, extra_points: int = EXTRA_POINTS
    ) -> "Trials | None":
        """Return the trials over a range, without a threshold where no datapoint is; None for several series."""
        # Any will do, for only the datapoints are kept; an alarm in the making has none yet.
        alarm = replace(alarm, threshold=0.0 if alarm.threshold is None else alarm.threshold)
        schedule = schedule_of(period_of(alarm), alarm.evaluation_periods, alarm.timezone, start_s, end_s, extra_points)
        wide = schedule.over(reader)
        watched = []
        for chunk in schedule.chunks():
            series = watch(alarm, wide, chunk.starts(), chunk.moments_s, None)
            if len(series) != 1:
                return None
            watched.append(series[0])
        newest = np.unique(np.concatenate([part.points[:, -1] for part in watched] or [np.empty(0)]))
        values = newest[~np.isnan(newest)]
        return cls(alarm, _strictest_first(alarm, values.tolist()), watched)

    @property
    def tried(self) -> Collection[int]:
        """How often the alarm would have fired with the thresholds tried so far."""
        return self._counts.values()

    def count(self, place: int) -> int:
        """Return how often the alarm would have gone to ALARM with one of the thresholds."""
        if place not in self._counts:
            self._counts[place] = self.count_at(self.thresholds[place])
        return self._counts[place]

    def count_at(self, threshold: float) -> int:
        """Return how often the alarm would have gone to ALARM with any threshold."""
        codes = []
        for part in self.watched:
            breaching = breaches(part.points, self.alarm.comparison, threshold)
            codes.append(judge_watched(self.alarm, replace(part, breaching=breaching)).codes)
        in_alarm = settle(np.concatenate(codes)) == State.ALARM
        return int(np.count_nonzero(np.diff(in_alarm.astype(np.int8), prepend=np.int8(0)) == 1))

    def most_frequent(self, last: int) -> int:
        """Return the place up to ``last`` that fires most often of those tried, the one that breaches least first."""
        tried = {place: count for place, count in self._counts.items() if place <= last}
        return min(tried, key=lambda place: (-tried[place], place))

    def alike(self, place: int) -> float:
        """
        Return a round threshold that fires as often as this one, amid all that do as far as was tried.

        Up to the next value that was observed a threshold breaches the same datapoints.
        """
        ordered = sorted(self._counts)
        first = last = ordered.index(place)
        while first > 0 and self._counts[ordered[first - 1]] == self._counts[place]:
            first -= 1
        while last + 1 < len(ordered) and self._counts[ordered[last + 1]] == self._counts[place]:
            last += 1
        breaches_itself = "OrEqual" in self.alarm.comparison
        strict = ordered[first] - (not breaches_itself)
        lax = ordered[last] + breaches_itself
        ends = self.thresholds[max(0, strict)], self.thresholds[min(lax, len(self.thresholds) - 1)]
        return readable_between(min(ends), max(ends))

    def stricter(self, threshold: float, digits: int) -> float:
        """Return the nearest number of so many significant digits that no more datapoints breach."""
        exact = Decimal(threshold)
        towards = ROUND_CEILING if self._is_upper else ROUND_FLOOR
        last_digit = Decimal(1).scaleb(exact.adjusted() - digits + 1)
        return float(exact.quantize(last_digit, rounding=towards))

    @property
    def _is_upper(self) -> bool:
        return self.alarm.comparison.startswith("Greater")


def _strictest_first(alarm: MetricAlarm, values: list[float]) -> list[float]:
    if not values:
        return []
    margin = _BEYOND * (max(abs(values[0]), abs(values[-1])) or 1.0)
    if alarm.comparison.startswith("Greater"):
        return [values[-1] + margin, *reversed(values)]
    return [values[0] - margin, *values]
