"""The functions of the query language as Markdown tables for the docs, made from the tables that the engine uses."""

from collections.abc import Iterable

from genai_obs.tools.insights.functions.aggregates import AGGREGATES
from genai_obs.tools.insights.functions.calls import Function
from genai_obs.tools.insights.functions.table import FUNCTIONS

_TITLES = {
    "number": "Numbers",
    "general": "Presence, choice, the query itself",
    "time": "Dates and times",
    "text": "Texts",
    "json": "JSON",
    "ip": "IP addresses",
    "hash": "Hashes",
}

_AGES = {"core": "", "new": ", new in 2026"}


def render_functions() -> str:
    """Return the functions as tables, one for each group."""
    tables = []
    for group, title in _TITLES.items():
        rows = (function for function in FUNCTIONS.values() if function.group == group)
        tables.append(f"### {title}\n\n{_render_rows(rows)}")
    return "\n\n".join(tables)


def render_aggregates() -> str:
    """Return the aggregates as one table."""
    return _render_rows(AGGREGATES.values())


def _render_rows(rows: Iterable[Function]) -> str:
    head = ["| function | arguments | gives | on AWS's pages |", "|---|---|---|---|"]
    lines = [f"| `{row.shown}` | {_render_arity(row)} | {row.doc} | {row.mark}{_AGES[row.age]} |" for row in rows]
    return "\n".join([*head, *lines])


def _render_arity(row: Function) -> str:
    if row.maximum is None:
        return f"{row.minimum} or more"
    return str(row.minimum) if row.minimum == row.maximum else f"{row.minimum} to {row.maximum}"
