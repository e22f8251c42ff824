"""Trees of metric math: what the parser makes, each node with its place in the text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from genai_obs.tools.text.source import Span


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written; never negative, never infinite."""

    span: Span
    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted text, raw: escapes are left to whoever reads it, so that places in it stay true."""

    span: Span
    value: str


@dataclass(frozen=True, slots=True)
class Name:
    """The id of another row, or a word such as ``REPEAT`` where a function takes one."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments."""

    span: Span
    name: str
    name_span: Span
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """An array written out: ``[m1, m2]``."""

    span: Span
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Negative:
    """A minus before an operand."""

    span: Span
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Binary:
    """An operator between two operands; ``&&`` is ``AND`` and ``||`` is ``OR``."""

    span: Span
    operator: str
    operator_span: Span
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Broken:
    """A part that could not be read; its problem is told, and nothing more is said about it."""

    span: Span


Node = Number | Text | Name | Call | Listed | Negative | Binary | Broken

_Result = TypeVar("_Result")


def children(node: Node) -> tuple[Node, ...]:
    """Return the operands of a node in the order of the text."""
    match node:
        case Call():
            return node.arguments
        case Listed():
            return node.items
        case Negative():
            return (node.operand,)
        case Binary():
            return (node.left, node.right)
        case _:
            return ()


def postorder(tree: Node) -> list[Node]:
    """Return all nodes, each behind its operands. A long sum is a deep tree, so nothing here calls itself."""
    waiting, found = [tree], list[Node]()
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting.extend(children(node))
    found.reverse()
    return found


def fold(tree: Node, combine: Callable[[Node, Sequence[_Result]], _Result]) -> _Result:
    """Return what ``combine`` makes of the tree, given each node and the results of its operands."""
    results: list[_Result] = []
    for node in postorder(tree):
        count = len(children(node))
        # Reversing the walk leaves the operands of a node in the order of the text.
        operands = results[len(results) - count :]
        del results[len(results) - count :]
        results.append(combine(node, operands))
    return results[0]
