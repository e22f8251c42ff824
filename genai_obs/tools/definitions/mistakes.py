"""What is wrong with alarms that CloudWatch would refuse, or would take and never fire."""

from collections.abc import Callable, Iterator

from genai_obs import schema
from genai_obs.errors import GenaiObsError
from genai_obs.tools.alarms.rule import Alarm, CompositeAlarm, LogAlarm, MetricAlarm
from genai_obs.tools.definitions.model import Definitions, Settings
from genai_obs.tools.metrics.queries import MetricStat


def find_mistakes(definitions: Definitions) -> list[str]:
    """Return a sentence for each mistake, with the short name of its alarm."""
    found: list[str] = []
    for alarm in definitions.alarms:
        key = definitions.key(alarm.name)
        found += [f'alarm "{key}": {sentence}' for sentence in _of(alarm, definitions)]
    # The rules must be rules before they can be put in order.
    return found or list(_circles(definitions))


def _circles(definitions: Definitions) -> Iterator[str]:
    composites = [alarm for alarm in definitions.alarms if isinstance(alarm, CompositeAlarm)]
    if len(composites) > 1:
        from genai_obs.tools.alarms.composite import order_composites

        yield from _refused(lambda _: order_composites(composites), "")


def _of(alarm: Alarm, definitions: Definitions) -> Iterator[str]:
    match alarm:
        case MetricAlarm():
            for query in alarm.queries:
                if query.stat is not None:
                    yield from _unpublished(query.stat, definitions.settings)
        case LogAlarm():
            yield from _refused(_parse_query, alarm.query)
        case CompositeAlarm():
            yield from _refused(lambda rule: _check_rule(rule, definitions), alarm.rule)


def _refused(check: Callable[[str], object], text: str) -> Iterator[str]:
    try:
        check(text)
    except GenaiObsError as error:
        yield str(error)


def _parse_query(text: str) -> None:
    from genai_obs.tools.insights.checks.query import check_query
    from genai_obs.tools.insights.language.parser import parse_query

    check_query(parse_query(text))


def _check_rule(text: str, definitions: Definitions) -> None:
    from genai_obs.tools.alarms.composite import check_children
    from genai_obs.tools.alarms.composite_parser import parse_rule

    check_children(parse_rule(text), [alarm.name for alarm in definitions.alarms])


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
