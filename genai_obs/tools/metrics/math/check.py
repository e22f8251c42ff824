"""Requests checked without data: what every graph needs, and what an alarm needs beyond that."""

from collections.abc import Sequence

from genai_obs.errors import GenaiObsError
from genai_obs.tools.metrics.math.functions import FUNCTIONS
from genai_obs.tools.metrics.math.kinds import Kind
from genai_obs.tools.metrics.math.request import Request, Row, analyse
from genai_obs.tools.metrics.math.syntax import Call, postorder
from genai_obs.tools.metrics.queries import MetricQuery
from genai_obs.tools.text.diagnostics import Diagnostic

# Metrics of one alarm (alarms on metric math, documented).
MOST_METRICS_OF_AN_ALARM = 10


def check_queries(queries: Sequence[MetricQuery], *, for_alarm: bool) -> tuple[tuple[str, Diagnostic], ...]:
    """
    Return warnings about the rows of a request, each with the id of its row.

    Args:
        queries: The rows.

        for_alarm: Whether an alarm watches them, which allows less.

    Raises:
        TextError: For mistakes in expressions, all of them at once, with their places.

        GenaiObsError: For mistakes in rows.
    """
    request = analyse(queries)
    if for_alarm:
        _check_alarm(queries, request)
    return tuple(request.findings.warnings)


def _check_alarm(queries: Sequence[MetricQuery], request: Request) -> None:
    _check_metrics(queries)
    for row in request.rows.values():
        _check_expression(row, request)
        _check_answer(row, request)
    request.findings.raise_errors(queries)


def _check_metrics(queries: Sequence[MetricQuery]) -> None:
    stats = [query.stat for query in queries if query.stat is not None]
    if len(stats) > MOST_METRICS_OF_AN_ALARM:
        message = f"an alarm takes at most {MOST_METRICS_OF_AN_ALARM} metrics, not {len(stats)}"
        raise GenaiObsError("math-alarm-metrics", message)
    periods = sorted({stat.period_s for stat in stats})
    if len(periods) > 1:
        shown = ", ".join(str(period) for period in periods)
        raise GenaiObsError("math-alarm-periods", f"all metrics of an alarm have one period; these have {shown} s")


def _check_expression(row: Row, request: Request) -> None:
    if row.tree is None:
        return
    for call in (node for node in postorder(row.tree) if isinstance(node, Call)):
        if call.name == "SEARCH":
            message = "an alarm cannot search: it watches one series, and a search may find any number"
            hint = "name each metric in a row, or use Metrics Insights"
            request.findings.error(row.query.id, Diagnostic("math-search-in-alarm", message, call.span, hint))
    for call in row.discouraged:
        message = f"{call.name} {FUNCTIONS[call.name].in_alarm}"
        request.findings.warn(row.query.id, Diagnostic("math-in-alarm", message, call.span))


def _check_answer(row: Row, request: Request) -> None:
    """An alarm watches one series, next to the band that it is compared with; only SQL may give several."""
    if row.select and row.select.keys and row.select.order is None:
        message = "an alarm on groups needs ORDER BY: it says which groups count when there are too many"
        request.findings.error(
            row.query.id, Diagnostic("math-alarm-order", message, row.select.span, "add ORDER BY MAX() DESC")
        )
    if not row.query.return_data or row.tree is None or row.kind is not Kind.ARRAY:
        return
    if isinstance(row.tree, Call) and row.tree.name in {"ANOMALY_DETECTION_BAND", "SEARCH"}:
        return
    message = "an alarm watches one time series; this is an array of them"
    hint = "reduce it, as in SUM(array) or MAX(array), or take FIRST(array)"
    request.findings.error(row.query.id, Diagnostic("math-many-series", message, row.tree.span, hint))
