"""Behaviour of Logs Insights as data: each case holds for the engine, and for the plain evaluator that judges it."""

import json
from pathlib import Path
from typing import Any, TypedDict

import pytest
from insights_oracle import evaluate
from insights_oracle.agreement import same_rows
from insights_oracle.events import event_of

from genai_obs.tools.insights.checks.query import check_query
from genai_obs.tools.insights.engine import run_query
from genai_obs.tools.insights.language.parser import parse_query
from genai_obs.tools.logs.events import LogEvent
from genai_obs.tools.logs.inputs import events_input
from genai_obs.tools.text.diagnostics import TextError

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "compliance" / "logs_insights.json").read_text(encoding="utf-8")
)
ANSWERED = [pytest.param(case, id=case["name"]) for case in CASES if not case.get("error")]
REFUSED = [pytest.param(case, id=case["name"]) for case in CASES if case.get("error")]
NOW_MS = 1_772_700_000_000


def events_of(case: dict[str, Any]) -> list[LogEvent]:
    """Return the events of a case."""
    return [event_of(event["@timestamp"], event["message"]) for event in case["events"]]


class Bounds(TypedDict):
    """The time range of a query in milliseconds."""

    start_ms: int | None
    end_ms: int | None


def bounds_of(case: dict[str, Any]) -> Bounds:
    """Return the time range of a case."""
    start, end = case.get("start_s"), case.get("end_s")
    return {"start_ms": start and start * 1000, "end_ms": end and end * 1000}


@pytest.mark.parametrize("case", ANSWERED)
def test_the_engine_answers_as_cloudwatch(case: dict[str, Any]) -> None:
    """The engine gives the columns and rows that CloudWatch gives, or those that we chose where nobody says."""
    result = run_query(case["query"], events_input(events_of(case)), now_ms=NOW_MS, **bounds_of(case))

    assert case["columns"] == [column.name for column in result.columns]
    assert same_rows(case["rows"], result.rows, ordered=case["ordered"]), result.rows


@pytest.mark.parametrize("case", ANSWERED)
def test_the_judge_answers_as_cloudwatch(case: dict[str, Any]) -> None:
    """The plain evaluator, which random queries are judged by, agrees with every case too."""
    query = parse_query(case["query"])

    columns, rows = evaluate(query, events_of(case), now_ms=NOW_MS, **bounds_of(case))

    assert case["columns"] == columns
    assert same_rows(case["rows"], rows, ordered=case["ordered"]), rows


@pytest.mark.parametrize("case", REFUSED)
def test_what_cloudwatch_refuses_is_refused(case: dict[str, Any]) -> None:
    """A query that CloudWatch refuses is refused here too, with the place of the mistake in the text."""
    with pytest.raises(TextError) as caught:
        check_query(parse_query(case["query"]))

    assert all(
        0 <= problem.span.start <= problem.span.end <= len(case["query"]) for problem in caught.value.diagnostics
    )


def test_each_case_says_how_sure_it_is() -> None:
    """Every case has a level and a source, and there are cases of each level."""
    levels = {case["level"] for case in CASES}

    assert levels == {"documented", "observed", "our-choice"}
    assert all(case["source"] for case in CASES)
