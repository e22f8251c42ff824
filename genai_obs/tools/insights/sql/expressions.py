"""Expressions of a query as SQL."""

from collections.abc import Callable
from typing import Any

from genai_obs.tools.insights.functions.aggregate_table import AGGREGATES
from genai_obs.tools.insights.functions.calls import Arguments, CompileProblem, Scope
from genai_obs.tools.insights.functions.table import FUNCTIONS
from genai_obs.tools.insights.language.syntax import (
    Access,
    Binary,
    Boolean,
    Call,
    Expression,
    Field,
    In,
    Like,
    Negative,
    Not,
    Number,
    Period,
    Regex,
    String,
)
from genai_obs.tools.insights.sql.comparisons import (
    compare,
    contains,
    equals_in_filter,
    is_one_of,
    matches,
    negated_search,
)
from genai_obs.tools.insights.sql.let import macro
from genai_obs.tools.insights.sql.regex import checked_pattern, re2_pattern
from genai_obs.tools.insights.sql.text import is_number_text
from genai_obs.tools.insights.sql.values import (
    Kind,
    Sql,
    as_boolean,
    as_number,
    boolean,
    finite,
    json_access,
    number,
    number_constant,
    text_constant,
)

__all__ = [
    "CompileProblem",
    "Compiler",
    "Scope",
    "checked_pattern",
    "compile_condition",
    "compile_expression",
    "json_access",
    "re2_pattern",
]

_ARITHMETIC = frozenset("+-*/%^")

# Deeper trees would exhaust Python's stack and DuckDB's; nobody writes such a query by hand.
_MAXIMUM_DEPTH = 60
_MAXIMUM_TERMS = 400


def compile_expression(expression: Expression, scope: Scope) -> Sql:
    """
    Return an expression as SQL.

    Raises:
        CompileProblem: It has no meaning here, such as a period outside of ``bin``, or an aggregate outside ``stats``.
    """
    return Compiler(scope).value(expression)


def compile_condition(expression: Expression, scope: Scope) -> str:
    """Return the SQL of a filter's condition: a row is kept where it is true, not where it is false or unknown."""
    return Compiler(scope).condition(expression)


class Compiler:
    """Compiles expressions over the names of one scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._depth = 0

    def value(self, node: Expression) -> Sql:
        """Return the SQL of an expression."""
        self._depth += 1
        if self._depth > _MAXIMUM_DEPTH:
            raise CompileProblem("expression-too-deep", "this expression is nested too deeply", node.span)
        try:
            return _WRITERS[type(node)](self, node)
        finally:
            self._depth -= 1

    def condition(self, node: Expression) -> str:
        """Return the SQL of an expression of which only the truth counts."""
        if isinstance(node, Binary) and node.operator in {"and", "or"}:
            terms = [self.condition(term) for term in _chain(node)]
            return f"({f' {node.operator.upper()} '.join(terms)})"
        if isinstance(node, Binary) and node.operator == "=":
            left, right = self.value(node.left), self.value(node.right)
            return equals_in_filter(left, right) or compare("=", left, right).text
        return as_boolean(self.value(node))

    def arguments(self, call: Call) -> Arguments:
        """Return the arguments of a call."""
        return Arguments(call, self.scope, self.value)

    def number(self, node: Number) -> Sql:
        """Return a number of the query."""
        if not is_number_text(node.text):
            raise CompileProblem("number-too-large", "this number is larger than a double can be", node.span)
        return number_constant(float(node.text))

    def string(self, node: String) -> Sql:
        """Return a text of the query."""
        return text_constant(node.value)

    def truth(self, node: Boolean) -> Sql:
        """Return ``true`` or ``false`` as what JSON's are stored as: 1 or 0 (documented)."""
        return number_constant(float(node.value))

    def misplaced(self, node: Period | Regex) -> Sql:
        """Refuse what is no value."""
        if isinstance(node, Period):
            raise CompileProblem("misplaced-period", "a period belongs into bin() and the like", node.span)
        raise CompileProblem("misplaced-regex", "a regular expression belongs after like or =~", node.span)

    def field(self, node: Field) -> Sql:
        """Return what a name means."""
        return self.scope.resolve(node)

    def access(self, node: Access) -> Sql:
        """Return a place inside a map or a list; a discovered list has its places as fields: ``items.0``."""
        parts = self._place_of_discovered(node)
        if parts is not None:
            return self.field(Field(node.span, parts))
        return json_access(self.value(node.operand), node.key)

    def _place_of_discovered(self, node: Expression) -> tuple[str, ...] | None:
        """Return the name of a place below a field that is no map and no list of the query's making."""
        if isinstance(node, Access):
            parts = self._place_of_discovered(node.operand)
            return None if parts is None else (*parts, str(node.key))
        if isinstance(node, Field) and self.value(node).kind is not Kind.JSON:
            return node.parts
        return None

    def call(self, node: Call) -> Sql:
        """Return what a function gives."""
        function = FUNCTIONS.get(node.function)
        if function is not None:
            return function.write(self.arguments(node))
        if node.function in AGGREGATES:
            shown = AGGREGATES[node.function].shown
            raise CompileProblem("aggregate-outside-stats", f"{shown}() works in stats only", node.span)
        raise CompileProblem("unknown-function", f'there is no function "{node.function}"', node.span)

    def negation(self, node: Not) -> Sql:
        """Return ``not``: unknown stays unknown."""
        return boolean(f"(NOT {as_boolean(self.value(node.operand))})")

    def binary(self, node: Binary) -> Sql:
        """Return arithmetic, a comparison, or a connection of conditions."""
        if node.operator in _ARITHMETIC:
            return number(finite(self._raw(node)))
        if node.operator in {"and", "or"}:
            terms = [as_boolean(self.value(term)) for term in _chain(node)]
            return boolean(f"({f' {node.operator.upper()} '.join(terms)})")
        return compare(node.operator, self.value(node.left), self.value(node.right))

    def negative(self, node: Negative) -> Sql:
        """Return a number with its sign changed."""
        operand = self.value(node.operand)
        if isinstance(operand.literal, float):
            return number_constant(-operand.literal)
        return number(f"(-{as_number(operand)})")

    def _raw(self, node: Expression) -> str:
        """
        Return the SQL of arithmetic whose result may be infinite or not a number.

        Only at its end that becomes absent. In between it stays what it is, except where an infinite operand would
        give a finite result: there the remainder by infinity, which leaves finite numbers alone, makes it NaN.
        """
        spine = []
        while isinstance(node, Binary) and node.operator in _ARITHMETIC:
            spine.append(node)
            node = node.left
        if len(spine) > _MAXIMUM_TERMS:
            raise CompileProblem("expression-too-deep", "this sum has too many terms", spine[0].span)
        sql = as_number(self.value(node))
        for step in reversed(spine):
            sql = self._step(step, sql, self._operand(step.right))
        return sql

    def _operand(self, node: Expression) -> str:
        if not isinstance(node, Binary) or node.operator not in _ARITHMETIC:
            return as_number(self.value(node))
        self._depth += 1
        if self._depth > _MAXIMUM_DEPTH:
            raise CompileProblem("expression-too-deep", "this expression is nested too deeply", node.span)
        try:
            return self._raw(node)
        finally:
            self._depth -= 1

    @staticmethod
    def _step(node: Binary, left: str, right: str) -> str:
        if node.operator == "^":
            return macro("q_power", left, right)
        if node.operator in {"/", "%"} and isinstance(node.right, Binary):
            right = f"({right} % 'inf'::DOUBLE)"
        return f"({left} {node.operator} {right})"

    def like(self, node: Like) -> Sql:
        """Return a search: a text is a substring, a pattern is found anywhere."""
        operand = self.value(node.operand)
        if isinstance(node.pattern, String):
            found = contains(operand, node.pattern.value)
        else:
            found = matches(operand, checked_pattern(node.pattern.pattern, node.pattern.span))
        return boolean(negated_search(operand, found) if node.negated else found)

    def membership(self, node: In) -> Sql:
        """Return whether a value is one of several."""
        found = is_one_of(self.value(node.operand), [self.value(option) for option in node.options])
        return boolean(f"(NOT {found.text})") if node.negated else found


def _chain(node: Binary) -> list[Expression]:
    """Return the terms of a chain of the same ``and`` or ``or``, in order, however it nests."""
    terms: list[Expression] = []
    waiting: list[Expression] = [node]
    while waiting:
        term = waiting.pop()
        if isinstance(term, Binary) and term.operator == node.operator:
            waiting += [term.right, term.left]
        else:
            terms.append(term)
    return terms


_WRITERS: dict[type, Callable[[Compiler, Any], Sql]] = {
    Access: lambda compiler, node: compiler.access(node),
    Binary: lambda compiler, node: compiler.binary(node),
    Boolean: lambda compiler, node: compiler.truth(node),
    Call: lambda compiler, node: compiler.call(node),
    Field: lambda compiler, node: compiler.field(node),
    In: lambda compiler, node: compiler.membership(node),
    Like: lambda compiler, node: compiler.like(node),
    Negative: lambda compiler, node: compiler.negative(node),
    Not: lambda compiler, node: compiler.negation(node),
    Number: lambda compiler, node: compiler.number(node),
    Period: lambda compiler, node: compiler.misplaced(node),
    Regex: lambda compiler, node: compiler.misplaced(node),
    String: lambda compiler, node: compiler.string(node),
}
