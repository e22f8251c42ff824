"""
A robust seasonal model: what a statistic usually is in each hour, and how far it usually is from that.

Ours, not CloudWatch's, whose algorithm is not published. Medians throughout: up to half of the training data may be
anything (an outage, a load test) before the band follows it.
"""

from dataclasses import dataclass

import numpy as np

from genai_obs.tools.alarms.band_history import BandHistory, is_weekend
from genai_obs.tools.alarms.comparison import Booleans
from genai_obs.tools.alarms.windows import DAY_S
from genai_obs.tools.metrics.samples import Floats, Integers

# Of normally distributed values, these times the median and the mean distance from the middle are a standard deviation.
_OF_MEDIAN = 1.4826
_OF_MEAN = 1.2533

# Days on which an hour must have data before it is believed: three, so that one bad day is outvoted.
LEAST_DAYS = 3

# Datapoints that do not overlap, before there is any band at all.
LEAST_POINTS_OF_ALL = 12

# A spread is at least this share of that of all hours together, and of the level: hours that happened to be calm.
_SHARE_OF_ALL = 0.5
_SHARE_OF_LEVEL = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class BandModel:
    """
    What is usual.

    Args:
        level: The usual value; axes: 0 weekdays and 1 weekend, hour of the day. NaN where nothing can be said.

        spread: Its usual distance from there, like a standard deviation; above 0 or NaN.
    """

    level: Floats
    spread: Floats

    def usual(self, days: Integers, hours: Integers) -> tuple[Floats, Floats]:
        """Return level and spread of hours of days."""
        kinds = is_weekend(days)
        return self.level[kinds, hours], self.spread[kinds, hours]


def train_on_everything(history: BandHistory, cut_s: int) -> BandModel:
    """Return the model without seasons, from all periods that were over at a moment."""
    values = history.all_before(cut_s)
    shape = (2, history.values.shape[1])
    level, spread = _middle(values)
    if values.size < LEAST_POINTS_OF_ALL * history.overlap:
        level = np.full((), np.nan)
    return _finished(np.full(shape, level), np.full(shape, spread), _pooled(np.abs(values - level)))


def train_on_days(history: BandHistory, cut_s: int) -> BandModel:
    """
    Return the model of the two weeks before a midnight.

    Each hour is compared with the same hour of the same kind of day (weekday or weekend), where there are too few of
    these with that of any day, and else with all.
    """
    week = history.days_before(cut_s)
    kinds = is_weekend(np.arange(cut_s // DAY_S - week.shape[0], cut_s // DAY_S))
    every_level, every_spread = _middle(week.reshape(1, 1, -1))
    enough = np.count_nonzero(~np.isnan(week)) >= LEAST_POINTS_OF_ALL * history.overlap
    level = np.full((2, week.shape[1]), every_level if enough else np.nan)
    spread = np.full(level.shape, every_spread)
    least_days = LEAST_DAYS * -(-history.period_s // DAY_S)
    for days, rows in ((week, slice(None)), (week[kinds == 0], slice(0, 1)), (week[kinds == 1], slice(1, 2))):
        season_level, season_spread, believed = _season(days, least_days)
        level[rows, believed] = season_level[believed]
        spread[rows, believed] = season_spread[believed]
    return _finished(level, spread, _pooled(np.abs(week - level[kinds][:, :, np.newaxis])))


def _season(days: Floats, least_days: int) -> tuple[Floats, Floats, Booleans]:
    """Return level and spread of each hour over some days, and which of them are to be believed."""
    hours = days.transpose(1, 0, 2)
    days_with_data = np.count_nonzero((~np.isnan(hours)).any(axis=2), axis=1)
    level, spread = _middle(hours.reshape(hours.shape[0], -1))
    return level, spread, days_with_data >= least_days


def _finished(level: Floats, spread: Floats, pooled: float) -> BandModel:
    floors = np.maximum(_SHARE_OF_ALL * pooled, _SHARE_OF_LEVEL * np.abs(level))
    wide = np.fmax(spread, floors)
    # Where nothing has ever varied around zero, nobody can say what would be unusual.
    known = np.isfinite(level) & (wide > 0)
    return BandModel(np.where(known, level, np.nan), np.where(known, wide, np.nan))


def _middle(values: Floats) -> tuple[Floats, Floats]:
    """Return the median along the last axis, and the scaled median distance from it."""
    level = _median(values)
    return level, _OF_MEDIAN * _median(np.abs(values - level[..., np.newaxis]))


def _pooled(distances: Floats) -> float:
    """Return the spread of all distances from their levels; where more than half of them are 0, by their mean."""
    known = distances[~np.isnan(distances)]
    if not known.size:
        return 0.0
    return float(_OF_MEDIAN * np.median(known) or _OF_MEAN * known.mean())


def _median(values: Floats) -> Floats:
    """Return the median along the last axis without NaN; NaN where all are. Faster than nanmedian by far."""
    if not values.shape[-1]:
        return np.full(values.shape[:-1], np.nan)
    ordered = np.sort(values, axis=-1)
    count = np.count_nonzero(~np.isnan(values), axis=-1)[..., np.newaxis]
    low = np.take_along_axis(ordered, np.maximum(count - 1, 0) // 2, axis=-1)
    high = np.take_along_axis(ordered, np.minimum(count // 2, np.maximum(count - 1, 0)), axis=-1)
    return np.asarray(((low + high) / 2)[..., 0])
