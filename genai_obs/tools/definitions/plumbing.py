"""Alarms on the watching itself: records and metrics that are lost would make all others say that all is well."""

from genai_obs.tools.alarms.rule import MetricAlarm
from genai_obs.tools.definitions.model import Settings, name_of
from genai_obs.tools.definitions.parts import MINUTE_S, answer, source, statistic, value
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat

_PERIOD_S = 5 * MINUTE_S


def observation_errors(settings: Settings) -> MetricAlarm:
    """Return the alarm on failures of this library; the metric is published only when there are any."""
    failures = statistic(settings, "ObservationErrors", "Sum", _PERIOD_S)
    return _any_at_all(
        settings,
        "observation-errors",
        value("number of failures of the observation", failures),
        "genai_obs failed while it observed calls. The calls themselves are not affected; records may lack fields.\n\n"
        "**First** read stderr in the function's log for lines that begin with `genai_obs`, and report them.",
    )


def emf_problems(settings: Settings) -> MetricAlarm | None:
    """Return the alarm on lines whose metrics CloudWatch could not take; it publishes these counts by log group."""
    if settings.log_group is None:
        return None
    parsing = _logs(settings.log_group, "EMFParsingErrors", "parsing")
    validation = _logs(settings.log_group, "EMFValidationErrors", "validation")
    return _any_at_all(
        settings,
        "emf-problems",
        (parsing, validation, answer("number of lines whose metrics were lost", "parsing + validation")),
        "CloudWatch could not make metrics of some lines, so every alarm on metrics sees too little.\n\n"
        "**First** run `genai-obs check` on lines of this log group: it names the line and the rule.",
    )


def _logs(log_group: str, metric: str, query_id: str) -> MetricQuery:
    return source(query_id, MetricStat(MetricId.of("AWS/Logs", metric, {"LogGroupName": log_group}), "Sum", _PERIOD_S))


def _any_at_all(settings: Settings, key: str, queries: tuple[MetricQuery, ...], description: str) -> MetricAlarm:
    return MetricAlarm(
        name=name_of(settings, key),
        description=description,
        queries=queries,
        comparison="GreaterThanThreshold",
        threshold=0.0,
        evaluation_periods=1,
        datapoints_to_alarm=1,
        # These counts exist only when something went wrong.
        missing_data="notBreaching",
    )
