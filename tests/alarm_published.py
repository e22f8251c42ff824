"""Metrics for tests of alarms: what was published when, as the store holds it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from genai_obs.tools.alarms.rule import MetricAlarm
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat
from genai_obs.tools.metrics.samples import MetricData, Samples
from genai_obs.tools.metrics.store import MetricStore

METRIC = MetricId("AI/LLMMetrics", "AICost", (("Environment", "production"),))
MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
# Monday 2026-11-16, midnight in UTC.
MONDAY = 1_794_787_200


def samples_of(
    metric: MetricId, published: Mapping[int, Sequence[float]], *, bucket_s: int = MINUTE, unit: str = "None"
) -> Samples:
    """Return what was published for a metric; keys are starts of buckets, and none of them is empty."""
    rows = [sorted(published[start]) for start in sorted(published)]
    return Samples(
        metric,
        unit,
        bucket_s,
        np.array(sorted(published), dtype=np.int64),
        np.array([len(row) for row in rows], dtype=float),
        np.array([sum(row) for row in rows], dtype=float),
        np.array([row[0] for row in rows], dtype=float),
        np.array([row[-1] for row in rows], dtype=float),
        np.array([value for row in rows for value in row], dtype=float),
        np.array([0, *np.cumsum([len(row) for row in rows])], dtype=np.int64),
    )


def store_of(
    published: Mapping[MetricId, Mapping[int, Sequence[float]]], *, bucket_s: int = MINUTE, unit: str = "None"
) -> MetricStore:
    """Return a store of some metrics."""
    filled = {metric: buckets for metric, buckets in published.items() if buckets}
    starts = [start for buckets in filled.values() for start in buckets]
    return MetricStore(
        MetricData(
            {
                metric: (samples_of(metric, buckets, bucket_s=bucket_s, unit=unit),)
                for metric, buckets in filled.items()
            },
            min(starts, default=None),
            max(starts, default=None),
        )
    )


def alarm_on(
    *queries: MetricQuery,
    stat: str = "Sum",
    period_s: int = 5 * MINUTE,
    m: int = 1,
    n: int = 1,
    threshold: float | None = 1.0,
    **members: Any,
) -> MetricAlarm:
    """Return an alarm on a statistic of the one metric, or on the queries."""
    defaults: dict[str, Any] = {
        "name": "spend",
        "description": "What to do.",
        "comparison": "GreaterThanThreshold",
        "missing_data": "notBreaching",
    }
    return MetricAlarm(
        queries=queries or (MetricQuery("m1", MetricStat(METRIC, stat, period_s)),),
        threshold=threshold,
        evaluation_periods=n,
        datapoints_to_alarm=m,
        **{**defaults, **members},
    )
