"""What a band is trained on: the datapoints of a statistic laid out by day, hour of the day and place in the hour."""

from dataclasses import dataclass

import numpy as np

from genai_obs.tools.alarms.windows import DAY_S, HOUR_S
from genai_obs.tools.metrics.queries import MetricStat
from genai_obs.tools.metrics.reader import MetricReader
from genai_obs.tools.metrics.samples import Floats, Integers

# CloudWatch trains on up to two weeks (documented: CloudWatch_Anomaly_Detection), and so do we.
TRAINING_DAYS = 14

# Longer periods are read as windows that begin this often, since alarms slide them over the clock as well.
_LONGEST_STEP_S = 900

# 1970-01-01 was a Thursday; Monday is 0.
_FIRST_WEEKDAY = 3


@dataclass(frozen=True, slots=True, eq=False)
class BandHistory:
    """
    Datapoints of a statistic.

    Args:
        first_day: Day of the first row, counted from 1970-01-01.

        values: Axes: day, hour of the day, place in the hour, by the middle of the period. NaN is missing.

        ends_s: When the period of each is over, in seconds since 1970.

        first_s: Where the first whole period with data begins; None when there is none.

        period_s: Seconds of each period.
    """

    first_day: int
    values: Floats
    ends_s: Integers
    first_s: int | None
    period_s: int

    @property
    def overlap(self) -> int:
        """How many datapoints cover the same second: 1 unless periods overlap."""
        return -(-self.period_s // step_of_training(self.period_s))

    def days_before(self, cut_s: int) -> Floats:
        """Return the values of the 14 days before a midnight, without periods that were not over then."""
        last = cut_s // DAY_S - self.first_day
        rows = slice(last - TRAINING_DAYS, last)
        return np.where(self.ends_s[rows] <= cut_s, self.values[rows], np.nan)

    def all_before(self, cut_s: int) -> Floats:
        """Return the values of all periods that were over at a moment, along one axis."""
        return self.values[(self.ends_s <= cut_s) & ~np.isnan(self.values)]


def read_history(reader: MetricReader, stat: MetricStat, first_s: int, last_s: int) -> BandHistory:
    """
    Read what bands from ``first_s`` to ``last_s`` may be trained on, two weeks further back.

    Args:
        reader: Has the numbers.

        stat: What is watched.

        first_s: Start of the first period that a band is wanted for.

        last_s: Start of the last one.
    """
    step_s = step_of_training(stat.period_s)
    # Two days more, for periods whose middle lies a day behind their start.
    first_day = first_s // DAY_S - TRAINING_DAYS - 2
    starts_s = np.arange(-(-first_day * DAY_S // step_s) * step_s, last_s, step_s, dtype=np.int64)
    read, begin_s = _without_partial(reader.read(stat, starts_s), starts_s, stat.period_s)
    days, hours = days_and_hours(starts_s, stat.period_s)
    places = ((starts_s + stat.period_s // 2) % HOUR_S) // step_s
    shape = (int(days.max(initial=first_day)) - first_day + 2, DAY_S // HOUR_S, HOUR_S // step_s + 2)
    values = np.full(shape, np.nan)
    ends_s = np.full(shape, np.iinfo(np.int64).max)
    values[days - first_day, hours, places] = read
    ends_s[days - first_day, hours, places] = starts_s + stat.period_s
    return BandHistory(first_day, values, ends_s, begin_s, stat.period_s)


def step_of_training(period_s: int) -> int:
    """Return the seconds between the starts of the periods that a band is trained on."""
    return min(period_s, _LONGEST_STEP_S)


def days_and_hours(starts_s: Integers, period_s: int) -> tuple[Integers, Integers]:
    """Return the day since 1970 and the hour of the day (UTC) that the middle of each period lies in."""
    middles_s = starts_s + period_s // 2
    return middles_s // DAY_S, middles_s % DAY_S // HOUR_S


def is_weekend(days: Integers) -> Integers:
    """Return 1 for Saturdays and Sundays (UTC), 0 for other days."""
    return np.asarray((days + _FIRST_WEEKDAY) % 7 >= 5, dtype=np.int64)


def _without_partial(values: Floats, starts_s: Integers, period_s: int) -> tuple[Floats, int | None]:
    """
    Return the values without those of periods that began before the first data, and where the first whole one begins.

    A window of 24 hours that reaches only an hour into the data has an hour's worth of calls: that is not usual.
    """
    real = np.flatnonzero(~np.isnan(values))
    if not real.size:
        return values, None
    first = int(starts_s[real[0]])
    # With data in the very first period nothing tells where the data began: not here.
    begin_s = first if real[0] == 0 else first + period_s - step_of_training(period_s)
    return np.where(starts_s < begin_s, np.nan, values), begin_s
