"""One evaluation after another: every published cell, and random ones against a plain second implementation."""

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from alarm_oracle import Plain, state_after
from hypothesis import given
from hypothesis import strategies as st

from genai_obs.tools.alarms.comparison import THRESHOLD_COMPARISONS, breaches
from genai_obs.tools.alarms.evaluation import KEEP, judge, newest_real, settle
from genai_obs.tools.alarms.state import State

VECTORS = json.loads((Path(__file__).parents[2] / "compliance" / "alarms.json").read_text())
TREATMENTS = ("missing", "notBreaching", "breaching", "ignore")


def state_of(points: list[float | None], vector: dict[str, Any], before: str) -> str:
    """Return the state after one evaluation, as the package judges it."""
    row = np.array([points], dtype=float)
    codes = judge(
        row,
        breaches(row, vector["comparison"], vector["threshold"]),
        evaluation_periods=vector["n"],
        datapoints_to_alarm=vector["m"],
        missing_data=vector["missing_data"],
    )
    return State(settle(codes, State[before])[0]).name


def plain(vector: dict[str, Any]) -> Plain:
    """Return the settings of a vector for the oracle."""
    return Plain(vector["n"], vector["m"], vector["comparison"], vector["threshold"], vector["missing_data"])


@pytest.mark.parametrize("vector", VECTORS["evaluation"], ids=lambda vector: str(vector["id"]))
def test_an_evaluation_gives_the_published_state(vector: dict[str, Any]) -> None:
    """Every cell of the guide's tables, and what follows from its sentences."""
    assert state_of(vector["points"], vector, vector["before"]) == vector["after"]


@pytest.mark.parametrize("vector", VECTORS["evaluation"], ids=lambda vector: str(vector["id"]))
def test_the_plain_implementation_gives_the_published_state(vector: dict[str, Any]) -> None:
    """The oracle is right where the truth is known, so it may be asked where it is not."""
    assert state_after(vector["points"], plain(vector), vector["before"]) == vector["after"]


@pytest.mark.parametrize("vector", VECTORS["sequences"], ids=lambda vector: str(vector["id"]))
def test_a_sequence_of_evaluations_gives_the_published_states(vector: dict[str, Any]) -> None:
    """The figure of the guide, period by period."""
    state, states = "INSUFFICIENT_DATA", []
    padded = [None, None, None, None, *vector["points"]]
    for end in range(5, len(padded) + 1):
        state = state_of(padded[end - 5 : end], vector, state)
        states.append(state)

    stated = [(mine, theirs) for mine, theirs in zip(states, vector["after"], strict=True) if theirs is not None]
    assert len(stated) == 8
    assert all(mine == theirs for mine, theirs in stated)


@st.composite
def evaluations(draw: st.DrawFn) -> tuple[dict[str, Any], list[list[float | None]]]:
    """Return settings with some evaluations, many of them with gaps, breaches and ties."""
    n = draw(st.integers(1, 6))
    vector = {
        "n": n,
        "m": draw(st.integers(1, n)),
        "comparison": draw(st.sampled_from(sorted(THRESHOLD_COMPARISONS))),
        "threshold": 1.0,
        "missing_data": draw(st.sampled_from(TREATMENTS)),
    }
    width = n + draw(st.integers(0, 3))
    point = st.sampled_from([None, None, 0.0, 1.0, 2.0])
    return vector, draw(st.lists(st.lists(point, min_size=width, max_size=width), min_size=1, max_size=12))


@given(evaluations())
def test_any_evaluations_agree_with_the_plain_implementation(
    case: tuple[dict[str, Any], list[list[float | None]]],
) -> None:
    """All rows at once, states handed from row to row."""
    vector, rows = case
    points = np.array(rows, dtype=float)
    codes = judge(
        points,
        breaches(points, vector["comparison"], vector["threshold"]),
        evaluation_periods=vector["n"],
        datapoints_to_alarm=vector["m"],
        missing_data=vector["missing_data"],
    )

    state, expected = "INSUFFICIENT_DATA", []
    for row in rows:
        state = state_after(row, plain(vector), state)
        expected.append(state)

    assert [State(state).name for state in settle(codes)] == expected


@pytest.mark.parametrize(("n", "m"), [(1, 1), (2, 1), (2, 2), (3, 1), (3, 2), (3, 3)])
@pytest.mark.parametrize("missing_data", TREATMENTS)
def test_every_evaluation_of_a_short_range_agrees_with_the_plain_implementation(
    n: int, m: int, missing_data: Any
) -> None:
    """All 363 rows of missing, calm and breaching datapoints that a range of one to five periods can have."""
    settings = Plain(n, m, "GreaterThanThreshold", 1.0, missing_data)
    for width in range(n, 6):
        rows = list(itertools.product((None, 0.0, 2.0), repeat=width))
        points = np.array(rows, dtype=float)

        codes = judge(
            points,
            breaches(points, settings.comparison, settings.threshold),
            evaluation_periods=n,
            datapoints_to_alarm=m,
            missing_data=missing_data,
        )

        expected = [state_after(row, settings, "before") for row in rows]
        assert ["before" if code == KEEP else State(code).name for code in codes] == expected


def test_a_kept_state_is_that_of_the_evaluation_before() -> None:
    """However many evaluations in a row keep it; before the first, it is what the caller says."""
    codes = np.array([KEEP, State.ALARM, KEEP, KEEP, State.OK, KEEP], np.int8)

    assert settle(codes, State.OK).tolist() == [0, 1, 1, 1, 0, 0]
    assert settle(codes).tolist() == [2, 1, 1, 1, 0, 0]
    assert settle(np.empty(0, np.int8)).tolist() == []


def test_the_newest_real_datapoints_count() -> None:
    """Gaps between them take no place."""
    points = np.array([[1.0, np.nan, 2.0, 3.0, np.nan]])

    assert newest_real(points, 2).tolist() == [[False, False, True, True, False]]
    assert newest_real(points, 9).tolist() == [[True, False, True, True, False]]
