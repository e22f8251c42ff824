"""Saved queries: they parse, name fields that exist, and answer on real lines."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from genai_obs.errors import GenaiObsError
from genai_obs.schema import FIELDS
from genai_obs.tools.insights.checks.query import check_query
from genai_obs.tools.insights.engine import run_query
from genai_obs.tools.insights.language import syntax
from genai_obs.tools.insights.language.parser import parse_query
from genai_obs.tools.logs.inputs import find_inputs
from genai_obs.tools.queries import load_saved_queries, saved_query

LOG = Path(__file__).parent.parent / "cli" / "logs" / "day.log"
NOW_MS = 1_795_300_000_000
SAVED = load_saved_queries()
# What CloudWatch itself knows of an event, and of Lambda's own lines.
EVENT_FIELDS = {"@timestamp", "@message", "@log", "@logStream", "@ingestionTime"}
LAMBDA_FIELDS = {"@type", "@requestId", "@duration", "@memorySize", "@maxMemoryUsed", "@initDuration"}
# On these lines they find nothing: no call was slow, and no model called a tool.
EMPTY_HERE = {"slow-requests", "tool-calls"}

SEEDS = {
    "daily-spend": 'filter metric="AICost"\n| stats sum(value) as Total_USD by bin(1d)',
    "slow-requests": (
        "fields @timestamp, request_id, latency_ms, model_id\n| filter latency_ms > 5000\n"
        "| sort latency_ms desc\n| limit 20"
    ),
    "tokens-by-model": (
        "fields model_id, input_tokens, output_tokens\n| stats sum(input_tokens) as total_input,\n"
        "sum(output_tokens) as total_output,\ncount(*) as requests\nby model_id\n| sort requests desc"
    ),
    "guardrails": (
        "filter guardrail_triggered = 1\n| fields @timestamp, request_id, user_id, guardrail_action\n"
        "| sort @timestamp desc\n| limit 50"
    ),
}


def walk(node: object) -> Iterator[object]:
    """Yield every node of a tree."""
    if isinstance(node, tuple):
        for part in node:
            yield from walk(part)
    elif is_dataclass(node):
        yield node
        for field in fields(node):
            yield from walk(getattr(node, field.name))


def outside_fields(query: syntax.Query) -> set[str]:
    """Return the names of the fields that a query takes from events; not those that it makes itself."""
    made = {node.text for node in walk(query.commands) if isinstance(node, syntax.Name)}
    return {node.name for node in walk(query.commands) if isinstance(node, syntax.Field)} - made


@pytest.mark.parametrize("name", sorted(SAVED))
def test_a_saved_query_needs_no_warning(name: str) -> None:
    """It is portable: CloudWatch takes it as it stands."""
    assert check_query(parse_query(SAVED[name].text)) == ()


@pytest.mark.parametrize("name", sorted(SAVED))
def test_a_saved_query_names_fields_that_exist(name: str) -> None:
    """Each is in the schema of the record, or CloudWatch's own."""
    known = {field.name for field in FIELDS} | EVENT_FIELDS | LAMBDA_FIELDS

    named = outside_fields(parse_query(SAVED[name].text))

    assert named
    # `tool_calls.0` is the first of the array `tool_calls`.
    assert {field if field in known else field.rpartition(".")[0] for field in named} <= known


@pytest.mark.parametrize("name", sorted(SAVED))
def test_a_saved_query_answers_on_the_lines_of_the_demo(name: str) -> None:
    """It runs, and finds what is there; every column has a value somewhere."""
    result = run_query(SAVED[name].text, find_inputs([str(LOG)]), start_ms=None, end_ms=None, now_ms=NOW_MS)

    assert result.warnings == ()
    assert (result.rows == []) is (name in EMPTY_HERE)
    for column, *values in zip(result.columns, *result.rows, strict=True):
        assert name in EMPTY_HERE or any(value is not None for value in values), column.name


@pytest.mark.parametrize("name", sorted(SAVED))
def test_a_saved_query_says_what_it_answers(name: str) -> None:
    """Its name can be typed, its title is one sentence."""
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
    assert 10 < len(SAVED[name].title) <= 120
    assert not SAVED[name].text.startswith("#")


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_the_first_four_queries_are_kept(name: str) -> None:
    """Word for word, but for blanks."""
    assert SAVED[name].text.split() == SEEDS[name].split()


def test_a_wrong_name_is_answered_with_the_nearest() -> None:
    """Or with where to look."""
    with pytest.raises(GenaiObsError, match=r"there is no saved query @guardrials; did you mean @guardrails\?") as near:
        saved_query("guardrials")
    with pytest.raises(GenaiObsError, match="--list shows them"):
        saved_query("zzz")

    assert near.value.slug == "unknown-query"


def test_every_saved_query_is_in_the_docs() -> None:
    """With its title, word for word."""
    page = (Path(__file__).parents[3] / "docs" / "query.md").read_text("utf-8")

    missing = [name for name, query in SAVED.items() if f"| `@{name}` | {query.title} |" not in page]

    assert missing == []
