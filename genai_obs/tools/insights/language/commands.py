"""Commands of the query language, one function each, and the table of their names."""

from collections.abc import Callable
from typing import Literal

from genai_obs.tools.insights.language.command_parts import CommandParser
from genai_obs.tools.insights.language.parse_command import parse_json, parse_parse
from genai_obs.tools.insights.language.sort_command import parse_order, parse_sort
from genai_obs.tools.insights.language.syntax import (
    Accum,
    Binary,
    Boolean,
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
    In,
    Item,
    Limit,
    LogGroupSource,
    Name,
    Negative,
    Number,
    Pattern,
    Period,
    Stats,
    String,
    Unnest,
)

_Against = Literal["previousDay", "previousWeek", "previousMonth"]

_COMPARISONS: tuple[_Against, ...] = ("previousDay", "previousWeek", "previousMonth")


def _fields(parser: CommandParser, start: int) -> Command:
    """``fields item { "," item }``."""
    items = parser.items()
    return Fields(parser.cursor.since(start), items)


def _display(parser: CommandParser, start: int) -> Command:
    """``display item { "," item }``."""
    items = parser.items()
    return Display(parser.cursor.since(start), items)


def _filter(parser: CommandParser, start: int) -> Command:
    """``( "filter" | "where" ) expression``."""
    condition = parser.expressions.expression()
    return Filter(parser.cursor.since(start), condition)


def _filter_index(parser: CommandParser, start: int) -> Command:
    """``"filterIndex" field ( "=" constant | "in" list )``; without indexes a filter like any other."""
    cursor = parser.cursor
    begin = cursor.peek().span.start
    condition = parser.expressions.expression()
    if not is_index_condition(condition):
        raise cursor.problem(
            "index-condition",
            "filterIndex takes field = value or field in [values]",
            cursor.since(begin),
            "use filter for anything else",
        )
    return Filter(cursor.since(start), condition)


def _stats(parser: CommandParser, start: int) -> Command:
    """``"stats" item { "," item } [ ( "by" | "group by" ) item { "," item } [ "offset" period ] ]``."""
    cursor = parser.cursor
    if cursor.at_word("by") and cursor.at("name", ahead=1):
        raise cursor.unexpected("an aggregate before by", "write count(*)")
    aggregates = parser.items(stops=("by", "group"))
    groups: tuple[Item, ...] = ()
    offset: Period | None = None
    if cursor.at_word("group") and cursor.at_word("by", ahead=1):
        parser.note("group-by", "CloudWatch documents by, not group by", cursor.take().span, "write by")
    if cursor.accept_word("by"):
        groups = parser.items(stops=("offset",))
        offset = _offset(parser) if cursor.accept_word("offset") else None
    return Stats(cursor.since(start), aggregates, groups, offset)


def _offset(parser: CommandParser) -> Period:
    if not parser.cursor.at("period"):
        raise parser.cursor.unexpected("a period such as 1h after offset")
    found = parser.expressions.constant()
    assert isinstance(found, Period)
    return found


def _limit(parser: CommandParser, start: int) -> Command:
    """``"limit" [ "any" ] integer``."""
    any_rows = parser.cursor.accept_word("any") is not None
    count = parser.row_count()
    return Limit(parser.cursor.since(start), count, any=any_rows)


def _head(parser: CommandParser, start: int) -> Command:
    """``"head" integer``."""
    count = parser.row_count()
    return Limit(parser.cursor.since(start), count)


def _tail(parser: CommandParser, start: int) -> Command:
    """``"tail" integer``."""
    count = parser.row_count()
    return Limit(parser.cursor.since(start), count, last=True)


def _dedup(parser: CommandParser, start: int) -> Command:
    """``"dedup" field { "," field }``."""
    keys = parser.field_list()
    return Dedup(parser.cursor.since(start), keys)


def _unnest(parser: CommandParser, start: int) -> Command:
    """``"unnest" postfix "into" name``."""
    operand = parser.expressions.postfix()
    parser.cursor.expect_word("into", "write unnest list into name")
    name = parser.name()
    return Unnest(parser.cursor.since(start), operand, name)


def _expand(parser: CommandParser, start: int) -> Command:
    """``"expand" field``."""
    field = parser.expressions.field()
    return Expand(parser.cursor.since(start), field)


def _pattern(parser: CommandParser, start: int) -> Command:
    """``"pattern" expression``."""
    operand = parser.expressions.expression()
    return Pattern(parser.cursor.since(start), operand)


def _diff(parser: CommandParser, start: int) -> Command:
    """``"diff" [ "previousDay" | "previousWeek" | "previousMonth" ]``."""
    word = parser.cursor.accept("name")
    if word is None:
        return Diff(parser.cursor.since(start), None)
    for against in _COMPARISONS:
        if word.is_word(against.lower()):
            return Diff(parser.cursor.since(start), against)
    raise parser.cursor.problem(
        "unexpected-token", "diff takes previousDay, previousWeek, previousMonth or nothing", word.span
    )


def _accum(parser: CommandParser, start: int) -> Command:
    """``"accum" field [ "as" name ]``."""
    field = parser.expressions.field()
    alias = parser.name() if parser.cursor.accept_word("as") else None
    return Accum(parser.cursor.since(start), field, alias)


def _count_frequent(parser: CommandParser, start: int) -> Command:
    """``"countFrequent" field { "," field }``."""
    keys = parser.field_list()
    return CountFrequent(parser.cursor.since(start), keys)


def _fill_down(parser: CommandParser, start: int) -> Command:
    """``"filldown" { name with wildcards }``, with or without commas."""
    names: list[Name] = []
    while parser.cursor.at("name", "*"):
        names.append(parser.wildcard())
        if not parser.cursor.at("end", "|"):
            parser.cursor.accept(",")
    return FillDown(parser.cursor.since(start), tuple(names))


def _fill_missing(parser: CommandParser, start: int) -> Command:
    """``"fillmissing" [ "with" constant "for" name { "," name } ]``."""
    if not parser.cursor.accept_word("with"):
        return FillMissing(parser.cursor.since(start), None, ())
    value = parser.expressions.constant()
    parser.cursor.expect_word("for", "write fillmissing with 0 for name")
    names = parser.names()
    return FillMissing(parser.cursor.since(start), value, names)


def _source(parser: CommandParser, start: int) -> Command:
    """``"SOURCE" …``: kept as written, for files stand in for the log groups."""
    cursor = parser.cursor
    if not cursor.at("string", "name", "path"):
        raise cursor.unexpected("a log group or logGroups(…) after SOURCE")
    depth = 0
    while not cursor.at("end") and (depth > 0 or not cursor.at("|")):
        token = cursor.take()
        depth += (token.kind in {"(", "[", "{"}) - (token.kind in {")", "]", "}"})
    if depth != 0:
        raise cursor.problem("unexpected-token", "the brackets after SOURCE do not match", cursor.since(start))
    span = cursor.since(start)
    return LogGroupSource(span, cursor.source.text[span.start : span.end])


def is_index_condition(condition: Expression) -> bool:
    """Return whether a condition is ``field = value`` or ``field in [values]``."""
    match condition:
        case Binary(operator="=", left=Field(), right=Number() | String() | Boolean() | Negative()):
            return True
        case In(operand=Field(), negated=False):
            return True
        case _:
            return False


CommandFunction = Callable[[CommandParser, int], Command]

# Name, lower case without underscores -> how its rest is parsed, the name itself being taken.
COMMANDS: dict[str, CommandFunction] = {
    "fields": _fields,
    "display": _display,
    "filter": _filter,
    "where": _filter,
    "filterindex": _filter_index,
    "stats": _stats,
    "sort": parse_sort,
    "order": parse_order,
    "limit": _limit,
    "head": _head,
    "tail": _tail,
    "parse": parse_parse,
    "json": parse_json,
    "dedup": _dedup,
    "unnest": _unnest,
    "expand": _expand,
    "pattern": _pattern,
    "diff": _diff,
    "accum": _accum,
    "countfrequent": _count_frequent,
    "filldown": _fill_down,
    "fillmissing": _fill_missing,
    "source": _source,
}
