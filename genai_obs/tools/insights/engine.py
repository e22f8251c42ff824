"""Run a query on a laptop: events into DuckDB, rows out."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from genai_obs.errors import GenaiObsError
from genai_obs.tools.insights.events.database import MEMORY_LIMIT, Database, open_database
from genai_obs.tools.insights.events.scan import NO_TIME, ColumnScanner, Scanner, SpoolScanner
from genai_obs.tools.insights.reading import Reading, Workshop, column_scanner, read, why_line_by_line
from genai_obs.tools.insights.result import Column, ColumnKind, Result
from genai_obs.tools.insights.result_text import render_number, render_time
from genai_obs.tools.insights.sql.values import Kind
from genai_obs.tools.insights.stages.explain import render_tree
from genai_obs.tools.insights.stages.plan import Plan, TimeRange, compile_query
from genai_obs.tools.insights.stages.rows import TOO_MANY_BINS
from genai_obs.tools.logs.inputs import Inputs

_KINDS: dict[Kind, ColumnKind] = {Kind.NUMBER: "number", Kind.TIME: "time"}
_ALL_ROWS = 1 << 62


def run_query(
    text: str,
    inputs: Inputs,
    *,
    start_ms: int | None,
    end_ms: int | None,
    now_ms: int,
    limit: int | None = None,
    exact: bool = False,
    store: Path | None = None,
    on_bytes: Callable[[int], None] | None = None,
) -> Result:
    """
    Run a query over log files.

    Args:
        text: The query.

        inputs: Files or events.

        start_ms: Start of the range, inclusive; None for all that is there.

        end_ms: End of the range, inclusive; None for all that is there.

        now_ms: What ``now()`` says, in milliseconds.

        limit: Rows at most; the smaller of it and the query's own limit counts.

        exact: Read each line, also of large files: see ``reading.py``.

        store: Keep what was read in this folder, and use what is kept there; None for neither.

        on_bytes: Told of the bytes read as they are.

    Raises:
        TextError: The query cannot be run.

        GenaiObsError: The input cannot be read, or DuckDB is not installed.
    """
    plan = compile_query(text, wanted=TimeRange(start_ms, end_ms), now_ms=now_ms, limit=limit)
    with _open_workshop() as workshop:
        reading = read(plan, inputs, workshop, exact=exact, store=store, on_bytes=on_bytes)
        try:
            rows = _fetch(workshop.database, plan, reading)
        except _ReadOtherwiseError as error:
            again = read(plan, inputs, workshop, exact=True, on_bytes=on_bytes)
            reading = replace(again, warnings=error.warnings)
            rows = _fetch(workshop.database, plan, reading)
    return _result(plan, reading, rows)


class Session:
    """
    Queries of the same inputs, one after the other: what must be read line by line is read once for all of them.

    Nothing is opened before the first query. Use it with ``with``: its end removes what was written for the queries.
    """

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs
        self._open = ExitStack()
        self._workshop: Workshop | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._workshop = None
        self._open.close()

    def fetch_columns(
        self,
        text: str,
        *,
        start_ms: int | None,
        end_ms: int | None,
        now_ms: int,
        exact: bool = False,
        on_bytes: Callable[[int], None] | None = None,
    ) -> dict[str, Any]:
        """
        Run a query for whoever computes on: all its rows, whatever limit CloudWatch sets, as a NumPy array a column.

        Values are not rendered: a number is a double, a time its milliseconds. An array is masked where its field is
        absent. The arguments are those of ``run_query``.

        Raises:
            TextError: The query cannot be run.

            GenaiObsError: The input cannot be read, or DuckDB is not installed.
        """
        plan = compile_query(text, wanted=TimeRange(start_ms, end_ms), now_ms=now_ms, limit=None)
        if plan.limit_is_default:
            plan = replace(plan, limit=_ALL_ROWS)
        if self._workshop is None:
            self._workshop = self._open.enter_context(_open_workshop())
        workshop = self._workshop
        reading = read(plan, self._inputs, workshop, exact=exact, on_bytes=on_bytes)
        try:
            columns = _fetch(workshop.database, plan, reading, _as_arrays)
        except _ReadOtherwiseError:
            reading = read(plan, self._inputs, workshop, exact=True, on_bytes=on_bytes)
            columns = _fetch(workshop.database, plan, reading, _as_arrays)
        return dict(zip(plan.columns, columns, strict=True))


@contextmanager
def _open_workshop() -> Iterator[Workshop]:
    with tempfile.TemporaryDirectory(prefix="genai-obs-") as folder, open_database(Path(folder)) as database:
        yield Workshop(Path(folder), database)


def explain_query(
    text: str,
    inputs: Inputs,
    *,
    start_ms: int | None,
    end_ms: int | None,
    now_ms: int,
    limit: int | None = None,
    exact: bool = False,
) -> str:
    """
    Return a query's tree and its SQL, one named subquery a stage; the arguments are those of ``run_query``.

    Raises:
        TextError: The query cannot be run.
    """
    plan = compile_query(text, wanted=TimeRange(start_ms, end_ms), now_ms=now_ms, limit=limit)
    why = "it was asked for" if exact else why_line_by_line(plan, inputs)
    scanner: Scanner = column_scanner(inputs) if why is None else SpoolScanner(Path("events"))
    how = "DuckDB reads the wanted keys by itself" if why is None else f"each line is read: {why}"
    return f"{render_tree(plan.query)}\n\n-- {how}\n{plan.sql(scanner)}"


def _as_rows(answer: Any) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = answer.fetchall()
    return rows


def _as_arrays(answer: Any) -> list[Any]:
    return list(answer.fetchnumpy().values())


def _fetch(database: Database, plan: Plan, reading: Reading, take: Callable[[Any], list[Any]] = _as_rows) -> list[Any]:
    import duckdb

    try:
        rows = take(database.execute(plan.sql(reading.scanner)))
    except duckdb.OutOfMemoryException as error:
        # The first line says what failed; what DuckDB advises further down cannot be set here.
        what = str(error).partition("\n")[0]
        hint = (
            f"more than {MEMORY_LIMIT} that cannot be spilled; fewer rows, shorter lists or a smaller limit need less"
        )
        raise GenaiObsError("out-of-memory", f"this query needs {hint} ({what})") from None
    except duckdb.Error as error:
        if TOO_MANY_BINS in str(error):
            what = "fillmissing would add more than 100,000 bins; a longer bin or a shorter time has fewer"
            raise GenaiObsError("too-many-bins", what) from None
        if reading.from_store:
            warning = f"the store cannot be read, so the files were: {error}"
            raise _ReadOtherwiseError((warning,)) from None
        if isinstance(reading.scanner, ColumnScanner):
            if reading.scanner.only_timestamp and NO_TIME in str(error):
                scanner = replace(reading.scanner, only_timestamp=False)
                return _fetch(database, plan, replace(reading, scanner=scanner), take)
            raise _ReadOtherwiseError from None
        raise
    return rows


class _ReadOtherwiseError(Exception):
    """One way of reading the events failed: each line must be read instead."""

    def __init__(self, warnings: tuple[str, ...] = ()) -> None:
        super().__init__(*warnings)
        self.warnings = warnings


def _result(plan: Plan, reading: Reading, rows: list[tuple[Any, ...]]) -> Result:
    warnings = [*plan.warnings, *reading.warnings]
    if len(rows) > plan.limit:
        rows = rows[: plan.limit]
        if plan.limit_is_default:
            warnings.append(f"only the first {plan.limit:,} rows are shown, as CloudWatch does; add a limit")
    writers = [_WRITERS[sql.kind] for sql in plan.columns.values()]
    columns = tuple(Column(name, _KINDS.get(sql.kind, "text")) for name, sql in plan.columns.items())
    written = [
        tuple(None if value is None else write(value) for value, write in zip(row, writers, strict=True))
        for row in rows
    ]
    return Result(columns, written, reading.statistics, tuple(warnings))


_WRITERS: dict[Kind, Callable[[Any], str]] = {
    Kind.NUMBER: render_number,
    Kind.TIME: render_time,
    Kind.TEXT: str,
    Kind.BOOL: lambda value: "1" if value else "0",
    Kind.JSON: str,
}
