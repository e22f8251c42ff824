"""A query as a plan: the stages of SQL, what they read, and how its result is shown."""

import re
from dataclasses import dataclass, replace

from genai_obs.tools.insights.checks.normalise import normalise
from genai_obs.tools.insights.checks.query import check_query
from genai_obs.tools.insights.events.scan import Demand, Scanner
from genai_obs.tools.insights.language.parser import parse_query
from genai_obs.tools.insights.language.syntax import Diff, Field, Pattern, Query
from genai_obs.tools.insights.sql.expressions import CompileProblem
from genai_obs.tools.insights.sql.values import Kind, Sql, as_shown
from genai_obs.tools.insights.stages.commands import add_stage
from genai_obs.tools.insights.stages.pipeline import DEFAULT_LIMIT, MOST_ROWS, Pipeline
from genai_obs.tools.insights.stages.ranges import ranges_of
from genai_obs.tools.insights.stages.scope import StageScope
from genai_obs.tools.text.diagnostics import Diagnostic, TextError
from genai_obs.tools.text.source import Source, Span

_FIELD_COLUMN = re.compile(r"\b[fn][0-9]+\b")


@dataclass(frozen=True, slots=True)
class TimeRange:
    """Which events count, by ``@timestamp`` in milliseconds, both ends inclusive; None is open."""

    start_ms: int | None = None
    end_ms: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether events without a time count too."""
        return self.start_ms is None and self.end_ms is None


@dataclass(frozen=True, slots=True)
class Plan:
    """
    A compiled query.

    Args:
        query: Its tree, as it is run.

        warnings: What the user should know.

        pipeline: The stages after the first.

        read_range: The events to read; wider than asked for under ``diff``.

        columns: Result columns by name.

        limit: Rows at most.

        limit_is_default: Whether nobody chose the limit.
    """

    query: Query
    warnings: tuple[str, ...]
    pipeline: Pipeline
    read_range: TimeRange
    columns: dict[str, Sql]
    limit: int
    limit_is_default: bool

    @property
    def demand(self) -> Demand:
        """What the first stage must read."""
        return self.pipeline.scope.demand

    def sql(self, scanner: Scanner) -> str:
        """Return the whole statement over one way of reading; one row more than the limit tells of a cut."""
        texts = [as_shown(sql) if sql.kind is Kind.JSON else sql.text for sql in self.columns.values()]
        shown = ",\n  ".join(f"{text} AS r{place}" for place, text in enumerate(texts, 1))
        order = self.pipeline.order_by().replace("\n  ", "\n")
        # Every macro that a statement names is created first, so what nobody reads is not even mentioned.
        used = _FIELD_COLUMN.findall("\n".join((*(sql for _, sql in self.pipeline.stages), shown, order)))
        demand = replace(self.demand, used=frozenset(used))
        stages = [("events", self._events(scanner, demand)), *self.pipeline.stages]
        named = ",\n".join(f"{name} AS (\n  {sql}\n)" for name, sql in stages)
        return f"WITH {named}\nSELECT\n  {shown}\nFROM {self.pipeline.current}{order}\nLIMIT {self.limit + 1}"

    def _events(self, scanner: Scanner, demand: Demand) -> str:
        wanted = self.read_range
        if wanted.is_open:
            return scanner.relation(demand)
        bounds = [f"t >= {wanted.start_ms}"] if wanted.start_ms is not None else []
        bounds += [f"t <= {wanted.end_ms}"] if wanted.end_ms is not None else []
        return f"SELECT *\n  FROM ({scanner.relation(demand)})\n  WHERE {' AND '.join(bounds)}"


def compile_query(text: str, *, wanted: TimeRange, now_ms: int, limit: int | None) -> Plan:
    """
    Compile a query for the laptop.

    Args:
        text: The query.

        wanted: Which events count.

        now_ms: What ``now()`` says.

        limit: Rows at most, whatever the query says; None leaves it to the query and then to CloudWatch's default.

    Raises:
        TextError: The query cannot be run; it lists every problem found.
    """
    parsed = parse_query(text)
    warnings = tuple(warning.render(Source(text), "warning") for warning in check_query(parsed))
    query = normalise(parsed)
    scope = StageScope(Demand(), now_ms, wanted.start_ms, wanted.end_ms)
    pipeline = Pipeline(scope)
    try:
        read_range = _read_range(query, pipeline, wanted)
        for command in query.commands:
            add_stage(pipeline, command)
        columns = _columns(pipeline)
        pipeline.order_by()
    except CompileProblem as problem:
        raise TextError(Source(text), [Diagnostic(problem.slug, str(problem), problem.span, problem.hint)]) from None
    if not read_range.is_open:
        scope.demand.system.add("t")
    default = None if pipeline.limited or limit is not None else DEFAULT_LIMIT
    return Plan(
        query,
        warnings,
        pipeline,
        read_range,
        columns,
        min(limit or MOST_ROWS, default or MOST_ROWS, MOST_ROWS),
        default is not None,
    )


def _read_range(query: Query, pipeline: Pipeline, wanted: TimeRange) -> TimeRange:
    """Return which events to read; a ``diff`` right after a ``pattern`` also reads the range it compares with."""
    for before, command in zip(query.commands, query.commands[1:], strict=False):
        if isinstance(before, Pattern) and isinstance(command, Diff):
            pipeline.ranges = ranges_of(command, wanted.start_ms, wanted.end_ms)
            return TimeRange(pipeline.ranges.earlier_start_ms, pipeline.ranges.end_ms)
    return wanted


def _columns(pipeline: Pipeline) -> dict[str, Sql]:
    """Return the result columns: those chosen, or the outputs of an aggregation, or time and message."""
    names = pipeline.scope.names
    if pipeline.shown is not None:
        return {name: names.get(name, sql) for name, sql in pipeline.shown.items()}
    if not pipeline.scope.is_open:
        return dict(names)
    nowhere = Span(0, 0)
    return {name: pipeline.scope.resolve(Field(nowhere, (name,))) for name in ("@timestamp", "@message")}
