"""
What an alarm is, once: evaluated on a laptop, written as CloudFormation and described in the docs from this object.

The members are those of CloudWatch's API, with seconds and dollars in their names. Nothing here judges anything.
"""

from dataclasses import dataclass
from typing import Literal

from genai_obs.tools.metrics.queries import MetricQuery

Comparison = Literal[
    "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold",
]
MissingData = Literal["missing", "notBreaching", "breaching", "ignore"]
LowSamples = Literal["evaluate", "ignore"]


@dataclass(frozen=True, slots=True)
class MetricAlarm:
    """
    An alarm on a metric, on metric math, or on an anomaly band.

    Args:
        name: Unique in the account and Region.

        description: What it means and what to do: Markdown, shown by the console and in notifications.

        queries: What is computed; a single statistic is one query. Exactly one returns data; with a band two do.

        comparison: The value stands on its left, the threshold on its right.

        threshold: None where a band is the threshold.

        evaluation_periods: N, the newest periods that count.

        datapoints_to_alarm: M, how many of them must breach.

        missing_data: What a period without a datapoint means.

        low_samples: For percentiles: whether too few samples are judged at all.

        band_id: Id of the query that is the band; None where ``threshold`` is given.

        timezone: None for sliding windows; else windows aligned to the clock of this time zone.

        warm_up_minutes: How long it stays silent after its creation; None for not at all.

        threshold_parameter: Name of the parameter by which a deployed stack may set the threshold; None if fixed.
    """

    name: str
    description: str
    queries: tuple[MetricQuery, ...]
    comparison: Comparison
    threshold: float | None
    evaluation_periods: int
    datapoints_to_alarm: int
    missing_data: MissingData
    low_samples: LowSamples = "evaluate"
    band_id: str | None = None
    timezone: str | None = None
    warm_up_minutes: int | None = None
    threshold_parameter: str | None = None


@dataclass(frozen=True, slots=True)
class LogAlarm:
    """
    An alarm on a scheduled Logs Insights query, for what no metric carries: a tenant, a user, a reason.

    Args:
        name: Unique in the account and Region.

        description: As for a metric alarm.

        query: Logs Insights QL, run on a schedule.

        aggregation: ``count(*)`` or ``sum(field)`` (avg, min, max), optionally ``by`` up to five fields.

        log_groups: Names; empty for those of the stack it is deployed with.

        comparison: One of the four plain comparisons.

        threshold: What the aggregated value is compared with.

        results_to_alarm: How many of the newest results must breach.

        results_to_evaluate: How many of the newest results count.

        schedule_s: Seconds between runs; a multiple of 60.

        start_offset_s: How far back from the run its range of time begins.

        end_offset_s: How far back from the run its range of time ends.

        missing_data: What a run without a value means.

        threshold_parameter: As for a metric alarm.
    """

    name: str
    description: str
    query: str
    aggregation: str
    comparison: Comparison
    threshold: float
    schedule_s: int
    start_offset_s: int
    end_offset_s: int = 0
    log_groups: tuple[str, ...] = ()
    results_to_alarm: int = 1
    results_to_evaluate: int = 1
    missing_data: MissingData = "notBreaching"
    threshold_parameter: str | None = None


@dataclass(frozen=True, slots=True)
class CompositeAlarm:
    """
    An alarm on the states of others.

    Args:
        name: Unique in the account and Region.

        description: As for a metric alarm.

        rule: Such as ``ALARM("a") AND NOT ALARM("b")``.
    """

    name: str
    description: str
    rule: str


Alarm = MetricAlarm | LogAlarm | CompositeAlarm
