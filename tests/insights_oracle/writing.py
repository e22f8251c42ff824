"""A query tree as text, with no more parentheses than precedence asks for: what the parser must read back."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from genai_obs.tools.insights.language import syntax

_WORD = re.compile(r"[A-Za-z_@][A-Za-z0-9_@]*", re.ASCII)
_LEVELS = {"or": 1, "and": 2, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6, "^": 7}
_NOT, _COMPARISON, _UNARY, _PRIMARY = 3, 4, 8, 9


def written(query: Sequence[syntax.Command]) -> str:
    """Return commands as text."""
    return "\n| ".join(_COMMANDS[type(command)](command) for command in query)


def expression_text(node: syntax.Expression, least: int = 0) -> str:
    """Return an expression as text, in parentheses when it binds less than ``least``."""
    text, level = _EXPRESSIONS[type(node)](node)
    return text if level >= least else f"({text})"


def field_text(node: syntax.Field) -> str:
    """Return a field name with backticks where a part needs them."""
    return ".".join(
        part if _WORD.fullmatch(part) or (position and part.isdecimal()) else f"`{part}`"
        for position, part in enumerate(node.parts)
    )


def string_text(node: syntax.String) -> str:
    """Return a quoted text."""
    escaped = node.value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _regex_text(node: syntax.Regex) -> str:
    return "/" + node.pattern.replace("/", "\\/") + "/"


def _binary(node: syntax.Binary) -> tuple[str, int]:
    level = _LEVELS.get(node.operator, _COMPARISON)
    left, right = level, level + 1
    if level == _COMPARISON:
        left = level + 1
    elif node.operator == "^":
        left, right = _UNARY, level
    return f"{expression_text(node.left, left)} {node.operator} {expression_text(node.right, right)}", level


def _call(node: syntax.Call) -> tuple[str, int]:
    inside = "*" if node.star else ", ".join(map(expression_text, node.arguments))
    return f"{node.function}({inside})", _PRIMARY


def _like(node: syntax.Like) -> tuple[str, int]:
    pattern = string_text(node.pattern) if isinstance(node.pattern, syntax.String) else _regex_text(node.pattern)
    return f"{expression_text(node.operand, 5)} {'not ' * node.negated}like {pattern}", _COMPARISON


def _in(node: syntax.In) -> tuple[str, int]:
    options = ", ".join(map(expression_text, node.options))
    return f"{expression_text(node.operand, 5)} {'not ' * node.negated}in [{options}]", _COMPARISON


def _access(node: syntax.Access) -> tuple[str, int]:
    place = f"[{node.key}]" if isinstance(node.key, int) else f".`{node.key}`"
    return expression_text(node.operand, _PRIMARY) + place, _PRIMARY


_EXPRESSIONS: dict[type[Any], Callable[[Any], tuple[str, int]]] = {
    syntax.Number: lambda node: (node.text, _PRIMARY),
    syntax.String: lambda node: (string_text(node), _PRIMARY),
    syntax.Boolean: lambda node: ("true" if node.value else "false", _PRIMARY),
    syntax.Period: lambda node: (f"{node.count}{node.unit}", _PRIMARY),
    syntax.Field: lambda node: (field_text(node), _PRIMARY),
    syntax.Call: _call,
    syntax.Access: _access,
    syntax.Not: lambda node: (f"not {expression_text(node.operand, _NOT)}", _NOT),
    syntax.Negative: lambda node: (f"-{expression_text(node.operand, _UNARY)}", _UNARY),
    syntax.Binary: _binary,
    syntax.Like: _like,
    syntax.In: _in,
}


def _items(items: Sequence[syntax.Item]) -> str:
    return ", ".join(
        expression_text(item.expression) + (f" as {item.alias.text}" if item.alias else "") for item in items
    )


def _names(names: Sequence[syntax.Name]) -> str:
    return ", ".join(name.text for name in names)


def _stats(command: syntax.Stats) -> str:
    return f"stats {_items(command.aggregates)}" + (f" by {_items(command.groups)}" if command.groups else "")


def _sort(command: syntax.Sort) -> str:
    keys = (f"{expression_text(key.expression)} {'desc' if key.descending else 'asc'}" for key in command.keys)
    return "sort " + ", ".join(keys)


def _operand(operand: syntax.Expression | None) -> str:
    return "" if operand is None else expression_text(operand) + " "


def _parse_regex(command: syntax.ParseRegex) -> str:
    names = "" if command.named_groups else f" as {_names(command.names)}"
    return f"parse {_operand(command.operand)}{_regex_text(command.pattern)}{names}{' multi' * command.multi}"


_COMMANDS: dict[type[Any], Callable[[Any], str]] = {
    syntax.Fields: lambda command: f"fields {_items(command.items)}",
    syntax.Display: lambda command: f"display {_items(command.items)}",
    syntax.Filter: lambda command: f"filter {expression_text(command.condition)}",
    syntax.Stats: _stats,
    syntax.Sort: _sort,
    syntax.Limit: lambda command: f"limit {command.count}",
    syntax.Dedup: lambda command: f"dedup {', '.join(map(field_text, command.keys))}",
    syntax.Unnest: lambda command: f"unnest {expression_text(command.operand)} into {command.name.text}",
    syntax.ParseGlob: lambda command: (
        f"parse {_operand(command.operand)}{string_text(command.pattern)} as {_names(command.names)}"
    ),
    syntax.ParseRegex: _parse_regex,
}
