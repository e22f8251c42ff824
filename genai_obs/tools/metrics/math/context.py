"""What the functions of an expression can ask for: the request they belong to, numbers, and a band."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from genai_obs.errors import GenaiObsError
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.math.bands import Bands
from genai_obs.tools.metrics.math.values import Origin, Series, finite
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat
from genai_obs.tools.metrics.reader import MetricReader, Timeline
from genai_obs.tools.metrics.samples import Floats


@dataclass(slots=True)
class Context:
    """
    One evaluation of a request.

    Args:
        metrics: The rows of the request that are metrics, in its order.

        reader: Where numbers come from.

        timeline: The periods.

        bands: Who computes bands; None when nobody does.

        warnings: What the row that is being evaluated leaves out: slugs and sentences.
    """

    metrics: Sequence[MetricQuery]
    reader: MetricReader
    timeline: Timeline
    bands: Bands | None = None
    warnings: list[tuple[str, str]] = field(default_factory=list)
    _numbers: dict[MetricStat, Floats] = field(default_factory=dict)
    _known: tuple[MetricId, ...] | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the timeline."""
        return self.timeline.starts_s.shape

    def known(self) -> tuple[MetricId, ...]:
        """Return every metric there is, in order."""
        if self._known is None:
            self._known = tuple(sorted(set(self.reader.metrics())))
        return self._known

    def warn(self, slug: str, message: str) -> None:
        """Keep what the row leaves out."""
        self.warnings.append((slug, message))

    def metric(self, query: MetricQuery) -> Series:
        """Return the numbers of a row that is a metric."""
        assert query.stat is not None
        return self.read(query.stat, query.stat.metric.name)

    def read(self, stat: MetricStat, label: str) -> Series:
        """Return the numbers of a statistic; each is read once."""
        if stat not in self._numbers:
            self._numbers[stat] = self.reader.read(stat, self.timeline.starts_s)
        return Series(self._numbers[stat], Origin(label, stat))

    def band(self, stat: MetricStat, width: float) -> tuple[Series, Series]:
        """Return the lower and the upper bound of a statistic."""
        if self.bands is None:
            raise GenaiObsError(
                "math-no-band", "an anomaly band can only be computed where something to train it on is given"
            )
        lower, upper = self.bands.band(stat, width, self.timeline)
        return Series(finite(lower), Origin("lower")), Series(finite(upper), Origin("upper"))
