"""Alarms in words: said from the object alone, so that words and alarm cannot differ."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_obs.tools.alarms.rule import Alarm, CompositeAlarm, LogAlarm, MetricAlarm
from genai_obs.tools.definitions.defaults import default_definitions
from genai_obs.tools.definitions.tables import EVERYTHING
from genai_obs.tools.definitions.words import duration_words, explain, fires
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat

DEFINITIONS = default_definitions(EVERYTHING)
ALARMS = {DEFINITIONS.key(alarm.name): alarm for alarm in DEFINITIONS.alarms}

STAT = MetricStat(MetricId.of("Shop", "Orders", {"Environment": "production"}), "Sum", 300)
PLAIN = MetricAlarm(
    name="orders",
    description="",
    queries=(MetricQuery("value", stat=STAT),),
    comparison="LessThanThreshold",
    threshold=2.5,
    evaluation_periods=3,
    datapoints_to_alarm=3,
    missing_data="missing",
)
LOG = LogAlarm(
    name="log",
    description="",
    query="filter x = 1",
    aggregation="avg(latency_ms) by model_id, tenant",
    comparison="LessThanOrEqualToThreshold",
    threshold=1000,
    schedule_s=300,
    start_offset_s=600,
    results_to_alarm=2,
    results_to_evaluate=4,
)

FIRES = {
    "error-rate": (
        "the error rate is above 5 % in two of the last three five-minute periods, with at least 20 calls each"
    ),
    "latency-p90": (
        "the 90th percentile of the latency is above 10,000 ms in two of the last three 15-minute periods, "
        "with at least 20 calls each"
    ),
    "no-traffic": "the number of calls is below 1 over the last hour",
    "quality": (
        "the average of Faithfulness is below 0.7 in two of the last three one-hour periods, "
        "with at least 20 scores each"
    ),
    "throttles": "the number of matching lines is at least 5 in the last 15 minutes",
    "daily-spend": "the spend is above 50 USD over the last 24 hours",
    "projected-spend": "the projected spend of a day is above 50 USD in three of the last four one-hour periods",
    "spend-per-tenant": "the sum of cost_usd of any one tenant is above 10 USD in the last 24 hours",
    "cost-anomaly": (
        "the spend of an hour is above its usual band (3 standard deviations wide) "
        "in two of the last three one-hour periods"
    ),
    "observation-errors": "the number of failures of the observation is above 0 over the last five minutes",
}


@pytest.mark.parametrize("key", sorted(FIRES))
def test_it_is_said_when_a_default_alarm_fires(key: str) -> None:
    """Value, comparison, threshold with its unit, periods, and the least number of calls."""
    assert fires(ALARMS[key]) == f"Fires when {FIRES[key]}."


@pytest.mark.parametrize("key", sorted(ALARMS))
def test_every_word_follows_the_object(key: str) -> None:
    """Another threshold, other periods, another treatment of missing data: other words."""
    alarm = ALARMS[key]
    said = explain(alarm)
    others: list[Alarm]

    match alarm:
        case MetricAlarm():
            others = [
                replace(alarm, evaluation_periods=9, datapoints_to_alarm=7),
                replace(alarm, missing_data="ignore"),
                replace(alarm, timezone="Asia/Tokyo"),
                replace(alarm, warm_up_minutes=7),
                replace(alarm, comparison="LessThanOrEqualToThreshold"),
                replace(alarm, low_samples="ignore"),
            ]
            others += [] if alarm.threshold is None else [replace(alarm, threshold=123.0)]
        case LogAlarm():
            others = [
                replace(alarm, threshold=123.0),
                replace(alarm, schedule_s=240),
                replace(alarm, start_offset_s=alarm.start_offset_s + 3600),
                replace(alarm, missing_data="ignore"),
                replace(alarm, results_to_evaluate=5),
            ]
        case CompositeAlarm():
            others = [replace(alarm, rule='ALARM("x")')]

    assert [other for other in others if explain(other) == said] == []


def test_an_alarm_on_a_statistic_without_a_label() -> None:
    """The statistic is its name, and all periods of N must breach."""
    assert explain(PLAIN) == (
        "Watches the sum of Orders: Sum of Shop Orders {Environment=production}.\n"
        "Fires when the sum of Orders is below 2.5 in each of the last three five-minute periods.\n"
        "Without any data it is INSUFFICIENT_DATA; one breach followed by silence may raise it."
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"evaluation_periods": 1, "datapoints_to_alarm": 1}, "is below 2.5 over the last five minutes."),
        (
            {"evaluation_periods": 1, "datapoints_to_alarm": 1, "timezone": "Europe/Berlin"},
            "is below 2.5 over the last completed five-minute period by the clock of Europe/Berlin.",
        ),
        (
            {"timezone": "UTC"},
            "is below 2.5 in each of the last three five-minute periods by the clock of UTC.",
        ),
        ({"threshold": 1_234_567.0}, "is below 1,234,567 in each of the last three five-minute periods."),
        ({"threshold": -0.25}, "is below -0.25 in each of the last three five-minute periods."),
    ],
)
def test_periods_and_numbers_as_people_say_them(changes: dict[str, object], said: str) -> None:
    """One period, all of them, those of a clock; thousands with commas."""
    assert fires(replace(PLAIN, **changes)).endswith(said)  # type: ignore[arg-type]


def test_a_guard_that_is_no_least_number_is_left_to_the_expression() -> None:
    """Only a comparison of a row with a number at the beginning is said in words."""
    rows = (
        MetricQuery("orders", stat=STAT, label="orders", return_data=False),
        MetricQuery("value", expression="IF(orders > 3, 10 / orders, 0)", label="share (%)"),
    )
    other = (rows[0], replace(rows[1], expression="IF(orders / 2 > 3, 10, 0)"))

    assert fires(replace(PLAIN, queries=rows)).endswith("periods, with more than 3 orders each.")
    assert fires(replace(PLAIN, queries=other)).endswith("periods.")


def test_a_log_alarm_of_several_runs() -> None:
    """The value of each group, its unit by the field's name, and how many runs must breach."""
    assert explain(LOG) == (
        "Asks every five minutes, over the last ten minutes: filter x = 1 → avg(latency_ms) by model_id, tenant.\n"
        "Fires when the average of latency_ms of any one model_id, tenant is at most 1,000 ms"
        " in two of the last four runs over ten minutes.\n"
        "Without data a run counts as fine."
    )


def test_composites_in_words() -> None:
    """Any of several, one, or the rule itself."""
    two = CompositeAlarm("c", "", 'ALARM("a") OR ALARM("b")')

    assert fires(two) == "Fires when any is in ALARM: a, b."
    assert fires(replace(two, rule='ALARM("a")')) == "Fires when a is in ALARM."
    assert fires(replace(two, rule='NOT OK("a")')) == 'Fires when this is true: NOT OK("a").'


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "one second"), (90, "90 seconds"), (60, "one minute"), (720, "12 minutes"), (3600, "one hour")],
)
def test_durations_in_words(seconds: int, words: str) -> None:
    """The largest unit that holds them whole; small numbers as words."""
    said = duration_words(seconds)

    assert said == words.replace("12 minutes", "twelve minutes")


def test_a_day_is_said_in_hours() -> None:
    """Because the window slides, and the last 24 hours are no calendar day."""
    assert duration_words(7 * 86_400) == "168 hours"


@given(
    expression=st.text(max_size=30),
    label=st.none() | st.text(max_size=12),
    aggregation=st.text(max_size=30),
    rule=st.text(max_size=30),
)
def test_any_alarm_can_be_explained(expression: str, label: str | None, aggregation: str, rule: str) -> None:
    """Also one that is wrong: somebody has to be told what it says."""
    odd = replace(PLAIN, queries=(MetricQuery("value", expression=expression, label=label),))

    for alarm in (odd, replace(LOG, aggregation=aggregation), CompositeAlarm("c", "", rule)):
        assert "Fires when " in explain(alarm)
