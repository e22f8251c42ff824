"""Whether a function gets what it takes."""

from collections.abc import Mapping, Sequence

from genai_obs.tools.metrics.math.functions import FUNCTIONS, NEEDS_AWS
from genai_obs.tools.metrics.math.kinds import Kind
from genai_obs.tools.metrics.math.names import unknown_function
from genai_obs.tools.metrics.math.problems import Findings
from genai_obs.tools.metrics.math.search import check_search
from genai_obs.tools.metrics.math.signature import Function, Parameter
from genai_obs.tools.metrics.math.syntax import Call, Name, Node, Number, Text, postorder
from genai_obs.tools.metrics.queries import MetricQuery
from genai_obs.tools.text.diagnostics import Diagnostic
from genai_obs.tools.text.near import nearest
from genai_obs.tools.text.source import Span


class CallChecker:
    """Checks the calls of one row."""

    def __init__(self, row_id: str, queries: Mapping[str, MetricQuery], findings: Findings) -> None:
        self._row_id = row_id
        self._queries = queries
        self._findings = findings

    def words(self, tree: Node) -> frozenset[Span]:
        """Return the places where a name is a word that a function takes, such as ``REPEAT``."""
        return frozenset(
            argument.span
            for call in postorder(tree)
            if isinstance(call, Call) and call.name in FUNCTIONS
            for argument, parameter in zip(call.arguments, FUNCTIONS[call.name].parameters, strict=False)
            if isinstance(argument, Name) and self._is_word(argument.text, parameter)
        )

    def kind(self, call: Call, kinds: Sequence[Kind | None]) -> Kind | None:
        """Return what a call gives; None when that is not known. Mistakes are added to the findings."""
        if call.name in NEEDS_AWS:
            self._note("math-needs-aws", f"{call.name} needs AWS: {NEEDS_AWS[call.name]}", call.name_span)
            return None
        function = FUNCTIONS.get(call.name)
        if function is None:
            self._findings.add(self._row_id, [unknown_function(call)])
            return self._kind_of_meant(call, kinds)
        if not self._has_right_number(call, function):
            return None
        fits = [
            self._fits(argument, kind, parameter, function)
            for argument, kind, parameter in zip(call.arguments, kinds, function.parameters, strict=False)
        ]
        if function.name == "SEARCH" and all(fits):
            self._check_search(call)
        return self._result(function, kinds, fits)

    def _is_word(self, text: str, parameter: Parameter) -> bool:
        """Return whether a name is meant as a word here: where only words may stand it cannot be an id."""
        if text in self._queries and parameter.kinds != (Kind.WORD,):
            return False
        return bool(parameter.words) and (text.upper() in parameter.words or parameter.kinds == (Kind.WORD,))

    def _kind_of_meant(self, call: Call, kinds: Sequence[Kind | None]) -> Kind | None:
        """Return what the function in upper case would give, so that further mistakes come to light."""
        meant = FUNCTIONS.get(call.name.upper())
        known = [kind for kind in kinds if kind is not None]
        return meant.result(known) if meant and known and len(known) == len(kinds) else None

    @staticmethod
    def _result(function: Function, kinds: Sequence[Kind | None], fits: Sequence[bool]) -> Kind | None:
        known = [kind for kind in kinds if kind is not None]
        return function.result(known) if len(known) == len(kinds) and all(fits) else None

    def _has_right_number(self, call: Call, function: Function) -> bool:
        given, most = len(call.arguments), len(function.parameters)
        if function.fewest <= given <= most:
            return True
        takes = f"{most}" if function.fewest == most else f"{function.fewest} to {most}"
        message = f"{call.name} takes {takes} argument{'' if takes == '1' else 's'}, not {given}"
        self._note("math-arguments", message, call.span, _right_form(function, given))
        return False

    def _fits(self, argument: Node, kind: Kind | None, parameter: Parameter, function: Function) -> bool:
        if parameter.metric and isinstance(argument, Name) and argument.text in self._queries:
            return self._is_metric(argument, function)
        if kind is None:
            return True
        if parameter.metric and isinstance(argument, Name):
            # Nobody knows this id; that has been said.
            return False
        if parameter.metric:
            self._refuse_expression(argument, function)
            return False
        if kind not in parameter.kinds:
            self._wrong_kind(argument, kind, parameter, function)
            return False
        if kind is Kind.WORD:
            return self._is_known_word(argument, parameter, function)
        return self._is_literal(argument, parameter, function)

    def _is_known_word(self, argument: Node, parameter: Parameter, function: Function) -> bool:
        assert isinstance(argument, Name)
        if argument.text in parameter.words:
            return True
        near = nearest(argument.text.upper(), parameter.words)
        message = f"the {parameter.name} of {function.name} is one of {', '.join(parameter.words)}"
        self._note("math-word", message, argument.span, f"write {near}" if near else None)
        return False

    def _is_metric(self, argument: Name, function: Function) -> bool:
        if self._queries[argument.text].stat is not None:
            return True
        self._refuse_expression(argument, function)
        return False

    def _refuse_expression(self, argument: Node, function: Function) -> None:
        if function.name == "ANOMALY_DETECTION_BAND":
            # CloudWatch has bands of expressions (documented); a band of ours is trained on a metric.
            message, hint = "only CloudWatch computes the band of an expression", "give the id of a metric"
            self._note("math-needs-aws", message, argument.span, hint)
            return
        message = f"{function.name} takes the id of a metric, not an expression"
        self._note("math-metric-needed", message, argument.span, "name a row that has a metric and a statistic")

    def _wrong_kind(self, argument: Node, kind: Kind, parameter: Parameter, function: Function) -> None:
        wanted = " or ".join(
            f"one of {', '.join(parameter.words)}" if accepted is Kind.WORD else accepted.value
            for accepted in parameter.kinds
        )
        hint = "TIME_SERIES(…) makes a series of a number" if kind is Kind.SCALAR else None
        hint = "write [m1, m2], METRICS() or SEARCH(…)" if parameter.kinds == (Kind.ARRAY,) else hint
        place = f" as {parameter.name}" if len(function.parameters) > 1 else ""
        message = f"{function.name} takes {wanted}{place}; this is {kind.value}"
        self._note("math-wrong-kind", message, argument.span, hint)

    def _is_literal(self, argument: Node, parameter: Parameter, function: Function) -> bool:
        """Numbers that shape a result are written out, so that they are the same in every evaluation."""
        value = argument.value if isinstance(argument, Number) else None
        if parameter.whole and (value is None or not value.is_integer()):
            wanted = "a whole number, 0 or more"
        elif parameter.positive and not value:
            wanted = "a number above 0"
        else:
            return True
        message = f"the {parameter.name} of {function.name} is {wanted}, written out"
        self._note("math-literal", message, argument.span)
        return False

    def _check_search(self, call: Call) -> None:
        text, statistic = call.arguments[:2]
        assert isinstance(text, Text)
        assert isinstance(statistic, Text)
        errors, warnings = check_search(text, statistic)
        self._findings.add(self._row_id, errors)
        self._findings.warnings.extend((self._row_id, warning) for warning in warnings)

    def _note(self, slug: str, message: str, span: Span, hint: str | None = None) -> None:
        self._findings.error(self._row_id, Diagnostic(slug, message, span, hint))


def _right_form(function: Function, given: int) -> str:
    """Return how a function is written; several series for one that takes one belong in an array."""
    if function.group == "Reducers" and given > 1:
        return f"write {function.name}([m1, m2])"
    names = [f"[{one.name}]" if one.optional else one.name for one in function.parameters]
    return f"write {function.name}({', '.join(names)})"
