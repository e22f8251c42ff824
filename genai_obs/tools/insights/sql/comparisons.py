"""
Comparison, membership and search, as SQL.

Unknown in CloudWatch, so ours: two values are compared as numbers when both read as numbers, else as texts by code
point. With an absent side the answer is unknown. Documented: with a map or a list it is false.
"""

from collections.abc import Sequence
from dataclasses import replace

from genai_obs.tools.insights.sql.let import let
from genai_obs.tools.insights.sql.text import is_number_text, text_of_number
from genai_obs.tools.insights.sql.values import (
    Kind,
    Sql,
    as_number,
    as_text,
    boolean,
    let_values,
    present,
    quote_text,
)

_SQL_OPERATORS = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def compare(operator: str, left: Sql, right: Sql) -> Sql:
    """Return the comparison of two values."""
    sql_operator = _SQL_OPERATORS[operator]
    if Kind.JSON in {left.kind, right.kind}:
        return boolean(_compare_opened(sql_operator, left, right))
    return boolean(_compare_scalars(sql_operator, left, right))


def _compare_opened(operator: str, left: Sql, right: Sql) -> str:
    def compared(first: str, second: str) -> str:
        sides = [replace(left, text=first, number_sql=None), replace(right, text=second, number_sql=None)]
        is_open = " OR ".join(f"q_is_open({side.text})" for side in sides if side.kind is Kind.JSON)
        both = " AND ".join(present(side) for side in sides)
        return f"CASE WHEN ({is_open}) AND {both} THEN FALSE ELSE {_compare_scalars(operator, *sides)} END"

    return let([left.text, right.text], compared)


def _compare_scalars(operator: str, left: Sql, right: Sql) -> str:
    if is_never_number(left) or is_never_number(right):
        return f"({as_text(left)} {operator} {as_text(right)})"
    if is_always_number(left) and is_always_number(right):
        return f"({as_number(left)} {operator} {as_number(right)})"
    # COALESCE goes on to the texts only where one side is no number: rarely, for a field that is compared with one.
    return let_values([left, right], lambda a, c, b, d: f"COALESCE({a} {operator} {b}, {c} {operator} {d})")


def equals_in_filter(left: Sql, right: Sql) -> str | None:
    """
    Return a cheaper ``=`` with a number of the query, for where false and unknown come to the same; else None.

    What reads as no number is never equal to one, so its text need not be looked at.
    """
    number, other = (left, right) if _constant_number(left) is not None else (right, left)
    if _constant_number(number) is None or other.kind is Kind.JSON:
        return None
    return f"({as_number(other)} = {as_number(number)})"


def is_always_number(value: Sql) -> bool:
    """Tell whether the value reads as a number wherever it is present."""
    return value.kind in {Kind.NUMBER, Kind.BOOL, Kind.TIME} or _constant_number(value) is not None


def is_never_number(value: Sql) -> bool:
    """Tell whether the value is a text of the query that does not read as a number."""
    return isinstance(value.literal, str) and not is_number_text(value.literal)


def _constant_number(value: Sql) -> float | None:
    if isinstance(value.literal, str):
        return float(value.literal) if is_number_text(value.literal) else None
    return value.literal if isinstance(value.literal, float) else None


def is_one_of(operand: Sql, options: Sequence[Sql]) -> Sql:
    """Return whether a value equals one of several."""
    if not options:
        return boolean(f"CASE WHEN {present(operand)} THEN FALSE END")
    if operand.kind is Kind.JSON or not all(option.is_literal for option in options):
        return boolean("(" + " OR ".join(compare("=", operand, option).text for option in options) + ")")
    numbers = [as_number(option) for option in options if is_always_number(option)]
    texts = [as_text(option) for option in options if is_never_number(option)]
    return boolean(_is_one_of_constants(operand, numbers, texts, options))


def _is_one_of_constants(operand: Sql, numbers: list[str], texts: list[str], options: Sequence[Sql]) -> str:
    if not numbers:
        return f"({as_text(operand)} IN ({', '.join(texts)}))"
    if is_always_number(operand) and not texts:
        return f"({as_number(operand)} IN ({', '.join(numbers)}))"
    # A text that is no number equals no number, but it must be looked at: where it is absent the answer is unknown.
    all_texts = [quote_text(_text(option)) for option in options]
    return let_values(
        [operand],
        lambda numeric, text: (
            f"COALESCE({numeric} IN ({', '.join(numbers)}), {text} IN ({', '.join(texts or all_texts)}))"
        ),
    )


def _text(option: Sql) -> str:
    return text_of_number(option.literal) if isinstance(option.literal, float) else str(option.literal)


def contains(operand: Sql, part: str) -> str:
    """Return whether the text holds a part, case-sensitive, without wildcards."""
    return _searched(operand, f"contains({as_text(operand)}, {quote_text(part)})")


def matches(operand: Sql, pattern: str) -> str:
    """Return whether an RE2 pattern is found anywhere in the text."""
    return _searched(operand, f"regexp_matches({as_text(operand)}, {quote_text(pattern)})")


def _searched(operand: Sql, found: str) -> str:
    return f"CASE WHEN q_is_open({operand.text}) THEN FALSE ELSE {found} END" if operand.kind is Kind.JSON else found


def negated_search(operand: Sql, found: str) -> str:
    """Return the negative of a search; in a map or a list nothing is found either way."""
    if operand.kind is Kind.JSON:
        return f"CASE WHEN q_is_open({operand.text}) THEN FALSE ELSE NOT ({found}) END"
    return f"(NOT {found})"
