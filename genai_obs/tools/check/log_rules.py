"""Functions and log groups: where lines are dropped before they are metrics, and where they stay for ever."""

from collections.abc import Iterator, Sequence

from genai_obs.tools.check.finding import Finding
from genai_obs.tools.check.resources import Resource

_FUNCTIONS = ("AWS::Serverless::Function", "AWS::Lambda::Function")
_LOG_GROUP = "AWS::Logs::LogGroup"
# Lambda takes a line without a level for INFO (documented: monitoring-cloudwatchlogs-log-level).
_ABOVE_INFO = ("WARN", "ERROR", "FATAL")
_WITHOUT_METRICS = {
    "INFREQUENT_ACCESS": "no EMF, metric filters, subscriptions or live tail",
    "DELIVERY": "no Logs Insights and no metrics, and two days of retention",
}


def check_logs(resources: Sequence[Resource]) -> Iterator[Finding]:
    """Yield where lines are lost, and where they cost for ever."""
    for resource in resources:
        if resource.kind in _FUNCTIONS:
            yield from _check_function(resource)
        elif resource.kind == _LOG_GROUP:
            yield from _check_group(resource)


def _check_function(function: Resource) -> Iterator[Finding]:
    level = function.get("LoggingConfig", "ApplicationLogLevel")
    log_format = function.get("LoggingConfig", "LogFormat")
    if level is None:
        return
    path = ("LoggingConfig", "ApplicationLogLevel")
    if log_format in (None, "Text"):
        sentence = "a log level needs LogFormat JSON; in Text format Lambda filters nothing"
        yield function.finding("warning", "level-without-json", sentence, *path)
    elif level in _ABOVE_INFO:
        sentence = (
            f"under ApplicationLogLevel {level}, Lambda drops JSON lines without a level before they reach CloudWatch: "
            "EMF of Powertools, aws-embedded-metrics and print() is gone without an error metric"
        )
        hint = "records of genai_obs carry the level and pass; INFO lets the others through"
        yield function.finding("warning", "level-drops-lines", sentence, *path, hint=hint)


def _check_group(group: Resource) -> Iterator[Finding]:
    kind = group.get("LogGroupClass")
    if isinstance(kind, str) and kind in _WITHOUT_METRICS:
        sentence = f"log class {kind} has {_WITHOUT_METRICS[kind]}: no metric of its lines, no alarm on them"
        hint = "records need the class STANDARD; a class cannot be changed later"
        # Not every log is meant to hold metrics, and this class is the cheaper one.
        yield group.finding("warning", "log-class", sentence, "LogGroupClass", hint=hint)
    if group.get("RetentionInDays") is None:
        sentence = "without RetentionInDays its lines are kept, and billed, for ever"
        yield group.finding("warning", "no-retention", sentence)
