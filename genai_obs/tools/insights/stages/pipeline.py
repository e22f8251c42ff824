"""The SQL of a query in the making: one named subquery a stage, and what is known between two stages."""

from dataclasses import dataclass, field

from genai_obs.tools.insights.language.syntax import Expression, Item, Period
from genai_obs.tools.insights.language.syntax import Field as FieldNode
from genai_obs.tools.insights.sql.expressions import compile_expression
from genai_obs.tools.insights.sql.values import Kind, Sql
from genai_obs.tools.insights.stages.ranges import Ranges
from genai_obs.tools.insights.stages.scope import StageScope

# How many rows a query without a limit gives, and the most that one can ask for: CloudWatch's.
DEFAULT_LIMIT = 10_000
MOST_ROWS = 100_000


@dataclass(slots=True)
class Pipeline:
    """
    Stages so far.

    Args:
        scope: The names known after the last stage.

        stages: Name and SQL of each stage after the first, which is written last and called ``events``.

        order: SQL expressions that order the rows, the first deciding; empty where rows have no order.

        shown: Result columns so far; None while no command has chosen any.

        displayed: Whether ``display`` chose them, which no ``fields`` changes.

        limited: Whether the query has a limit of its own.

        ranges: The two ranges of time that a ``diff`` compares; None without one.

        groups: Outputs of the last ``stats`` that group, each with its period when it is a ``bin``.
    """

    scope: StageScope
    stages: list[tuple[str, str]] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    shown: dict[str, Sql] | None = None
    displayed: bool = False
    limited: bool = False
    ranges: Ranges | None = None
    groups: dict[str, Period | None] = field(default_factory=dict)
    _columns: int = 0

    @property
    def current(self) -> str:
        """The name of the last stage."""
        return self.stages[-1][0] if self.stages else "events"

    def add(self, sql: str) -> None:
        """Add a stage; ``sql`` reads from ``current`` as it was."""
        self.stages.append((f"stage_{len(self.stages) + 1}", sql))

    def extend(self, columns: list[str], *, after: str = "") -> None:
        """Add a stage that keeps all columns and computes some more."""
        if columns or after:
            listed = "".join(f",\n    {column}" for column in columns)
            self.add(f"SELECT *{listed}\n  FROM {self.current}{after}")

    def new_column(self) -> str:
        """Return an unused name of a column."""
        self._columns += 1
        return f"c{self._columns}"

    def compile(self, expression: Expression) -> Sql:
        """Return the SQL of an expression over the last stage."""
        return compile_expression(expression, self.scope)

    def define(self, name: str, sql: Sql) -> Sql:
        """Let a name mean some SQL from the next stage on."""
        self.scope.names[name] = sql
        return sql

    def close(self, outputs: dict[str, Sql]) -> None:
        """Let only some outputs be known from here on, and show them."""
        self.scope.names = outputs
        self.scope.is_open = False
        self.shown = None
        self.displayed = False
        self.groups = {}

    def rows_order(self) -> list[str]:
        """Return what orders the rows now: newest events first unless the query says otherwise."""
        if self.order or not self.scope.is_open:
            return self.order
        self.scope.demand.system.add("t")
        return ["t DESC NULLS LAST", f"{self.scope.order_column()} DESC"]

    def order_by(self) -> str:
        """Return the clause that orders rows, or nothing where they have no order."""
        order = self.rows_order()
        return f"\n  ORDER BY {', '.join(order)}" if order else ""

    def select_items(self, items: tuple[Item, ...]) -> dict[str, Sql]:
        """Compute the items of ``fields`` or ``display`` and return the result columns that they name."""
        columns: list[str] = []
        chosen: dict[str, Sql] = {}
        # Names are made known only afterwards: CloudWatch opens a jsonParse result in a later command.
        made: dict[str, Sql] = {}
        for item in items:
            if isinstance(item.expression, FieldNode) and item.alias is None:
                chosen[item.name] = made.get(item.name) or self.compile(item.expression)
                continue
            value = self.compile(item.expression)
            column = self.new_column()
            columns.append(f"{value.text} AS {column}")
            chosen[item.name] = made[item.name] = Sql(column, value.kind)
            if value.kind is not Kind.JSON:
                self.scope.names[item.name] = made[item.name]
        self.extend(columns)
        self.scope.names.update(made)
        return chosen
