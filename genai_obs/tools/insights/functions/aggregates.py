"""Expressions of ``stats``: aggregates, arithmetic over them, and aliases of the same command."""

from collections.abc import Mapping
from dataclasses import dataclass

from genai_obs.tools.insights.functions.aggregate_table import AGGREGATES
from genai_obs.tools.insights.functions.calls import CompileProblem, Scope
from genai_obs.tools.insights.language.syntax import Call, Expression, Field
from genai_obs.tools.insights.sql.expressions import Compiler
from genai_obs.tools.insights.sql.values import Sql

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


@dataclass(frozen=True, slots=True)
class _GroupScope:
    """The names that have one value in a group: aliases of the same command."""

    events: Scope
    aliases: Mapping[str, Sql]

    @property
    def now_ms(self) -> int:
        return self.events.now_ms

    @property
    def start_ms(self) -> int | None:
        return self.events.start_ms

    @property
    def end_ms(self) -> int | None:
        return self.events.end_ms

    def resolve(self, field: Field) -> Sql:
        known = self.aliases.get(field.name)
        if known is None:
            raise CompileProblem(
                "not-aggregated",
                f'"{field.name}" has many values in a group',
                field.span,
                f"such as latest({field.name}), or group by it",
            )
        return known


class _GroupCompiler(Compiler):
    """Compiles over one group; the arguments of an aggregate are compiled over its events."""

    def __init__(self, events: Scope, aliases: Mapping[str, Sql]) -> None:
        super().__init__(_GroupScope(events, aliases))
        self._events = events

    def call(self, node: Call) -> Sql:
        """Return an aggregate, or a function of some."""
        aggregate = AGGREGATES.get(node.function)
        if aggregate is None:
            return super().call(node)
        return aggregate.write(Compiler(self._events).arguments(node))
