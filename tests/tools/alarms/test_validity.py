"""Alarms checked before they are deployed."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alarm_published import DAY, HOUR, METRIC, MINUTE, MONDAY, alarm_on, store_of
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_obs.tools.alarms.band import LocalBands
from genai_obs.tools.alarms.history import replay
from genai_obs.tools.alarms.rule import Alarm, CompositeAlarm, LogAlarm, MetricAlarm
from genai_obs.tools.alarms.validity import Problem, problems_of
from genai_obs.tools.alarms.verdict import verdict
from genai_obs.tools.definitions.defaults import default_definitions
from genai_obs.tools.definitions.model import Settings
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat

VECTORS = json.loads((Path(__file__).parents[2] / "compliance" / "alarms.json").read_text())

ERRORS = MetricId.of("AWS/Lambda", "Errors", {"FunctionName": "ai-handler", "Resource": "ai-handler:production"})
LOG_ALARM = LogAlarm(
    name="spend-per-tenant",
    description="",
    query="filter ispresent(cost_usd)",
    aggregation="sum(cost_usd) by tenant",
    comparison="GreaterThanThreshold",
    threshold=10.0,
    schedule_s=HOUR,
    start_offset_s=DAY,
)


def slugs(alarm: Alarm, severity: str = "error") -> list[str]:
    """Return the slugs of the problems of one severity."""
    return [problem.slug for problem in problems_of(alarm) if problem.severity == severity]


def only(alarm: Alarm) -> Problem:
    """Return the one problem of an alarm."""
    (problem,) = problems_of(alarm)
    return problem


def query(row_id: str, wanted: str | None = None, *, returns: bool = False, period_s: int = 300) -> MetricQuery:
    """Return a row: an expression, or the sum of the one metric."""
    stat = None if wanted else MetricStat(METRIC, "Sum", period_s)
    return MetricQuery(row_id, stat, wanted, return_data=returns)


def test_a_good_alarm_has_no_problems() -> None:
    """Nothing to say is the usual case."""
    assert problems_of(alarm_on()) == ()
    assert problems_of(LOG_ALARM) == ()
    assert problems_of(CompositeAlarm("unwell", "", 'ALARM("a") OR ALARM("b")')) == ()


@pytest.mark.parametrize("alarm", default_definitions(Settings()).alarms, ids=lambda alarm: str(alarm.name))
def test_the_default_alarms_have_no_errors(alarm: Alarm) -> None:
    """What we offer, the service takes."""
    assert slugs(alarm) == []


@pytest.mark.parametrize("vector", VECTORS["window_validity"], ids=lambda vector: str(vector["id"]))
def test_windows_are_valid_where_they_are_published_to_be(vector: dict[str, Any]) -> None:
    """Periods, their number, wall clocks and SQL."""
    select = 'SELECT SUM(AICost) FROM SCHEMA("AI/LLMMetrics", Environment)'
    period_s = vector["period_s"]
    rows = (MetricQuery("q1", expression=select, period_s=period_s),) if vector["sql"] else ()
    zone = "UTC" if vector["window"] == "wall_clock" else None
    alarm = alarm_on(*rows, period_s=period_s, n=vector["n"], timezone=zone)

    found = set(slugs(alarm))

    assert (found == set()) is vector["valid"]
    assert found <= {"alarm-period", "alarm-window", "sql-window", "wall-clock-period"}


@pytest.mark.parametrize("vector", VECTORS["return_data"], ids=lambda vector: str(vector["id"]))
def test_as_many_queries_return_data_as_the_service_takes(vector: dict[str, Any]) -> None:
    """What says nothing returns data: that is the default, and the fault of the seed's second alarm."""
    rows = [
        query(row_id, None if what == "stat" else what, returns=returns is not False)
        for row_id, what, returns in vector["queries"]
    ]
    band: dict[str, Any] = {"band_id": "ad1", "threshold": None, "comparison": "GreaterThanUpperThreshold"}

    found = slugs(alarm_on(*rows, **(band if vector["band"] else {})))

    assert found == ([] if vector["valid"] else ["return-data"])


def test_which_queries_return_data_is_said() -> None:
    """And what to do."""
    problem = only(alarm_on(query("tokens", returns=True), query("cost", "tokens * 0.000003", returns=True)))

    assert problem.sentence.startswith(
        "exactly one query must return data, and 2 do (tokens, cost): ReturnData is true"
    )


BAND = (query("m1", returns=True), query("ad1", "ANOMALY_DETECTION_BAND(m1, 2)", returns=True))
ABOVE: dict[str, Any] = {"band_id": "ad1", "threshold": None, "comparison": "GreaterThanUpperThreshold"}


@pytest.mark.parametrize(
    ("alarm", "slug"),
    [
        (alarm_on(name=""), "alarm-name"),
        (alarm_on(name="a" * 256), "alarm-name"),
        (alarm_on(description="a" * 1025), "alarm-description"),
        (alarm_on(m=3, n=2), "datapoints-to-alarm"),
        (alarm_on(m=0, n=2), "datapoints-to-alarm"),
        (alarm_on(m=0, n=0), "evaluation-periods"),
        (alarm_on(threshold=None), "threshold-or-band"),
        (alarm_on(threshold=float("nan")), "bad-threshold"),
        (alarm_on(comparison="GreaterThanUpperThreshold"), "bad-comparison"),
        (alarm_on(*BAND, **{**ABOVE, "threshold": 1.0}), "threshold-or-band"),
        (alarm_on(*BAND, **{**ABOVE, "comparison": "GreaterThanThreshold"}), "bad-comparison"),
        (
            alarm_on(query("m1", returns=True), query("b", "m1 * 2", returns=True), **{**ABOVE, "band_id": "b"}),
            "no-band",
        ),
        (alarm_on(timezone="Europe/Berln"), "bad-time-zone"),
        (alarm_on(warm_up_minutes=0), "bad-warm-up"),
        (alarm_on(warm_up_minutes=2881), "bad-warm-up"),
        (alarm_on(stat="p101"), "unknown-statistic"),
        (alarm_on(stat="Mean"), "unknown-statistic"),
        (alarm_on(query("M1", returns=True)), "math-bad-id"),
        (alarm_on(query("m1"), query("m1", "m1", returns=True)), "math-same-id"),
        (alarm_on(query("m1"), query("e1", "m1 +", returns=True)), "unexpected-token"),
        (alarm_on(query("m1"), query("e1", "SUM(m1)", returns=True)), "math-scalar-result"),
        (alarm_on(query("e1", "SEARCH('{AI/LLMMetrics} AICost', 'Sum', 300)", returns=True)), "math-search-in-alarm"),
        (alarm_on(query("m1"), query("m2", period_s=60), query("e1", "m1 + m2", returns=True)), "math-alarm-periods"),
        (
            alarm_on(*(query(f"m{n}") for n in range(11)), query("e1", "m1 + m2", returns=True)),
            "math-alarm-metrics",
        ),
        (alarm_on(MetricQuery("q1", expression='SELECT SUM(AICost) FROM "AI/LLMMetrics"')), "alarm-periods"),
        (CompositeAlarm("c", "", "ALARM(a) AND"), "unexpected-token"),
        (replace(LOG_ALARM, comparison="GreaterThanUpperThreshold"), "bad-comparison"),
        (replace(LOG_ALARM, threshold=float("inf")), "bad-threshold"),
        (replace(LOG_ALARM, results_to_alarm=2), "log-alarm-results"),
        (replace(LOG_ALARM, results_to_evaluate=101), "log-alarm-results"),
        (replace(LOG_ALARM, schedule_s=90), "log-alarm-schedule"),
        (replace(LOG_ALARM, end_offset_s=DAY), "log-alarm-schedule"),
        (replace(LOG_ALARM, end_offset_s=-1), "log-alarm-schedule"),
        (replace(LOG_ALARM, log_groups=("g",) * 51), "log-alarm-groups"),
        (replace(LOG_ALARM, query="filter"), "unexpected-token"),
        (replace(LOG_ALARM, aggregation="count(*) by a, b, c, d, e, f"), "too-many-groups"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_the_service_refuses_is_an_error(alarm: Alarm, slug: str) -> None:
    """One sentence for each, and only for it."""
    assert slugs(alarm) == [slug]


def test_bands_need_a_minute_and_around_math_at_most_an_hour() -> None:
    """A band around one metric may have longer periods."""
    band = query("ad1", "ANOMALY_DETECTION_BAND(e1, 2)", returns=True)
    rows = (query("m1", period_s=2 * HOUR), query("e1", "m1 * 2", returns=True), band)
    single = (query("m1", returns=True, period_s=2 * HOUR), BAND[1])
    short = (query("m1", returns=True, period_s=30), BAND[1])

    assert "band-period" in slugs(alarm_on(*rows, **ABOVE))
    assert slugs(alarm_on(*single, **ABOVE)) == []
    assert slugs(alarm_on(*short, **ABOVE)) == ["band-period"]


def test_mistakes_in_expressions_come_with_their_place() -> None:
    """All of them, each with the row it stands in."""
    alarm = alarm_on(query("m1"), query("e1", "m1 + AVRG(m1) + nothing", returns=True))
    found = [problem for problem in problems_of(alarm) if problem.query_id == "e1"]

    assert len(found) == 2
    assert all("^" in problem.sentence and "m1 + AVRG(m1)" in problem.sentence for problem in found)
    assert not any(problem.sentence.startswith("error") for problem in found)


@pytest.mark.parametrize(
    ("alarm", "slug"),
    [
        (alarm_on(missing_data="missing"), "missing-data-default"),
        (alarm_on(stat="p99", low_samples="ignore"), "low-samples-ignored"),
        (alarm_on(low_samples="ignore"), "low-samples-unused"),
        (alarm_on(MetricQuery("m1", MetricStat(METRIC, "Sum", 300, "Count"))), "alarm-unit"),
        (alarm_on(query("m1"), query("e1", "RUNNING_SUM(m1)", returns=True)), "math-in-alarm"),
        (replace(LOG_ALARM, start_offset_s=HOUR - 60), "log-alarm-gap"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_nobody_can_mean_is_a_warning(alarm: Alarm, slug: str) -> None:
    """The service takes it."""
    assert [(problem.slug, problem.severity) for problem in problems_of(alarm)] == [(slug, "warning")]


@pytest.mark.parametrize(("period_s", "found"), [(5 * MINUTE, ["math-in-alarm"]), (15 * MINUTE, []), (HOUR, [])])
def test_fill_is_no_trap_over_long_periods(period_s: int, found: list[str]) -> None:
    """Of a quarter of an hour a late datapoint is a small part; of five minutes it may be all."""
    alarm = alarm_on(query("m1", period_s=period_s), query("e1", "FILL(m1, 0)", returns=True))

    assert slugs(alarm, "warning") == found


@pytest.mark.parametrize("alarm", default_definitions(Settings()).alarms, ids=lambda alarm: str(alarm.name))
def test_the_default_alarms_have_no_warnings(alarm: Alarm) -> None:
    """What we warn of, we do not do."""
    assert slugs(alarm, "warning") == []


def test_a_filled_expression_leaves_nothing_missing() -> None:
    """Then the default does no harm."""
    alarm = alarm_on(query("m1"), query("e1", "FILL(m1, 0)", returns=True), missing_data="missing")

    assert "missing-data-default" not in [problem.slug for problem in problems_of(alarm)]


def seeds_error_rate() -> MetricAlarm:
    """Return the first alarm of the seed: a rate by its description, a count by its query."""
    return alarm_on(
        MetricQuery("m1", MetricStat(ERRORS, "Sum", 300)),
        name="ai-handler-error-rate-high",
        description="Lambda error rate exceeded 5%",
        m=2,
        n=2,
        threshold=10.0,
    )


def test_a_count_that_is_called_a_rate_is_explained() -> None:
    """The first alarm of the seed, with its other fault: it watches one alias only."""
    rate, resource = problems_of(seeds_error_rate())

    assert (rate.slug, resource.slug) == ("count-called-rate", "lambda-resource")
    assert 'speaks of a "rate" and compares a count, the Sum of Errors, with 10' in rate.sentence
    assert "100 * errors / calls" in rate.sentence


def test_the_budget_of_the_seed_is_explained() -> None:
    """Its second alarm cannot be created, and what it leaves out would not do what its author meant."""
    tokens = MetricId.of("AI/LLMMetrics", "InputTokens", {"Environment": "production"})
    alarm = alarm_on(
        MetricQuery("input_tokens", MetricStat(tokens, "Sum", DAY)),
        MetricQuery("cost", expression="input_tokens * 0.000003", label="Daily Cost (USD)"),
        name="ai-daily-token-budget-warning",
        threshold=50.0,
        missing_data="missing",
    )

    assert [problem.slug for problem in problems_of(alarm)] == ["return-data", "missing-data-default"]


@pytest.mark.parametrize(
    "alarm",
    [
        alarm_on(name="generate-report", description="Moderate."),
        alarm_on(name="error-rate", stat="Average"),
        alarm_on(query("m1"), query("e1", "100 * m1 / m1", returns=True), description="error rate above 5 %"),
    ],
)
def test_rates_that_are_rates_are_not_complained_about(alarm: MetricAlarm) -> None:
    """Nor words that only contain the word."""
    assert problems_of(alarm) == ()


def test_a_dimension_set_that_is_not_published_is_said() -> None:
    """By the record schema; a metric of somebody else's may have any."""
    ours = MetricId.of("AI/LLMMetrics", "InputTokens", {"ModelId": "m"})
    theirs = MetricId.of("AI/LLMMetrics", "Faithfulness", {"ModelId": "m"})

    problem = only(alarm_on(MetricQuery("m1", MetricStat(ours, "Sum", 300))))

    assert problem.slug == "unpublished-dimensions"
    assert "{Environment} or {ModelId, Environment}, and the alarm asks for ModelId" in problem.sentence
    assert problems_of(alarm_on(MetricQuery("m1", MetricStat(theirs, "Sum", 300)))) == ()


ROWS: tuple[tuple[MetricQuery, ...], ...] = (
    (),
    (query("m1"), query("e1", "FILL(m1, 0) / 2", returns=True)),
    (query("m1"), query("e1", "m1 + nothing", returns=True)),
    (query("m1", returns=True), query("e1", "m1", returns=True)),
)
# Values that the service takes, and after them one that it refuses.
MEMBERS: dict[str, tuple[Any, ...]] = {
    "stat": ("Sum", "p90", "p101"),
    "period_s": (10, 60, 300, HOUR, DAY, 90),
    "n": (1, 2, 3, 7, 0),
    "threshold": (1.0, 0.0, None),
    "comparison": ("GreaterThanThreshold", "LessThanThreshold", "GreaterThanUpperThreshold"),
    "missing_data": ("missing", "breaching", "notBreaching", "ignore", "ignore"),
    "low_samples": ("evaluate", "ignore", "ignore"),
    "timezone": (None, None, "Europe/Berlin", "+01:03"),
    "warm_up_minutes": (None, 30, 0),
}


@st.composite
def alarms(draw: st.DrawFn) -> MetricAlarm:
    """Return an alarm that is valid but for one or two of its settings, or for none."""
    wrong = draw(st.sets(st.sampled_from(["rows", "m", *MEMBERS]), max_size=2))
    chosen = {name: draw(st.sampled_from(values if name in wrong else values[:-1])) for name, values in MEMBERS.items()}
    rows = draw(st.sampled_from(ROWS if "rows" in wrong else ROWS[:2]))
    n = chosen["n"]
    m = draw(st.sampled_from([0, n + 1] if "m" in wrong else [min(1, n), n]))
    return alarm_on(*rows, m=m, **chosen)


@settings(max_examples=100, deadline=None)
@given(alarms())
def test_an_alarm_without_errors_can_be_judged(alarm: MetricAlarm) -> None:
    """Checks never break, and what they let pass a replay and a verdict take."""
    store = store_of({METRIC: {MONDAY + 30 * second: [1.0] for second in range(240)}}, bucket_s=10)

    found = problems_of(alarm)

    assert all(problem.sentence and "\n\n" not in problem.sentence for problem in found)
    if not any(problem.severity == "error" for problem in found):
        bands = LocalBands(store)
        history = replay(alarm, store, MONDAY, MONDAY + HOUR, bands=bands)
        told = verdict(alarm, store, MONDAY + HOUR, history=history, bands=bands)
        assert told.state == history.states[-1]
        assert told.reason


def test_errors_stand_before_warnings() -> None:
    """What stops a deployment is read first."""
    severities = [problem.severity for problem in problems_of(alarm_on(missing_data="missing", warm_up_minutes=0))]

    assert severities == ["error", "warning"]
