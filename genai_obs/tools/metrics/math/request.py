"""A request before it is evaluated: its rows parsed, what each gives, and the order to evaluate them in."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from genai_obs.errors import GenaiObsError
from genai_obs.tools.metrics.math.inference import KnownRows, infer_kind, scalar_result
from genai_obs.tools.metrics.math.kinds import Kind
from genai_obs.tools.metrics.math.order import in_order
from genai_obs.tools.metrics.math.parser import parse_expression
from genai_obs.tools.metrics.math.problems import Findings
from genai_obs.tools.metrics.math.sql.parser import is_select, parse_select
from genai_obs.tools.metrics.math.sql.syntax import Select
from genai_obs.tools.metrics.math.syntax import Call, Node
from genai_obs.tools.metrics.queries import MetricQuery
from genai_obs.tools.metrics.statistics import parse_statistic
from genai_obs.tools.text.cursor import shown
from genai_obs.tools.text.diagnostics import Diagnostic

# Rows of one request (API_GetMetricData, documented).
MOST_ROWS = 500

_ID = re.compile(r"[a-z][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Row:
    """
    A row of a request.

    Args:
        query: As it was given.

        tree: Its metric math; None for a metric and for SQL.

        select: Its Metrics Insights query; None for anything else.

        kind: What it gives.

        discouraged: The calls in it that alarms had better do without.
    """

    query: MetricQuery
    tree: Node | None
    select: Select | None
    kind: Kind
    discouraged: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """
    A request without mistakes.

    Args:
        rows: By id, in the order given.

        order: The ids, each behind those it refers to.

        findings: What is allowed and probably not meant, with the id of its row.
    """

    rows: Mapping[str, Row]
    order: tuple[str, ...]
    findings: Findings


def analyse(queries: Sequence[MetricQuery]) -> Request:
    """Return a request ready to be evaluated; raises ``RequestError`` with every mistake of its texts."""
    _check_rows(queries)
    findings = Findings()
    trees, selects = _parsed(queries, findings)
    order = in_order([query.id for query in queries], trees, findings)
    known = KnownRows({query.id: query for query in queries})
    for row_id in order:
        known.kinds[row_id] = (
            infer_kind(row_id, trees[row_id], known, findings) if row_id in trees else _given(selects.get(row_id))
        )
    _check_results(queries, known, trees, findings)
    _check_number_of_selects(selects, findings)
    findings.raise_errors(queries)
    rows = {
        query.id: Row(
            query,
            trees.get(query.id),
            selects.get(query.id),
            known.kinds[query.id] or Kind.SERIES,
            tuple(known.discouraged.get(query.id, ())),
        )
        for query in queries
    }
    return Request(rows, tuple(order), findings)


def _check_rows(queries: Sequence[MetricQuery]) -> None:
    if len(queries) > MOST_ROWS:
        raise GenaiObsError("math-too-many-rows", f"a request has at most {MOST_ROWS} rows, not {len(queries):,}")
    for query in queries:
        if not _ID.fullmatch(query.id):
            message = f"{shown(query.id)} is no id: a lower-case letter, then letters, digits and _"
            raise GenaiObsError("math-bad-id", message)
        if query.stat is not None:
            parse_statistic(query.stat.stat)
        if (query.stat is None) == (query.expression is None):
            message = f"the row {query.id} needs either a metric or an expression, and not both"
            raise GenaiObsError("math-row", message)
    for row_id, count in Counter(query.id for query in queries).items():
        if count > 1:
            raise GenaiObsError("math-same-id", f"{count} rows have the id {row_id}; ids are unique in a request")


def _parsed(queries: Sequence[MetricQuery], findings: Findings) -> tuple[dict[str, Node], dict[str, Select | None]]:
    """Return the trees of metric math and the Metrics Insights queries; a faulty one of the latter is None."""
    trees: dict[str, Node] = {}
    selects: dict[str, Select | None] = {}
    for query in queries:
        text = query.expression
        if text is None:
            continue
        if is_select(text):
            selects[query.id], problems = parse_select(text)
        else:
            trees[query.id], problems, warnings = parse_expression(text)
            findings.warnings.extend((query.id, warning) for warning in warnings)
        findings.add(query.id, problems)
    for row_id, select in selects.items():
        findings.warnings.extend((row_id, warning) for warning in (select.warnings if select else ()))
    return trees, selects


def _given(select: Select | None) -> Kind:
    """Return what a metric or a Metrics Insights query gives."""
    return Kind.ARRAY if select and select.keys else Kind.SERIES


def _check_results(
    queries: Sequence[MetricQuery], known: KnownRows, trees: Mapping[str, Node], findings: Findings
) -> None:
    for query in queries:
        if query.return_data and known.kinds[query.id] is Kind.SCALAR:
            scalar_result(query, trees[query.id], findings)


def _check_number_of_selects(selects: Mapping[str, Select | None], findings: Findings) -> None:
    first, *others = list(selects) or [""]
    for row_id in others:
        select = selects[row_id]
        if select is not None:
            message = f"a request has one Metrics Insights query; {first} is one already"
            findings.error(row_id, Diagnostic("math-many-selects", message, select.span))
