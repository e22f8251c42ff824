"""What is wrong with alarms: what CloudWatch would refuse, and what it would take and never fire."""

from collections.abc import Iterator

from genai_obs import schema
from genai_obs.errors import GenaiObsError
from genai_obs.tools.alarms.rule import Alarm, CompositeAlarm, MetricAlarm
from genai_obs.tools.definitions.model import Definitions, Settings
from genai_obs.tools.metrics.queries import MetricStat


def find_mistakes(definitions: Definitions) -> list[str]:
    """Return a sentence for each mistake within an alarm, with the alarm's short name."""
    found: list[str] = []
    for alarm in definitions.alarms:
        key = definitions.key(alarm.name)
        found += [f'alarm "{key}": {sentence}' for sentence in _within(alarm, definitions.settings)]
    return found


def find_mistakes_between(definitions: Definitions) -> list[str]:
    """Return a sentence for each mistake between alarms, which are right by themselves: children, circles."""
    from genai_obs.tools.alarms.composite import check_children, order_composites
    from genai_obs.tools.alarms.composite_parser import parse_rule

    composites = [alarm for alarm in definitions.alarms if isinstance(alarm, CompositeAlarm)]
    names = [alarm.name for alarm in definitions.alarms]
    found: list[str] = []
    for alarm in composites:
        try:
            check_children(parse_rule(alarm.rule), names)
        except GenaiObsError as error:
            found.append(f'alarm "{definitions.key(alarm.name)}": {error}')
    try:
        order_composites(composites)
    except GenaiObsError as error:
        found.append(str(error))
    return found


def _within(alarm: Alarm, settings: Settings) -> Iterator[str]:
    from genai_obs.tools.alarms.validity import problems_of

    yield from (problem.sentence for problem in problems_of(alarm) if problem.severity == "error")
    if isinstance(alarm, MetricAlarm):
        for query in alarm.queries:
            if query.stat is not None:
                yield from _unpublished(query.stat, settings)


def _unpublished(stat: MetricStat, settings: Settings) -> Iterator[str]:
    """
    Find metrics under our namespace that no line of ours can publish.

    CloudWatch adds up no metrics over dimensions, and an alarm on a set that nobody publishes waits for ever.
    """
    metric = stat.metric
    if metric.namespace != settings.namespace:
        return
    names = set(metric.dimension_names)
    ours = [set(names) for names in schema.DIMENSION_SETS]
    if metric.name in {metric.name for metric in schema.METRICS}:
        if names not in ours:
            sets = " and ".join(f"[{', '.join(published)}]" for published in schema.DIMENSION_SETS)
            yield f"{metric.name} is published with the dimensions {sets}, not [{', '.join(metric.dimension_names)}]"
    elif "Environment" not in names:
        yield f"every metric under {settings.namespace} has the dimension Environment; {metric.name} here has not"
