"""What ``genai-obs metrics`` tells of the metrics, before anybody decides how it looks."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genai_obs import schema
from genai_obs.errors import GenaiObsError

if TYPE_CHECKING:
    from genai_obs.tools.bill.cardinality import FieldCost
    from genai_obs.tools.bill.estimate import Bill
    from genai_obs.tools.metrics.extract import Extraction
    from genai_obs.tools.metrics.identity import MetricId
    from genai_obs.tools.metrics.samples import Samples
    from genai_obs.tools.metrics.store import MetricStore

    # A bill, and what fields would do to it.
    Month = tuple[Bill, tuple[FieldCost, ...]]

# What always can be computed, and what everybody asks first.
USUAL = ("SampleCount", "Sum", "Average", "Minimum", "Maximum")
_FITTING = {metric.name: metric.statistic for metric in schema.METRICS}
_ELSE = "Average"

_PERIOD = re.compile(r"(\d{1,7})([smhd]?)", re.ASCII)
_UNITS_S = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Selection:
    """
    Which metrics are shown.

    Args:
        namespace: Only those of it; None for all.

        text: Only those that have it in their name or dimensions, in any case; None for all.

        name: Only those of this name; None for all.
    """

    namespace: str | None = None
    text: str | None = None
    name: str | None = None

    def takes(self, metric: "MetricId") -> bool:
        """Return whether a metric is shown."""
        return (
            (self.namespace is None or metric.namespace == self.namespace)
            and (self.name is None or metric.name == self.name)
            and (self.text is None or self.text.lower() in str(metric).lower())
        )


@dataclass(frozen=True, slots=True)
class Row:
    """
    A metric.

    Args:
        metric: The metric.

        units: Units that it was published with; more than one is a trap.

        resolution_s: 60, or 1 where it is stored with high resolution.

        statistic: The one that says most of it.

        statistics: Name → value over all that was read; None where there is none.
    """

    metric: "MetricId"
    units: tuple[str, ...]
    resolution_s: int
    statistic: str
    statistics: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Report:
    """
    All that is told of the metrics.

    Args:
        extraction: What was read.

        rows: The metrics that are shown.

        asked: Statistics that were asked for; none for the one that fits each.
    """

    extraction: "Extraction"
    rows: tuple[Row, ...]
    asked: tuple[str, ...] = ()

    @property
    def varying(self) -> tuple[Row, ...]:
        """Metrics that were published with more than one unit."""
        return tuple(row for row in self.rows if len(row.units) > 1)


def read_statistics(text: str | None) -> tuple[str, ...]:
    """
    Return the statistics of ``--stat``, each once.

    Raises:
        GenaiObsError: One is unknown.
    """
    from genai_obs.tools.metrics.statistics import parse_statistic

    names = [] if text is None else [name.strip() for name in text.split(",")]
    return tuple(dict.fromkeys(parse_statistic(name).text for name in names))


def read_period(text: str) -> int:
    """
    Return a period in seconds.

    Raises:
        GenaiObsError: It is none that CloudWatch answers.
    """
    import numpy as np

    from genai_obs.tools.metrics.identity import MetricId
    from genai_obs.tools.metrics.queries import MetricStat
    from genai_obs.tools.metrics.samples import MetricData
    from genai_obs.tools.metrics.store import MetricStore

    found = _PERIOD.fullmatch(text.strip())
    if found is None:
        raise GenaiObsError("bad-period", f"{text!r} is no period: give 60s, 5m, 1h or 1d")
    period_s = int(found[1]) * _UNITS_S[found[2]]
    # The rule is the store's; it is asked before the work, so that a wrong period does not cost the wait.
    MetricStore(MetricData()).read(MetricStat(MetricId("", ""), "Sum", period_s), np.zeros(1, dtype=np.int64))
    return period_s


def fitting(metric: "MetricId") -> str:
    """Return the statistic that says most of a metric: the one of the record's table for ours."""
    return _FITTING.get(metric.name, _ELSE) if metric.namespace == schema.NAMESPACE else _ELSE


def needs_values(metric: "MetricId", asked: Sequence[str]) -> bool:
    """Return whether a statistic that is shown of a metric needs its single values."""
    from genai_obs.tools.metrics.statistics import parse_statistic

    return any(parse_statistic(name).needs_values for name in (*asked, fitting(metric)))


def make_report(extraction: "Extraction", asked: tuple[str, ...], selection: Selection) -> Report:
    """
    Put together what is told of the metrics that are shown.

    Raises:
        GenaiObsError: None of the metrics is of the namespace, text or name that was asked for.
    """
    from genai_obs.tools.metrics.store import MetricStore

    data = extraction.data
    store = MetricStore(data)
    chosen = {metric: samples for metric, samples in data.samples.items() if selection.takes(metric)}
    if data.samples and not chosen:
        raise _nothing(selection, list(data.samples))
    first, last = data.first_s or 0, data.last_s or 0
    rows = tuple(_row(metric, samples, store, asked, first, last) for metric, samples in chosen.items())
    return Report(extraction, rows, asked)


def _row(
    metric: "MetricId",
    samples: "Sequence[Samples]",
    store: "MetricStore",
    asked: Sequence[str],
    first_s: int,
    last_s: int,
) -> Row:
    import numpy as np

    from genai_obs.tools.metrics.queries import MetricStat

    start_s = first_s - first_s % _MINUTE_S
    period_s = (last_s - start_s) // _MINUTE_S * _MINUTE_S + _MINUTE_S
    statistic = fitting(metric)
    values = {}
    for name in dict.fromkeys((*USUAL, statistic, *asked)):
        value = store.read(MetricStat(metric, name, period_s), np.array([start_s], dtype=np.int64))[0]
        values[name] = None if math.isnan(value) else float(value)
    return Row(
        metric,
        tuple(sorted({each.unit for each in samples})),
        min(each.bucket_s for each in samples),
        statistic,
        values,
    )


def _nothing(selection: Selection, metrics: "Sequence[MetricId]") -> GenaiObsError:
    """Say which option left nothing, and what there is."""
    from genai_obs.tools.text.near import nearest

    if selection.namespace is not None and all(metric.namespace != selection.namespace for metric in metrics):
        known = sorted({metric.namespace for metric in metrics})
        return GenaiObsError("no-metric", f"no metric of the namespace {selection.namespace!r}: {_some(known)}")
    if selection.name is not None and all(metric.name != selection.name for metric in metrics):
        known = sorted({metric.name for metric in metrics})
        near = nearest(selection.name, known)
        hint = f"did you mean {near}?" if near else _some(known)
        return GenaiObsError("no-metric", f"no metric is called {selection.name!r}: {hint}")
    return GenaiObsError("no-metric", "no metric is left by --namespace, --match and --plot together")


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:10])
    return f"there are {shown}" + (f" and {len(names) - 10} more" if len(names) > 10 else "")
