"""From the properties of an alarm's resource back to the alarm: the other direction of what writes them."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from genai_obs.errors import GenaiObsError
from genai_obs.tools.alarms.rule import Alarm, CompositeAlarm, LogAlarm, MetricAlarm
from genai_obs.tools.cfn.alarms import SINGLE_ID
from genai_obs.tools.cfn.intrinsics import Value
from genai_obs.tools.cfn.resolve import Unresolved
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat

_RATE = re.compile(r"rate\(\s*(\d{1,9})\s+(minute|hour|day)s?\s*\)")
_SECONDS = {"minute": 60, "hour": 3_600, "day": 86_400}


def read_alarm(kind: str, properties: Mapping[str, Value]) -> Alarm:
    """
    Return the alarm of a resource whose functions are resolved; what is left out has the default of the API.

    Args:
        kind: Type of the resource.

        properties: Its properties.

    Raises:
        GenaiObsError: It is no alarm that can be judged here: a member is missing, unknown before the deployment, of
            the wrong type, or it watches PromQL.
    """
    reader = _READERS.get(kind)
    if reader is None:
        raise GenaiObsError("unreadable-alarm", f"{kind} is no alarm")
    return reader(_Members(properties, str(properties.get("AlarmName", "?"))))


def is_alarm(kind: str) -> bool:
    """Return whether resources of this type are alarms."""
    return kind in _READERS


class _Members:
    """Reads members of one mapping; what is wrong is said with the alarm's name."""

    def __init__(self, values: Mapping[str, Value], alarm: str) -> None:
        self._values = values
        self._alarm = alarm

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str, default: str | None = None) -> str:
        return str(self._typed(name, str, default))

    def written(self, name: str) -> str:
        """Return a text; one that only a deployment knows as it is written."""
        value = self._values.get(name)
        return str(value) if isinstance(value, Unresolved) else self.text(name)

    def number(self, name: str) -> float:
        value = self._values.get(name)
        if isinstance(value, str):
            value = self._parsed(name, value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(name)
        return float(value)

    def whole(self, name: str, default: int | None = None) -> int:
        if name not in self._values and default is not None:
            return default
        value = self.number(name)
        if not value.is_integer():
            raise self._wrong(name)
        return int(value)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._values.get(name, default)
        # YAML's quoted "false" is taken by CloudFormation as what it says.
        return value in {True, "true", "True"} if isinstance(value, bool | str) else default

    def below(self, name: str) -> "_Members":
        return _Members(self._typed(name, Mapping, None), self._alarm)

    def items(self, name: str) -> list["_Members"]:
        found = self._typed(name, list, [])
        if not all(isinstance(item, Mapping) for item in found):
            raise self._wrong(name)
        return [_Members(item, self._alarm) for item in found]

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(map(str, self._typed(name, list, [])))

    def _typed(self, name: str, kind: Any, default: Any) -> Any:
        value = self._values.get(name, default)
        if value is None or not isinstance(value, kind):
            raise self._wrong(name)
        return value

    def _parsed(self, name: str, text: str) -> float:
        try:
            return float(text)
        except ValueError:
            raise self._wrong(name) from None

    def _wrong(self, name: str) -> GenaiObsError:
        value = self._values.get(name)
        found = "is missing" if value is None else f"cannot be known from {str(value)[:60]!r}"
        return GenaiObsError("unreadable-alarm", f"{name} of the alarm {self._alarm} {found}")


def _metric_alarm(members: _Members) -> MetricAlarm:
    if "EvaluationCriteria" in members:
        raise GenaiObsError("unreadable-alarm", "alarms on PromQL watch metrics that no EMF line makes")
    periods = members.whole("EvaluationPeriods")
    band = members.text("ThresholdMetricId") if "ThresholdMetricId" in members else None
    return MetricAlarm(
        name=members.text("AlarmName", ""),
        description=members.text("AlarmDescription", ""),
        queries=_queries(members),
        comparison=members.text("ComparisonOperator"),  # type: ignore[arg-type] # any text: what is wrong is said by checks
        threshold=None if band is not None else members.number("Threshold"),
        evaluation_periods=periods,
        datapoints_to_alarm=members.whole("DatapointsToAlarm", periods),
        missing_data=members.text("TreatMissingData", "missing"),  # type: ignore[arg-type] # as above
        low_samples=members.text("EvaluateLowSampleCountPercentile", "evaluate"),  # type: ignore[arg-type] # as above
        band_id=band,
        timezone=_timezone(members),
        warm_up_minutes=_warm_up(members),
    )


def _queries(members: _Members) -> tuple[MetricQuery, ...]:
    if "Metrics" in members:
        return tuple(map(_query, members.items("Metrics")))
    kind = "Statistic" if "Statistic" in members else "ExtendedStatistic"
    return (MetricQuery(SINGLE_ID, _stat(members, members.whole("Period"), members.text(kind), members)),)


def _query(row: _Members) -> MetricQuery:
    stat = None
    if "MetricStat" in row:
        given = row.below("MetricStat")
        stat = _stat(given.below("Metric"), given.whole("Period"), given.text("Stat"), given)
    return MetricQuery(
        id=row.text("Id"),
        stat=stat,
        expression=row.text("Expression") if "Expression" in row else None,
        label=row.text("Label") if "Label" in row else None,
        return_data=row.flag("ReturnData", default=True),
        period_s=row.whole("Period") if "Period" in row else None,
    )


def _stat(metric: _Members, period_s: int, stat: str, unit: _Members) -> MetricStat:
    dimensions = {row.text("Name"): row.written("Value") for row in metric.items("Dimensions")}
    identity = MetricId.of(metric.text("Namespace"), metric.text("MetricName"), dimensions)
    return MetricStat(identity, stat, period_s, unit.text("Unit") if "Unit" in unit else None)


def _timezone(members: _Members) -> str | None:
    window = members.below("EvaluationWindow") if "EvaluationWindow" in members else None
    if window is None or "WallClockWindow" not in window:
        return None
    return window.below("WallClockWindow").text("Timezone", "UTC")


def _warm_up(members: _Members) -> int | None:
    if "WarmUpConfiguration" not in members:
        return None
    return members.below("WarmUpConfiguration").whole("WarmUpPeriodDurationInMinutes")


def _log_alarm(members: _Members) -> LogAlarm:
    query = members.below("ScheduledQueryConfiguration")
    schedule = query.below("ScheduleConfiguration")
    return LogAlarm(
        name=members.text("AlarmName", ""),
        description=members.text("AlarmDescription", ""),
        query=query.text("QueryString"),
        aggregation=query.text("AggregationExpression"),
        comparison=members.text("ComparisonOperator"),  # type: ignore[arg-type] # any text: what is wrong is said by checks
        threshold=members.number("Threshold"),
        schedule_s=_schedule(schedule.text("ScheduleExpression")),
        start_offset_s=schedule.whole("StartTimeOffset"),
        end_offset_s=schedule.whole("EndTimeOffset", 0),
        log_groups=query.texts("LogGroupIdentifiers"),
        results_to_alarm=members.whole("QueryResultsToAlarm"),
        results_to_evaluate=members.whole("QueryResultsToEvaluate"),
        missing_data=members.text("TreatMissingData", "missing"),  # type: ignore[arg-type] # as above
    )


def _schedule(text: str) -> int:
    match = _RATE.fullmatch(text)
    if match is None:
        raise GenaiObsError("unreadable-alarm", f"a log alarm runs at a rate such as rate(5 minutes), not {text!r}")
    return int(match[1]) * _SECONDS[match[2]]


def _composite(members: _Members) -> CompositeAlarm:
    return CompositeAlarm(
        members.text("AlarmName", ""), members.text("AlarmDescription", ""), members.text("AlarmRule")
    )


_READERS: dict[str, Callable[[_Members], Alarm]] = {
    "AWS::CloudWatch::Alarm": _metric_alarm,
    "AWS::CloudWatch::LogAlarm": _log_alarm,
    "AWS::CloudWatch::CompositeAlarm": _composite,
}
