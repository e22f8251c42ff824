"""Rules on expressions: functions and their arguments, where aggregates and periods may stand."""

import re

from genai_obs.tools.insights.checks.commands import is_aggregate
from genai_obs.tools.insights.functions.aggregate_table import AGGREGATES
from genai_obs.tools.insights.functions.calls import Function
from genai_obs.tools.insights.functions.table import FUNCTIONS
from genai_obs.tools.insights.language.findings import Findings
from genai_obs.tools.insights.language.foreign import FUNCTIONS as FOREIGN
from genai_obs.tools.insights.language.regex import find_fault
from genai_obs.tools.insights.language.syntax import (
    Call,
    Command,
    Expression,
    Like,
    Number,
    Period,
    Query,
    Regex,
    Sort,
    Stats,
    String,
)
from genai_obs.tools.insights.language.tree import children, expressions, walk
from genai_obs.tools.text.near import nearest

# Function -> which argument is a period.
PERIOD_ARGUMENTS = {"bin": 0, "datefloor": 1, "dateceil": 1, "rate": 1}

# Functions that count rows by a star; AWS documents it of count() only, and the other takes it (observed).
_STARS = frozenset({"count", "countovertime"})

# Function -> which argument is a number in the text, and its range.
_RANGES: dict[str, tuple[int, float, float]] = {"pct": (1, 0, 100), "topk": (0, 1, 10_000)}


def check_expressions(query: Query, findings: Findings) -> None:
    """Find what is wrong with the expressions of a query."""
    for command in query.commands:
        for expression in expressions(command):
            _check_places(expression, command, findings)
            for node in walk(expression):
                _check_node(node, findings)


def _check_node(node: Expression, findings: Findings) -> None:
    if isinstance(node, Call):
        _check_call(node, findings)
    if isinstance(node, Like) and isinstance(node.pattern, Regex):
        _check_pattern(node.pattern, node.pattern.pattern, findings)
    if isinstance(node, Call) and (node.function in PERIOD_ARGUMENTS or _find(node) is None):
        return
    for child in children(node):
        if isinstance(child, Period):
            findings.error("misplaced-period", "a period stands only in bin(), datefloor() and dateceil()", child.span,
                           "write the number of milliseconds")  # fmt: skip


def _check_places(expression: Expression, command: Command, findings: Findings) -> None:
    if isinstance(expression, Period):
        findings.error("misplaced-period", "a period stands only in functions of time", expression.span)
    if isinstance(command, Sort):
        _check_sort_key(expression, findings)
    elif not isinstance(command, Stats):
        for node in walk(expression):
            if is_aggregate(node):
                name = _name(node, findings)
                findings.error("aggregate-outside-stats", f"{name} stands only in stats", node.span,
                               f"write stats {findings.written(node.span)} as name")  # fmt: skip


def _check_sort_key(expression: Expression, findings: Findings) -> None:
    """Refuse calls in ``sort``, as CloudWatch does (observed)."""
    calls = [node for node in walk(expression) if isinstance(node, Call)]
    if calls:
        findings.error("sort-call", "sort takes names, no functions", calls[0].span,
                       "name it with as in a command before, and sort by the name")  # fmt: skip


def _check_call(call: Call, findings: Findings) -> None:
    function = _find(call)
    if function is None:
        _refuse_unknown(call, findings)
        return
    if call.star and call.function not in _STARS:
        findings.error("star", "* stands only in count(*)", call.span, f"write {function.shown}(field)")
    elif not call.star and not _takes(function, len(call.arguments)):
        _refuse_number(call, function, findings)
    else:
        _check_arguments(call, findings)
    if is_aggregate(call) and any(is_aggregate(node) for child in call.arguments for node in walk(child)):
        findings.error("nested-aggregate", "an aggregate takes no aggregate", call.span, "use a second stats")


def _find(call: Call) -> Function | None:
    return AGGREGATES.get(call.function) or FUNCTIONS.get(call.function)


def _takes(function: Function, count: int) -> bool:
    return function.minimum <= count and (function.maximum is None or count <= function.maximum)


def _refuse_number(call: Call, function: Function, findings: Findings) -> None:
    most = function.maximum
    wanted = str(function.minimum)
    if most is None:
        wanted = f"at least {function.minimum}"
    elif most != function.minimum:
        wanted = f"{function.minimum} to {most}"
    hint = None
    if call.function in {"min", "max"} and len(call.arguments) > 1:
        hint = "write greatest() or least() for the largest or smallest of several"
    elif call.function == "bin":
        hint = "write bin(5m); other times take datefloor(time, 5m)"
    elif call.function == "count":
        hint = "write count(*) or countDistinct(field)"
    word = "argument" if wanted == "1" else "arguments"
    message = f"{function.shown}() takes {wanted} {word}, not {len(call.arguments)}"
    findings.error("argument-count", message, call.span, hint)


def _check_arguments(call: Call, findings: Findings) -> None:
    place = PERIOD_ARGUMENTS.get(call.function)
    if place is not None and len(call.arguments) > place:
        _check_period(call, call.arguments[place], findings)
    if call.function in _RANGES and not call.star:
        _check_range(call, findings)
    if call.function == "regexreplace" and isinstance(call.arguments[1], String):
        _check_pattern(call.arguments[1], call.arguments[1].value, findings)


def _check_period(call: Call, argument: Expression, findings: Findings) -> None:
    if not isinstance(argument, Period):
        findings.error("period-needed", f"{_name(call, findings)}() takes a period here, such as 5m", argument.span,
                       "units are ms, s, m, h, d, w, mo, q, y")  # fmt: skip
    elif argument.count == 0:
        findings.error("period-needed", "a period is longer than 0", argument.span)


def _check_range(call: Call, findings: Findings) -> None:
    place, low, high = _RANGES[call.function]
    argument = call.arguments[place]
    value = float(argument.text) if isinstance(argument, Number) else None
    if value is None or not low <= value <= high:
        message = f"{_name(call, findings)}() takes a number from {low:g} to {high:g} here"
        findings.error("argument-range", message, argument.span)


def _check_pattern(node: Expression, pattern: str, findings: Findings) -> None:
    fault = find_fault(pattern)
    if fault:
        findings.error(fault.slug, fault.message, node.span, fault.hint)


def _refuse_unknown(call: Call, findings: Findings) -> None:
    name = _name(call, findings)
    known = {**FUNCTIONS, **AGGREGATES}
    hint = FOREIGN.get(call.function)
    if hint is None and (percentile := re.fullmatch(r"p(\d\d)", call.function)):
        hint = f"did you mean pct(field, {percentile[1]})?"
    if hint is None:
        near = nearest(call.function, [*known, *FOREIGN], likeness=0.7)
        hint = FOREIGN.get(near or "") or (f"did you mean {known[near].shown}()?" if near else None)
    span = call.span
    start = findings.text.find(name, span.start, span.end) if name else -1
    place = type(span)(start, start + len(name)) if start >= 0 else span
    findings.error("unknown-function", f'Logs Insights has no function "{name}"', place, hint)


def _name(call: Expression, findings: Findings) -> str:
    """Return the name of a function as written."""
    assert isinstance(call, Call)
    found = re.match(r"[\s(]*([^\s(]+)", findings.written(call.span))
    return found[1] if found else call.function
