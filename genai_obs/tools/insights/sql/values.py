"""
Values of the query language as DuckDB SQL: five kinds, and how one is read as another.

A discovered field is text in canonical form; what reads as a number is a number wherever one is needed.
An absent value is SQL's NULL, so a comparison with one is unknown and a filter drops the row.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from genai_obs.tools.insights.sql.let import let, macro
from genai_obs.tools.insights.sql.macros import MACROS
from genai_obs.tools.insights.sql.text import is_number_text, number_literal, quote_name, quote_text, text_of_number

__all__ = [
    "FALSE",
    "MACROS",
    "Kind",
    "Sql",
    "absent",
    "as_boolean",
    "as_json",
    "as_number",
    "as_shown",
    "as_text",
    "as_time",
    "boolean",
    "json_access",
    "json_value",
    "number",
    "number_constant",
    "present",
    "quote_name",
    "quote_text",
    "text",
    "text_constant",
    "time",
]


class Kind(Enum):
    """What the SQL of a value yields."""

    TEXT = "VARCHAR"
    NUMBER = "DOUBLE"  # finite, or NULL
    BOOL = "BOOLEAN"
    TIME = "BIGINT"  # epoch milliseconds
    JSON = "JSON"  # a map or a list, or a scalar taken out of one


@dataclass(frozen=True, slots=True)
class Sql:
    """
    A value as SQL.

    Args:
        text: The expression; safe to stand inside a larger one without parentheses around it.

        kind: What it yields.

        literal: Its value where it is a constant of the query; a number is a float, a truth value a bool.

        number_sql: A cheaper way to its number than reading its text, where there is one.
    """

    text: str
    kind: Kind
    literal: str | float | bool | None = None
    number_sql: str | None = None

    @property
    def is_literal(self) -> bool:
        """Whether the value is a constant of the query."""
        return self.literal is not None


FALSE = Sql("FALSE", Kind.BOOL, literal=False)


def text(sql: str) -> Sql:
    """Return a text."""
    return Sql(sql, Kind.TEXT)


def number(sql: str) -> Sql:
    """Return a number; the SQL must be finite or NULL."""
    return Sql(sql, Kind.NUMBER)


def boolean(sql: str) -> Sql:
    """Return a truth value."""
    return Sql(sql, Kind.BOOL)


def time(sql: str) -> Sql:
    """Return a time in epoch milliseconds."""
    return Sql(sql, Kind.TIME)


def json_value(sql: str) -> Sql:
    """Return a map, a list or a scalar out of one."""
    return Sql(sql, Kind.JSON)


def absent(kind: Kind) -> Sql:
    """Return the absent value."""
    return Sql(f"NULL::{kind.value}", kind)


def text_constant(value: str) -> Sql:
    """Return a text written in the query."""
    number_sql = number_literal(float(value)) if is_number_text(value) else "NULL::DOUBLE"
    return Sql(quote_text(value), Kind.TEXT, literal=value, number_sql=number_sql)


def number_constant(value: float) -> Sql:
    """Return a finite number written in the query."""
    return Sql(number_literal(value), Kind.NUMBER, literal=value + 0.0)


def as_number(value: Sql) -> str:
    """Return the SQL of the value's number: DOUBLE, NULL where it does not read as one."""
    if value.number_sql is not None:
        return value.number_sql
    return _NUMBERS[value.kind](value.text)


def as_text(value: Sql) -> str:
    """Return the SQL of the value's text in canonical form; maps and lists have none."""
    if isinstance(value.literal, float):
        return quote_text(text_of_number(value.literal))
    return _TEXTS[value.kind](value.text)


def as_shown(value: Sql) -> str:
    """Return the SQL of the text that results show; that of a map or a list is its JSON."""
    return macro("q_json_shown", value.text) if value.kind is Kind.JSON else as_text(value)


def as_boolean(value: Sql) -> str:
    """Return the SQL of the value as a condition: a number that is not zero, other text false, absent unknown."""
    if value.kind is Kind.BOOL:
        return value.text
    if value.kind is Kind.JSON:
        return let([value.text], lambda it: f"COALESCE(q_json_number({it}) <> 0, q_if_present({it}))")
    if value.kind is not Kind.TEXT:
        return f"({value.text} <> 0)"
    return let_values(
        [value], lambda numeric, it: f"COALESCE({numeric} <> 0, CASE WHEN {it} IS NOT NULL THEN FALSE END)"
    )


def let_values(values: Sequence[Sql], body: Callable[..., str]) -> str:
    """Return the SQL of a body that takes the number and the text of each value, each value computed once."""
    operands: list[str] = []
    readers: list[Callable[[Sequence[str]], tuple[str, str]]] = []
    for value in values:
        readers.append(_reader(value, len(operands)))
        operands += (
            [] if value.is_literal else [value.text] if value.number_sql is None else [value.text, value.number_sql]
        )
    return let(operands, lambda *bound: body(*(sql for reader in readers for sql in reader(bound))))


def _reader(value: Sql, place: int) -> Callable[[Sequence[str]], tuple[str, str]]:
    if value.is_literal:
        return lambda _: (as_number(value), as_text(value))
    if value.number_sql is not None:
        return lambda bound: (bound[place + 1], bound[place])
    return lambda bound: (as_number(Sql(bound[place], value.kind)), as_text(Sql(bound[place], value.kind)))


def as_time(value: Sql) -> str:
    """Return the SQL of the value as epoch milliseconds, cut to whole ones; NULL outside the years 1 to 9999."""
    if value.kind is Kind.TIME:
        return value.text
    return macro("q_time", as_number(value))


def as_json(value: Sql) -> str:
    """Return the SQL of the value as JSON: a map or list as it is, a number as one, anything else as a JSON text."""
    if value.kind is Kind.JSON:
        return value.text
    return f"to_json({value.text if value.kind is Kind.NUMBER else as_text(value)})"


def present(value: Sql) -> str:
    """Return the SQL that tells whether the value is there: never NULL."""
    if value.kind is Kind.JSON:
        return f"COALESCE(json_type({value.text}) <> 'NULL', FALSE)"
    return f"({value.text} IS NOT NULL)"


def json_access(value: Sql, key: str | int) -> Sql:
    """
    Return what a map has under a key, or a list at a position from 0; absent where there is none.

    A position as text works too, as ``items.0`` does for a discovered field. Only a map or a list can be opened.
    """
    if value.kind is not Kind.JSON or (isinstance(key, int) and key < 0):
        return absent(Kind.JSON)
    step = str(key).replace("~", "~0").replace("/", "~1")
    return json_value(f"json_extract({value.text}, {quote_text('/' + step)})")


def finite(sql: str) -> str:
    """Return the SQL of a DOUBLE that is NULL where the computation overflowed or has no result."""
    return macro("q_finite", sql)


def as_zero_or_one(sql: str) -> str:
    """Return the SQL of a truth value as the number 1 or 0."""
    return f"CAST(CAST({sql} AS INTEGER) AS DOUBLE)"


_NUMBERS: dict[Kind, Callable[[str], str]] = {
    Kind.TEXT: lambda sql: macro("q_number", sql),
    Kind.NUMBER: str,
    Kind.BOOL: as_zero_or_one,
    Kind.TIME: lambda sql: f"CAST({sql} AS DOUBLE)",
    Kind.JSON: lambda sql: macro("q_json_number", sql),
}

_TEXTS: dict[Kind, Callable[[str], str]] = {
    Kind.TEXT: str,
    Kind.NUMBER: lambda sql: macro("q_number_text", sql),
    Kind.BOOL: lambda sql: f"CAST(CAST({sql} AS INTEGER) AS VARCHAR)",
    Kind.TIME: lambda sql: macro("q_time_text", sql),
    Kind.JSON: lambda sql: macro("q_json_text", sql),
}


def sort_keys(value: Sql, *, descending: bool = False) -> list[str]:
    """
    Return SQL order expressions for the order of the ``sort`` page, absent values last both ways.

    Ascending, what reads as no number comes first, by its runs of digits and of other characters; then numbers by
    value. Equal numbers written differently (``1``, ``01``) are told apart by their text, to be the same every time.
    """
    direction = "DESC NULLS LAST" if descending else "ASC NULLS LAST"
    if value.kind in {Kind.NUMBER, Kind.BOOL, Kind.TIME}:
        return [f"{value.text} {direction}"]
    return [f"{key} {direction}" for key in natural_keys(value)]


def natural_keys(value: Sql) -> tuple[str, str, str, str]:
    """Return what a text sorts by: absent or number or not, its number, its runs, itself."""
    text_sql, number_sql = as_text(value), as_number(value)
    is_number = f"CASE WHEN {text_sql} IS NOT NULL THEN {number_sql} IS NOT NULL END"
    runs = f"CASE WHEN {number_sql} IS NULL THEN q_runs({text_sql}) END"
    return is_number, number_sql, runs, text_sql
