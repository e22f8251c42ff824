"""When alarms are evaluated, and over which periods."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from alarm_published import DAY, HOUR, MINUTE, MONDAY

from genai_obs.tools.alarms.schedule import schedule_of
from genai_obs.tools.alarms.windows import moments_between, sliding_starts, step_of

VECTORS = json.loads((Path(__file__).parents[2] / "compliance" / "alarms.json").read_text())


@pytest.mark.parametrize("vector", VECTORS["evaluation_frequency"], ids=lambda vector: str(vector["id"]))
def test_evaluations_come_as_often_as_published(vector: dict[str, Any]) -> None:
    """Each minute, each ten seconds, or each hour."""
    assert step_of(vector["period_s"], vector["n"]) == vector["step_s"]


def test_moments_are_full_steps_with_both_ends() -> None:
    """A range that begins between two minutes is evaluated from the next full one on."""
    assert moments_between(61, 240, MINUTE).tolist() == [120, 180, 240]
    assert moments_between(120, 120, MINUTE).tolist() == [120]
    assert moments_between(121, 179, MINUTE).tolist() == []


def test_sliding_windows_end_at_the_moment_itself() -> None:
    """No clock aligns them: a five-minute window that ends at 00:07 begins at 00:02."""
    starts = sliding_starts(np.array([7 * MINUTE, 8 * MINUTE]), 5 * MINUTE, 3)

    assert (starts // MINUTE).tolist() == [[-8, -3, 2], [-7, -2, 3]]


def test_a_sliding_alarm_fetches_two_points_more_than_it_needs() -> None:
    """Unless somebody knows better: the number is not published."""
    assert schedule_of(300, 3, None, MONDAY, MONDAY).starts().shape == (1, 5)
    assert schedule_of(300, 3, None, MONDAY, MONDAY, 0).starts().shape == (1, 3)


def test_a_clock_aligned_alarm_fetches_exactly_n_points() -> None:
    """Whatever a sliding one would fetch."""
    assert schedule_of(300, 3, "UTC", MONDAY, MONDAY, 7).starts().shape == (1, 3)


def test_windows_of_more_than_a_day_are_evaluated_at_full_hours() -> None:
    """On data up to the full hour."""
    schedule = schedule_of(DAY, 2, None, MONDAY + 1, MONDAY + 3 * HOUR - 1)

    assert (schedule.moments_s - MONDAY).tolist() == [HOUR, 2 * HOUR]
    assert (schedule.starts()[0] - MONDAY - HOUR).tolist() == [-4 * DAY, -3 * DAY, -2 * DAY, -DAY]


def test_portions_together_are_the_whole() -> None:
    """A month of a long alarm does not fit into memory at once, and is judged in portions."""
    schedule = schedule_of(MINUTE, 1440, None, MONDAY, MONDAY + 2 * DAY)
    chunks = list(schedule.chunks())

    assert len(chunks) > 1
    assert max(chunk.starts().size for chunk in chunks) < 2**21
    assert max(chunk.starts().size for chunk in schedule.chunks(100)) < 2**21 / 100
    assert np.concatenate([chunk.moments_s for chunk in chunks]).tolist() == schedule.moments_s.tolist()
