"""From the tree of a query back to text that parses to the same tree."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from genai_obs.tools.insights.language.syntax import (
    Access,
    Accum,
    Binary,
    Boolean,
    Call,
    Command,
    CountFrequent,
    Dedup,
    Diff,
    Display,
    Expand,
    Expression,
    Field,
    Fields,
    FillDown,
    FillMissing,
    Filter,
    In,
    Item,
    Like,
    Limit,
    LogGroupSource,
    Name,
    Negative,
    Not,
    Number,
    ParseCsv,
    ParseGlob,
    ParseJson,
    ParseLogfmt,
    ParseRegex,
    Pattern,
    Period,
    Query,
    Regex,
    Sort,
    SortKey,
    Stats,
    String,
    Unnest,
)

# Words that mean something where a field may stand.
_KEYWORDS = frozenset(
    {"true", "false", "null", "nil", "none", "not", "and", "or", "in", "like", "as", "by", "asc", "desc", "any"}
    | {"logfmt", "csv", "multi", "with", "for", "into", "offset", "distinct", "group", "order", "field"}
)

_POWERS = {"or": 10, "and": 20, "+": 50, "-": 50, "*": 60, "/": 60, "%": 60, "^": 70}
_NOT, _COMPARE, _SIGN, _OPERAND = 30, 40, 80, 100


def render_query(query: Query) -> str:
    """Return a query with one command a line."""
    return "\n| ".join(render_command(command) for command in query.commands)


def render_command(command: Command) -> str:
    """Return a command with its name as AWS writes it."""
    return _COMMANDS[type(command)](command)


def render_expression(expression: Expression) -> str:
    """Return an expression with no more parentheses than it needs."""
    return _EXPRESSIONS[type(expression)](expression)


def _power(expression: Expression) -> int:
    match expression:
        case Binary(operator=operator):
            return _POWERS.get(operator, _COMPARE)
        case Like() | In():
            return _COMPARE
        case Not():
            return _NOT
        case Negative():
            return _SIGN
        case _:
            return _OPERAND


def _within(expression: Expression, power: int) -> str:
    text = render_expression(expression)
    return text if _power(expression) >= power else f"({text})"


def _binary(node: Binary) -> str:
    power = _power(node)
    is_right = node.operator == "^"
    left, right = _within(node.left, power + is_right), _within(node.right, power + (not is_right))
    return f"{left} {node.operator} {right}"


def _access(node: Access) -> str:
    operand = render_expression(node.operand)
    is_bare = isinstance(node.operand, (Call, Access)) or (
        isinstance(node.operand, Field) and isinstance(node.key, int)
    )
    operand = operand if is_bare else f"({operand})"
    return f"{operand}[{node.key}]" if isinstance(node.key, int) else f"{operand}.{_part(node.key)}"


def _call(node: Call) -> str:
    arguments = "*" if node.star else ", ".join(render_expression(argument) for argument in node.arguments)
    return f"{node.function}({arguments})"


def _like(node: Like) -> str:
    return f"{_within(node.operand, _COMPARE)} {'not ' * node.negated}like {render_expression(node.pattern)}"


def _in(node: In) -> str:
    options = ", ".join(render_expression(option) for option in node.options)
    return f"{_within(node.operand, _COMPARE)} {'not ' * node.negated}in [{options}]"


def _string(node: String) -> str:
    escaped = node.value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _regex(node: Regex) -> str:
    escaped = re.sub(r"\\[\s\S]|/", lambda found: "\\/" if found[0] == "/" else found[0], node.pattern)
    return f"/{escaped}/"


def _field(node: Field) -> str:
    first, *rest = node.parts
    is_odd = first[:1].isdigit() or first.lower() in _KEYWORDS
    return ".".join([f"`{first}`" if is_odd else _part(first), *map(_part, rest)])


def _part(part: str) -> str:
    """Return a piece of a name, in backticks where it needs them; a leading ``@`` stands before them."""
    if re.fullmatch(r"[\w@]+", part):
        return part
    name = part.lstrip("@")
    return f"{part[: len(part) - len(name)]}`{name}`"


def _name(name: Name) -> str:
    is_plain = re.fullmatch(r"[\w@]+(\.[\w@]+)*", name.text) and not name.text[0].isdigit()
    return name.text if is_plain and name.text.lower() not in _KEYWORDS else f"`{name.text}`"


def _wildcard(name: Name) -> str:
    return name.text if "*" in name.text else _name(name)


def _names(names: Iterable[Name]) -> str:
    return ", ".join(_name(name) for name in names)


def _item(item: Item) -> str:
    if item.alias:
        return f"{render_expression(item.expression)} as {_name(item.alias)}"
    # The text names the column; only for a plain field is it not what was written.
    return _field(item.expression) if isinstance(item.expression, Field) else item.text


def _items(items: Iterable[Item]) -> str:
    return ", ".join(_item(item) for item in items)


def _stats(node: Stats) -> str:
    groups = f" by {_items(node.groups)}" if node.groups else ""
    offset = f" offset {render_expression(node.offset)}" if node.offset else ""
    return f"stats {_items(node.aggregates)}{groups}{offset}"


def _sort_key(key: SortKey) -> str:
    text = _field(key.expression) if isinstance(key.expression, Field) else key.text
    return f"{text} desc" if key.descending else text


def _limit(node: Limit) -> str:
    return f"{'tail' if node.last else 'limit'} {'any ' * node.any}{node.count}"


def _parse(operand: Expression | None, rest: str) -> str:
    return f"parse {rest}" if operand is None else f"parse {_postfix(operand)} {rest}"


def _postfix(operand: Expression) -> str:
    text = render_expression(operand)
    return text if isinstance(operand, (Field, Call, Access)) else f"({text})"


def _parse_regex(node: ParseRegex) -> str:
    names = "" if node.named_groups else f" as {_names(node.names)}"
    return _parse(node.operand, f"{_regex(node.pattern)}{names}{' multi' * node.multi}")


def _fill_missing(node: FillMissing) -> str:
    return f"fillmissing with {render_expression(node.value)} for {_names(node.names)}" if node.value else "fillmissing"


def _fields(fields: Iterable[Field]) -> str:
    return ", ".join(_field(field) for field in fields)


_EXPRESSIONS: dict[type, Callable[[Any], str]] = {
    Number: lambda node: str(node.text),
    String: _string,
    Boolean: lambda node: "true" if node.value else "false",
    Regex: _regex,
    Period: lambda node: f"{node.count}{node.unit}",
    Field: _field,
    Access: _access,
    Call: _call,
    Not: lambda node: f"not {_within(node.operand, _NOT)}",
    Negative: lambda node: f"-{_within(node.operand, _SIGN)}",
    Binary: _binary,
    Like: _like,
    In: _in,
}

_COMMANDS: dict[type, Callable[[Any], str]] = {
    Fields: lambda node: f"fields {_items(node.items)}",
    Display: lambda node: f"display {_items(node.items)}",
    Filter: lambda node: f"filter {render_expression(node.condition)}",
    Stats: _stats,
    Sort: lambda node: f"sort {', '.join(_sort_key(key) for key in node.keys)}",
    Limit: _limit,
    ParseGlob: lambda node: _parse(node.operand, f"{_string(node.pattern)} as {_names(node.names)}"),
    ParseRegex: _parse_regex,
    ParseLogfmt: lambda node: _parse(node.operand, f"logfmt as {_name(node.name)}"),
    ParseCsv: lambda node: _parse(node.operand, f"csv as {_names(node.names)}"),
    ParseJson: lambda node: f"json field={_postfix(node.operand)} {_string(node.path)} as {_name(node.name)}",
    Dedup: lambda node: f"dedup {_fields(node.keys)}",
    Unnest: lambda node: f"unnest {_postfix(node.operand)} into {_name(node.name)}",
    Expand: lambda node: f"expand {_field(node.field)}",
    Pattern: lambda node: f"pattern {render_expression(node.operand)}",
    Diff: lambda node: f"diff {node.against}" if node.against else "diff",
    Accum: lambda node: f"accum {_field(node.field)}" + (f" as {_name(node.alias)}" if node.alias else ""),
    CountFrequent: lambda node: f"countFrequent {_fields(node.keys)}",
    FillDown: lambda node: " ".join(["filldown", *map(_wildcard, node.names)]),
    FillMissing: _fill_missing,
    LogGroupSource: lambda node: str(node.text),
}
