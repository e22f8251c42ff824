"""Who computes ``ANOMALY_DETECTION_BAND``: CloudWatch's models are not published, so this is asked of somebody."""

from typing import Protocol

from genai_obs.tools.metrics.queries import MetricStat
from genai_obs.tools.metrics.reader import Timeline
from genai_obs.tools.metrics.samples import Floats


class Bands(Protocol):
    """Gives the range in which a statistic is expected to lie."""

    def band(self, stat: MetricStat, width: float, timeline: Timeline) -> tuple[Floats, Floats]:
        """
        Return the lower and the upper bound of each period, in the shape of ``timeline.starts_s``.

        Args:
            stat: What is watched.

            width: How wide the band is, in the standard deviations of CloudWatch's wording; above 0.

            timeline: The periods; a bound of a period that nothing is known about is NaN.
        """
