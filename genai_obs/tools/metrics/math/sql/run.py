"""Metrics Insights over the metrics that a reader has: sums of what was published, so that averages are true ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.math.arrays import cut, reordered
from genai_obs.tools.metrics.math.context import Context
from genai_obs.tools.metrics.math.sql.parser import MOST_SERIES
from genai_obs.tools.metrics.math.sql.syntax import Filter, Select
from genai_obs.tools.metrics.math.values import Array, Origin, Series, Value, array_of, finite
from genai_obs.tools.metrics.queries import MetricStat
from genai_obs.tools.metrics.samples import Floats

# Metrics that a query may look at (cloudwatch-metrics-insights-limits, documented).
MOST_METRICS = 10_000

# What a metric without the key of a group is filed under (documented).
OTHER = "Other"


@dataclass(frozen=True, slots=True)
class _Function:
    """How to compute a function: the statistics read, and how each is put together over metrics and over time."""

    statistics: tuple[str, ...]
    together: np.ufunc


_FUNCTIONS = {
    "SUM": _Function(("Sum",), np.add),
    "COUNT": _Function(("SampleCount",), np.add),
    "AVG": _Function(("Sum", "SampleCount"), np.add),
    "MIN": _Function(("Minimum",), np.fmin),
    "MAX": _Function(("Maximum",), np.fmax),
}


def run_select(select: Select, context: Context) -> Value:
    """Return one series, or with GROUP BY an array with a series for each group."""
    found = [metric for metric in context.known() if _is_wanted(select, metric)]
    if len(found) > MOST_METRICS:
        context.warn("math-too-many-series", f"{len(found):,} metrics match; CloudWatch reads {MOST_METRICS:,} of them")
        found = found[:MOST_METRICS]
    if not select.keys:
        return Series(_over_metrics(select.function, found, context), Origin(f"{select.function}({select.metric})"))
    groups: dict[tuple[str, ...], list[MetricId]] = {}
    for metric in found:
        groups.setdefault(_group_of(metric, select.keys), []).append(metric)
    return _grouped(select, groups, context)


def _grouped(select: Select, groups: dict[tuple[str, ...], list[MetricId]], context: Context) -> Array:
    """Return the groups in order: that of their names without ORDER BY (our choice)."""
    named = sorted(groups)
    series = [
        Series(_over_metrics(select.function, groups[names], context), Origin(" ".join(names))) for names in named
    ]
    limit = select.limit or MOST_SERIES
    if len(named) > limit and select.limit is None:
        context.warn("math-too-many-series", f"there are {len(named):,} groups; CloudWatch gives {limit} of them")
    if select.order is None:
        return array_of(series[:limit], context.shape)
    keys = [_over_time(select.order, groups[names], context) for names in named]
    return _ordered(array_of(series, context.shape), keys, select.descending, limit)


def _ordered(array: Array, keys: Sequence[Floats], descending: bool, limit: int) -> Array:
    if not keys:
        return array
    stacked = np.stack(keys)
    order = np.argsort(-stacked if descending else stacked, axis=0, kind="stable")
    return cut(reordered(array, order), 0, limit)


def _is_wanted(select: Select, metric: MetricId) -> bool:
    if metric.namespace != select.namespace or metric.name != select.metric:
        return False
    if select.dimensions is not None and metric.dimension_names != select.dimensions:
        return False
    values = dict(metric.dimensions)
    return all(_holds(condition, values) for condition in select.filters)


def _holds(condition: Filter, values: dict[str, str]) -> bool:
    """A metric without the key satisfies neither ``=`` nor ``!=`` (our choice)."""
    value = values.get(condition.key)
    return value is not None and (value == condition.value) == condition.equal


def _group_of(metric: MetricId, keys: Sequence[str]) -> tuple[str, ...]:
    values = dict(metric.dimensions)
    return tuple(values.get(key, OTHER) for key in keys)


def _over_metrics(function: str, metrics: Sequence[MetricId], context: Context) -> Floats:
    """Return the function over all values of these metrics in each period."""
    return _divided([_joined(statistic, function, metrics, context) for statistic in _FUNCTIONS[function].statistics])


def _over_time(function: str, metrics: Sequence[MetricId], context: Context) -> Floats:
    """Return the function over all values of these metrics in the whole range; time is kept with length 1."""
    row = _FUNCTIONS[function]
    joined = [_joined(statistic, function, metrics, context) for statistic in row.statistics]
    return _divided([_together(row.together, values, -1) for values in joined])


def _joined(statistic: str, function: str, metrics: Sequence[MetricId], context: Context) -> Floats:
    together = _FUNCTIONS[function].together
    joined = np.full(context.shape, np.nan)
    for metric in metrics:
        stat = MetricStat(metric, statistic, context.timeline.period_s)
        values = context.read(stat, metric.name).values
        joined = _together(together, np.stack([joined, values]), 0)[0]
    return joined


def _together(together: np.ufunc, values: Floats, axis: int) -> Floats:
    """Put values together along an axis, which is kept with length 1; nothing where nothing is."""
    none = np.all(np.isnan(values), axis=axis, keepdims=True)
    if together is np.add:
        return np.where(none, np.nan, np.nansum(values, axis=axis, keepdims=True))
    reduced: Floats = together.reduce(values, axis=axis, keepdims=True, initial=np.nan)
    return reduced


def _divided(joined: Sequence[Floats]) -> Floats:
    return finite(joined[0] / joined[1] if len(joined) > 1 else joined[0])
