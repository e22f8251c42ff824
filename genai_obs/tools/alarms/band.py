"""
Anomaly bands made on a laptop: ours, and labelled so wherever they are used; CloudWatch's model is not published.

``docs/anomaly-band.md`` explains the model and how it differs from what AWS says of its own.
"""

import numpy as np

from genai_obs.tools.alarms.band_history import BandHistory, days_and_hours, read_history
from genai_obs.tools.alarms.band_model import BandModel, train_on_days, train_on_everything
from genai_obs.tools.alarms.windows import DAY_S, HOUR_S
from genai_obs.tools.metrics.queries import MetricStat
from genai_obs.tools.metrics.reader import MetricReader, Timeline
from genai_obs.tools.metrics.samples import Floats, Integers

# A band that is younger than this has no seasons and is trained every hour; later it is trained each midnight (UTC).
YOUNG_S = 3 * DAY_S

# What people are told wherever a band decides.
LABEL = "our own band (seasonal median, not CloudWatch's model)"


class LocalBands:
    """
    Gives bands that are trained on the metrics themselves; implements the ``Bands`` of metric math.

    The band of a period is trained on periods that were over when it began, at most two weeks before: it never knows
    what it is asked about.
    """

    def __init__(self, reader: MetricReader) -> None:
        self._reader = reader

    def band(self, stat: MetricStat, width: float, timeline: Timeline) -> tuple[Floats, Floats]:
        """
        Return the lower and the upper bound of each period, in the shape of ``timeline.starts_s``.

        Both are NaN where there is too little to train on, so that nothing breaches there.

        Args:
            stat: What is watched.

            width: How many spreads the bounds lie from the usual value.

            timeline: The periods.
        """
        starts_s, inverse = np.unique(timeline.starts_s, return_inverse=True)
        if not starts_s.size:
            return np.empty(timeline.starts_s.shape), np.empty(timeline.starts_s.shape)
        history = read_history(self._reader, stat, int(starts_s[0]), int(starts_s[-1]))
        level, spread = _usual(history, starts_s)
        lower, upper = level - width * spread, level + width * spread
        shape = timeline.starts_s.shape
        return lower[inverse].reshape(shape), upper[inverse].reshape(shape)


def _usual(history: BandHistory, starts_s: Integers) -> tuple[Floats, Floats]:
    level, spread = np.full(starts_s.size, np.nan), np.full(starts_s.size, np.nan)
    first_s = history.first_s
    if first_s is None:
        return level, spread
    days, hours = days_and_hours(starts_s, history.period_s)
    midnights = starts_s // DAY_S * DAY_S
    young = midnights - first_s < YOUNG_S
    cuts = np.where(young, starts_s // HOUR_S * HOUR_S, midnights)
    # The starts ascend, and so do the moments of training.
    edges = np.flatnonzero(np.diff(cuts, prepend=cuts[0] - 1))
    for begin, end in zip(edges, np.append(edges[1:], cuts.size), strict=True):
        model = _trained(history, int(cuts[begin]), young=bool(young[begin]))
        level[begin:end], spread[begin:end] = model.usual(days[begin:end], hours[begin:end])
    return level, spread


def _trained(history: BandHistory, cut_s: int, *, young: bool) -> BandModel:
    return train_on_everything(history, cut_s) if young else train_on_days(history, cut_s)
