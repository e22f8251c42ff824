"""What log alarms say in words."""

import json
from dataclasses import replace
from typing import Any

import pytest

from genai_obs.tools.alarms.log_alarm import replay_log_alarm
from genai_obs.tools.alarms.log_verdict import log_verdict
from genai_obs.tools.alarms.rule import LogAlarm
from genai_obs.tools.alarms.state import State
from genai_obs.tools.logs.events import LogEvent
from genai_obs.tools.logs.inputs import events_input

RUN_S = 1_772_618_400
DAILY = LogAlarm(
    "budget", "", "fields tenant, cost_usd, latency_ms", "sum(cost_usd) by tenant | sort desc",
    "GreaterThanThreshold", 10.0, 3600, 86_400 + 120, 120,
)  # fmt: skip


def said(events: list[dict[str, Any]], **changes: Any) -> tuple[State | None, str]:
    """Return state and sentence of an alarm after one run over lines of the hour before."""
    alarm = replace(DAILY, **changes)
    lines = events_input(LogEvent(json.dumps(fields), timestamp_ms=(RUN_S - 1800) * 1000) for fields in events)
    found = log_verdict(alarm, replay_log_alarm(alarm, lines, RUN_S, RUN_S), RUN_S + 59)
    return found.state, found.reason


def costs(**spent: float) -> list[dict[str, Any]]:
    """Return one line for each tenant."""
    return [{"tenant": tenant, "cost_usd": amount} for tenant, amount in spent.items()]


@pytest.mark.parametrize(
    ("events", "changes", "state", "sentence"),
    [
        (costs(acme=14.2, birch=3), {}, State.ALARM, "acme spent 14.20 USD in the last 24 hours, above 10 USD"),
        (
            costs(a=14, b=13, c=12, d=11, e=10.5, f=1),
            {},
            State.ALARM,
            (
                "a spent 14 USD, b spent 13 USD and c spent 12 USD in the last 24 hours, above 10 USD"
                "; two others are in ALARM too"
            ),
        ),
        (costs(acme=10.001), {}, State.ALARM, "acme spent 10.001 USD in the last 24 hours, above 10 USD"),
        (
            costs(acme=9.5, birch=3),
            {},
            State.OK,
            "no tenant is above 10 USD in the last 24 hours: acme spent 9.50 USD, the most",
        ),
        ([], {}, State.OK, "the query found no tenant in the last 24 hours, which counts as no breach"),
        (
            costs(acme=4, birch=3),
            {"aggregation": "sum(cost_usd)"},
            State.OK,
            "7 USD were spent in the last 24 hours, not above 10 USD",
        ),
        (
            costs(acme=4),
            {"aggregation": "count(*)", "threshold": 0},
            State.ALARM,
            "the query found 1 row in the last 24 hours, above 0",
        ),
        (
            costs(acme=4, birch=2),
            {"aggregation": "count(*) by tenant", "comparison": "LessThanOrEqualToThreshold", "threshold": 1},
            State.ALARM,
            "acme had 1 row and birch had 1 row in the last 24 hours, at or below 1",
        ),
        (
            [{"latency_ms": 800}, {"latency_ms": 900}],
            {"aggregation": "avg(latency_ms)", "comparison": "GreaterThanOrEqualToThreshold", "threshold": 1000},
            State.OK,
            "the average latency_ms was 850 ms in the last 24 hours, below 1,000 ms",
        ),
        (
            costs(acme=4),
            {"aggregation": "max(latency_ms)", "missing_data": "missing"},
            State.INSUFFICIENT_DATA,
            "the query found no number in latency_ms in the last 24 hours, so it cannot be judged",
        ),
        (
            costs(acme=14),
            {"results_to_alarm": 1, "results_to_evaluate": 3, "end_offset_s": 960, "start_offset_s": 4560},
            State.ALARM,
            (
                "acme spent 14 USD in the last hour up to 16 minutes before the run, above 10 USD"
                " (one of the last three results must be)"
            ),
        ),
        (
            costs(**{f"t{number}": 11 for number in range(501)}),
            {},
            State.ALARM,
            (
                "t0 spent 11 USD, t1 spent 11 USD and t10 spent 11 USD in the last 24 hours, above 10 USD"
                "; 498 others are in ALARM too; CloudWatch looks at 500 of the 501 groups only, the largest"
                "; CloudWatch keeps track of 100 in ALARM only"
            ),
        ),
    ],
    ids=[
        *("one-group", "many-groups", "just-over", "none-over", "no-group", "one-sum", "one-row", "fewest"),
        *("average", "no-number", "one-of-three", "limits"),
    ],
)
def test_the_sentence_names_who_and_how_much(
    events: list[dict[str, Any]], changes: dict[str, Any], state: State, sentence: str
) -> None:
    """A person who was just woken reads who is over the line, with what, and what the line is."""
    assert said(events, **changes) == (state, sentence)


def test_a_group_that_was_over_the_line_earlier_is_told_apart() -> None:
    """Of the newest result alone nobody would understand the state: what came before it is said."""
    alarm = replace(DAILY, start_offset_s=3600, end_offset_s=0, results_to_evaluate=2, threshold=1)
    lines = [(-5400, "acme", 4), (-1800, "acme", 0.5), (-1800, "birch", 3)]
    events = [
        LogEvent(json.dumps({"tenant": tenant, "cost_usd": cost}), timestamp_ms=(RUN_S + seconds) * 1000)
        for seconds, tenant, cost in lines
    ]

    found = log_verdict(alarm, replay_log_alarm(alarm, events_input(events), RUN_S, RUN_S), RUN_S)

    assert found.reason == (
        "birch spent 3 USD in the last hour, above 1 USD; acme was above 1 USD in earlier results"
        " (one of the last two results must be)"
    )


def test_before_the_first_run_nothing_is_known() -> None:
    """A moment before the replay has no state yet; that of a run holds until the next."""
    lines = events_input([LogEvent('{"tenant":"acme","cost_usd":12}', timestamp_ms=(RUN_S - 1800) * 1000)])
    history = replay_log_alarm(DAILY, lines, RUN_S - 3600, RUN_S)

    early, late = log_verdict(DAILY, history, RUN_S - 3601), log_verdict(DAILY, history, RUN_S)

    assert (early.state, early.reason) == (State.INSUFFICIENT_DATA, "its query was not run yet")
    assert (late.state, late.since_s, late.ours) == (State.ALARM, RUN_S, False)
