"""Rows as GetQueryResults writes them → columns and tuples."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from genai_obs.tools.insights.result import Column, ColumnKind

WireRow: TypeAlias = list[dict[str, str]]

POINTER = "@ptr"

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}")


def read_table(rows: Sequence[WireRow]) -> tuple[tuple[Column, ...], list[tuple[str | None, ...]]]:
    """
    Return columns and rows.

    A field that an event lacks is left out of its row, so the columns are those of all rows, each where the rows that
    have it put it; ``@ptr`` stands last.
    """
    names = _names(rows)
    places = {name: place for place, name in enumerate(names)}
    table = [_cells(row, places) for row in rows]
    kinds = [_kind(row[place] for row in table) for place in range(len(names))]
    return tuple(Column(name, kind) for name, kind in zip(names, kinds, strict=True)), table


def _names(rows: Iterable[WireRow]) -> list[str]:
    names: list[str] = []
    for shape in dict.fromkeys(tuple(cell["field"] for cell in row) for row in rows):
        after = 0
        for name in shape:
            if name not in names:
                names.insert(after, name)
            after = names.index(name) + 1
    return sorted(names, key=lambda name: name == POINTER)


def _cells(row: WireRow, places: dict[str, int]) -> tuple[str | None, ...]:
    cells: list[str | None] = [None] * len(places)
    for cell in row:
        cells[places[cell["field"]]] = cell.get("value")
    return tuple(cells)


def _kind(values: Iterable[str | None]) -> ColumnKind:
    present = [value for value in values if value is not None]
    if present and all(map(_NUMBER.fullmatch, present)):
        return "number"
    return "time" if present and all(map(_TIME.fullmatch, present)) else "text"


def read_statistics(answer: dict[str, Any]) -> tuple[int, int, int]:
    """Return records matched, records scanned and bytes scanned of an answer, 0 where it does not say."""
    found = answer.get("statistics") or {}
    return int(found.get("recordsMatched", 0)), int(found.get("recordsScanned", 0)), int(found.get("bytesScanned", 0))
