"""Expressions of queries, run as SQL on a few rows of discovered fields by a real in-memory DuckDB."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import duckdb
import orjson

from genai_obs.tools.insights.functions.aggregates import compile_aggregate_expression
from genai_obs.tools.insights.language.parser import parse_query
from genai_obs.tools.insights.language.syntax import Expression, Field, Fields, Stats
from genai_obs.tools.insights.sql.expressions import compile_condition, compile_expression
from genai_obs.tools.insights.sql.values import MACROS, Kind, Sql, as_shown, quote_name, sort_keys

NOW_MS = 1_767_225_601_250  # 2026-01-01 00:00:01.250
START_MS, END_MS = 1_767_225_600_000, 1_767_229_200_000


@dataclass(frozen=True)
class RowScope:
    """Names of columns that hold the JSON of discovered fields; ``@timestamp`` holds milliseconds."""

    now_ms: int = NOW_MS
    start_ms: int | None = START_MS
    end_ms: int | None = END_MS

    def resolve(self, field: Field) -> Sql:
        """Return the SQL of a name."""
        column = quote_name(field.name)
        if field.name == "@timestamp":
            return Sql(f"CAST({column} AS BIGINT)", Kind.TIME)
        return Sql(f"q_json_text({column})", Kind.TEXT, number_sql=f"q_json_number({column})")


@lru_cache(maxsize=1)
def connection() -> duckdb.DuckDBPyConnection:
    """Return a connection that knows the macros."""
    opened = duckdb.connect()
    for macro in MACROS:
        opened.execute(macro)
    return opened


def run_sql(sql: str) -> list[tuple[Any, ...]]:
    """Return the rows of a statement."""
    return connection().execute(sql).fetchall()


def expression_of(text: str) -> Expression:
    """Return the tree of an expression."""
    command = parse_query(f"fields {text}").commands[0]
    assert isinstance(command, Fields)
    return command.items[0].expression


def load(rows: Sequence[Mapping[str, object]], names: Sequence[str] = ()) -> None:
    """Make the rows the table ``events``; a field that a row lacks is NULL, ``@timestamp`` rises from NOW_MS."""
    columns = list(dict.fromkeys([*names, *(name for row in rows for name in row)]))
    listed = ", ".join(f"{quote_name(name)} JSON" for name in [*columns, "@timestamp"] if name != "@timestamp")
    run_sql(f'CREATE OR REPLACE TABLE events ("@timestamp" JSON{", " + listed if listed else ""})')
    for place, row in enumerate(rows):
        whole = {"@timestamp": NOW_MS + place, **row}
        values = [orjson.dumps(value).decode() if value is not None else None for value in whole.values()]
        named = ", ".join(map(quote_name, whole))
        connection().execute(f"INSERT INTO events ({named}) VALUES ({', '.join('?' * len(values))})", values)


def shown(text: str, /, **fields: object) -> str | None:
    """Return what an expression shows for one event; ``missing`` is a field that it lacks."""
    load([fields], ["missing"])
    value = compile_expression(expression_of(text), RowScope())
    shown_text: str | None = run_sql(f"SELECT {as_shown(value)} FROM events")[0][0]
    return shown_text


def kept(condition: str, rows: Sequence[Mapping[str, object]]) -> list[int]:
    """Return the places of the rows that a filter keeps."""
    load(rows, ["missing"])
    sql = compile_condition(expression_of(condition), RowScope())
    found = run_sql(f'SELECT CAST("@timestamp" AS BIGINT) - {NOW_MS} AS place FROM events WHERE {sql} ORDER BY place')
    return [place for (place,) in found]


def aggregated(text: str, rows: Sequence[Mapping[str, object]]) -> str | None:
    """Return what the last item of ``stats`` shows over all rows; earlier items are its aliases."""
    load(rows, ["missing"])
    command = parse_query(f"stats {text}").commands[0]
    assert isinstance(command, Stats)
    aliases: dict[str, Sql] = {}
    for item in command.aggregates:
        aliases[item.name] = compile_aggregate_expression(item.expression, RowScope(), aliases)
    shown_text: str | None = run_sql(f"SELECT {as_shown(aliases[item.name])} FROM events")[0][0]
    return shown_text


def in_order(name: str, rows: Sequence[Mapping[str, object]], *, descending: bool = False) -> list[object]:
    """Return a field of the rows, sorted by it."""
    load(rows, [name])
    keys = sort_keys(RowScope().resolve(Field(expression_of(name).span, (name,))), descending=descending)
    found = run_sql(f"SELECT q_json_text({quote_name(name)}) FROM events ORDER BY {', '.join(keys)}")
    return [value for (value,) in found]
