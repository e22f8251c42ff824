"""Whether a query drops every event that has no discovered field, such as Lambda's START lines."""

from genai_obs.tools.insights.language.syntax import (
    Binary,
    Call,
    Command,
    Display,
    Expression,
    Field,
    Fields,
    Filter,
    In,
    Like,
    LogGroupSource,
    Negative,
    Not,
    Query,
)

_COMPARISONS = {"=", "!=", "<", "<=", ">", ">="}
_ARITHMETIC = {"+", "-", "*", "/", "%", "^"}

# Functions of one value that give nothing for a missing one.
_STRICT_FUNCTIONS = {"abs", "ceil", "floor", "tolower", "toupper"}


def drops_events_without_fields(query: Query) -> bool:
    """Return whether one of the filters that come first is never true of an event without discovered fields."""
    made: set[str] = set()
    for command in query.commands:
        if isinstance(command, Filter):
            if _is_never_true(command.condition, made):
                return True
        elif not _keeps_all_events(command):
            return False
        elif isinstance(command, Fields | Display):
            made |= {item.name for item in command.items if item.alias or not isinstance(item.expression, Field)}
    return False


def _keeps_all_events(command: Command) -> bool:
    return isinstance(command, Fields | Display | LogGroupSource)


def _is_never_true(condition: Expression, made: set[str]) -> bool:
    """Return whether a condition is false or unknown when no discovered field is there."""
    match condition:
        case Binary(operator="and"):
            return _is_never_true(condition.left, made) or _is_never_true(condition.right, made)
        case Binary(operator="or"):
            return _is_never_true(condition.left, made) and _is_never_true(condition.right, made)
        case Call(function="ispresent"):
            return _is_missing(condition.arguments[0], made)
        case Not():
            return _is_unknown(condition.operand, made)
        case _:
            return _is_unknown(condition, made)


def _is_unknown(condition: Expression, made: set[str]) -> bool:
    """Return whether a condition, and so its negation, is unknown when no discovered field is there."""
    match condition:
        case Binary():
            sides = (condition.left, condition.right)
            return condition.operator in _COMPARISONS and any(_is_missing(side, made) for side in sides)
        case Like() | In():
            return _is_missing(condition.operand, made)
        case _:
            return _is_missing(condition, made)


def _is_missing(value: Expression, made: set[str]) -> bool:
    """Return whether a value is missing when no discovered field is there."""
    match value:
        case Field():
            return not value.name.startswith("@") and not _is_made(value, made)
        case Negative():
            return _is_missing(value.operand, made)
        case Binary():
            sides = (value.left, value.right)
            return value.operator in _ARITHMETIC and any(_is_missing(side, made) for side in sides)
        case Call():
            return value.function in _STRICT_FUNCTIONS and _is_missing(value.arguments[0], made)
        case _:
            return False


def _is_made(field: Field, made: set[str]) -> bool:
    return any(".".join(field.parts[:cut]) in made for cut in range(1, len(field.parts) + 1))
