"""What must be kept of the lines so that a request can be answered from them."""

from collections.abc import Callable, Iterable

from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.math.parser import parse_expression
from genai_obs.tools.metrics.math.search_match import matches
from genai_obs.tools.metrics.math.search_parser import parse_search
from genai_obs.tools.metrics.math.search_syntax import Search
from genai_obs.tools.metrics.math.sql.parser import is_select
from genai_obs.tools.metrics.math.syntax import Call, Text, postorder
from genai_obs.tools.metrics.queries import MetricQuery
from genai_obs.tools.metrics.statistics import parse_statistic


def needs_values(queries: Iterable[MetricQuery]) -> Callable[[MetricId], bool]:
    """
    Return whether single values of a metric are needed, as percentiles and trimmed means do.

    Args:
        queries: The rows of all requests to come, without mistakes.

    Raises:
        GenaiObsError: A statistic is none of CloudWatch's.
    """
    metrics: set[MetricId] = set()
    searches: list[Search] = []
    for query in queries:
        if query.stat is not None and parse_statistic(query.stat.stat).needs_values:
            metrics.add(query.stat.metric)
        if query.expression is not None:
            searches.extend(_searches(query.expression))
    return lambda metric: metric in metrics or any(matches(search, metric) for search in searches)


def _searches(expression: str) -> Iterable[Search]:
    """Yield the searches of an expression that ask for a statistic of single values."""
    if is_select(expression):
        return
    for node in postorder(parse_expression(expression).tree):
        match node:
            case Call(name="SEARCH", arguments=(Text(value=text), Text(value=statistic), *_)):
                if parse_statistic(statistic).needs_values:
                    yield parse_search(text)[0]
            case _:
                pass
