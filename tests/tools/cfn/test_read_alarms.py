"""Alarms that people write: defaults of the API, texts for numbers, and what cannot be known."""

from typing import Any

import pytest

from genai_obs.errors import GenaiObsError
from genai_obs.tools.alarms.rule import MetricAlarm
from genai_obs.tools.cfn.read_alarms import is_alarm, read_alarm
from genai_obs.tools.cfn.resolve import Unresolved
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat

KIND = "AWS::CloudWatch::Alarm"
LEAST: dict[str, Any] = {
    "Namespace": "N",
    "MetricName": "M",
    "Period": "300",
    "Statistic": "Sum",
    "ComparisonOperator": "GreaterThanThreshold",
    "EvaluationPeriods": 2,
    "Threshold": "1.5",
}
LOG: dict[str, Any] = {
    "AlarmName": "l",
    "ComparisonOperator": "GreaterThanThreshold",
    "Threshold": 1,
    "QueryResultsToAlarm": 1,
    "QueryResultsToEvaluate": 1,
    "ScheduledQueryConfiguration": {
        "QueryString": "fields @message",
        "AggregationExpression": "count(*)",
        "ScheduleConfiguration": {"ScheduleExpression": "rate(1 hour)", "StartTimeOffset": 60},
    },
}


def test_what_is_left_out_has_the_default_of_the_api() -> None:
    """M is N, missing is missing, no name is empty; numbers may be texts."""
    assert read_alarm(KIND, LEAST) == MetricAlarm(
        name="",
        description="",
        queries=(MetricQuery("m1", MetricStat(MetricId("N", "M"), "Sum", 300)),),
        comparison="GreaterThanThreshold",
        threshold=1.5,
        evaluation_periods=2,
        datapoints_to_alarm=2,
        missing_data="missing",
    )


def test_a_row_returns_data_unless_it_says_no() -> None:
    """The trap of the API: the default is true; quoted words count as what they say."""
    rows = [{"Id": "a", "Expression": "1"}, {"Id": "b", "Expression": "1", "ReturnData": "false"}]
    alarm = read_alarm(KIND, {**LEAST, "Metrics": rows})

    assert isinstance(alarm, MetricAlarm)
    assert [query.return_data for query in alarm.queries] == [True, False]


@pytest.mark.parametrize(
    "change",
    [
        {"Threshold": Unresolved("T")},
        {"Threshold": "high"},
        {"Threshold": None},
        {"Threshold": True},
        {"EvaluationPeriods": 1.5},
        {"Period": []},
        {"ComparisonOperator": 3},
        {"Dimensions": ["a"]},
        {"Metrics": "a"},
        {"Metrics": [{"Id": "a", "MetricStat": {"Metric": {}, "Period": 60, "Stat": "Sum"}}]},
        {"EvaluationCriteria": {"PromQLCriteria": {}}},
        {"EvaluationWindow": []},
    ],
)
def test_what_cannot_be_known_is_said(change: dict[str, Any]) -> None:
    """Nothing is guessed."""
    with pytest.raises(GenaiObsError) as raised:
        read_alarm(KIND, {**LEAST, **change})

    assert raised.value.slug == "unreadable-alarm"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("rate(1 minute)", 60), ("rate(5 minutes)", 300), ("rate(2 hours)", 7_200), ("rate(1 day)", 86_400)],
)
def test_a_rate_is_seconds(text: str, seconds: int) -> None:
    """Minutes, hours and days."""
    schedule = {"ScheduleExpression": text, "StartTimeOffset": 60}
    query = {**LOG["ScheduledQueryConfiguration"], "ScheduleConfiguration": schedule}

    alarm = read_alarm("AWS::CloudWatch::LogAlarm", {**LOG, "ScheduledQueryConfiguration": query})

    assert getattr(alarm, "schedule_s", None) == seconds


def test_a_calendar_is_no_rate() -> None:
    """Log alarms run at rates only."""
    schedule = {"ScheduleExpression": "cron(0 * * * ? *)", "StartTimeOffset": 60}
    query = {**LOG["ScheduledQueryConfiguration"], "ScheduleConfiguration": schedule}

    with pytest.raises(GenaiObsError, match="rate"):
        read_alarm("AWS::CloudWatch::LogAlarm", {**LOG, "ScheduledQueryConfiguration": query})


def test_other_resources_are_no_alarms() -> None:
    """Their properties mean something else."""
    assert not is_alarm("AWS::SNS::Topic")
    with pytest.raises(GenaiObsError):
        read_alarm("AWS::SNS::Topic", {})
