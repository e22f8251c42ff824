"""Trees of queries as hypothesis draws them, and trees without their places."""

import dataclasses
import re
from typing import Any

from hypothesis import strategies as st

from genai_obs.tools.insights.language import syntax
from genai_obs.tools.insights.language.render import render_expression
from genai_obs.tools.text.source import Span

_HERE = Span(0, 0)

_WORDS = st.sampled_from(
    ["a", "b", "status", "count", "limit", "@timestamp", "@@x", "größe", "by", "as", "null", "type"]
)
_ODD = st.text(st.characters(exclude_characters="`\n", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=6).filter(
    lambda part: part.strip() == part and not part.endswith("@")
)
_TEXT = st.text(st.sampled_from("ab \"'\\/*%#|\n`é"), max_size=8)
_REGEXES = st.lists(
    st.sampled_from(["a", "/", r"\/", r"\\", r"\d", "[ab]", ".*", "(x)", "|", "#", '"', " "]), min_size=1
)
_GROUPS = st.sampled_from(["(?<one>a+)", r"x(?<one>\d)/(?<two>[^/]*)"])


def _of(kind: Any, **parts: Any) -> Any:
    """Return a strategy of one kind of node."""
    return st.builds(kind, span=st.just(_HERE), **parts)


def _as_parsed(pattern: str) -> str:
    r"""Return a pattern as the tree keeps it: ``\/`` is ``/``."""
    return re.sub(r"\\.", lambda escape: "/" if escape[0] == r"\/" else escape[0], pattern)


_names = _of(syntax.Name, text=_WORDS | _ODD.filter(lambda text: "*" not in text))
_fields = _of(syntax.Field, parts=st.lists(_WORDS | _ODD, min_size=1, max_size=3).map(tuple))
_strings = _of(syntax.String, value=_TEXT)
_patterns = _of(syntax.Regex, pattern=_REGEXES.map("".join).map(_as_parsed).filter(lambda p: not p.endswith("\\")))
_periods = _of(
    syntax.Period, count=st.integers(0, 99), unit=st.sampled_from(["ms", "s", "m", "h", "d", "w", "mo", "q", "y"])
)
_leaves = st.one_of(
    _fields,
    _strings,
    _of(syntax.Number, text=st.sampled_from(["0", "1", "2.5", ".5", "1e6", "1.5e-3", "007"])),
    _of(syntax.Boolean, value=st.booleans()),
)
_OPERATORS = ["or", "and", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "^"]


def _grow(inner: Any) -> Any:
    """Return expressions around others."""
    calls = st.sampled_from(["abs", "concat", "ispresent", "jsonparse"])
    accessed = _fields | _of(syntax.Call, function=calls, arguments=st.lists(inner, max_size=2).map(tuple))
    return st.one_of(
        _of(syntax.Binary, operator=st.sampled_from(_OPERATORS), left=inner, right=inner),
        _of(syntax.Not, operand=inner),
        _of(syntax.Negative, operand=inner),
        _of(syntax.Like, operand=inner, pattern=_strings | _patterns, negated=st.booleans()),
        _of(syntax.In, operand=inner, options=st.lists(inner, max_size=3).map(tuple), negated=st.booleans()),
        _of(syntax.Call, function=calls, arguments=st.lists(inner | _periods, max_size=3).map(tuple)),
        _of(syntax.Access, operand=accessed, key=st.integers(0, 9)),
        _of(syntax.Access, operand=accessed, key=_WORDS | _ODD.filter(lambda part: not part.isdigit())),
    )


_expressions: Any = st.recursive(_leaves, _grow, max_leaves=8)


def _items(expressions: Any) -> Any:
    def item(expression: syntax.Expression, alias: syntax.Name | None) -> syntax.Item:
        plain = isinstance(expression, syntax.Field)
        text = expression.name if isinstance(expression, syntax.Field) and plain else render_expression(expression)
        return syntax.Item(_HERE, expression, alias, text)

    return st.lists(st.builds(item, expressions, st.none() | _names), min_size=1, max_size=3).map(tuple)


def _sort_keys() -> Any:
    def key(field: syntax.Field, descending: bool) -> syntax.SortKey:
        return syntax.SortKey(_HERE, field, field.name, descending)

    return st.lists(st.builds(key, _fields, st.booleans()), min_size=1, max_size=3).map(tuple)


@st.composite
def _globs(draw: Any) -> syntax.ParseGlob:
    names = tuple(draw(st.lists(_names, min_size=1, max_size=3)))
    texts = [draw(_TEXT.filter(lambda text: "*" not in text)) for _ in range(len(names) + 1)]
    operand = draw(st.none() | _fields)
    return syntax.ParseGlob(_HERE, operand, syntax.String(_HERE, "*".join(texts)), names)


@st.composite
def _regex_parses(draw: Any) -> syntax.ParseRegex:
    pattern = draw(_GROUPS)
    names = tuple(syntax.Name(_HERE, name) for name in ("one", "two") if f"<{name}>" in pattern)
    regex = syntax.Regex(_HERE, pattern)
    return syntax.ParseRegex(
        _HERE, draw(st.none() | _fields), regex, names, named_groups=True, multi=draw(st.booleans())
    )


_aggregates = _of(syntax.Call, function=st.just("count"), arguments=st.just(()), star=st.just(True)) | _of(
    syntax.Call, function=st.sampled_from(["sum", "avg"]), arguments=_expressions.map(lambda node: (node,))
)
_name_lists = st.lists(_names, min_size=1, max_size=3).map(tuple)
_field_lists = st.lists(_fields, min_size=1, max_size=3).map(tuple)

_commands = st.one_of(
    _of(syntax.Fields, items=_items(_expressions)),
    _of(syntax.Display, items=_items(_expressions)),
    _of(syntax.Filter, condition=_expressions),
    _of(syntax.Stats, aggregates=_items(_aggregates), groups=st.just(()), offset=st.none()),
    _of(syntax.Stats, aggregates=_items(_aggregates), groups=_items(_expressions), offset=st.none() | _periods),
    _of(syntax.Sort, keys=_sort_keys()),
    _of(syntax.Limit, count=st.integers(1, 100_000), any=st.booleans()),
    _of(syntax.Limit, count=st.integers(1, 100_000), last=st.just(True)),
    _globs(),
    _regex_parses(),
    _of(syntax.ParseLogfmt, operand=st.none() | _fields, name=_names),
    _of(syntax.ParseCsv, operand=_fields, names=_name_lists),
    _of(syntax.ParseJson, operand=_fields, path=_strings, name=_names),
    _of(syntax.Dedup, keys=_field_lists),
    _of(syntax.Unnest, operand=_fields, name=_names),
    _of(syntax.Expand, field=_fields),
    _of(syntax.Pattern, operand=_expressions),
    _of(syntax.Diff, against=st.sampled_from([None, "previousDay", "previousWeek", "previousMonth"])),
    _of(syntax.Accum, field=_fields, alias=st.none() | _names),
    _of(syntax.CountFrequent, keys=_field_lists),
    _of(syntax.FillDown, names=st.lists(_names, max_size=2).map(tuple)),
    _of(syntax.FillMissing, value=st.none(), names=st.just(())),
    _of(syntax.FillMissing, value=_strings, names=_name_lists),
)


def queries() -> st.SearchStrategy[syntax.Query]:
    """Return a strategy of queries that can be written, whether or not they make sense."""
    commands = st.lists(_commands, min_size=1, max_size=4).map(tuple)
    return st.builds(lambda found: syntax.Query("", found), commands)


def without_spans(node: Any) -> Any:
    """Return a node, or a tuple of some, with all places set to the same."""
    if isinstance(node, Span):
        return _HERE
    if isinstance(node, tuple):
        return tuple(map(without_spans, node))
    if not dataclasses.is_dataclass(node) or isinstance(node, type):
        return node
    values = {field.name: without_spans(getattr(node, field.name)) for field in dataclasses.fields(node)}
    # The text of an item that has a name is the text as written, which rendering changes.
    if isinstance(node, syntax.Item) and node.alias:
        values["text"] = ""
    return dataclasses.replace(node, **values)
