"""Commands written as stages of SQL: one function a command, found by the type of its node."""

from collections.abc import Callable
from typing import Any

from genai_obs.tools.insights.functions.aggregates import compile_aggregate_expression
from genai_obs.tools.insights.language.syntax import (
    Accum,
    Call,
    Command,
    CountFrequent,
    Dedup,
    Diff,
    Display,
    Expand,
    Expression,
    Field,
    Fields,
    FillDown,
    FillMissing,
    Filter,
    Item,
    Limit,
    LogGroupSource,
    ParseCsv,
    ParseGlob,
    ParseJson,
    ParseLogfmt,
    ParseRegex,
    Pattern,
    Period,
    Sort,
    Stats,
    Unnest,
)
from genai_obs.tools.insights.sql.expressions import CompileProblem, compile_condition
from genai_obs.tools.insights.sql.periods import floor_time, length_ms
from genai_obs.tools.insights.sql.values import Kind, Sql, as_text, as_time, sort_keys
from genai_obs.tools.insights.stages.extract import (
    add_parse_csv,
    add_parse_glob,
    add_parse_json,
    add_parse_logfmt,
    add_parse_regex,
)
from genai_obs.tools.insights.stages.pipeline import Pipeline
from genai_obs.tools.insights.stages.rows import (
    add_accum,
    add_count_frequent,
    add_dedup,
    add_expand,
    add_fill_down,
    add_fill_missing,
    add_unnest,
)
from genai_obs.tools.insights.stages.text_shapes import add_diff, add_pattern


def add_fields(pipeline: Pipeline, command: Fields) -> None:
    """Compute new names; the shown columns of several ``fields`` add up."""
    chosen = pipeline.select_items(command.items)
    if not pipeline.displayed:
        pipeline.shown = {**(pipeline.shown or {}), **chosen}


def add_display(pipeline: Pipeline, command: Display) -> None:
    """Show just these; the last ``display`` counts."""
    pipeline.shown = pipeline.select_items(command.items)
    pipeline.displayed = True


def add_filter(pipeline: Pipeline, command: Filter) -> None:
    """Keep the rows for which the condition is true, not those for which it is unknown."""
    condition = compile_condition(command.condition, pipeline.scope)
    pipeline.extend([], after=f"\n  WHERE {condition}")


def add_stats(pipeline: Pipeline, command: Stats) -> None:
    """Aggregate; afterwards only the outputs exist: the groups in their order, then the aggregates."""
    outputs: dict[str, Sql] = {}
    groups: dict[str, Sql] = {}
    columns: list[str] = []
    for item in command.groups:
        value = _group_key(pipeline, item, command.offset)
        column = pipeline.new_column()
        columns.append(f"{value.text} AS {column}")
        outputs[item.name] = Sql(column, value.kind)
        groups[item.name] = value
    keys = list(outputs.values())
    aliases = dict(groups)
    for item in command.aggregates:
        value = compile_aggregate_expression(item.expression, pipeline.scope, aliases)
        aliases[item.name] = value
        column = pipeline.new_column()
        columns.append(f"{value.text} AS {column}")
        outputs[item.name] = Sql(column, value.kind)
    grouped = f"\n  GROUP BY {', '.join(key.text for key in keys)}" if keys else ""
    pipeline.add(f"SELECT {(',' + chr(10) + '    ').join(columns)}\n  FROM {pipeline.current}{grouped}")
    pipeline.close(outputs)
    pipeline.groups = {item.name: _bin_period(item.expression) for item in command.groups}
    # Unknown on CloudWatch, so ours: rows without a sort come by their group keys.
    pipeline.order = [part for key in keys for part in sort_keys(key, descending=False)]


def _bin_period(expression: Expression) -> Period | None:
    """Return the period of a ``bin``."""
    if isinstance(expression, Call) and expression.function == "bin" and isinstance(expression.arguments[-1], Period):
        return expression.arguments[-1]
    return None


def _group_key(pipeline: Pipeline, item: Item, offset: Period | None) -> Sql:
    """Return what a row is grouped by: a text, a number or a time."""
    period = _bin_period(item.expression)
    if offset is not None and period is not None:
        offset_ms = length_ms(offset)
        if offset_ms is None:
            raise CompileProblem("bad-offset", "an offset is a fixed time such as 15m", offset.span)
        stamp = pipeline.scope.resolve(Field(item.span, ("@timestamp",)))
        return Sql(floor_time(as_time(stamp), period, offset_ms), Kind.TIME)
    value = pipeline.compile(item.expression)
    return Sql(as_text(value), Kind.TEXT) if value.kind in {Kind.JSON, Kind.BOOL} else value


def add_sort(pipeline: Pipeline, command: Sort) -> None:
    """Order the rows from here on; the order before settles ties."""
    keys: list[str] = []
    for key in command.keys:
        value = _sorted_by(pipeline, key.expression, key.text)
        if value.kind is Kind.JSON:
            # A leaf of a map is its text; a map or a list itself has no place in the order.
            value = Sql(as_text(value), Kind.TEXT)
        keys += sort_keys(value, descending=key.descending)
    pipeline.order = keys + [part for part in pipeline.rows_order() if part not in keys]


def _sorted_by(pipeline: Pipeline, expression: Expression, text: str) -> Sql:
    known = pipeline.scope.names.get(text)
    return known if known is not None and not isinstance(expression, Field) else pipeline.compile(expression)


def add_limit(pipeline: Pipeline, command: Limit) -> None:
    """Keep the first rows of the order, or the last for the old ``tail``."""
    pipeline.limited = True
    if command.any:
        pipeline.extend([], after=f"\n  LIMIT {command.count}")
        return
    if not command.last:
        pipeline.extend([], after=f"{pipeline.order_by()}\n  LIMIT {command.count}")
        return
    order = ", ".join(pipeline.rows_order()) or "1"
    place = f"row_number() OVER (ORDER BY {order})"
    pipeline.extend([], after=f"\n  QUALIFY {place} > count(*) OVER () - {command.count}")


def add_log_group_source(_pipeline: Pipeline, _command: LogGroupSource) -> None:
    """Files stand in for the log groups; the checker has said so."""


STAGES: dict[type, Callable[[Pipeline, Any], None]] = {
    Accum: add_accum,
    CountFrequent: add_count_frequent,
    Dedup: add_dedup,
    Diff: add_diff,
    Display: add_display,
    Expand: add_expand,
    Fields: add_fields,
    FillDown: add_fill_down,
    FillMissing: add_fill_missing,
    Filter: add_filter,
    Limit: add_limit,
    LogGroupSource: add_log_group_source,
    ParseCsv: add_parse_csv,
    ParseGlob: add_parse_glob,
    ParseJson: add_parse_json,
    ParseLogfmt: add_parse_logfmt,
    ParseRegex: add_parse_regex,
    Pattern: add_pattern,
    Sort: add_sort,
    Stats: add_stats,
    Unnest: add_unnest,
}


def add_stage(pipeline: Pipeline, command: Command) -> None:
    """Add what one command does."""
    STAGES[type(command)](pipeline, command)
