"""Any text parses or raises our error with places inside the text; a rendered tree parses to itself."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from insights_trees import queries, without_spans

from genai_obs.tools.insights.checks.query import check_query, normalise
from genai_obs.tools.insights.language.parser import parse_query
from genai_obs.tools.insights.language.render import render_query
from genai_obs.tools.insights.language.syntax import Query
from genai_obs.tools.text.diagnostics import Diagnostic, TextError

# Pieces that make texts look like queries far more often than single characters would.
_PIECES = st.sampled_from(
    [
        "fields",
        "display",
        "filter",
        "where",
        "stats",
        "sort",
        "limit",
        "parse",
        "dedup",
        "unnest",
        "into",
        "pattern",
        "diff",
        "as",
        "by",
        "and",
        "or",
        "not",
        "in",
        "like",
        "=~",
        "count(*)",
        "count(",
        "avg(x)",
        "bin(5m)",
        "bin(",
        "5",
        "min",
        "@timestamp",
        "@message",
        "a",
        "b.c",
        "`a",
        "b`",
        "`a",
        '"x"',
        "'y'",
        '"',
        "'",
        "/re/",
        "/",
        "//",
        "[",
        "]",
        "(",
        ")",
        ",",
        "|",
        "||",
        "=",
        "==",
        "!=",
        "<",
        ">",
        "+",
        "-",
        "*",
        "%",
        "^",
        "!",
        "1",
        "1.5",
        ".5",
        "1e6",
        "5m",
        "5xx",
        "2h",
        "true",
        "null",
        "#",
        "\n",
        "\\",
        "$",
        "{{",
        "}}",
        ";",
        "“",
        "”",
        "é",
        "∀",
        "SOURCE",
        "join",
        "(",
        "|",
        ")",
        "logfmt",
        "csv",
        "multi",
        "json",
        "field=",
        "expand",
        "accum",
        "filldown",
        "fillmissing",
        "with",
        "for",
        "offset",
        "desc",
        "asc",
        "limit",
        "any",
        "0",
        "100000",
    ]
)
_TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(_PIECES, max_size=25).map(" ".join),
    st.lists(_PIECES, max_size=25).map("".join),
)


def _problems(text: str) -> tuple[Diagnostic, ...]:
    """Parse and check a text; return the errors or the warnings."""
    try:
        query = parse_query(text)
        normalise(query)
        return check_query(query)
    except TextError as error:
        # What the command line prints must come out too.
        str(error)
        return error.diagnostics


def _assert_inside(text: str) -> None:
    for problem in _problems(text):
        assert 0 <= problem.span.start <= problem.span.end <= len(text)


@settings(max_examples=120)
@given(_TEXTS)
def test_any_text_parses_or_raises_our_error_with_places_inside_it(text: str) -> None:
    """Whatever is written, the answer is a tree, or problems that point into the text."""
    _assert_inside(text)


@settings(max_examples=50)
@given(queries())
def test_a_rendered_tree_parses_to_itself(query: Query) -> None:
    """Rendering a tree and parsing the text gives the same tree, places apart."""
    text = render_query(query)

    parsed = parse_query(text)

    assert without_spans(parsed.commands) == without_spans(query.commands)


@settings(max_examples=50)
@given(queries(), st.data())
def test_a_damaged_query_parses_or_raises_our_error(query: Query, data: st.DataObject) -> None:
    """A query with a piece cut out, doubled or put in never ends in another exception."""
    text = render_query(query)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    middle: Any = data.draw(st.sampled_from(["", text[start:end] * 2, text[end:start:-1]]) | _PIECES)

    _assert_inside(text[:start] + middle + text[end:])


@settings(max_examples=50)
@given(queries())
def test_normalising_twice_changes_nothing_more(query: Query) -> None:
    """The form that is compiled is its own normal form."""
    once = normalise(parse_query(render_query(query)))

    assert normalise(once) == once
