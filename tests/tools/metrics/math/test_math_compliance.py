"""Behaviour of metric math as data: each case holds for the evaluator, and for the plain one that judges it."""

import json
from pathlib import Path
from typing import Any

import metric_math_oracle
import pytest
from metric_math_oracle import World
from metric_math_world import PERIOD_S, answer, answer_rows, points_of, same_points, timeline_of

from genai_obs.tools.text.diagnostics import TextError

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[3] / "compliance" / "metric_math.json").read_text(encoding="utf-8")
)
ANSWERED = [pytest.param(case, id=case["name"]) for case in CASES if "result" in case]
REFUSED = [pytest.param(case, id=case["name"]) for case in CASES if "error" in case]


def world_of(case: dict[str, Any]) -> World:
    """Return the metrics and periods of a case."""
    metrics = case["metrics"]
    count = len(next(iter(metrics.values())))
    period_s = case.get("period_s", PERIOD_S)
    timeline = timeline_of(count, case.get("starts_s"), period_s)
    return World(metrics, [int(start) for start in timeline.starts_s], period_s)


def agree(found: list[list[float | None]], expected: list[list[float | None]]) -> bool:
    """Return whether there are as many series with the same points."""
    return len(found) == len(expected) and all(map(same_points, found, expected))


@pytest.mark.parametrize("case", ANSWERED)
def test_the_evaluator_answers_as_cloudwatch(case: dict[str, Any]) -> None:
    """The evaluator gives what CloudWatch gives, or what we chose where nobody says."""
    found = [points_of(series.values) for series in answer(case["expression"], world_of(case))]

    assert agree(found, case["result"]), found


@pytest.mark.parametrize("case", ANSWERED)
def test_many_evaluations_at_once_answer_alike(case: dict[str, Any]) -> None:
    """The same case as each row of a table of evaluations gives the same in each row."""
    found = answer_rows(case["expression"], [world_of(case)] * 3)

    assert all(agree([points_of(series.values[row]) for series in found], case["result"]) for row in range(3))


@pytest.mark.parametrize("case", ANSWERED)
def test_the_judge_answers_as_cloudwatch(case: dict[str, Any]) -> None:
    """The plain evaluator, which random expressions are judged by, agrees with every case too."""
    found = metric_math_oracle.evaluate(case["expression"], world_of(case))

    assert agree(found, case["result"]), found


@pytest.mark.parametrize("case", REFUSED)
def test_mistakes_are_told_all_at_once(case: dict[str, Any]) -> None:
    """What CloudWatch refuses is refused, every mistake with its name, in the order of the text."""
    with pytest.raises(TextError) as raised:
        answer(case["expression"], world_of(case))

    assert [problem.slug for problem in raised.value.diagnostics] == case["error"], str(raised.value)
