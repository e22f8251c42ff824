"""Queries of log alarms: which may answer all runs at once, and in which bins."""

import pytest

from genai_obs.tools.alarms.aggregation import parse_aggregation
from genai_obs.tools.alarms.log_query import bin_of, is_row_by_row, log_query
from genai_obs.tools.alarms.rule import LogAlarm
from genai_obs.tools.insights.language.parser import parse_query


def alarm(query: str = "fields a", schedule_s: int = 300, start_s: int = 300, end_s: int = 0) -> LogAlarm:
    """Return a log alarm."""
    return LogAlarm("x", "", query, "count(*)", "GreaterThanThreshold", 1, schedule_s, start_s, end_s)


@pytest.mark.parametrize(
    ("schedule_s", "start_s", "end_s", "expected"),
    [
        (300, 300, 0, 300),
        (300, 86_520, 120, 60),
        (420, 420, 0, 60),
        (300, 390, 90, 30),
        (300, 300, 7, 1),
        (3600, 86_400, 0, 3600),
        (18_000, 36_000, 0, 3600),
        (86_400, 86_400, 0, 86_400),
        (7200, 43_200, 0, 7200),
    ],
)
def test_bins_have_edges_where_runs_have_theirs(schedule_s: int, start_s: int, end_s: int, expected: int) -> None:
    """A bin divides the schedule and both offsets, and the hour or the day, to which Logs Insights aligns it."""
    assert bin_of(alarm("fields a", schedule_s, start_s, end_s)) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('fields a, b as c | filter a > 1 | parse c "x*" as d | display a, d | sort a', True),
        ("fields jsonParse(@message) as j | unnest j.items into item", True),
        ("filter @timestamp > 0", True),
        ("stats count(*) by a", False),
        ("fields a | limit 5", False),
        ("fields a | dedup a", False),
        ("filter now() > 5", False),
        ("fields abs(now() - a) as age", False),
        ("filter a > queryStartTime()", False),
        ("fields a as @timestamp", False),
        ('parse a "* x" as @timestamp', False),
    ],
)
def test_what_looks_at_one_event_alone_is_known(query: str, expected: bool) -> None:
    """Only stages that make of an event what it alone gives may be run once for all runs."""
    assert is_row_by_row(parse_query(query)) == expected


def test_the_aggregation_follows_the_last_command() -> None:
    """Comments and a pipe too many behind the query do not swallow the aggregation."""
    found = log_query(alarm("fields a # why\n| filter b > 1 | # nothing\n"), parse_aggregation("sum(a) by `c-d`"))

    assert found.over(None) == (
        "fields a # why\n| filter b > 1\n"
        "| stats count(*) as _alarm_rows, count((a * 1)) as _alarm_values, sum((a * 1)) as _alarm_sum"
        " by `c-d` as _alarm_group0"
    )
    assert " by bin(24h) as _alarm_bin, `c-d` as _alarm_group0" in found.over(86_400)
