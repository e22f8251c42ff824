"""What an expression gives on one row, and over one group of rows."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from genai_obs.tools.insights.language import syntax
from insights_oracle import aggregates, periods, times
from insights_oracle.discovery import leaf_text
from insights_oracle.functions import ARITHMETIC, FUNCTIONS, MOMENT_FUNCTIONS, Moment, moment_function
from insights_oracle.values import Time, Value, compared, number_of, text_of, truth_of

Row: TypeAlias = dict[str, Value]

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class NotSupportedError(Exception):
    """The oracle has no opinion on this."""


class RowEvaluator:
    """Evaluates expressions on one row."""

    def __init__(self, row: Mapping[str, Value], moment: Moment) -> None:
        self.row = row
        self.moment = moment

    def value(self, node: syntax.Expression) -> Value:
        """Return what an expression gives here."""
        evaluate: Callable[[Any], Value] = getattr(self, f"_{type(node).__name__.lower()}")
        return evaluate(node)

    def holds(self, node: syntax.Expression) -> bool:
        """Return whether a condition is true: not false, not unknown."""
        return truth_of(self.value(node)) is True

    def _number(self, node: syntax.Number) -> Value:
        return float(node.text)

    def _string(self, node: syntax.String) -> Value:
        return node.value

    def _boolean(self, node: syntax.Boolean) -> Value:
        return node.value

    def _period(self, node: syntax.Period) -> Value:
        raise NotSupportedError(node)

    _regex = _period

    def _field(self, node: syntax.Field) -> Value:
        return find(self.row, node.parts)

    def _access(self, node: syntax.Access) -> Value:
        return entered(self.value(node.operand), str(node.key))

    def _negative(self, node: syntax.Negative) -> Value:
        return ARITHMETIC["-"](0.0, self.value(node.operand))

    def _not(self, node: syntax.Not) -> Value:
        return _negated(truth_of(self.value(node.operand)))

    def _binary(self, node: syntax.Binary) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        if node.operator in ARITHMETIC:
            return ARITHMETIC[node.operator](left, right)
        if node.operator in _COMPARISONS:
            return compared(left, right, _COMPARISONS[node.operator])
        return _connected(truth_of(left), truth_of(right), node.operator == "or")

    def _like(self, node: syntax.Like) -> Value:
        operand = self.value(node.operand)
        if operand is None:
            return None
        text = text_of(operand)
        if text is None:
            return False
        return found_in(text, node.pattern) != node.negated

    def _in(self, node: syntax.In) -> Value:
        operand = self.value(node.operand)
        if operand is None:
            return None
        found: bool | None = False
        for option in node.options:
            found = _connected(found, compared(operand, self.value(option), operator.eq), dominant=True)
        return _negated(found) if node.negated else found

    def _call(self, node: syntax.Call) -> Value:
        if node.function in MOMENT_FUNCTIONS:
            return moment_function(node.function, self.moment)
        if node.function in {"bin", "datefloor", "dateceil"}:
            return self._rounded_time(node)
        if node.function not in FUNCTIONS:
            raise NotSupportedError(node.function)
        return FUNCTIONS[node.function](*map(self.value, node.arguments))

    def _rounded_time(self, node: syntax.Call) -> Value:
        period = node.arguments[-1]
        assert isinstance(period, syntax.Period)
        time = self.row.get("@timestamp") if node.function == "bin" else self.value(node.arguments[0])
        return (times.date_ceil if node.function == "dateceil" else times.date_floor)(time, period)


class GroupEvaluator(RowEvaluator):
    """Evaluates a stats item: aggregates over the group's rows, the rest over keys and earlier aliases."""

    def __init__(self, rows: Sequence[Row], named: Mapping[str, Value], moment: Moment) -> None:
        super().__init__(named, moment)
        self.rows = rows

    def _call(self, node: syntax.Call) -> Value:
        return self._aggregate(node) if node.function in aggregates.AGGREGATES else super()._call(node)

    def _aggregate(self, node: syntax.Call) -> Value:
        if node.function == "count" and (not node.arguments or isinstance(node.arguments[0], syntax.Number)):
            return float(len(self.rows))
        timed = [
            (row.get("@timestamp"), value)
            for row in self.rows
            if (value := RowEvaluator(row, self.moment).value(node.arguments[0])) is not None
        ]
        values = [value for _, value in timed]
        if node.function in {"earliest", "latest"}:
            return aggregates.by_time(timed, latest=node.function == "latest")
        if node.function == "count":
            return aggregates.count(values)
        if node.function == "pct":
            return aggregates.percentile(values, number_of(self.value(node.arguments[1])) or 0.0)
        return aggregates.PLAIN[node.function](values)


def find(row: Mapping[str, Value], parts: Sequence[str]) -> Value:
    """Return the value of a dotted name: a field of that name, or a place inside a map or list."""
    for end in range(len(parts), 0, -1):
        value = row.get(".".join(parts[:end]))
        if value is not None:
            for part in parts[end:]:
                value = entered(value, part)
            return value
    return None


def entered(value: Value, key: str) -> Value:
    """Return what a map or list holds there."""
    inner: Any = None
    if isinstance(value, dict):
        inner = value.get(key)
    elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
        inner = value[int(key)]
    return inner if isinstance(inner, dict | list) else leaf_text(inner)


def found_in(text: str, pattern: syntax.String | syntax.Regex) -> bool:
    """Return whether a text holds a substring or a match."""
    if isinstance(pattern, syntax.String):
        return pattern.value in text
    return re.search(pattern.pattern, text) is not None


def rounded_bin(row: Mapping[str, Value], period: syntax.Period, offset: syntax.Period) -> Value:
    """Return the start of a bin that begins later by an offset."""
    number = number_of(row.get("@timestamp"))
    return None if number is None else Time(periods.floor_to(int(number), period, periods.period_ms(offset)))


def _negated(truth: bool | None) -> bool | None:
    return None if truth is None else not truth


def _connected(left: bool | None, right: bool | None, dominant: bool) -> bool | None:
    """Return ``or`` where true dominates, ``and`` where false does; unknown unless the dominant one decides."""
    if dominant in {left, right}:
        return dominant
    return None if None in {left, right} else not dominant
