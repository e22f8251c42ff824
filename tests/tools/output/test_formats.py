"""A result as text for programs and papers."""

import csv
import io
import json

from genai_obs.tools.insights.result import Column, Result
from genai_obs.tools.output.formats import FORMATS

RESULT = Result(
    (Column("model", "text"), Column("usd", "number"), Column("t", "time")),
    [
        ('a "b", c', "0.12502600000000002", "2026-11-20 00:00:00.000"),
        (None, None, None),
        ("=1+1|\x1b[31m\nnext", "1234567", None),
    ],
)


def render(name: str, result: Result = RESULT) -> str:
    """Return the text of a result in a format."""
    return "".join(FORMATS[name](result))


def test_json_is_a_list_of_objects_with_untouched_texts() -> None:
    """As GetQueryResults: every value a text, what a row lacks is left out."""
    assert json.loads(render("json")) == RESULT.as_objects()
    assert json.loads(render("json"))[0]["usd"] == "0.12502600000000002"
    assert json.loads(render("json"))[1] == {}


def test_json_of_nothing_is_an_empty_list() -> None:
    """A program need not ask first."""
    assert render("json", Result((Column("a"),), [])) == "[]\n"


def test_ndjson_is_one_object_a_line() -> None:
    """Also where a value holds a line break."""
    lines = render("ndjson").splitlines()

    assert [json.loads(line) for line in lines] == RESULT.as_objects()


def test_csv_reads_back_as_it_was() -> None:
    """RFC 4180: quotes doubled, CRLF, breaks inside quotes; values untouched, missing ones empty."""
    text = render("csv")

    rows = list(csv.reader(io.StringIO(text, newline="")))

    assert rows == [["model", "usd", "t"], *[[cell or "" for cell in row] for row in RESULT.rows]]
    assert text.startswith('model,usd,t\r\n"a ""b"", c",0.12502600000000002,')


def test_markdown_shows_markup_and_control_characters() -> None:
    """A value cannot end its cell, make a link or start an escape sequence; numbers are to the right."""
    lines = render("md").splitlines()

    assert lines[:3] == [
        "| model | usd | t |",
        "| --- | ---: | --- |",
        '| a "b", c | 0.125026 | 2026-11-20 |',
    ]
    assert lines[4] == r"| =1+1\|\\x1b\[31m\\nnext | 1,234,567 | - |"


def test_markdown_of_no_columns_is_nothing() -> None:
    """There is no table without columns."""
    assert render("md", Result((), [])) == ""
