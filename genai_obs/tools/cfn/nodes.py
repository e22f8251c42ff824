"""A template as it was written: values with their places, so that what is wrong can be pointed at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from genai_obs.tools.cfn.intrinsics import Value
from genai_obs.tools.text.source import Source, Span

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """
    A value and where it stands.

    Args:
        value: A mapping of nodes, a list of nodes, or a scalar. A short form such as ``!Ref X`` is a mapping with the
            long form's one key.

        span: Its place in the text.

        keys: Where each key of a mapping stands.
    """

    value: "Mapping[str, Node] | Sequence[Node] | Scalar"
    span: Span
    keys: Mapping[str, Span] = field(default_factory=dict)

    def plain(self) -> Value:
        """Return the value without places."""
        if isinstance(self.value, Mapping):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, Sequence) and not isinstance(self.value, str):
            return [node.plain() for node in self.value]
        return self.value

    def child(self, step: str | int) -> "Node | None":
        """Return a member or an item; None where there is none."""
        value = self.value
        if isinstance(value, Mapping):
            return value.get(str(step))
        if isinstance(value, Sequence) and not isinstance(value, str) and isinstance(step, int):
            return value[step] if 0 <= step < len(value) else None
        return None

    def place(self, *path: str | int) -> Span:
        """Return where a path leads: the last part of it that is there, a key rather than what stands behind it."""
        node, span = self, self.span
        for step in path:
            below = node.child(step)
            if below is None:
                return span
            span = node.keys.get(str(step), below.span)
            node = below
        return span


@dataclass(frozen=True, slots=True, eq=False)
class LoadedTemplate:
    """
    A template that was read.

    Args:
        source: Its text.

        root: The whole of it, a mapping.
    """

    source: Source
    root: Node

    def plain(self) -> dict[str, Value]:
        """Return it as data, functions in their long form."""
        found = self.root.plain()
        assert isinstance(found, dict)
        return found
