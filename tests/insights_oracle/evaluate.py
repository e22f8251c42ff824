"""A query over events: each command makes new rows from those before it, and at the end some columns are shown."""

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from genai_obs.tools.insights.language import syntax
from genai_obs.tools.logs.events import LogEvent
from insights_oracle import extraction
from insights_oracle.discovery import fields_of, leaf_text
from insights_oracle.expressions import GroupEvaluator, NotSupportedError, Row, RowEvaluator, rounded_bin
from insights_oracle.functions import Moment, parsed_json
from insights_oracle.values import Value, identity, number_of, shown, sort_key, sortable, text_of

DEFAULT_LIMIT = 10_000
DEFAULT_COLUMNS = ("@timestamp", "@message")


@dataclass
class State:
    """
    What stands between two commands.

    Args:
        rows: Present values by name, in the current order.

        moment: The query's times.

        selected: Columns that ``fields`` or ``stats`` chose; empty when none did.

        displayed: Columns of the last ``display``; None without one.

        outputs: Names that exist after a ``stats``; None before any.
    """

    rows: list[Row]
    moment: Moment
    selected: list[str] = field(default_factory=list)
    displayed: list[str] | None = None
    outputs: list[str] | None = None

    def columns(self) -> list[str]:
        """Return the names shown, each once."""
        chosen = self.displayed if self.displayed is not None else self.selected or self.outputs or DEFAULT_COLUMNS
        return list(dict.fromkeys(chosen))

    def at(self, row: Row) -> RowEvaluator:
        """Return the evaluator on a row."""
        return RowEvaluator(row, self.moment)


def evaluate(
    query: syntax.Query,
    events: Sequence[LogEvent],
    *,
    start_ms: int | None,
    end_ms: int | None,
    now_ms: int,
    limit: int | None = None,
) -> tuple[list[str], list[list[str | None]]]:
    """
    Run a query in the plainest way.

    Args:
        query: The tree.

        events: In any order; only those with a time in the range count, both ends included.

        start_ms: First millisecond; None for no bound.

        end_ms: Last millisecond; None for no bound.

        now_ms: When the query is asked.

        limit: The API's own limit; the smaller of it and the query's counts.

    Returns:
        Column names and rows of texts; None where a row has no such field.
    """
    inside = [event for event in events if _inside(event, start_ms, end_ms)]
    newest_first = sorted(inside, key=lambda event: event.timestamp_ms or 0, reverse=True)
    state = State([fields_of(event) for event in newest_first], Moment(start_ms, end_ms, now_ms))
    for command in rearranged(query.commands):
        COMMANDS[type(command)](state, command)
    columns = state.columns()
    kept = state.rows[: _last_limit(query, limit)]
    return columns, [[shown(row.get(name)) for name in columns] for row in kept]


def _inside(event: LogEvent, start_ms: int | None, end_ms: int | None) -> bool:
    time = event.timestamp_ms
    if time is None:
        return start_ms is None and end_ms is None
    return (start_ms is None or start_ms <= time) and (end_ms is None or time <= end_ms)


def _last_limit(query: syntax.Query, limit: int | None) -> int:
    if limit is not None:
        return limit
    own = [command.count for command in query.commands if isinstance(command, syntax.Limit)]
    return own[-1] if own else DEFAULT_LIMIT


def rearranged(commands: Iterable[syntax.Command]) -> list[syntax.Command]:
    """Return the commands with filters on fields that a stats dropped put before it, as AWS's samples mean them."""
    ordered: list[syntax.Command] = []
    for command in commands:
        stats = _last_stats(ordered)
        if isinstance(command, syntax.Filter) and stats is not None:
            outputs = {item.name for item in stats.groups + stats.aggregates}
            if any(name.split(".")[0] not in outputs and name not in outputs for name in field_names(command)):
                ordered.insert(ordered.index(stats), command)
                continue
        ordered.append(command)
    return ordered


def _last_stats(commands: list[syntax.Command]) -> syntax.Stats | None:
    return commands[-1] if commands and isinstance(commands[-1], syntax.Stats) else None


def field_names(node: Any) -> list[str]:
    """Return the names of all fields in a part of the tree."""
    if isinstance(node, syntax.Field):
        return [node.name]
    if isinstance(node, tuple):
        return [name for child in node for name in field_names(child)]
    slots = getattr(type(node), "__slots__", ())
    return [name for slot in slots for name in field_names(getattr(node, slot))]


# Commands on rows


def _item_value(state: State, row: Row, item: syntax.Item) -> Value:
    return state.at(row).value(item.expression)


def _define(state: State, items: Sequence[syntax.Item]) -> None:
    for number, row in enumerate(state.rows):
        made = {item.name: _item_value(state, row, item) for item in items}
        state.rows[number] = _with(row, made)


def _with(row: Row, made: Row) -> Row:
    return {name: value for name, value in {**row, **made}.items() if value is not None}


def _fields(state: State, command: syntax.Fields) -> None:
    _define(state, command.items)
    state.selected += [item.name for item in command.items]


def _display(state: State, command: syntax.Display) -> None:
    _define(state, command.items)
    state.displayed = [item.name for item in command.items]


def _filter(state: State, command: syntax.Filter) -> None:
    state.rows = [row for row in state.rows if state.at(row).holds(command.condition)]


def _limit(state: State, command: syntax.Limit) -> None:
    count = len(state.rows)
    kept = slice(max(0, count - command.count), count) if command.last else slice(command.count)
    state.rows = state.rows[kept]


def _dedup(state: State, command: syntax.Dedup) -> None:
    seen: set[tuple[str | None, ...]] = set()
    kept = []
    for row in state.rows:
        key = tuple(identity(state.at(row).value(name)) for name in command.keys)
        if None in key or key not in seen:
            kept.append(row)
        seen.add(key)
    state.rows = kept


def _sort(state: State, command: syntax.Sort) -> None:
    # The last key first: Python's sort keeps the order of equals.
    for key in reversed(command.keys):
        values = [_sort_value(state, row, key) for row in state.rows]
        pairs = list(zip(values, state.rows, strict=True))
        present = [pair for pair in pairs if sortable(pair[0])]
        present.sort(key=lambda pair: sort_key(pair[0]), reverse=key.descending)
        absent = [pair for pair in pairs if not sortable(pair[0])]
        state.rows = [row for _, row in present + absent]


def _sort_value(state: State, row: Row, key: syntax.SortKey) -> Value:
    if key.text in (state.outputs or ()):
        return row.get(key.text)
    if key.text == "@timestamp" and state.outputs is not None:
        return row.get(next((name for name in state.outputs if name.startswith("bin(")), ""))
    return state.at(row).value(key.expression)


# Commands that make rows


def _parse(extract: Callable[[str, Any], extraction.Found]) -> Callable[[State, Any], None]:
    def run(state: State, command: Any) -> None:
        nothing: Row = {name.text: None for name in getattr(command, "names", None) or [command.name]}
        rows = []
        for row in state.rows:
            text = text_of(row.get("@message") if command.operand is None else state.at(row).value(command.operand))
            found = [] if text is None else extract(text, command)
            rows += [_with(row, {**nothing, **new}) for new in found or [nothing]]
        state.rows = rows

    return run


def _unnest(state: State, command: syntax.Unnest) -> None:
    rows = []
    for row in state.rows:
        value = state.at(row).value(command.operand)
        elements = value if isinstance(value, list) else [value]
        rows += [_with(row, {command.name.text: _element(element)}) for element in elements]
    state.rows = rows


def _element(element: Any) -> Value:
    return element if isinstance(element, dict | list | float) else leaf_text(element)


def _expand(state: State, command: syntax.Expand) -> None:
    rows = []
    for row in state.rows:
        parsed = parsed_json(text_of(state.at(row).value(command.field)) or "")
        elements = parsed if isinstance(parsed, list) else [row.get(command.field.name)]
        rows += [_with(row, {command.field.name: _element(element)}) for element in elements]
    state.rows = rows


# Commands over all rows


def _accum(state: State, command: syntax.Accum) -> None:
    name = command.alias.text if command.alias else command.field.name
    total = 0.0
    for number, row in enumerate(state.rows):
        addend = number_of(state.at(row).value(command.field))
        total += addend or 0.0
        state.rows[number] = _with(row, {name: None if addend is None else total})
    state.selected += [name] if state.selected else []


def _fill_down(state: State, command: syntax.FillDown) -> None:
    patterns = [re.escape(name.text).replace(r"\*", ".*") for name in command.names] or [".*"]
    names = [name for name in state.columns() if any(re.fullmatch(pattern, name) for pattern in patterns)]
    last: Row = {}
    for number, row in enumerate(state.rows):
        last = {name: row.get(name, last.get(name)) for name in names}
        state.rows[number] = _with(row, last)


def _stats(state: State, command: syntax.Stats) -> None:
    groups = _groups(state, command)
    rows = []
    for keys, members in groups:
        named: Row = dict(keys)
        for item in command.aggregates:
            named[item.name] = GroupEvaluator(members, named, state.moment).value(item.expression)
        rows.append(_with({}, named))
    state.outputs = [item.name for item in command.groups + command.aggregates]
    state.selected, state.displayed, state.rows = [], None, rows


def _groups(state: State, command: syntax.Stats) -> list[tuple[Row, list[Row]]]:
    if not command.groups:
        return [({}, state.rows)]
    keyed = [(_keys(state, row, command), row) for row in state.rows]
    keyed.sort(key=lambda pair: tuple(_key_place(value) for value in pair[0].values()))
    runs = itertools.groupby(keyed, key=lambda pair: tuple(identity(value) for value in pair[0].values()))
    grouped = [list(run) for _, run in runs]
    return [(members[0][0], [row for _, row in members]) for members in grouped]


def _keys(state: State, row: Row, command: syntax.Stats) -> Row:
    keys = {item.name: _item_value(state, row, item) for item in command.groups}
    for item in command.groups if command.offset else ():
        if isinstance(item.expression, syntax.Call) and item.expression.function == "bin":
            period = item.expression.arguments[0]
            assert isinstance(period, syntax.Period)
            assert command.offset is not None
            keys[item.name] = rounded_bin(row, period, command.offset)
    return keys


def _key_place(value: Value) -> tuple[Any, ...]:
    return (0, sort_key(value)) if sortable(value) else (1,)


def _count_frequent(state: State, command: syntax.CountFrequent) -> None:
    names = [key.name for key in command.keys]
    counts: dict[tuple[str | None, ...], int] = {}
    for row in state.rows:
        key = tuple(identity(state.at(row).value(name)) for name in command.keys)
        counts[key] = counts.get(key, 0) + 1
    most = sorted(counts.items(), key=lambda pair: -pair[1])
    state.rows = [
        _with({}, {**dict(zip(names, key, strict=True)), "_approxcount": float(count)}) for key, count in most
    ]
    state.outputs, state.selected, state.displayed = [*names, "_approxcount"], [], None


def _source(state: State, command: syntax.LogGroupSource) -> None:
    """Leave the rows: the events given are those of the source."""


def _unsupported(state: State, command: syntax.Command) -> None:
    raise NotSupportedError(command)


COMMANDS: dict[type[Any], Callable[[State, Any], None]] = {
    syntax.Fields: _fields,
    syntax.Display: _display,
    syntax.Filter: _filter,
    syntax.Stats: _stats,
    syntax.Sort: _sort,
    syntax.Limit: _limit,
    syntax.ParseGlob: _parse(extraction.by_glob),
    syntax.ParseRegex: _parse(extraction.by_regex),
    syntax.ParseLogfmt: _parse(extraction.by_logfmt),
    syntax.ParseCsv: _parse(extraction.by_csv),
    syntax.ParseJson: _parse(extraction.by_json),
    syntax.Dedup: _dedup,
    syntax.Unnest: _unnest,
    syntax.Expand: _expand,
    syntax.Pattern: _unsupported,
    syntax.Diff: _unsupported,
    syntax.Accum: _accum,
    syntax.CountFrequent: _count_frequent,
    syntax.FillDown: _fill_down,
    syntax.FillMissing: _unsupported,
    syntax.LogGroupSource: _source,
}

__all__ = ["evaluate"]
