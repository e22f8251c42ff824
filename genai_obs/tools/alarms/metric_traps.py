"""What CloudWatch takes and people did not mean: metric alarms that look right and never work."""

import re
from collections.abc import Callable, Iterator

from genai_obs.schema import DIMENSION_SETS, METRICS, NAMESPACE
from genai_obs.tools.alarms.low_samples import least_samples
from genai_obs.tools.alarms.problem import Problem
from genai_obs.tools.alarms.rule import MetricAlarm
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat

Trap = Callable[[MetricAlarm], Iterator[Problem]]

_RATE_WORD = re.compile(r"\brates?\b|\bpercent(age)?\b|%|\bratio\b", re.IGNORECASE | re.ASCII)
_ADDS_UP = frozenset({"Sum", "SampleCount"})
_OUR_METRICS = frozenset(metric.name for metric in METRICS)
_OUR_SETS = frozenset(tuple(sorted(names)) for names in DIMENSION_SETS)


def _stats(alarm: MetricAlarm) -> Iterator[tuple[MetricQuery, MetricStat]]:
    return ((query, query.stat) for query in alarm.queries if query.stat is not None)


def _watched(alarm: MetricAlarm) -> Iterator[MetricQuery]:
    return (query for query in alarm.queries if query.return_data and query.id != alarm.band_id)


def _count_called_rate(alarm: MetricAlarm) -> Iterator[Problem]:
    word = _RATE_WORD.search(alarm.name.replace("_", " ").replace("-", " ")) or _RATE_WORD.search(alarm.description)
    if word is None:
        return
    for query in _watched(alarm):
        if query.stat is not None and query.stat.stat in _ADDS_UP:
            name = query.stat.metric.name
            yield Problem(
                "count-called-rate",
                f'the alarm speaks of a "{word[0]}" and compares a count, the {query.stat.stat} of {name}, with'
                f" {_number(alarm.threshold)}: a busy hour raises it, and a quiet one in which every call fails does"
                " not. Divide by the number of calls in an expression, such as"
                " IF(calls >= 20, 100 * errors / calls, 0)",
                "warning",
                query.id,
            )


def _silence(alarm: MetricAlarm) -> Iterator[Problem]:
    if alarm.missing_data == "missing" and not any(map(_fills, _watched(alarm))):
        of = f"{alarm.datapoints_to_alarm} of {alarm.evaluation_periods}"
        yield Problem(
            "missing-data-default",
            f"missing data is left at its default: one breaching datapoint and then silence raises even this {of}"
            " alarm, and without traffic it is INSUFFICIENT_DATA. Say notBreaching for what exists only when something"
            " happens, breaching for a sign of life",
            "warning",
        )


def _fills(query: MetricQuery) -> bool:
    return query.expression is not None and "FILL(" in query.expression.replace(" ", "")


def _low_samples(alarm: MetricAlarm) -> Iterator[Problem]:
    if alarm.low_samples != "ignore":
        return
    for query in _watched(alarm):
        stat = query.stat.stat if query.stat is not None else ""
        least = least_samples(stat)
        if query.stat is None or least is None:
            yield Problem(
                "low-samples-unused",
                "EvaluateLowSampleCountPercentile says something about percentiles only, and the alarm watches none",
                "warning",
                query.id,
            )
            continue
        per_minute = least * 60 / query.stat.period_s
        yield Problem(
            "low-samples-ignored",
            f"{stat} with ignore is judged only where a period of {query.stat.period_s} seconds holds {least:,} calls"
            f" or more ({_number(per_minute)} a minute); with fewer the alarm keeps its state and may never fire."
            " Take a lower percentile, a longer period, or evaluate",
            "warning",
            query.id,
        )


def _units(alarm: MetricAlarm) -> Iterator[Problem]:
    for query, stat in _stats(alarm):
        if stat.unit is not None:
            yield Problem(
                "alarm-unit",
                f"the unit {stat.unit} shuts out whatever is published with another one, and the alarm then has"
                " INSUFFICIENT_DATA for ever: leave it out",
                "warning",
                query.id,
            )


def _unpublished_dimensions(alarm: MetricAlarm) -> Iterator[Problem]:
    for query, stat in _stats(alarm):
        metric = stat.metric
        if metric.namespace != NAMESPACE or metric.name not in _OUR_METRICS:
            continue
        if metric.dimension_names not in _OUR_SETS:
            named = ", ".join(metric.dimension_names) or "none"
            sets = " or ".join("{" + ", ".join(names) + "}" for names in DIMENSION_SETS)
            yield Problem(
                "unpublished-dimensions",
                f"{metric.name} is published with the dimensions {sets}, and the alarm asks for {named}: that is"
                " another metric, without data",
                "warning",
                query.id,
            )


def _one_version_only(alarm: MetricAlarm) -> Iterator[Problem]:
    for query, stat in _stats(alarm):
        if stat.metric.namespace == "AWS/Lambda" and "Resource" in stat.metric.dimension_names:
            yield Problem(
                "lambda-resource",
                "FunctionName with Resource is one version or alias of a function, and without data if that one is"
                " never called by its name: the whole function is FunctionName alone",
                "warning",
                query.id,
            )


def _number(value: float | None) -> str:
    return "a band" if value is None else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"


METRIC_TRAPS: tuple[Trap, ...] = (
    _count_called_rate,
    _silence,
    _low_samples,
    _units,
    _unpublished_dimensions,
    _one_version_only,
)
