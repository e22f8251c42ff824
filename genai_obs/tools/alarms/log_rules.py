"""What CloudWatch refuses about a log alarm or a composite, and what it takes and people did not mean."""

import math
from collections.abc import Iterator

from genai_obs.errors import GenaiObsError
from genai_obs.tools.alarms.aggregation import parse_aggregation
from genai_obs.tools.alarms.comparison import THRESHOLD_COMPARISONS
from genai_obs.tools.alarms.composite_parser import parse_rule
from genai_obs.tools.alarms.problem import Problem, problems_of_error
from genai_obs.tools.alarms.rule import CompositeAlarm, LogAlarm
from genai_obs.tools.insights.checks.query import check_query
from genai_obs.tools.insights.language.parser import parse_query
from genai_obs.tools.metrics.samples import MINUTE_S
from genai_obs.tools.text.source import Source

MOST_RESULTS = 100
MOST_LOG_GROUPS = 50


def log_alarm_problems(alarm: LogAlarm) -> Iterator[Problem]:
    """Return what is wrong with a log alarm (API PutLogAlarm)."""
    yield from _judgement(alarm)
    yield from _schedule(alarm)
    yield from _aggregation(alarm)
    yield from _query(alarm)


def composite_problems(alarm: CompositeAlarm) -> Iterator[Problem]:
    """Return what is wrong with a composite (API PutCompositeAlarm)."""
    try:
        parse_rule(alarm.rule)
    except GenaiObsError as error:
        yield from problems_of_error(error)


def _judgement(alarm: LogAlarm) -> Iterator[Problem]:
    if alarm.comparison not in THRESHOLD_COMPARISONS:
        allowed = ", ".join(THRESHOLD_COMPARISONS)
        yield Problem("bad-comparison", f"a log alarm has no {alarm.comparison}: there are {allowed}")
    if not math.isfinite(alarm.threshold):
        yield Problem("bad-threshold", f"a threshold is a finite number, not {alarm.threshold}")
    if not 1 <= alarm.results_to_alarm <= alarm.results_to_evaluate <= MOST_RESULTS:
        yield Problem(
            "log-alarm-results",
            f"{alarm.results_to_alarm} of {alarm.results_to_evaluate} results cannot breach: a log alarm judges 1 to"
            f" {MOST_RESULTS} results, and at most all of them must breach",
        )


def _schedule(alarm: LogAlarm) -> Iterator[Problem]:
    if alarm.schedule_s < MINUTE_S or alarm.schedule_s % MINUTE_S:
        yield Problem(
            "log-alarm-schedule", f"a query runs every whole number of minutes, not {alarm.schedule_s} seconds"
        )
    if not 0 <= alarm.end_offset_s < alarm.start_offset_s:
        yield Problem(
            "log-alarm-schedule",
            f"the range of a run begins {alarm.start_offset_s} seconds before it and ends {alarm.end_offset_s} before:"
            " it must begin before it ends, and not end after the run",
        )
    elif alarm.start_offset_s - alarm.end_offset_s < alarm.schedule_s:
        yield Problem(
            "log-alarm-gap",
            f"a run looks at {alarm.start_offset_s - alarm.end_offset_s} seconds and the next comes after"
            f" {alarm.schedule_s}: lines in between are never looked at",
            "warning",
        )
    if len(alarm.log_groups) > MOST_LOG_GROUPS:
        yield Problem("log-alarm-groups", f"a query reads at most {MOST_LOG_GROUPS} log groups")


def _aggregation(alarm: LogAlarm) -> Iterator[Problem]:
    try:
        parse_aggregation(alarm.aggregation)
    except GenaiObsError as error:
        yield from problems_of_error(error)


def _query(alarm: LogAlarm) -> Iterator[Problem]:
    try:
        warnings = check_query(parse_query(alarm.query))
    except GenaiObsError as error:
        yield from problems_of_error(error)
        return
    for warning in warnings:
        yield Problem(warning.slug, warning.render(Source(alarm.query)).partition(": ")[2], "warning")
