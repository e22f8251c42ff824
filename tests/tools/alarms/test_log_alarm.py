"""Log alarms: what each run finds, what it means, and that one pass over the lines says the same as run after run."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genai_obs.errors import GenaiObsError
from genai_obs.tools.alarms.log_alarm import replay_log_alarm
from genai_obs.tools.alarms.rule import LogAlarm
from genai_obs.tools.alarms.state import State
from genai_obs.tools.logs.events import LogEvent
from genai_obs.tools.logs.inputs import Inputs, events_input

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "compliance" / "log_alarms.json").read_text(encoding="utf-8")
)
RUN_S = 1_772_618_400
ROW_BY_ROW = "fields tenant, model, cost_usd, score"
# Asking for the clock makes each run read for itself.
RUN_BY_RUN = "fields tenant, model, cost_usd, score | filter now() > 0"


def inputs_of(events: list[list[Any]]) -> Inputs:
    """Return lines, each at some seconds from the start of the range of the last run."""
    return events_input(
        LogEvent(json.dumps(fields), timestamp_ms=(RUN_S - 300 + seconds) * 1000) for seconds, fields in events
    )


def alarm(aggregation: str, **changes: Any) -> LogAlarm:
    """Return an alarm that runs every five minutes over the five minutes before."""
    base = LogAlarm("budget", "", ROW_BY_ROW, aggregation, "GreaterThanThreshold", 1.0, 300, 300)
    return replace(base, **changes)


@pytest.mark.parametrize("query", [ROW_BY_ROW, RUN_BY_RUN], ids=["one-pass", "run-by-run"])
@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_the_alarm_says_what_cloudwatch_says(case: dict[str, Any], query: str) -> None:
    """Each documented case, and each that we decided on, gives its value and states, however it is computed."""
    to_alarm, to_evaluate = case.get("results", (1, 1))
    judged = alarm(
        case["aggregation"],
        query=query,
        comparison=case["comparison"],
        threshold=case["threshold"],
        missing_data=case["missing_data"],
        results_to_alarm=to_alarm,
        results_to_evaluate=to_evaluate,
    )

    found = replay_log_alarm(judged, inputs_of(case["events"]), RUN_S, RUN_S)

    assert found.values is not None
    assert [None if np.isnan(value) else value for value in found.values.tolist()] == [case["value"]]
    assert [State(state).name for state in found.states] == [case["state"]]
    states = {name: State(history.states[-1]).name for name, history in found.contributors.items()}
    assert states == case.get("contributors", {})


@pytest.fixture(scope="module")
def month() -> Inputs:
    """Return lines at odd moments of two days, of three tenants and none, some without a cost."""
    numbers = np.random.default_rng(7)
    moments = np.sort(numbers.integers(-172_800, 300, 400))
    tenants = ["acme", "birch", "cedar", None]
    lines = []
    for seconds in moments.tolist():
        fields = {"tenant": tenants[numbers.integers(4)], "cost_usd": round(float(numbers.random()), 3)}
        drop = ("tenant", "cost_usd", "x")[int(numbers.integers(3))]
        lines.append([seconds, {name: value for name, value in fields.items() if value is not None and name != drop}])
    return inputs_of(lines)


@pytest.mark.parametrize(
    "aggregation",
    [
        "count(*)",
        "sum(cost_usd)",
        "avg(cost_usd)",
        "min(cost_usd) by tenant",
        "max(cost_usd)",
        "count(*) by tenant, model",
        "sum(cost_usd) by tenant | sort desc",
        "avg(cost_usd) by tenant",
    ],
)
def test_one_pass_agrees_with_run_after_run(month: Inputs, aggregation: str) -> None:
    """One aggregation by bins gives every run what it finds by itself, also where ranges of runs overlap."""
    judged = alarm(
        aggregation, schedule_s=420, start_offset_s=5000, end_offset_s=120, results_to_alarm=2, results_to_evaluate=3
    )

    at_once = replay_log_alarm(judged, month, RUN_S - 5_000, RUN_S)
    one_by_one = replay_log_alarm(replace(judged, query=RUN_BY_RUN), month, RUN_S - 5_000, RUN_S)

    assert at_once.states.tolist() == one_by_one.states.tolist()
    assert at_once.values is not None
    assert one_by_one.values is not None
    np.testing.assert_allclose(at_once.values, one_by_one.values, rtol=1e-15)
    assert np.count_nonzero(~np.isnan(at_once.values)) > 9
    assert {name: history.states.tolist() for name, history in at_once.contributors.items()} == {
        name: history.states.tolist() for name, history in one_by_one.contributors.items()
    }


def test_too_many_runs_of_a_query_over_several_rows_are_refused() -> None:
    """A query that must be run again and again is bounded; the error says how long a range would do."""
    judged = alarm("count(*)", query="stats count(*) as calls by tenant")

    with pytest.raises(GenaiObsError, match=r"each of 501 runs .* at most 500 are made: choose .* 42 hours") as caught:
        replay_log_alarm(judged, inputs_of([]), RUN_S - 500 * 300, RUN_S)

    assert caught.value.slug == "too-many-runs"


@pytest.mark.parametrize(
    ("changes", "slug"),
    [
        ({"schedule_s": 90}, "log-alarm-schedule"),
        ({"schedule_s": 0}, "log-alarm-schedule"),
        ({"end_offset_s": 300}, "log-alarm-schedule"),
        ({"end_offset_s": -1}, "log-alarm-schedule"),
        ({"results_to_alarm": 2}, "log-alarm-results"),
        ({"results_to_alarm": 0}, "log-alarm-results"),
        ({"results_to_evaluate": 101}, "log-alarm-results"),
        ({"comparison": "GreaterThanUpperThreshold"}, "bad-comparison"),
        ({"query": "fields"}, "unexpected-token"),
        ({"aggregation": "p90(x)"}, "unknown-function"),
    ],
)
def test_settings_that_cannot_be_are_refused(changes: dict[str, Any], slug: str) -> None:
    """A log alarm that CloudWatch would refuse has no states."""
    with pytest.raises(GenaiObsError) as caught:
        replay_log_alarm(replace(alarm("count(*)"), **changes), inputs_of([]), RUN_S, RUN_S)

    assert caught.value.slug == slug


def test_a_range_without_a_run_has_no_states() -> None:
    """Between two runs nothing is judged."""
    found = replay_log_alarm(alarm("count(*)"), inputs_of([]), RUN_S + 1, RUN_S + 299)

    assert found.times_s.size == found.states.size == 0


def test_five_hundred_groups_are_kept_and_all_are_counted() -> None:
    """Of very many groups the worst are kept, but the alarm's own state and the number of groups rest on all."""
    lines = [[1, {"tenant": f"t{number}", "cost_usd": number / 1000}] for number in range(1501)]

    found = replay_log_alarm(alarm("sum(cost_usd) by tenant", threshold=1.4995), inputs_of(lines), RUN_S, RUN_S + 300)

    assert len(found.contributors) == 500
    assert next(iter(found.contributors)) == "t1500"
    assert found.states.tolist() == [State.ALARM, State.OK]
    assert found.groups is not None
    assert found.groups.tolist() == [1501, 0]


def test_two_groups_never_share_a_name() -> None:
    """A tenant may be called like the absence of one, or hold the comma that joins several fields."""
    lines = [
        [1, {"tenant": "(no tenant)", "model": "m"}],
        [2, {"model": "m"}],
        [3, {"tenant": "a, b", "model": "c"}],
        [4, {"tenant": "a", "model": "b, c"}],
    ]

    found = replay_log_alarm(alarm("count(*) by tenant, model"), inputs_of(lines), RUN_S, RUN_S)

    assert sorted(found.contributors) == ["(no tenant), m", "(no tenant), m (2)", "a, b, c", "a, b, c (2)"]
