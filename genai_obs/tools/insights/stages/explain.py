"""A query's tree as indented text, for ``--explain``."""

from dataclasses import fields, is_dataclass
from typing import Any

from genai_obs.tools.insights.language.syntax import Query
from genai_obs.tools.text.source import Span


def render_tree(query: Query) -> str:
    """Return one line a node: its kind, its place in the text, its plain values; its parts below it."""
    return "\n".join(line for command in query.commands for line in _lines(command, 0))


def _lines(node: Any, depth: int) -> list[str]:
    span: Span = node.span
    plain, parts = [], []
    for field in fields(node):
        value = getattr(node, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if is_dataclass(part) and not isinstance(part, Span):
                parts.append(part)
            elif not isinstance(part, Span) and part is not None:
                plain.append(f"{field.name}={part!r}")
    head = f"{'  ' * depth}{type(node).__name__} [{span.start}:{span.end}] {' '.join(plain)}".rstrip()
    return [head, *(line for part in parts for line in _lines(part, depth + 1))]
