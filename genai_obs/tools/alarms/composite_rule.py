"""
The rule of a composite alarm as a tree: what was written, with the place of everything in the text.

AWS: "alarm-combining" in the CloudWatch User Guide and "PutCompositeAlarm" in its API reference.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from genai_obs.tools.alarms.state import State
from genai_obs.tools.text.source import Source, Span


@dataclass(frozen=True, slots=True)
class Child:
    """
    Another alarm that a rule names.

    Args:
        span: Where, quotes included.

        written: The name or ARN as written, without quotes and escapes.
    """

    span: Span
    written: str

    @property
    def name(self) -> str:
        """The name of the alarm: of an ARN what stands behind ``:alarm:``."""
        _, found, name = self.written.partition(":alarm:")
        return name if found and self.written.startswith("arn:") else self.written


@dataclass(frozen=True, slots=True)
class StateIs:
    """``ALARM(x)``, ``OK(x)``, ``INSUFFICIENT_DATA(x)``."""

    span: Span
    state: State
    child: Child


@dataclass(frozen=True, slots=True)
class Constant:
    """``TRUE`` or ``FALSE``."""

    span: Span
    value: bool


@dataclass(frozen=True, slots=True)
class Not:
    """``NOT x``."""

    span: Span
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Every:
    """``x AND y AND …``."""

    span: Span
    operands: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """``x OR y OR …``."""

    span: Span
    operands: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """
    ``AT_LEAST(2, ALARM, (a, b, c))``, ``AT_LEAST(50%, NOT OK, (a, b))``.

    Args:
        span: Where.

        least: How many of the children, already counted out where a percentage was written.

        state: The state they must be in.

        negated: Whether they must be in any other state instead.

        children: Each once.
    """

    span: Span
    least: int
    state: State
    negated: bool
    children: tuple[Child, ...]


Node: TypeAlias = StateIs | Constant | Not | Every | Some | AtLeast


@dataclass(frozen=True, slots=True)
class Rule:
    """
    A whole rule.

    Args:
        source: As written.

        root: What must be true for the alarm to be in ALARM.
    """

    source: Source
    root: Node

    def children(self) -> tuple[Child, ...]:
        """Return each alarm that the rule names, where it does so first."""
        found: dict[str, Child] = {}
        for child in _children(self.root):
            found.setdefault(child.name, child)
        return tuple(found.values())


def _children(node: Node) -> Iterator[Child]:
    match node:
        case StateIs():
            yield node.child
        case Constant():
            return
        case Not():
            yield from _children(node.operand)
        case Every() | Some():
            for operand in node.operands:
                yield from _children(operand)
        case AtLeast():
            yield from node.children
        case _:
            assert_never(node)
