"""Alarms checked before they are deployed: what the service refuses, and what it takes although nobody can mean it."""

from collections.abc import Iterator
from typing import assert_never

from genai_obs.tools.alarms.log_rules import composite_problems, log_alarm_problems
from genai_obs.tools.alarms.metric_rules import METRIC_RULES
from genai_obs.tools.alarms.metric_traps import METRIC_TRAPS
from genai_obs.tools.alarms.problem import Problem
from genai_obs.tools.alarms.rule import Alarm, CompositeAlarm, LogAlarm, MetricAlarm

__all__ = ["Problem", "problems_of"]

LONGEST_NAME = 255
LONGEST_DESCRIPTION = 1024


def problems_of(alarm: Alarm) -> tuple[Problem, ...]:
    """Return everything wrong with an alarm, errors first; nothing that its definition alone cannot show."""
    found = dict.fromkeys([*_texts(alarm), *_of_kind(alarm)])
    return tuple(sorted(found, key=lambda problem: problem.severity != "error"))


def _texts(alarm: Alarm) -> Iterator[Problem]:
    if not 1 <= len(alarm.name) <= LONGEST_NAME:
        yield Problem("alarm-name", f"a name has 1 to {LONGEST_NAME} characters, not {len(alarm.name):,}")
    if len(alarm.description) > LONGEST_DESCRIPTION:
        yield Problem(
            "alarm-description",
            f"a description has at most {LONGEST_DESCRIPTION:,} characters, not {len(alarm.description):,}",
        )


def _of_kind(alarm: Alarm) -> Iterator[Problem]:
    match alarm:
        case MetricAlarm():
            for rule in (*METRIC_RULES, *METRIC_TRAPS):
                yield from rule(alarm)
        case LogAlarm():
            yield from log_alarm_problems(alarm)
        case CompositeAlarm():
            yield from composite_problems(alarm)
        case _:
            assert_never(alarm)
