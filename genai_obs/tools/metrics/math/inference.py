"""What each part of an expression gives, found without evaluating it; and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from genai_obs.tools.metrics.math.calls import CallChecker
from genai_obs.tools.metrics.math.functions import FUNCTIONS, NEEDS_AWS
from genai_obs.tools.metrics.math.kinds import NUMERIC, Kind
from genai_obs.tools.metrics.math.names import unknown_name
from genai_obs.tools.metrics.math.operators import ARITHMETIC
from genai_obs.tools.metrics.math.problems import Findings
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
    fold,
    postorder,
)
from genai_obs.tools.metrics.queries import MetricQuery
from genai_obs.tools.text.cursor import shown
from genai_obs.tools.text.diagnostics import Diagnostic
from genai_obs.tools.text.source import Span


@dataclass(slots=True)
class KnownRows:
    """
    What is known of the rows of a request, which grows row by row.

    Args:
        queries: The rows, by id.

        kinds: What those that were looked at give; None where a mistake makes that unknown.

        discouraged: Their calls that alarms had better do without.
    """

    queries: Mapping[str, MetricQuery]
    kinds: dict[str, Kind | None] = field(default_factory=dict)
    discouraged: dict[str, list[Call]] = field(default_factory=dict)


def infer_kind(row_id: str, tree: Node, known: KnownRows, findings: Findings) -> Kind | None:
    """Return what a row's expression gives; None when a mistake makes that unknown."""
    return _Inference(row_id, tree, known, findings).kind()


class _Inference:
    """Goes through one tree."""

    def __init__(self, row_id: str, tree: Node, known: KnownRows, findings: Findings) -> None:
        self._row_id = row_id
        self._tree = tree
        self._known = known
        self._findings = findings
        self._calls = CallChecker(row_id, known.queries, findings)
        self._words = self._calls.words(tree)
        self._lists_for_aws = _lists_for_aws(tree)

    def kind(self) -> Kind | None:
        found = fold(self._tree, self._combine)
        if found in {Kind.TEXT, Kind.WORD}:
            self._wrong(self._tree, "a text or a word is no result")
            return None
        return found

    def _combine(self, node: Node, operands: Sequence[Kind | None]) -> Kind | None:
        match node:
            case Number():
                return Kind.SCALAR
            case Text():
                return Kind.TEXT
            case Name():
                return self._name(node)
            case Call():
                return self._call(node, operands)
            case Listed():
                return self._listed(node, operands)
            case Negative():
                return self._operand(node.operand, operands[0])
            case Binary():
                return self._binary(node, operands)
            case Broken():
                return None

    def _name(self, node: Name) -> Kind | None:
        if node.span in self._words:
            return Kind.WORD
        if node.text in self._known.queries:
            return self._known.kinds.get(node.text)
        self._findings.add(self._row_id, [unknown_name(node, self._known.queries)])
        # An id that is not there would most likely be a metric; so further mistakes come to light.
        return Kind.SERIES

    def _call(self, node: Call, operands: Sequence[Kind | None]) -> Kind | None:
        found = self._calls.kind(node, operands)
        function = FUNCTIONS.get(node.name)
        # A reducer of an array gives a series, and there is nothing wrong with that in an alarm.
        if function and function.in_alarm and (function.group != "Reducers" or found is Kind.SCALAR):
            self._known.discouraged.setdefault(self._row_id, []).append(node)
        return found

    def _listed(self, node: Listed, operands: Sequence[Kind | None]) -> Kind | None:
        if node.span in self._lists_for_aws:
            return Kind.ARRAY
        if not operands:
            self._wrong(node, "an array needs at least one series")
        for item, kind in zip(node.items, operands, strict=True):
            if kind is not None and kind is not Kind.SERIES:
                self._wrong(item, f"an array is written of time series; this is {kind.value}")
        return Kind.ARRAY

    def _operand(self, node: Node, kind: Kind | None) -> Kind | None:
        if kind is None or kind in NUMERIC:
            return kind
        self._wrong(node, f"this is {kind.value}; operators take numbers and time series")
        return None

    def _binary(self, node: Binary, operands: Sequence[Kind | None]) -> Kind | None:
        left, right = self._operand(node.left, operands[0]), self._operand(node.right, operands[1])
        if left is Kind.ARRAY and right is Kind.ARRAY:
            self._wrong(node, f"{node.operator} takes no two arrays", "reduce one of them, as in SUM(array)")
            return Kind.ARRAY
        if Kind.ARRAY in {left, right} and node.operator not in ARITHMETIC:
            self._wrong(node, f"{node.operator} takes numbers and single time series, no array")
            return Kind.ARRAY
        return _stronger(left, right)

    def _wrong(self, node: Node, message: str, hint: str | None = None) -> None:
        self._findings.error(self._row_id, Diagnostic("math-wrong-kind", message, node.span, hint))


def _lists_for_aws(tree: Node) -> frozenset[Span]:
    """Return where lists stand that only AWS looks into, such as several counters of a database."""
    return frozenset(
        argument.span
        for call in postorder(tree)
        if isinstance(call, Call) and call.name in NEEDS_AWS
        for argument in call.arguments
        if isinstance(argument, Listed)
    )


def _stronger(left: Kind | None, right: Kind | None) -> Kind | None:
    for kind in (Kind.ARRAY, None, Kind.SERIES):
        if kind in {left, right}:
            return kind
    return Kind.SCALAR


def scalar_result(query: MetricQuery, tree: Node, findings: Findings) -> None:
    """Add the mistake that an answer is a single number, and what was probably meant."""
    text = query.expression or ""
    # Parentheses around the whole belong to it, though to no node.
    span = Span(len(text) - len(text.lstrip()), len(text.rstrip()))
    message = "the result is a single number; only time series can be shown or watched"
    findings.error(query.id, Diagnostic("math-scalar-result", message, span, _instead(tree)))


def _instead(tree: Node) -> str:
    reducer = next((node for node in _reducing_calls(tree)), None)
    if reducer is None:
        return "TIME_SERIES(…) makes a line of it"
    function = reducer.name.upper()
    line = "TIME_SERIES(…) makes a flat line of it"
    within = reducer.arguments[0]
    name = within.text if isinstance(within, Name) else "…"
    return (
        f"{function}({shown(name)[1:-1]}) is one number for the whole range: for a value in each period leave "
        f"{function}() out and give the row the statistic {STATISTICS[function]}; {line}"
    )


def _reducing_calls(tree: Node) -> list[Call]:
    return [
        node
        for node in postorder(tree)
        if isinstance(node, Call) and node.name.upper() in STATISTICS and node.arguments
    ]


# Reducer -> the statistic that gives the same of each period.
STATISTICS = {"SUM": "Sum", "AVG": "Average", "MIN": "Minimum", "MAX": "Maximum", "DATAPOINT_COUNT": "SampleCount"}
