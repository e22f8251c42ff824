"""Suggestions of a back-test are of the same alarms as its replays."""

from dataclasses import replace
from typing import Any

import pytest

from genai_obs.tools.alarms.suggest import Suggestion
from genai_obs.tools.definitions.defaults import default_definitions
from genai_obs.tools.definitions.model import Settings
from genai_obs.tools.logs.inputs import Inputs
from genai_obs.tools.watch import backtest as watch_backtest
from genai_obs.tools.watch.judge import judge, read_lines


def test_suggestions_look_as_far_back_as_the_replays(monkeypatch: pytest.MonkeyPatch) -> None:
    """--extra-points is of both, or the two would tell of different alarms side by side."""
    definitions = default_definitions(Settings())
    one = replace(definitions, alarms=tuple(alarm for alarm in definitions.alarms if "latency" in alarm.name))
    lines = read_lines(Inputs((), ()), one.alarms)
    asked: list[int] = []

    def suggest(*_: Any, extra_points: int) -> Suggestion:
        asked.append(extra_points)
        return Suggestion(None, None, "")

    monkeypatch.setattr(watch_backtest, "suggest_threshold", suggest)
    judged = judge(one, lines, start_s=0, at_s=86_400, extra_points=7)
    watch_backtest.backtest(judged, lines, start_s=0, end_s=86_400, alerts_per_week=1)

    assert asked == [7] * len(one.alarms) != []
