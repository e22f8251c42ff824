"""``SEARCH('{Namespace, Dimension…} terms', 'Statistic', period)`` over the metrics that a reader has."""

from collections.abc import Iterator, Sequence

from genai_obs.errors import GenaiObsError
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.math.context import Context
from genai_obs.tools.metrics.math.search_match import matches
from genai_obs.tools.metrics.math.search_parser import parse_search
from genai_obs.tools.metrics.math.syntax import Text
from genai_obs.tools.metrics.queries import MetricStat
from genai_obs.tools.metrics.statistics import parse_statistic
from genai_obs.tools.text.diagnostics import Diagnostic
from genai_obs.tools.text.source import Span

# Series that one search shows (search-expression-syntax, documented).
MOST_SERIES = 500


def check_search(text: Text, statistic: Text) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """Return what is wrong with a search, and what is probably not meant, at their places in the expression."""
    _, errors, warnings = parse_search(text.value)
    # The quote stands before the text.
    offset = text.span.start + 1
    return [*_moved(errors, offset), *_statistic_problems(statistic)], _moved(warnings, offset)


def search(context: Context, text: str, statistic: str) -> Iterator[tuple[MetricStat, str]]:
    """Yield the statistic and the label of every metric found, in the order of the metrics."""
    query, _, _ = parse_search(text)
    found = [metric for metric in context.known() if matches(query, metric)]
    if len(found) > MOST_SERIES:
        context.warn("math-too-many-series", f"{len(found):,} metrics match; CloudWatch shows {MOST_SERIES} of them")
    for metric, label in zip(found[:MOST_SERIES], labels_of(found), strict=False):
        yield MetricStat(metric, statistic, context.timeline.period_s), label


def labels_of(metrics: Sequence[MetricId]) -> list[str]:
    """Return a label for each metric: the values of its dimensions, and its name where names differ."""
    names = {metric.name for metric in metrics}
    return [
        " ".join([*(value for _, value in metric.dimensions), *([metric.name] if len(names) > 1 else [])])
        or metric.name
        for metric in metrics
    ]


def _moved(problems: Sequence[Diagnostic], offset: int) -> list[Diagnostic]:
    return [
        Diagnostic(
            problem.slug, problem.message, Span(problem.span.start + offset, problem.span.end + offset), problem.hint
        )
        for problem in problems
    ]


def _statistic_problems(statistic: Text) -> list[Diagnostic]:
    try:
        parse_statistic(statistic.value)
    except GenaiObsError as error:
        return [Diagnostic("math-statistic", str(error), statistic.span, "such as 'Sum', 'Average' or 'p90'")]
    return []
