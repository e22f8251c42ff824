"""Commands that drop, repeat, make or number rows, as stages of SQL."""

import re

from genai_obs.tools.insights.language.periods import capped
from genai_obs.tools.insights.language.syntax import (
    Accum,
    CountFrequent,
    Dedup,
    Expand,
    FillDown,
    FillMissing,
    Name,
    Unnest,
)
from genai_obs.tools.insights.sql.expressions import CompileProblem
from genai_obs.tools.insights.sql.values import Kind, Sql, as_number, as_text
from genai_obs.tools.insights.stages.pipeline import Pipeline

# Units as DuckDB's intervals name them.
_INTERVALS = {
    "ms": "milliseconds",
    "s": "seconds",
    "m": "minutes",
    "h": "hours",
    "d": "days",
    "w": "weeks",
    "mo": "months",
    "q": "quarters",
    "y": "years",
}

# How long each lasts at least, in milliseconds.
_LEAST_MS = {
    "ms": 1,
    "s": 1_000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 7 * 86_400_000,
    "mo": 28 * 86_400_000,
    "q": 90 * 86_400_000,
    "y": 365 * 86_400_000,
}

# More bins than any answer has rows: they would only fill the memory.
_MOST_BINS = 100_000

# What DuckDB is told to fail with, so that the engine can say it in words.
TOO_MANY_BINS = "fillmissing: too many bins"


def add_dedup(pipeline: Pipeline, command: Dedup) -> None:
    """Keep the first row of each combination in the present order; rows without one of the keys all stay."""
    keys = [as_text(pipeline.compile(key)) for key in command.keys]
    order = ", ".join(pipeline.rows_order())
    place = f"row_number() OVER (PARTITION BY {', '.join(keys)}{f' ORDER BY {order}' if order else ''})"
    missing = " OR ".join(f"({key}) IS NULL" for key in keys)
    pipeline.extend([], after=f"\n  QUALIFY {place} = 1 OR {missing}")


def add_unnest(pipeline: Pipeline, command: Unnest) -> None:
    """
    Make one row an element; what is no list counts as a list of one.

    Unknown on CloudWatch, so ours: an empty list leaves no row, a missing one leaves the row without the name.
    """
    value = pipeline.compile(command.operand)
    if value.kind is not Kind.JSON:
        raise CompileProblem(
            "not-a-list",
            "unnest takes a list out of jsonParse()",
            command.operand.span,
            "first: fields jsonParse(@message) as j",
        )
    _add_elements(pipeline, value.text, command.name.text)


def add_expand(pipeline: Pipeline, command: Expand) -> None:
    """Make one row an element of a text that is a JSON array; any other text stays as it is."""
    text = as_text(pipeline.compile(command.field))
    column = pipeline.new_column()
    is_array = f"starts_with(ltrim({text}), '[') AND json_valid({text})"
    elements = f"list_transform(json_extract({text}, '$[*]'), lambda element: q_json_shown(element))"
    pipeline.extend([f"unnest(CASE WHEN {is_array} THEN {elements} ELSE [{text}] END) AS {column}"])
    pipeline.define(command.field.name, Sql(column, Kind.TEXT))


def _add_elements(pipeline: Pipeline, value: str, name: str) -> None:
    column = pipeline.new_column()
    elements = f"json_extract({value}, '$[*]')"
    pipeline.extend([f"unnest(CASE WHEN json_type({value}) = 'ARRAY' THEN {elements} ELSE [{value}] END) AS {column}"])
    pipeline.define(name, Sql(column, Kind.JSON))


def add_accum(pipeline: Pipeline, command: Accum) -> None:
    """Sum up a field over the rows so far, in the present order."""
    number = as_number(pipeline.compile(command.field))
    column = pipeline.new_column()
    order = ", ".join(pipeline.rows_order()) or "1"
    running = f"sum({number}) OVER (ORDER BY {order} ROWS UNBOUNDED PRECEDING)"
    pipeline.extend([f"{running} AS {column}"])
    name = command.alias.text if command.alias else command.field.name
    shown = pipeline.define(name, Sql(column, Kind.NUMBER))
    if pipeline.shown is not None:
        pipeline.shown[name] = shown


def add_count_frequent(pipeline: Pipeline, command: CountFrequent) -> None:
    """Count the rows of each combination, the most frequent first; our counts are exact."""
    keys = {key.name: pipeline.compile(key) for key in command.keys}
    columns = {name: pipeline.new_column() for name in keys}
    count = pipeline.new_column()
    listed = ", ".join(f"{as_text(keys[name])} AS {column}" for name, column in columns.items())
    grouped = ", ".join(columns.values())
    pipeline.add(f"SELECT {listed}, count(*)::DOUBLE AS {count}\n  FROM {pipeline.current}\n  GROUP BY {grouped}")
    outputs = {name: Sql(column, Kind.TEXT) for name, column in columns.items()}
    outputs["_approxcount"] = Sql(count, Kind.NUMBER)
    pipeline.close(outputs)
    pipeline.order = [f"{count} DESC", *columns.values()]


def add_fill_down(pipeline: Pipeline, command: FillDown) -> None:
    """Carry the last present value of each named column on, in the present order."""
    columns = []
    order = ", ".join(pipeline.rows_order()) or "1"
    for name, value in _named(pipeline, command.names).items():
        column = pipeline.new_column()
        columns.append(
            f"last_value({value.text} IGNORE NULLS) OVER (ORDER BY {order} ROWS UNBOUNDED PRECEDING) AS {column}"
        )
        pipeline.define(name, Sql(column, value.kind))
    pipeline.extend(columns)


def _named(pipeline: Pipeline, names: tuple[Name, ...]) -> dict[str, Sql]:
    """Return the columns that names with wildcards choose among those shown or known; all without names."""
    known = {**pipeline.scope.names, **(pipeline.shown or {})}
    if not names:
        return known
    patterns = [re.escape(name.text).replace(r"\*", ".*") for name in names]
    return {name: value for name, value in known.items() if any(re.fullmatch(p, name) for p in patterns)}


def add_fill_missing(pipeline: Pipeline, command: FillMissing) -> None:
    """
    Add a row for each empty bin between the first and the last, for each combination of the other groups.

    Args:
        pipeline: The stages so far; the last aggregation was by one ``bin``.

        command: With the value of the columns that the added rows lack; absent without one.
    """
    groups = pipeline.groups
    bins = [(name, period) for name, period in groups.items() if period is not None]
    if len(bins) != 1:
        raise CompileProblem(
            "fill-without-bin", "fillmissing fills the bins of a stats … by bin() before it", command.span, None
        )
    bin_name, written = bins[0]
    period = capped(written)
    names = pipeline.scope.names
    column = names[bin_name].text
    others = [names[name].text for name in groups if name != bin_name]
    outputs = [value.text for name, value in names.items() if name not in groups]
    source = pipeline.current
    every = f"INTERVAL '{period.count} {_INTERVALS[period.unit]}'"
    series = f"generate_series(epoch_ms(min({column})), epoch_ms(max({column})), {every})"
    bins_at_most = f"(max({column}) - min({column})) / {period.count * _LEAST_MS[period.unit]}"
    bounded = f"CASE WHEN {bins_at_most} > {_MOST_BINS} THEN error('{TOO_MANY_BINS}') ELSE {series} END"
    pipeline.add(f"SELECT epoch_ms(unnest({bounded})) AS bin_start\n  FROM {source}")
    combinations = f", (SELECT DISTINCT {', '.join(others)} FROM {source})" if others else ""
    same = "".join(f" AND rows.{other} IS NOT DISTINCT FROM grid.{other}" for other in others)
    grid = f"(SELECT * FROM {pipeline.current}{combinations})"
    filled = _filled(pipeline, command, outputs)
    pipeline.add(
        f"SELECT grid.bin_start AS {column}{''.join(f', grid.{other}' for other in others)}{filled}\n"
        f"  FROM {grid} AS grid LEFT JOIN {source} AS rows ON rows.{column} = grid.bin_start{same}"
    )


def _filled(pipeline: Pipeline, command: FillMissing, outputs: list[str]) -> str:
    """Return the aggregate columns, with the given value in the rows that were added."""
    if command.value is None:
        return "".join(f", rows.{output}" for output in outputs)
    value = pipeline.compile(command.value)
    chosen = {name.text for name in command.names}
    listed = []
    for name, output in pipeline.scope.names.items():
        if output.text not in outputs:
            continue
        written = as_number(value) if output.kind is Kind.NUMBER else as_text(value)
        fill = name in chosen or not chosen
        listed.append(
            f", coalesce(rows.{output.text}, {written}) AS {output.text}" if fill else f", rows.{output.text}"
        )
    return "".join(listed)
