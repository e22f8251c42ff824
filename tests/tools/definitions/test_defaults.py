"""The default set: complete, unique, explicit about missing data, and built of nothing but its settings."""

import re
from dataclasses import asdict, replace

import pytest

from genai_obs.errors import GenaiObsError
from genai_obs.tools.alarms.composite_parser import parse_rule
from genai_obs.tools.alarms.rule import CompositeAlarm, LogAlarm, MetricAlarm
from genai_obs.tools.alarms.validity import problems_of
from genai_obs.tools.definitions.defaults import NEEDS, default_definitions
from genai_obs.tools.definitions.model import Settings, name_of
from genai_obs.tools.definitions.parts import parameter
from genai_obs.tools.definitions.tables import EVERYTHING
from genai_obs.tools.queries import load_saved_queries

DEFINITIONS = default_definitions(EVERYTHING)
ALARMS = {DEFINITIONS.key(alarm.name): alarm for alarm in DEFINITIONS.alarms}
METRIC_KEYS = sorted(key for key, alarm in ALARMS.items() if isinstance(alarm, MetricAlarm))
JUDGING_KEYS = sorted(key for key, alarm in ALARMS.items() if not isinstance(alarm, CompositeAlarm))

WANTED = {
    *("error-rate", "latency-p90", "first-token-p90", "no-traffic", "lambda-error-rate", "unwell", "throttles"),
    *("guardrail-rate", "quality", "daily-spend", "projected-spend", "spend-per-tenant", "cost-anomaly"),
    *("token-anomaly", "unpriced-calls", "observation-errors", "emf-problems"),
}
SPEND = ("daily-spend", "projected-spend", "spend-per-tenant", "cost-anomaly", "token-anomaly", "unpriced-calls")


def metric_alarm(key: str, settings: Settings = EVERYTHING) -> MetricAlarm:
    """Return a metric alarm of the default set."""
    made = {alarm.name: alarm for alarm in default_definitions(settings).alarms}[name_of(settings, key)]
    assert isinstance(made, MetricAlarm)
    return made


def test_the_set_is_complete() -> None:
    """With every setting given, each alarm is there once."""
    assert set(ALARMS) == WANTED
    assert len(DEFINITIONS.alarms) == len(WANTED)


def test_names_begin_with_application_and_environment() -> None:
    """So that two stacks of one account do not overwrite each other's alarms."""
    staging = default_definitions(replace(EVERYTHING, environment="staging"))

    names = [alarm.name for alarm in staging.alarms]

    assert all(name.startswith("genai-staging-") and len(name) <= 255 for name in names)
    assert set(names).isdisjoint(alarm.name for alarm in DEFINITIONS.alarms)


@pytest.mark.parametrize(("key", "setting"), sorted(NEEDS.items()))
def test_an_alarm_waits_for_what_it_needs(key: str, setting: str) -> None:
    """Without the name of what it watches it is not there, and nothing else changes but who speaks for it."""
    without = default_definitions(replace(EVERYTHING, **{setting: None}))  # type: ignore[arg-type]

    keys = {without.key(alarm.name) for alarm in without.alarms}

    assert WANTED - keys == {key}


@pytest.mark.parametrize("key", sorted(ALARMS))
def test_a_description_says_what_to_do_first(key: str) -> None:
    """It fits CloudWatch's 1,024 characters and names saved queries and alarms that exist."""
    description = ALARMS[key].description
    saved = load_saved_queries()

    named = re.findall(r"`([a-z0-9-]+)`", description)

    assert "**First**" in description
    assert len(description) <= 1024
    assert set(named) - {EVERYTHING.tenant_field} <= saved.keys() | ALARMS.keys()


def test_descriptions_hold_no_thresholds() -> None:
    """A deployed stack may set a threshold, and a number in the text would then be wrong."""
    numbers = {
        name: 77.0 for name, value in asdict(EVERYTHING).items() if isinstance(value, float) and name != "busy_hours"
    }
    changed = default_definitions(replace(EVERYTHING, **numbers))  # type: ignore[arg-type]

    assert [alarm.description for alarm in changed.alarms] == [alarm.description for alarm in DEFINITIONS.alarms]


@pytest.mark.parametrize("key", JUDGING_KEYS)
def test_missing_data_are_treated_on_purpose(key: str) -> None:
    """Never CloudWatch's default, with which one breach followed by silence raises an alarm."""
    alarm = ALARMS[key]
    assert isinstance(alarm, MetricAlarm | LogAlarm)

    assert alarm.missing_data == ("breaching" if key == "no-traffic" else "notBreaching")


@pytest.mark.parametrize("key", METRIC_KEYS)
def test_exactly_one_row_returns_data_or_two_with_a_band(key: str) -> None:
    """CloudWatch refuses anything else; the default of ReturnData is on."""
    alarm = ALARMS[key]
    assert isinstance(alarm, MetricAlarm)
    returning = [query.id for query in alarm.queries if query.return_data]
    ids = [query.id for query in alarm.queries]

    assert len(returning) == (1 if alarm.band_id is None else 2)
    assert alarm.band_id is None or alarm.band_id in returning
    assert (alarm.threshold is None) is (alarm.band_id is not None)
    assert len(set(ids)) == len(ids) <= 10
    assert all(re.fullmatch(r"[a-z][A-Za-z0-9_]*", query_id) for query_id in ids)


@pytest.mark.parametrize("key", METRIC_KEYS)
def test_expressions_name_rows_that_are_there_and_one_period_holds_for_all(key: str) -> None:
    """An unknown id or a second period is refused by CloudWatch."""
    alarm = ALARMS[key]
    assert isinstance(alarm, MetricAlarm)
    ids = {query.id for query in alarm.queries}
    used = {
        word
        for query in alarm.queries
        if query.expression is not None
        for word in re.findall(r"(?<![A-Za-z0-9_])[a-z]\w*", query.expression)
    }
    returning = {query.id for query in alarm.queries if query.return_data}

    assert used <= ids
    assert ids == used | returning
    assert len({query.stat.period_s for query in alarm.queries if query.stat is not None}) == 1


def test_an_alarm_on_one_statistic_has_it_as_its_only_row() -> None:
    """The template can then write the short form without maths."""
    (row,) = metric_alarm("observation-errors").queries

    assert row.stat is not None
    assert row.expression is None


@pytest.mark.parametrize("key", JUDGING_KEYS)
def test_a_parameter_is_named_after_the_setting_that_it_stands_for(key: str) -> None:
    """And the threshold is that setting's value, so that the template's default is the definition's."""
    alarm = ALARMS[key]
    assert isinstance(alarm, MetricAlarm | LogAlarm)
    settings = {parameter(name): value for name, value in asdict(EVERYTHING).items()}

    if alarm.threshold_parameter is not None:
        assert alarm.threshold == settings[alarm.threshold_parameter]
    else:
        assert key in {"no-traffic", "cost-anomaly", "token-anomaly", "observation-errors", "emf-problems"}


def test_the_error_rate_is_a_rate_with_a_least_number_of_calls() -> None:
    """Errors and calls come from one metric that is 0 or 1, in five minutes, two of three."""
    alarm = metric_alarm("error-rate", replace(EVERYTHING, least_calls=7, error_rate_percent=2.5))

    stats = {query.id: query.stat.stat for query in alarm.queries if query.stat is not None}

    assert stats == {"errors": "Sum", "calls": "SampleCount"}
    assert alarm.queries[-1].expression == "IF(calls >= 7, 100 * errors / calls, 0)"
    assert (alarm.threshold, alarm.datapoints_to_alarm, alarm.evaluation_periods) == (2.5, 2, 3)


@pytest.mark.parametrize(("key", "metric"), [("cost-anomaly", "AICost"), ("token-anomaly", "OutputTokens")])
def test_a_band_is_around_an_hourly_sum(key: str, metric: str) -> None:
    """On the id of the metric that stands beside it; both return data."""
    alarm = metric_alarm(key, replace(EVERYTHING, band_width=2.5))

    watched, band = alarm.queries

    assert watched.stat is not None
    assert (watched.stat.metric.name, watched.stat.stat, watched.stat.period_s) == (metric, "Sum", 3600)
    assert band.expression == f"ANOMALY_DETECTION_BAND({watched.id}, 2.5)"
    assert alarm.comparison == "GreaterThanUpperThreshold"


def test_the_silence_is_one_window_of_the_wanted_length() -> None:
    """Several windows with M of N would call one call in an hour silence."""
    alarm = metric_alarm("no-traffic", replace(EVERYTHING, quiet_minutes=45))

    (calls,) = [query.stat for query in alarm.queries if query.stat is not None]

    assert calls.period_s == 45 * 60
    assert (alarm.evaluation_periods, alarm.datapoints_to_alarm) == (1, 1)
    assert alarm.queries[-1].expression == "FILL(calls, 0)"


@pytest.mark.parametrize(("quiet", "warm_up"), [(45, 45), (2880, 2880), (2881, 2880)])
def test_a_new_stack_without_calls_wakes_nobody_at_once(quiet: int, warm_up: int) -> None:
    """It gets the time in which there may be none, as far as CloudWatch gives any."""
    assert metric_alarm("no-traffic", replace(EVERYTHING, quiet_minutes=quiet)).warm_up_minutes == warm_up


def test_three_hours_must_project_too_much() -> None:
    """A burst of less than an hour lies in two sliding windows at most."""
    alarm = metric_alarm("projected-spend", replace(EVERYTHING, busy_hours=10))

    assert (alarm.datapoints_to_alarm, alarm.evaluation_periods) == (3, 4)
    assert alarm.queries[-1].expression == "10 * spend"


def test_one_composite_speaks_for_what_users_feel() -> None:
    """It wakes somebody; its children say nothing themselves; spend only tells."""
    unwell = ALARMS["unwell"]
    assert isinstance(unwell, CompositeAlarm)

    children = [DEFINITIONS.key(child.name) for child in parse_rule(unwell.rule).children()]
    order = list(ALARMS)

    assert children == ["error-rate", "latency-p90", "first-token-p90", "lambda-error-rate"]
    assert DEFINITIONS.notification(ALARMS["no-traffic"].name) == "tell"
    assert all(isinstance(ALARMS[child], MetricAlarm) for child in children)
    assert all(order.index(child) < order.index("unwell") for child in children)
    assert {DEFINITIONS.notification(ALARMS[child].name) for child in children} == {"none"}
    assert DEFINITIONS.notification(unwell.name) == "page"
    assert {DEFINITIONS.notification(ALARMS[key].name) for key in SPEND} == {"tell"}


def test_without_a_composite_its_children_speak_for_themselves() -> None:
    """Nothing must be silent with nobody to speak for it; and a composite names only what is there."""
    felt = ("error-rate", "latency-p90", "first-token-p90", "lambda-error-rate")
    alone = default_definitions(EVERYTHING, without={"unwell"})
    fewer = default_definitions(EVERYTHING, without={"latency-p90"})
    none = default_definitions(EVERYTHING, without=felt)

    rules = [alarm.rule for alarm in fewer.alarms if isinstance(alarm, CompositeAlarm)]

    assert {alone.notification(alarm.name) for alarm in alone.alarms} == {"tell"}
    assert "latency-p90" not in rules[0]
    assert not any(isinstance(alarm, CompositeAlarm) for alarm in none.alarms)


def test_log_alarms_look_where_they_are_told_to() -> None:
    """In a log group by its name, or in those of the stack."""
    here = [alarm for alarm in DEFINITIONS.alarms if isinstance(alarm, LogAlarm)]
    stack = [alarm for alarm in default_definitions(Settings()).alarms if isinstance(alarm, LogAlarm)]

    assert {alarm.log_groups for alarm in here} == {("/aws/lambda/assistant",)}
    assert {alarm.log_groups for alarm in stack} == {()}


@pytest.mark.parametrize("key", ["throttles", "unpriced-calls"])
def test_runs_of_counting_alarms_meet_without_a_gap(key: str) -> None:
    """Each line is counted in exactly one run."""
    alarm = ALARMS[key]
    assert isinstance(alarm, LogAlarm)

    assert alarm.start_offset_s - alarm.end_offset_s == alarm.schedule_s


def test_a_budget_can_be_anybodys() -> None:
    """Of a user instead of a tenant: the query, the groups and the name follow the field."""
    definitions = default_definitions(Settings(tenant_field="user_id"))

    (alarm,) = [alarm for alarm in definitions.alarms if alarm.name.endswith("spend-per-user-id")]

    assert isinstance(alarm, LogAlarm)
    assert alarm.aggregation == "sum(cost_usd) by user_id | sort desc"
    assert "ispresent(user_id)" in alarm.query
    assert "tenant" not in alarm.query


def test_settings_out_of_their_range_make_no_alarms() -> None:
    """All of them are named."""
    with pytest.raises(GenaiObsError, match=r"(?s)daily_budget_usd.*busy_hours") as wrong:
        default_definitions(Settings(daily_budget_usd=0, busy_hours=25))

    assert wrong.value.slug == "bad-setting"


@pytest.mark.parametrize("key", sorted(ALARMS))
def test_nothing_is_wrong_with_a_default_alarm(key: str) -> None:
    """CloudWatch takes it, and it works: not even a warning."""
    assert problems_of(ALARMS[key]) == ()


def test_all_saved_queries_are_in_the_definitions() -> None:
    """What descriptions name must be in the stack."""
    assert DEFINITIONS.queries == tuple(load_saved_queries().values())
