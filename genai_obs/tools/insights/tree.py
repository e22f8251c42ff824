"""Walks over the tree of an expression that need no recursion."""

from collections.abc import Iterator

from genai_obs.tools.insights.syntax import (
    Access,
    Binary,
    Call,
    Expression,
    In,
    Like,
    Negative,
    Not,
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
