"""
The four queries that the project started from, unchanged, over lines of the demo.

The lines are whole invocations of ``genai-obs demo``, without tracebacks; three latencies are raised, because the
demo's models answer at once.
"""

import json
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from genai_obs.tools.insights.engine import run_query
from genai_obs.tools.insights.result import Result
from genai_obs.tools.logs.inputs import find_inputs

LINES = Path(__file__).with_name("demo_lines.log")
Cells = list[tuple[Any, ...]]

SLOW_REQUESTS = """fields @timestamp, request_id, latency_ms, model_id
| filter latency_ms > 5000
| sort latency_ms desc
| limit 20"""

TOKENS_BY_MODEL = """fields model_id, input_tokens, output_tokens
| stats sum(input_tokens) as total_input,
sum(output_tokens) as total_output,
count(*) as requests
by model_id
| sort requests desc"""

GUARDRAILS = """filter guardrail_triggered = true
| fields @timestamp, request_id, user_id, guardrail_action
| sort @timestamp desc
| limit 50"""

DAILY_COST = """filter metric="AICost"
| stats sum(value) as Total_USD by bin(1d)"""


def ask(query: str, *, exact: bool = True) -> Result:
    """Return the engine's answer over the demo's lines."""
    return run_query(query, find_inputs([str(LINES)]), start_ms=None, end_ms=None, now_ms=0, exact=exact)


def records() -> list[dict[str, Any]]:
    """Return the JSON lines in plain Python."""
    lines = LINES.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def time_of(record: dict[str, Any]) -> str:
    """Return a record's time as results show it."""
    return f"{datetime.fromisoformat(record['timestamp']):%Y-%m-%d %H:%M:%S.%f}"[:-3]


def slow_requests() -> Cells:
    """Return what the first query asks for, by a loop."""
    slow = [record for record in records() if record.get("latency_ms", 0) > 5000]
    slow.sort(key=lambda record: -record["latency_ms"])
    return [(time_of(one), one["request_id"], one["latency_ms"], one["model_id"]) for one in slow[:20]]


def tokens_by_model() -> Cells:
    """Return what the second query asks for, by a loop; without the group of lines that name no model."""
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in records():
        if record.get("model_id") is not None:
            groups[record["model_id"]].append(record)
    return sorted(
        (model, _total(group, "input_tokens"), _total(group, "output_tokens"), len(group))
        for model, group in groups.items()
    )


def _total(group: list[dict[str, Any]], name: str) -> int | None:
    present = [record[name] for record in group if record.get(name) is not None]
    return sum(present) if present else None


def guardrails() -> Cells:
    """Return what the third query asks for, by a loop."""
    hit = [record for record in records() if record.get("guardrail_triggered") is True]
    hit.sort(key=time_of, reverse=True)
    return [(time_of(one), one["request_id"], one.get("user_id"), one.get("guardrail_action")) for one in hit[:50]]


def daily_cost() -> Cells:
    """Return what the fourth query asks for, by a loop."""
    days: dict[str, list[float]] = defaultdict(list)
    for record in records():
        if record.get("metric") == "AICost":
            days[f"{time_of(record)[:10]} 00:00:00.000"] += [] if record["value"] is None else [record["value"]]
    return sorted((day, pytest.approx(sum(costs)) if costs else None) for day, costs in days.items())


def read_back(rows: list[tuple[str | None, ...]], numbers: set[int]) -> Cells:
    """Return rows with the cells of some columns as numbers."""
    return [
        tuple(float(cell) if place in numbers and cell is not None else cell for place, cell in enumerate(row))
        for row in rows
    ]


@pytest.mark.parametrize(
    ("query", "columns", "loop", "numbers"),
    [
        pytest.param(
            SLOW_REQUESTS, ["@timestamp", "request_id", "latency_ms", "model_id"], slow_requests, {2}, id="slow"
        ),
        pytest.param(
            GUARDRAILS, ["@timestamp", "request_id", "user_id", "guardrail_action"], guardrails, set(), id="guardrails"
        ),
        pytest.param(DAILY_COST, ["bin(1d)", "Total_USD"], daily_cost, {1}, id="daily-cost"),
    ],
)
def test_a_seed_query_gives_what_a_loop_gives(
    query: str, columns: list[str], loop: Callable[[], Cells], numbers: set[int]
) -> None:
    """Each query, as it was published, gives the rows that a plain Python loop over the lines gives."""
    result = ask(query)

    assert [column.name for column in result.columns] == columns
    assert read_back(result.rows, numbers) == loop()
    assert result.rows


def test_tokens_by_model_gives_what_a_loop_gives() -> None:
    """Sums and counts by model are those of a loop, and the rows come by falling count."""
    result = ask(TOKENS_BY_MODEL)

    by_model = sorted(row for row in read_back(result.rows, {1, 2, 3}) if row[0] is not None)
    assert by_model == tokens_by_model()
    counts = [float(row[3] or 0) for row in result.rows]
    assert counts == sorted(counts, reverse=True)


def test_lines_without_a_model_are_a_group_of_their_own() -> None:
    """As on CloudWatch, the events that name no model make one more row, with neither model nor tokens."""
    result = ask(TOKENS_BY_MODEL)

    assert [tuple(row[:3]) for row in result.rows if row[0] is None] == [(None, None, None)]


def test_the_bare_true_of_a_seed_warns() -> None:
    """No page documents ``true``; it is taken as 1, and the portable form is named."""
    result = ask(GUARDRAILS)

    assert any("= 1" in warning for warning in result.warnings)
    assert result.rows == ask(GUARDRAILS.replace("= true", "= 1")).rows
