"""What a name means at one stage of a query: an alias, a system field, or a field discovered in the JSON."""

from dataclasses import dataclass, field

from genai_obs.tools.insights.events.scan import SYSTEM_COLUMNS, Demand
from genai_obs.tools.insights.language.syntax import Field
from genai_obs.tools.insights.sql.expressions import CompileProblem
from genai_obs.tools.insights.sql.values import Kind, Sql, json_access

# System field -> column of the first stage and how it is read.
_SYSTEM_FIELDS = {
    "@timestamp": Sql("t", Kind.TIME),
    "@ingestionTime": Sql("i", Kind.TIME),
    "@logStream": Sql("s", Kind.TEXT),
    "@log": Sql("l", Kind.TEXT),
    "@message": Sql("m", Kind.TEXT),
}

# Fields that CloudWatch makes of Lambda's platform lines: numbers where they measure something.
PLATFORM_FIELDS = {
    "@type": Kind.TEXT,
    "@requestId": Kind.TEXT,
    "@xrayTraceId": Kind.TEXT,
    "@duration": Kind.NUMBER,
    "@billedDuration": Kind.NUMBER,
    "@initDuration": Kind.NUMBER,
    "@maxMemoryUsed": Kind.NUMBER,
    "@memorySize": Kind.NUMBER,
}


@dataclass(slots=True)
class StageScope:
    """
    The names that a stage may use.

    Args:
        demand: Collects what the first stage must read.

        now_ms: The time of the query.

        start_ms: Start of the range, inclusive; None when the query has none.

        end_ms: End of the range, inclusive; None when the query has none.

        names: Aliases, extracted names and outputs → columns of the present stage.

        is_open: Whether events still have all their fields; after a ``stats`` only its outputs are left.
    """

    demand: Demand
    now_ms: int
    start_ms: int | None = None
    end_ms: int | None = None
    names: dict[str, Sql] = field(default_factory=dict)
    is_open: bool = True

    def resolve(self, field: Field) -> Sql:
        """
        Return the SQL of a name.

        Raises:
            CompileProblem: The stage knows no such name.
        """
        known = self.names.get(field.name)
        if known is not None:
            return known
        for cut in range(len(field.parts) - 1, 0, -1):
            base = self.names.get(".".join(field.parts[:cut]))
            if base is not None and base.kind is Kind.JSON:
                return self._within(base, field.parts[cut:])
        if not self.is_open:
            raise CompileProblem(
                "unknown-after-stats",
                f'"{field.name}" is no output of the stats before it',
                field.span,
                f"its outputs are {', '.join(self.names)}",
            )
        return self._of_the_event(field)

    @staticmethod
    def _within(base: Sql, keys: tuple[str, ...]) -> Sql:
        for key in keys:
            base = json_access(base, int(key) if key.isascii() and key.isdigit() else key)
        return base

    def _of_the_event(self, field: Field) -> Sql:
        name = field.name
        if name in _SYSTEM_FIELDS:
            column = _SYSTEM_FIELDS[name]
            self.demand.system.add(column.text)
            return column
        if name in PLATFORM_FIELDS:
            return Sql(self.demand.platform_column(name), PLATFORM_FIELDS[name])
        if name.startswith("@") and not name.startswith("@@"):
            # CloudWatch has more system fields than a file can tell, such as @entity and @aws ones.
            return Sql("NULL::VARCHAR", Kind.TEXT)
        number = self.demand.number_of(field.parts)
        return Sql(f"f{number}", Kind.TEXT, number_sql=f"n{number}")

    def order_column(self) -> str:
        """Return the column that settles ties of time."""
        assert "o" in SYSTEM_COLUMNS
        self.demand.system.add("o")
        return "o"
