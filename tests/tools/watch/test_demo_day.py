"""
The default alarms on a day of the demo: 111 model calls of a real handler, with every accident that the demo plays.

``demo_day.log.gz`` is the log of one run; only paths in its tracebacks are shortened. What the alarms say of it is
compared with loops over its lines that share no code with them.
"""

import gzip
import json
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from genai_obs.tools.alarms.state import State, Verdict
from genai_obs.tools.definitions.defaults import default_definitions
from genai_obs.tools.definitions.model import Settings
from genai_obs.tools.logs.inputs import find_inputs
from genai_obs.tools.watch.backtest import backtest
from genai_obs.tools.watch.environments import choose_environment
from genai_obs.tools.watch.judge import Judged, Lines, judge, read_lines

DAY = Path(__file__).parents[2] / "data" / "demo_day.log.gz"

# A day of a hundred calls costs cents and has one call in most quarters of an hour.
SMALL = Settings(
    daily_budget_usd=0.05, tenant_budget_usd=0.02, least_calls=1, quality_metric="Faithfulness", busy_hours=24
)


def calls(environment: str = "production") -> list[dict[str, Any]]:
    """Return the inference records of the day in plain Python."""
    lines = gzip.decompress(DAY.read_bytes()).decode().splitlines()
    records = [json.loads(line) for line in lines if line.startswith('{"metric"')]
    return [row for row in records if row["metric"] == "AICost" and row["Environment"] == environment]


def second_of(record: dict[str, Any]) -> float:
    """Return a record's time in seconds since 1970."""
    return datetime.fromisoformat(record["timestamp"]).timestamp()


@cache
def read() -> Lines:
    """Read the day once for all tests."""
    return read_lines(find_inputs([str(DAY)]), default_definitions(SMALL).alarms)


@cache
def judged(settings: Settings) -> Judged:
    """Judge the end of the day."""
    lines = read()
    assert lines.first_s is not None
    assert lines.end_s is not None
    return judge(default_definitions(settings), lines, start_s=lines.first_s, at_s=lines.end_s)


def verdicts(settings: Settings) -> dict[str, Verdict]:
    """Return what each alarm says, by its short name."""
    found = judged(settings)
    return {found.definitions.key(each.alarm): each for each in found.verdicts}


def test_nothing_alarms_on_an_ordinary_day() -> None:
    """With the default thresholds a day of a hundred calls is quiet: single accidents are no rate."""
    states = {key: each.state for key, each in verdicts(Settings(quality_metric="Faithfulness")).items()}

    assert set(states.values()) == {State.OK}
    assert len(states) == 15


@pytest.mark.parametrize(
    ("key", "state", "words"),
    [
        ("daily-spend", State.ALARM, "in the last 24 hours, above 0.05 USD"),
        ("spend-per-tenant", State.ALARM, "above 0.02"),
        ("error-rate", State.OK, "not above 5 %"),
        ("latency-p90", State.OK, "not above 10,000 ms"),
        ("no-traffic", State.OK, "not below 1"),
        ("unwell", State.OK, "none of the 3 alarms"),
        ("throttles", State.OK, "below 5"),
        ("guardrail-rate", State.OK, "not above 10 %"),
        ("quality", State.OK, "not below 0.7"),
        ("unpriced-calls", State.OK, "the query found 0 rows"),
        ("observation-errors", State.OK, "nothing was ever published for AI/LLMMetrics ObservationErrors"),
        ("cost-anomaly", State.OK, "ours, not CloudWatch's"),
        ("token-anomaly", State.OK, "ours, not CloudWatch's"),
    ],
)
def test_each_alarm_is_in_the_state_that_people_expect(key: str, state: State, words: str) -> None:
    """With budgets of cents, those that are spent alarm; every state comes with its reason."""
    found = verdicts(SMALL)[key]

    assert (found.state, words in found.reason) == (state, True), found.reason


def test_the_spend_of_the_sentence_is_that_of_a_loop() -> None:
    """The daily spend equals the sum of the records of the last 24 hours."""
    end = judged(SMALL).at_s
    costs = [Decimal(str(row["cost_usd"])) for row in calls() if row.get("cost_usd") and second_of(row) >= end - 86_400]

    reason = verdicts(SMALL)["daily-spend"].reason

    assert f"the spend was {float(sum(costs)):.3g} USD" in reason


def test_the_tenants_of_the_sentence_are_those_of_a_loop() -> None:
    """Exactly the tenants over the line are named."""
    spent: dict[str, float] = {}
    for row in calls():
        spent[row["tenant"]] = spent.get(row["tenant"], 0.0) + (row.get("cost_usd") or 0.0)
    over = {tenant for tenant, cost in spent.items() if cost > SMALL.tenant_budget_usd}

    reason = verdicts(SMALL)["spend-per-tenant"].reason

    assert {tenant for tenant in spent if tenant in reason} == over
    assert over


def test_the_first_moment_of_the_budget_is_that_of_a_loop() -> None:
    """The back-test lets the daily spend fire in the minute after the call that crossed the budget."""
    total, crossed = Decimal(0), 0.0
    for row in sorted(calls(), key=second_of):
        total += Decimal(str(row.get("cost_usd") or 0))
        if total > Decimal(str(SMALL.daily_budget_usd)):
            crossed = second_of(row)
            break
    lines, found = read(), judged(SMALL)
    assert lines.first_s is not None

    tested = backtest(found, lines, start_s=lines.first_s, end_s=found.at_s)
    spend = next(each.backtest for each in tested if found.definitions.key(each.alarm.name) == "daily-spend")

    assert spend is not None
    assert [firing.start_s for firing in spend.firings] == [int(crossed // 60 + 1) * 60]


def test_another_environment_is_judged_by_its_own_lines() -> None:
    """Staging made few calls, long ago: it is quiet, which somebody is told and nobody is woken for."""
    found = verdicts(replace(SMALL, environment="staging"))

    assert found["no-traffic"].state is State.ALARM
    assert "the number of calls was 0 in the last hour" in found["no-traffic"].reason
    assert found["unwell"].state is State.OK


def test_a_composite_names_the_children_that_made_it_so() -> None:
    """In the minute in which the latency is over the line, the one that is woken reads which alarm it was."""
    settings = replace(SMALL, latency_p90_ms=1)
    lines, found = read(), judged(settings)
    assert lines.first_s is not None
    history = found.histories["genai-production-latency-p90"]
    moment = int(history.times_s[history.states == State.ALARM][0])

    then = judge(found.definitions, lines, start_s=lines.first_s, at_s=moment)
    unwell = next(each for each in then.verdicts if each.alarm == "genai-production-unwell")

    assert unwell.state is State.ALARM
    assert unwell.reason == "genai-production-latency-p90 is in ALARM, of 3 that it watches"


def test_what_aws_publishes_is_not_judged() -> None:
    """Lambda's own metrics are in no line, so there is no state, and the reason says so."""
    found = verdicts(replace(SMALL, function_name="support-assistant", log_group="/aws/lambda/support"))

    assert found["lambda-error-rate"].state is None
    assert "published by AWS" in found["lambda-error-rate"].reason
    assert found["emf-problems"].state is None


def test_a_composite_is_told_as_far_as_its_children_are() -> None:
    """Lambda's own errors are unknown: nobody can say that all is well, but that something is not can be said."""
    settings = replace(SMALL, function_name="support-assistant", latency_p90_ms=1)
    lines, found = read(), judged(settings)
    assert lines.first_s is not None
    history = found.histories["genai-production-latency-p90"]
    moment = int(history.times_s[history.states == State.ALARM][0])

    calm = next(each for each in found.verdicts if each.alarm == "genai-production-unwell")
    then = judge(found.definitions, lines, start_s=lines.first_s, at_s=moment)
    unwell = next(each for each in then.verdicts if each.alarm == "genai-production-unwell")

    assert calm.state is None
    assert "depends on genai-production-lambda-error-rate" in calm.reason
    assert unwell.state is State.ALARM
    assert "whatever genai-production-lambda-error-rate may be" in unwell.reason


def test_the_environment_of_the_lines_is_found() -> None:
    """The wanted one where it is there; else the one with most values, and a note."""
    data = read().extraction.data

    there = choose_environment(data, "AI/LLMMetrics", "staging")
    absent = choose_environment(data, "AI/LLMMetrics", "prod")

    assert there.name == "staging"
    assert absent.name == "production"
    assert absent.note is not None
    assert "no environment prod" in absent.note
