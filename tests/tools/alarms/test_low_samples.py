"""Percentiles of too few samples."""

import json
from pathlib import Path
from typing import Any

import pytest
from alarm_published import METRIC, MINUTE, MONDAY, alarm_on, store_of

from genai_obs.tools.alarms.history import replay
from genai_obs.tools.alarms.low_samples import least_samples
from genai_obs.tools.alarms.state import State

VECTORS = json.loads((Path(__file__).parents[2] / "compliance" / "alarms.json").read_text())


@pytest.mark.parametrize("vector", VECTORS["low_sample_percentiles"], ids=lambda vector: str(vector["id"]))
def test_too_few_is_what_is_published(vector: dict[str, Any]) -> None:
    """10 / (1 - p) from the median up, 10 / p below."""
    assert least_samples(vector["stat"]) == vector["least"]


@pytest.mark.parametrize("stat", ["Sum", "Average", "p0", "p100", "tm99", "TM(10%:90%)", "PR(1:2)", "p", "P90"])
def test_other_statistics_have_no_such_number(stat: str) -> None:
    """The rule is about percentiles between 0 and 1 only."""
    assert least_samples(stat) is None


def test_a_broken_number_of_samples_is_rounded_up() -> None:
    """Below 10 / 0.7 = 14.3 means below 15."""
    assert least_samples("p30") == 34
    assert least_samples("p70") == 34
    assert least_samples("p51") == 21


@pytest.mark.parametrize(("samples", "state"), [(99, State.INSUFFICIENT_DATA), (100, State.ALARM)])
def test_ignored_percentiles_keep_the_state(samples: int, state: State) -> None:
    """One sample decides whether p90 is judged."""
    store = store_of({METRIC: {MONDAY: [5.0] * samples}})
    alarm = alarm_on(stat="p90", low_samples="ignore")

    history = replay(alarm, store, MONDAY + 5 * MINUTE, MONDAY + 5 * MINUTE)

    assert history.states.tolist() == [state]


def test_a_guess_further_back_keeps_the_state_too() -> None:
    """Reaching back over a silent window must not make a guess count."""
    store = store_of({METRIC: {MONDAY: [5.0] * 3}})
    alarm = alarm_on(stat="p90", low_samples="ignore")

    history = replay(alarm, store, MONDAY + MINUTE, MONDAY + 14 * MINUTE)

    assert set(history.states.tolist()) == {State.INSUFFICIENT_DATA}


def test_silence_is_missing_data_and_not_a_guess() -> None:
    """What it means, the alarm says elsewhere."""
    alarm = alarm_on(stat="p90", low_samples="ignore", missing_data="breaching")

    history = replay(alarm, store_of({}), MONDAY, MONDAY)

    assert history.states.tolist() == [State.ALARM]


def test_evaluated_percentiles_are_always_judged() -> None:
    """The default: one slow call is a p90."""
    store = store_of({METRIC: {MONDAY: [5.0]}})

    history = replay(alarm_on(stat="p90"), store, MONDAY + MINUTE, MONDAY + MINUTE)

    assert history.states.tolist() == [State.ALARM]
