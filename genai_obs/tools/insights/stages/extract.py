"""``parse`` and ``json``: fields taken out of a text, as stages of SQL."""

import re

from genai_obs.tools.insights.events.scan import candidate_paths, first_scalar, pointer
from genai_obs.tools.insights.language.regex import group_places
from genai_obs.tools.insights.language.syntax import (
    Expression,
    Field,
    Name,
    ParseCsv,
    ParseGlob,
    ParseJson,
    ParseLogfmt,
    ParseRegex,
)
from genai_obs.tools.insights.sql.expressions import checked_pattern
from genai_obs.tools.insights.sql.values import Kind, Sql, as_text, quote_text
from genai_obs.tools.insights.stages.pipeline import Pipeline

# A cell of a CSV line with the comma after it: quoted, with doubled quotes inside, or plain.
_CSV_CELL = r'("(?:[^"]|"")*"|[^,]*),'

# A logfmt pair: key=value, key="quoted value", or a bare key.
_LOGFMT_PAIR = r'([^\s="]+)(?:=("(?:[^"\\]|\\.)*"|[^\s]*))?'


def add_parse_glob(pipeline: Pipeline, command: ParseGlob) -> None:
    """Extract what each ``*`` stands for; an event that does not match stays, without the names."""
    _add_groups(pipeline, command.operand, glob_pattern(command.pattern.value), command.names)


def glob_pattern(glob: str) -> str:
    """
    Return the regular expression of a glob with a group for each star.

    Unknown on CloudWatch, so ours: each star takes as little as it can, a star at the end takes the rest,
    and the pattern may start anywhere in the text.
    """
    pieces = glob.split("*")
    groups = ["(.*?)"] * (len(pieces) - 1)
    if glob.endswith("*"):
        groups[-1] = "(.*)"
    return "(?s)" + "".join(re.escape(piece) + group for piece, group in zip(pieces, [*groups, ""], strict=True))


def add_parse_regex(pipeline: Pipeline, command: ParseRegex) -> None:
    """Extract the groups of the first match, or with ``multi`` one row a match."""
    pattern = checked_pattern(command.pattern.pattern, command.pattern.span)
    # The names of named groups, or those after `as` for the groups in order.
    named = group_places(command.pattern.pattern)
    places = [named[name.text] for name in command.names] if command.named_groups else None
    if command.multi:
        _add_all_matches(pipeline, command.operand, pattern, command.names, places)
    else:
        _add_groups(pipeline, command.operand, pattern, command.names, places)


def _source(pipeline: Pipeline, operand: Expression | None, of: Name) -> str:
    return as_text(pipeline.compile(operand or Field(of.span, ("@message",))))


def _add_groups(
    pipeline: Pipeline,
    operand: Expression | None,
    pattern: str,
    names: tuple[Name, ...],
    places: list[int] | None = None,
) -> None:
    """Add the groups of the first match; ``places`` are their numbers, 1 first, when they are not simply in order."""
    places = places or list(range(1, len(names) + 1))
    source, regex = _source(pipeline, operand, names[0]), quote_text(pattern)
    groups = ", ".join(quote_text(f"g{place}") for place in range(1, max(places) + 1))
    match = pipeline.new_column()
    extracted = f"regexp_extract({source}, {regex}, [{groups}])"
    pipeline.extend([f"CASE WHEN regexp_matches({source}, {regex}) THEN {extracted} END AS {match}"])
    columns = []
    for name, place in zip(names, places, strict=True):
        column = pipeline.new_column()
        columns.append(f"{match}.g{place} AS {column}")
        pipeline.define(name.text, Sql(column, Kind.TEXT))
    pipeline.extend(columns)


def _add_all_matches(
    pipeline: Pipeline, operand: Expression | None, pattern: str, names: tuple[Name, ...], places: list[int] | None
) -> None:
    places = places or list(range(1, len(names) + 1))
    source, regex = _source(pipeline, operand, names[0]), quote_text(pattern)
    lists = [f"regexp_extract_all({source}, {regex}, {place})" for place in places]
    columns = []
    for name, matches in zip(names, lists, strict=True):
        column = pipeline.new_column()
        # An event without a match stays, as with a single match.
        columns.append(f"unnest(CASE WHEN len({matches}) > 0 THEN {matches} ELSE [NULL] END) AS {column}")
        pipeline.define(name.text, Sql(column, Kind.TEXT))
    pipeline.extend(columns)


def add_parse_csv(pipeline: Pipeline, command: ParseCsv) -> None:
    """Take the cells of a line of comma-separated values; names beyond the cells stay absent."""
    source = _source(pipeline, command.operand, command.names[0])
    cells = pipeline.new_column()
    pipeline.extend([f"regexp_extract_all({source} || ',', {quote_text(_CSV_CELL)}, 1) AS {cells}"])
    columns = []
    for place, name in enumerate(command.names, 1):
        column = pipeline.new_column()
        cell = f"{cells}[{place}]"
        bare = f"replace(substr({cell}, 2, length({cell}) - 2), '\"\"', '\"')"
        columns.append(f"CASE WHEN starts_with({cell}, '\"') THEN {bare} ELSE {cell} END AS {column}")
        pipeline.define(name.text, Sql(column, Kind.TEXT))
    pipeline.extend(columns)


def add_parse_logfmt(pipeline: Pipeline, command: ParseLogfmt) -> None:
    """Read ``key=value`` pairs into a map; of a repeated key the first counts."""
    source, regex = _source(pipeline, command.operand, command.name), quote_text(_LOGFMT_PAIR)
    keys = f"regexp_extract_all({source}, {regex}, 1)"
    values = f"regexp_extract_all({source}, {regex}, 2)"
    bare = (
        "CASE WHEN starts_with(pair[2], '\"') THEN"
        " replace(replace(substr(pair[2], 2, length(pair[2]) - 2), '\\\"', '\"'), '\\\\', '\\') ELSE pair[2] END"
    )
    members = f"list_transform(list_zip({keys}, {values}), lambda pair: to_json(pair[1]) || ':' || to_json({bare}))"
    column = pipeline.new_column()
    pipeline.extend([f"('{{' || array_to_string({members}, ',') || '}}')::JSON AS {column}"])
    pipeline.define(command.name.text, Sql(column, Kind.JSON))


def add_parse_json(pipeline: Pipeline, command: ParseJson) -> None:
    """Take one value out of a JSON text; what is no JSON has none."""
    source = as_text(pipeline.compile(command.operand))
    column = pipeline.new_column()
    paths = ", ".join(quote_text(pointer(path)) for path in candidate_paths(tuple(command.path.value.split("."))))
    values = f"CASE WHEN json_valid({source}) THEN json_extract({source}, [{paths}]) END"
    count = len(candidate_paths(tuple(command.path.value.split("."))))
    found = pipeline.new_column()
    pipeline.extend([f"{values} AS {found}"])
    first = first_scalar([f"{found}[{place}]" for place in range(1, count + 1)])
    pipeline.extend([f"q_json_text({first}) AS {column}"])
    pipeline.define(command.name.text, Sql(column, Kind.TEXT))
