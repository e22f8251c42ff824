"""A metric alarm as ``AWS::CloudWatch::Alarm``."""

import re
from collections.abc import Sequence

from genai_obs.tools.alarms.rule import MetricAlarm
from genai_obs.tools.cfn.intrinsics import Properties, Value
from genai_obs.tools.cfn.parameters import Parameters
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat

SIMPLE_STATISTICS = frozenset(("SampleCount", "Average", "Sum", "Minimum", "Maximum"))
# What the one query is called that an alarm without maths has; a single metric has no id in CloudFormation.
SINGLE_ID = "m1"
_PERCENTILE = re.compile(r"p\d+(\.\d+)?")


def alarm_resource(alarm: MetricAlarm, parameters: Parameters, actions: Sequence[Value]) -> Properties:
    """Return the resource of an alarm; ``actions`` are told when it goes to ALARM, and when it is over."""
    properties: Properties = {
        "AlarmName": parameters.name(alarm.name),
        "AlarmDescription": alarm.description,
        **_watched(alarm, parameters),
        "ComparisonOperator": alarm.comparison,
        **_threshold(alarm, parameters),
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.datapoints_to_alarm,
        # Never left to the default, under which one breach and then silence is an alarm.
        "TreatMissingData": alarm.missing_data,
        **_low_samples(alarm),
        **_window(alarm),
        **told(actions),
    }
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}


def told(actions: Sequence[Value]) -> Properties:
    """Return the members that say who hears of it; none where nobody does."""
    return {"AlarmActions": list(actions), "OKActions": list(actions)} if actions else {}


def metric_queries(queries: Sequence[MetricQuery], parameters: Parameters) -> list[Value]:
    """Return a list of ``MetricDataQuery``; each says whether it returns data, because the default is true."""
    return [_metric_query(query, parameters) for query in queries]


def dimensions(metric: MetricId, parameters: Parameters) -> list[Value]:
    """Return the dimensions of a metric."""
    return [{"Name": name, "Value": parameters.dimension(name, value)} for name, value in metric.dimensions]


def _watched(alarm: MetricAlarm, parameters: Parameters) -> Properties:
    only = alarm.queries[0]
    if len(alarm.queries) == 1 and only == MetricQuery(SINGLE_ID, only.stat) and only.stat is not None:
        return _single(only.stat, parameters)
    return {"Metrics": metric_queries(alarm.queries, parameters)}


def _single(stat: MetricStat, parameters: Parameters) -> Properties:
    kind = "Statistic" if stat.stat in SIMPLE_STATISTICS else "ExtendedStatistic"
    return {
        "Namespace": stat.metric.namespace,
        "MetricName": stat.metric.name,
        "Dimensions": dimensions(stat.metric, parameters),
        "Period": stat.period_s,
        kind: stat.stat,
        **_unit(stat),
    }


def _metric_query(query: MetricQuery, parameters: Parameters) -> Properties:
    return {
        "Id": query.id,
        **({} if query.label is None else {"Label": query.label}),
        **({} if query.expression is None else {"Expression": parameters.quoted(query.expression)}),
        **({} if query.period_s is None else {"Period": query.period_s}),
        **({} if query.stat is None else {"MetricStat": _metric_stat(query.stat, parameters)}),
        "ReturnData": query.return_data,
    }


def _metric_stat(stat: MetricStat, parameters: Parameters) -> Properties:
    metric = {
        "Namespace": stat.metric.namespace,
        "MetricName": stat.metric.name,
        "Dimensions": dimensions(stat.metric, parameters),
    }
    return {"Metric": metric, "Period": stat.period_s, "Stat": stat.stat, **_unit(stat)}


def _unit(stat: MetricStat) -> Properties:
    return {} if stat.unit is None else {"Unit": stat.unit}


def _threshold(alarm: MetricAlarm, parameters: Parameters) -> Properties:
    if alarm.band_id is not None:
        return {"ThresholdMetricId": alarm.band_id}
    return {"Threshold": parameters.threshold(alarm.threshold_parameter, alarm.threshold)}


def _low_samples(alarm: MetricAlarm) -> Properties:
    """Say what few samples mean where it matters: for percentiles."""
    statistics = [query.stat.stat for query in alarm.queries if query.stat is not None]
    if alarm.low_samples == "evaluate" and not any(map(_PERCENTILE.fullmatch, statistics)):
        return {}
    return {"EvaluateLowSampleCountPercentile": alarm.low_samples}


def _window(alarm: MetricAlarm) -> Properties:
    window: Properties = {}
    if alarm.timezone is not None:
        window["EvaluationWindow"] = {"WallClockWindow": {"Timezone": alarm.timezone}}
    if alarm.warm_up_minutes is not None:
        window["WarmUpConfiguration"] = {"WarmUpPeriodDurationInMinutes": alarm.warm_up_minutes}
    return window
