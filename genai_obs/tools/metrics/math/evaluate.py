"""Requests evaluated: metric math, SEARCH and Metrics Insights over whatever reads metrics."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from genai_obs.errors import GenaiObsError
from genai_obs.tools.metrics.math.bands import Bands
from genai_obs.tools.metrics.math.context import Context
from genai_obs.tools.metrics.math.functions import FUNCTIONS
from genai_obs.tools.metrics.math.labels import labels_of_row
from genai_obs.tools.metrics.math.operators import negate, operate
from genai_obs.tools.metrics.math.order import references
from genai_obs.tools.metrics.math.request import Request, Row, analyse
from genai_obs.tools.metrics.math.sql.run import run_select
from genai_obs.tools.metrics.math.syntax import (
    Binary,
    Broken,
    Call,
    Listed,
    Name,
    Negative,
    Node,
    Number,
    Text,
    children,
    fold,
    postorder,
)
from genai_obs.tools.metrics.math.values import Array, Series, Value, array_of, scalar
from genai_obs.tools.metrics.queries import MetricQuery
from genai_obs.tools.metrics.reader import MetricReader, Timeline
from genai_obs.tools.metrics.samples import Floats
from genai_obs.tools.text.diagnostics import Diagnostic
from genai_obs.tools.text.source import Span

OnWarning = Callable[[str, Diagnostic], None]


@dataclass(frozen=True, slots=True, eq=False)
class LabelledSeries:
    """
    A series of an answer.

    Args:
        label: What people read.

        values: In the shape of the timeline; NaN where there is no datapoint.
    """

    label: str
    values: Floats


def evaluate_queries(
    queries: Sequence[MetricQuery],
    reader: MetricReader,
    timeline: Timeline,
    *,
    bands: Bands | None = None,
    on_warning: OnWarning | None = None,
) -> dict[str, tuple[LabelledSeries, ...]]:
    """
    Return the series of each row that returns data, by its id, in the order of the request.

    An expression may give several series, and a search none.

    Args:
        queries: The rows; every metric among them has the period of the timeline.

        reader: Where numbers come from.

        timeline: The periods. With two axes each row is evaluated for itself.

        bands: Who computes ``ANOMALY_DETECTION_BAND``; None refuses it.

        on_warning: Told of what is left out because CloudWatch leaves it out, with the id of the row.

    Raises:
        TextError: For mistakes in expressions, all of them at once, with their places.

        GenaiObsError: For mistakes in rows, a period that differs, or a number that the reader cannot give.
    """
    request = analyse(queries)
    _check_periods(request, timeline)
    context = Context([query for query in queries if query.stat is not None], reader, timeline, bands)
    wanted = [query for query in queries if query.return_data]
    with np.errstate(all="ignore"):
        results = _evaluated(request, [query.id for query in wanted], context, on_warning)
        return {query.id: _answer(query, results[query.id], timeline) for query in wanted}


def _check_periods(request: Request, timeline: Timeline) -> None:
    for row_id, row in request.rows.items():
        for period_s in _periods(row):
            if period_s != timeline.period_s:
                message = (
                    f"{row_id} has a period of {period_s:g} s where {timeline.period_s} s are evaluated; "
                    "rows of different periods are evaluated one period at a time"
                )
                raise GenaiObsError("math-period", message)


def _periods(row: Row) -> list[float]:
    if row.query.stat is not None:
        return [row.query.stat.period_s]
    own = [] if row.query.period_s is None else [float(row.query.period_s)]
    searches = [node for node in postorder(row.tree) if _is_search(node)] if row.tree else []
    return own + [period.value for search in searches for period in children(search)[2:] if isinstance(period, Number)]


def _is_search(node: Node) -> bool:
    return isinstance(node, Call) and node.name == "SEARCH"


def _evaluated(
    request: Request, wanted: Sequence[str], context: Context, on_warning: OnWarning | None
) -> dict[str, Value]:
    """Return the values of the rows wanted and of those that they need."""
    needed = set(wanted)
    for row_id in reversed(request.order):
        tree = request.rows[row_id].tree
        if row_id in needed and tree is not None:
            needed.update(name.text for name in references(tree))
    results: dict[str, Value] = {}
    for row_id in request.order:
        if row_id in needed:
            results[row_id] = _row_value(request.rows[row_id], context, results)
            _pass_on(row_id, request.rows[row_id], context, on_warning)
    return results


def _pass_on(row_id: str, row: Row, context: Context, on_warning: OnWarning | None) -> None:
    whole = Span(0, len(row.query.expression or ""))
    for slug, message in context.warnings:
        if on_warning is not None:
            on_warning(row_id, Diagnostic(slug, message, whole))
    context.warnings.clear()


def _row_value(row: Row, context: Context, results: Mapping[str, Value]) -> Value:
    if row.query.stat is not None:
        return context.metric(row.query)
    if row.select is not None:
        return run_select(row.select, context)
    assert row.tree is not None

    def combine(node: Node, operands: Sequence[Value]) -> Value:
        return _node_value(node, operands, context, results)

    return fold(row.tree, combine)


def _node_value(node: Node, operands: Sequence[Value], context: Context, results: Mapping[str, Value]) -> Value:
    match node:
        case Number():
            return scalar(node.value)
        case Text():
            return node.value
        case Name():
            return results.get(node.text, node.text)
        case Call():
            return FUNCTIONS[node.name].run(context, operands)
        case Listed():
            return array_of([operand for operand in operands if isinstance(operand, Series)], context.shape)
        case Negative():
            return negate(operands[0])
        case Binary():
            return operate(node.operator, operands[0], operands[1])
        case Broken():
            raise AssertionError("a broken expression is refused before it is evaluated")


def _answer(query: MetricQuery, value: Value, timeline: Timeline) -> tuple[LabelledSeries, ...]:
    """Return the series of a row. Of an array as many as any evaluation has; the others have gaps for them."""
    assert isinstance(value, Series | Array)
    if isinstance(value, Series):
        series = [value]
    else:
        longest = int(value.counts.max(initial=0))
        series = [Series(value.values[place], value.origins[place]) for place in range(longest)]
    labels = labels_of_row(query, series, timeline, several=isinstance(value, Array))
    return tuple(LabelledSeries(label, one.values) for label, one in zip(labels, series, strict=True))
