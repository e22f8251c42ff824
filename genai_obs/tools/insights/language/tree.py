"""Walks over the tree of an expression or a command."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from genai_obs.tools.insights.language.syntax import (
    Access,
    Binary,
    Call,
    Command,
    Display,
    Expression,
    Fields,
    Filter,
    In,
    Item,
    Like,
    Negative,
    Not,
    ParseCsv,
    ParseGlob,
    ParseJson,
    ParseLogfmt,
    ParseRegex,
    Pattern,
    Sort,
    Stats,
    Unnest,
)


def children(expression: Expression) -> tuple[Expression, ...]:
    """Return the expressions directly inside one, in the order written."""
    match expression:
        case Binary(left=left, right=right):
            return left, right
        case Access(operand=operand) | Not(operand=operand) | Negative(operand=operand):
            return (operand,)
        case Like(operand=operand, pattern=pattern):
            return operand, pattern
        case In(operand=operand, options=options):
            return operand, *options
        case Call(arguments=arguments):
            return arguments
        case _:
            return ()


def walk(expression: Expression) -> Iterator[Expression]:
    """Yield an expression and all inside it, outer ones first, in the order written."""
    waiting = [expression]
    while waiting:
        found = waiting.pop()
        yield found
        waiting.extend(reversed(children(found)))


def depth_of(expression: Expression) -> int:
    """Return the number of levels of a tree; a single name has one."""
    depth = 0
    level: list[Expression] = [expression]
    while level:
        depth += 1
        level = [child for parent in level for child in children(parent)]
    return depth


def expressions(command: Command) -> tuple[Expression, ...]:
    """Return the expressions of a command, in the order written."""
    match command:
        case Fields(items=items) | Display(items=items):
            return tuple(item.expression for item in items)
        case Stats(aggregates=aggregates, groups=groups):
            return tuple(item.expression for item in (*aggregates, *groups))
        case Filter(condition=condition):
            return (condition,)
        case Sort(keys=keys):
            return tuple(key.expression for key in keys)
        case Pattern(operand=operand) | Unnest(operand=operand) | ParseJson(operand=operand):
            return (operand,)
        case ParseGlob(operand=operand) | ParseRegex(operand=operand) | ParseLogfmt(operand=operand):
            return (operand,) if operand else ()
        case ParseCsv(operand=operand):
            return (operand,) if operand else ()
        case _:
            return ()


def rewrite(expression: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """Return an expression with ``change`` applied to every part, inner ones first."""
    match expression:
        case Binary(left=left, right=right):
            found: Expression = replace(expression, left=rewrite(left, change), right=rewrite(right, change))
        case Access(operand=operand) | Not(operand=operand) | Negative(operand=operand) | Like(operand=operand):
            found = replace(expression, operand=rewrite(operand, change))
        case In(operand=operand, options=options):
            changed = tuple(rewrite(option, change) for option in options)
            found = replace(expression, operand=rewrite(operand, change), options=changed)
        case Call(arguments=arguments):
            found = replace(expression, arguments=tuple(rewrite(argument, change) for argument in arguments))
        case _:
            found = expression
    return change(found)


def map_command(command: Command, change: Callable[[Expression, Command], Expression]) -> Command:
    """Return a command with ``change`` applied to its expressions; keys of a ``sort`` are left as they are."""

    def of_items(items: tuple[Item, ...]) -> tuple[Item, ...]:
        return tuple(replace(item, expression=change(item.expression, command)) for item in items)

    match command:
        case Fields(items=items) | Display(items=items):
            return replace(command, items=of_items(items))
        case Stats(aggregates=aggregates, groups=groups):
            return replace(command, aggregates=of_items(aggregates), groups=of_items(groups))
        case Filter(condition=condition):
            return replace(command, condition=change(condition, command))
        case _:
            return command
