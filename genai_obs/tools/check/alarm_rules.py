"""What is wrong with the alarms of a template although it would pass a schema."""

from collections.abc import Iterator, Sequence

from genai_obs.errors import GenaiObsError
from genai_obs.tools.alarms.composite import check_children, parse_rule
from genai_obs.tools.alarms.problem import Problem
from genai_obs.tools.alarms.rule import CompositeAlarm, MetricAlarm
from genai_obs.tools.alarms.validity import problems_of
from genai_obs.tools.cfn.read_alarms import is_alarm, read_alarm
from genai_obs.tools.check.finding import Finding
from genai_obs.tools.check.published import Published
from genai_obs.tools.check.resources import Resource
from genai_obs.tools.text.diagnostics import TextError

_MOST_ACTIONS = 5
_ACTIONS = ("AlarmActions", "OKActions", "InsufficientDataActions")

# Where the problems of a rule stand: in the row of a query, and in the alarm.
_PLACES_IN_QUERY = {
    "unpublished-dimensions": ("MetricStat", "Metric", "Dimensions"),
    "lambda-resource": ("MetricStat", "Metric", "Dimensions"),
    "alarm-unit": ("MetricStat", "Unit"),
}
_PLACES = {
    "alarm-unit": ("Unit",),
    "alarm-window": ("EvaluationPeriods",),
    "bad-comparison": ("ComparisonOperator",),
    "count-called-rate": ("Threshold",),
    "datapoints-to-alarm": ("DatapointsToAlarm",),
    "evaluation-periods": ("EvaluationPeriods",),
    "lambda-resource": ("Dimensions",),
    "low-samples-ignored": ("EvaluateLowSampleCountPercentile",),
    "missing-data-default": ("TreatMissingData",),
    "return-data": ("Metrics",),
    "unpublished-dimensions": ("Dimensions",),
}


def check_alarms(resources: Sequence[Resource], published: Published) -> Iterator[Finding]:
    """Yield what is wrong with alarms."""
    alarms = [resource for resource in resources if is_alarm(resource.kind)]
    names = {_name(resource) for resource in alarms}
    for resource in alarms:
        yield from _check_actions(resource)
        try:
            # CloudFormation makes up a name where there is none.
            alarm = read_alarm(resource.kind, {**resource.properties, "AlarmName": _name(resource)})
        except GenaiObsError as error:
            sentence = f"it is not checked: {error}"
            yield resource.finding("warning", "alarm-not-checked", sentence)
            continue
        for problem in problems_of(alarm):
            # Who writes the default out has chosen it.
            if problem.slug == "missing-data-default" and "TreatMissingData" in resource.properties:
                continue
            yield resource.finding(problem.severity, problem.slug, problem.sentence, *_place(resource, problem))
        if isinstance(alarm, MetricAlarm):
            yield from _check_metrics(resource, alarm, published)
        if isinstance(alarm, CompositeAlarm):
            yield from _check_children(resource, alarm, names)


def _name(resource: Resource) -> str:
    name = resource.get("AlarmName")
    return name if isinstance(name, str) else resource.id


def _place(resource: Resource, problem: Problem) -> tuple[str | int, ...]:
    row = _row(resource, problem.query_id)
    if row is None:
        return _PLACES.get(problem.slug, ())
    return ("Metrics", row, *_PLACES_IN_QUERY.get(problem.slug, ()))


def _row(resource: Resource, query_id: str | None) -> int | None:
    """Return which row of the alarm's metrics has an id; None where there are no rows."""
    rows = resource.get("Metrics")
    if not isinstance(rows, list):
        return None
    return next((place for place, _ in enumerate(rows) if resource.get("Metrics", place, "Id") == query_id), None)


def _check_actions(resource: Resource) -> Iterator[Finding]:
    for name in _ACTIONS:
        actions = resource.get(name)
        if isinstance(actions, list) and len(actions) > _MOST_ACTIONS:
            sentence = f"{len(actions)} {name}, and CloudWatch takes {_MOST_ACTIONS}"
            yield resource.finding("error", "too-many-actions", sentence, name)


def _check_metrics(resource: Resource, alarm: MetricAlarm, published: Published) -> Iterator[Finding]:
    for query in alarm.queries:
        if query.stat is None:
            continue
        metric, row = query.stat.metric, _row(resource, query.id)
        path = ("Dimensions",) if row is None else ("Metrics", row, "MetricStat", "Metric", "Dimensions")
        why = published.why_not(metric)
        if why is not None:
            yield resource.finding("error", "never-published", f"{metric} never has data: {why}", *path)
        elif published.is_unseen(metric):
            sentence = f"no line publishes {metric.name} in {metric.namespace}: it is rare, or misspelt"
            yield resource.finding("warning", "never-published", sentence, *path)


def _check_children(resource: Resource, alarm: CompositeAlarm, names: set[str]) -> Iterator[Finding]:
    try:
        check_children(parse_rule(alarm.rule), names)
    except TextError as error:
        for problem in error.diagnostics:
            if problem.slug == "unknown-alarm":
                sentence = f"{problem.message}: in this template no alarm has that name"
                yield resource.finding("warning", "unknown-alarm", sentence, "AlarmRule", hint=problem.hint)
