"""Metrics that an alarm asks for and nobody publishes: said together with those that come nearest."""

from collections.abc import Iterable, Iterator, Sequence

from genai_obs.schema import METRICS
from genai_obs.tools.alarms.rule import MetricAlarm
from genai_obs.tools.alarms.words import listed
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.text.near import nearest

_OURS = frozenset(metric.name for metric in METRICS)

# More values than this are no help to whoever reads the sentence.
_MOST_NAMED = 4


def metrics_of(alarm: MetricAlarm) -> tuple[MetricId, ...]:
    """Return the metrics that an alarm names, each once; not those that SQL would find."""
    return tuple(dict.fromkeys(query.stat.metric for query in alarm.queries if query.stat is not None))


def published_by_aws(alarm: MetricAlarm, known: Iterable[MetricId]) -> MetricId | None:
    """Return a metric of the alarm that AWS publishes and the lines do not hold; None if there is none such."""
    held = set(known)
    return next(
        (metric for metric in metrics_of(alarm) if metric.namespace.startswith("AWS/") and metric not in held), None
    )


def never_published(alarm: MetricAlarm, known: Iterable[MetricId]) -> Iterator[str]:
    """Return a sentence for each metric of the alarm that the lines do not hold at all."""
    held = tuple(known)
    for metric in metrics_of(alarm):
        if metric not in held:
            hint = _what_there_is(metric, held)
            yield f"nothing was ever published for {metric}" + (f"; {hint}" if hint else "")


def _what_there_is(wanted: MetricId, held: Sequence[MetricId]) -> str:
    same_name = [metric for metric in held if metric.name == wanted.name]
    here = [metric for metric in same_name if metric.namespace == wanted.namespace]
    same_set = [metric for metric in here if metric.dimension_names == wanted.dimension_names]
    if same_set:
        return f"the lines hold {_other_values(wanted, same_set)}"
    if here:
        sets = dict.fromkeys("{" + ", ".join(metric.dimension_names) + "}" for metric in here)
        return f"the lines hold it with the dimensions {_some(list(sets), 'and')}, which is another metric"
    if same_name:
        spaces = dict.fromkeys(metric.namespace for metric in same_name)
        return f"the lines hold {wanted.name} in the namespace {_some(list(spaces), 'and')}"
    beside = [metric for metric in held if metric.namespace == wanted.namespace]
    if not beside:
        return f"the lines hold no metric of the namespace {wanted.namespace}"
    near = nearest(wanted.name, dict.fromkeys(metric.name for metric in beside))
    if near is not None and wanted.name not in _OURS:
        return f"did you mean {near}?"
    if any(metric.dimensions == wanted.dimensions for metric in beside):
        # Everything but the name is there: a metric that is published only when something happens.
        return ""
    names = sorted({metric.name for metric in beside})
    return f"the lines hold {_some(names, 'and')}"


def _other_values(wanted: MetricId, same_set: Sequence[MetricId]) -> str:
    """Return the values that the dimensions have instead, those nearest to what was asked first."""
    parts = []
    for place, (name, value) in enumerate(wanted.dimensions):
        values = sorted({metric.dimensions[place][1] for metric in same_set})
        if value in values:
            continue
        near = nearest(value, values, likeness=0.0)
        ordered = [near, *(other for other in values if other != near)] if near else values
        parts.append(f"{name}={_some(ordered, 'and')}")
    return " with ".join(parts) or "its dimensions, but not together"


def _some(texts: Sequence[str], word: str) -> str:
    more = len(texts) - _MOST_NAMED
    return listed(texts, word) if more <= 0 else f"{', '.join(texts[:_MOST_NAMED])} and {more:,} more"
