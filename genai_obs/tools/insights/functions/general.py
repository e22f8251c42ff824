"""Functions of presence, choice, masking and the query's own time range."""

from collections.abc import Callable
from dataclasses import replace

from genai_obs.tools.insights.functions.calls import Arguments, CompileProblem, Function, functions_of
from genai_obs.tools.insights.sql.values import (
    Kind,
    Sql,
    absent,
    as_json,
    as_number,
    as_text,
    boolean,
    let_values,
    number,
    number_constant,
    present,
)

_SMALL = 300


def _is_present(arguments: Arguments) -> Sql:
    return boolean(present(arguments.value(0)))


def _coalesce(arguments: Arguments) -> Sql:
    values = arguments.values()
    chosen = _choose([(present(value), value) for value in values[:-1]], values[-1])
    if chosen.kind is Kind.JSON:
        return chosen
    read = as_text if chosen.kind is Kind.TEXT else _itself
    return replace(chosen, text=f"COALESCE({', '.join(read(value) for value in values)})")


def _if(arguments: Arguments) -> Sql:
    return _choose([(arguments.boolean(0), arguments.value(1))], arguments.value(2))


def _case(arguments: Arguments) -> Sql:
    pairs = range(0, len(arguments) - 1, 2)
    branches = [(arguments.boolean(index), arguments.value(index + 1)) for index in pairs]
    has_default = len(arguments) % 2 == 1
    return _choose(branches, arguments.value(len(arguments) - 1) if has_default else absent(branches[0][1].kind))


def _choose(branches: list[tuple[str, Sql]], default: Sql) -> Sql:
    """Return the value of the first branch that is true; values of different kinds meet as texts."""
    kinds = {value.kind for value in (*(value for _, value in branches), default)}
    if len(kinds) == 1 and kinds != {Kind.TEXT}:
        return Sql(_case_sql(branches, default, _itself), kinds.pop())
    if Kind.JSON in kinds:
        return Sql(_case_sql(branches, default, as_json), Kind.JSON)
    number_sql = _case_sql(branches, default, as_number)
    # A second expression for the number would double with each level of nesting.
    is_small = len(number_sql) <= _SMALL
    return Sql(_case_sql(branches, default, as_text), Kind.TEXT, number_sql=number_sql if is_small else None)


def _itself(value: Sql) -> str:
    return value.text


def _case_sql(branches: list[tuple[str, Sql]], default: Sql, read: Callable[[Sql], str]) -> str:
    if not branches:
        return read(default)
    whens = " ".join(f"WHEN {condition} THEN {read(value)}" for condition, value in branches)
    return f"CASE {whens} ELSE {read(default)} END"


def _is_numeric(arguments: Arguments) -> Sql:
    value = arguments.value(0)
    return boolean(
        let_values([value], lambda numeric, text: f"CASE WHEN {text} IS NOT NULL THEN {numeric} IS NOT NULL END")
    )


def _message_size(arguments: Arguments) -> Sql:
    return number(f"CAST(strlen({arguments.text(0)}) AS DOUBLE)")


def _range_end(arguments: Arguments, at_ms: int | None) -> int:
    if at_ms is None:
        raise CompileProblem(
            "no-time-range", "this query has no time range", arguments.call.span, "give it a start and an end"
        )
    return at_ms


def _start_time(arguments: Arguments) -> Sql:
    return number_constant(_range_end(arguments, arguments.scope.start_ms))


def _end_time(arguments: Arguments) -> Sql:
    return number_constant(_range_end(arguments, arguments.scope.end_ms))


def _time_range(arguments: Arguments) -> Sql:
    start_ms = _range_end(arguments, arguments.scope.start_ms)
    return number_constant(_range_end(arguments, arguments.scope.end_ms) - start_ms)


def _unmask(arguments: Arguments) -> Sql:
    return arguments.value(0)


FUNCTIONS: dict[str, Function] = functions_of(
    "general",
    "core",
    (
        ("ispresent", 1, 1, "whether the field has a value", _is_present),
        ("coalesce", 1, None, "the first value that is present", _coalesce),
        ("unmask", 1, 1, "the value itself: logs on disk are not masked", _unmask),
    ),
) | functions_of(
    "general",
    "new",
    (
        ("if", 3, 3, "the second argument where the first is true, else the third", _if),
        (
            "case",
            2,
            21,
            "pairs of condition and value, then perhaps a default: the value of the first true condition",
            _case,
        ),
        ("isNumeric", 1, 1, "whether the value reads as a number", _is_numeric),
        ("messageSize", 1, 1, "bytes of the text in UTF-8", _message_size),
        ("queryStartTime", 0, 0, "start of the query's time range, epoch milliseconds", _start_time),
        ("queryEndTime", 0, 0, "end of the query's time range, epoch milliseconds", _end_time),
        ("queryTimeRange", 0, 0, "length of the query's time range in milliseconds", _time_range),
    ),
)
