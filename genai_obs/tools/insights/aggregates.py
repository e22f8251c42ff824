"""Expressions of ``stats``: aggregates, arithmetic over them, and aliases of the same command."""

from collections.abc import Mapping

from genai_obs.tools.insights.aggregate_table import AGGREGATES
from genai_obs.tools.insights.calls import CompileProblem, Scope
from genai_obs.tools.insights.expressions import Compiler
from genai_obs.tools.insights.sql_values import Sql
from genai_obs.tools.insights.syntax import Call, Expression, Field

__all__ = ["AGGREGATES", "compile_aggregate_expression"]


def compile_aggregate_expression(expression: Expression, scope: Scope, aliases: Mapping[str, Sql]) -> Sql:
    """
    Return one item of ``stats`` as SQL over a group.

    Args:
        expression: An aggregate, or an expression over aggregates, constants, group keys and earlier aliases.

        scope: The names that aggregates may read.

        aliases: What group keys and earlier items of the same command mean, as SQL over the group.

    Raises:
        CompileProblem: It names a field outside of an aggregate, or nests aggregates.
    """
    return _GroupCompiler(scope, aliases).value(expression)


class _GroupCompiler(Compiler):
    """Compiles over one group: names are aliases, and the arguments of an aggregate are compiled over its events."""

    def __init__(self, scope: Scope, aliases: Mapping[str, Sql]) -> None:
        super().__init__(scope)
        self._aliases = aliases

    def call(self, node: Call) -> Sql:
        """Return an aggregate, or a function of some."""
        aggregate = AGGREGATES.get(node.function)
        if aggregate is None:
            return super().call(node)
        return aggregate.write(Compiler(self.scope).arguments(node))

    def field(self, node: Field) -> Sql:
        """Return what an alias of the same command means."""
        known = self._aliases.get(node.name)
        if known is None:
            raise CompileProblem(
                "field-outside-aggregate",
                f'"{node.name}" has many values in a group',
                node.span,
                f"such as latest({node.name}), or group by it",
            )
        return known
