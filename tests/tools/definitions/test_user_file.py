"""The file of a team: read strictly, all mistakes at once, alarms like those of the default set."""

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_obs.errors import GenaiObsError
from genai_obs.tools.alarms.rule import CompositeAlarm, LogAlarm, MetricAlarm
from genai_obs.tools.alarms.validity import problems_of
from genai_obs.tools.definitions.defaults import default_definitions
from genai_obs.tools.definitions.model import Definitions, Settings
from genai_obs.tools.definitions.user_file import load_definitions, read_definitions
from genai_obs.tools.metrics.identity import MetricId

DOCS = (Path(__file__).parents[3] / "docs" / "alarms.md").read_text("utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)

METRIC = """
name = "slow"
description = "Slow."
metric = "InferenceLatencyMs"
statistic = "p90"
period_s = 300
comparison = "GreaterThanThreshold"
threshold = 4000
evaluation_periods = 3
missing_data = "notBreaching"
"""
COMPOSITE = """
[[alarm]]
name = "both"
description = "Both."
rule = 'ALARM("error-rate") AND NOT OK(latency-p90)'
"""


def read(text: str, **changes: str) -> Definitions:
    """Return the definitions of a text."""
    return read_definitions(tomllib.loads(text), changes)


def mistakes(text: str) -> list[str]:
    """Return what is wrong with a text, line by line."""
    with pytest.raises(GenaiObsError) as wrong:
        read(text)
    assert wrong.value.slug == "bad-definitions"
    return str(wrong.value).splitlines()


def alarm_of(definitions: Definitions, key: str) -> object:
    """Return an alarm by its short name."""
    return {definitions.key(alarm.name): alarm for alarm in definitions.alarms}[key]


def metric_alarm(text: str, key: str) -> MetricAlarm:
    """Return a metric alarm of a file."""
    found = alarm_of(read(text), key)
    assert isinstance(found, MetricAlarm)
    return found


def test_an_empty_file_is_the_default_set() -> None:
    """Nothing said, nothing changed."""
    assert read("") == default_definitions(Settings())
    assert read("disable = []\n[settings]\n[override]\n") == default_definitions(Settings())


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_the_examples_of_the_docs_load(number: int, tmp_path: Path) -> None:
    """And CloudWatch would take each alarm in them."""
    path = tmp_path / "alarms.toml"
    path.write_text(EXAMPLES[number], encoding="utf-8")

    definitions = load_definitions(path)

    for alarm in definitions.alarms:
        assert [problem for problem in problems_of(alarm) if problem.severity == "error"] == []


def test_the_full_example_has_one_alarm_of_each_kind(tmp_path: Path) -> None:
    """Metric, expression, band, log, composite; settings and changes hold; the composite is the last."""
    definitions = read(EXAMPLES[0])
    keys = [definitions.key(alarm.name) for alarm in definitions.alarms]
    rate, daily = alarm_of(definitions, "error-rate"), alarm_of(definitions, "daily-spend")
    composite = alarm_of(definitions, "dear-and-slow")

    assert keys[-5:] == ["haiku-slow", "cache-unused", "answer-length", "heavy-user", "dear-and-slow"]
    assert "token-anomaly" not in keys
    assert "quality" in keys
    assert isinstance(rate, MetricAlarm)
    assert (rate.threshold, rate.datapoints_to_alarm, rate.evaluation_periods) == (2.0, 3, 5)
    assert isinstance(daily, MetricAlarm)
    assert (daily.threshold, daily.timezone) == (20.0, "Europe/Berlin")
    assert isinstance(composite, CompositeAlarm)
    assert composite.rule == (
        'ALARM("support-production-projected-spend") AND '
        '(ALARM("support-production-haiku-slow") OR ALARM("support-production-latency-p90"))'
    )
    assert definitions.notification(composite.name) == "page"


def test_the_mistakes_of_the_docs_are_those_that_are_told(tmp_path: Path) -> None:
    """Three mistakes in three places, told at once, word for word as the page shows them."""
    shown = re.search(r"```text\n(alarms\.toml:\n.*?)```", DOCS, re.DOTALL)
    haiku = METRIC.replace('"slow"', '"haiku-slow"') + 'dimensions = { ModelId = "haiku" }\n'
    path = tmp_path / "alarms.toml"
    path.write_text(
        f"[settings]\ndaily_budget = 20\n[override.error-rate]\ntreshold = 2\n[[alarm]]\n{haiku}", encoding="utf-8"
    )

    with pytest.raises(GenaiObsError) as wrong:
        load_definitions(path)

    assert shown is not None
    assert str(wrong.value).replace(str(path), "alarms.toml") + "\n" == shown[1]


def test_a_metric_is_that_of_the_environment_unless_said_otherwise() -> None:
    """Namespace and dimensions come from the settings."""
    alarm = metric_alarm(f'[settings]\nenvironment = "staging"\nnamespace = "Shop"\n[[alarm]]{METRIC}', "slow")

    (row,) = alarm.queries

    assert row.stat is not None
    assert row.stat.metric == MetricId.of("Shop", "InferenceLatencyMs", {"Environment": "staging"})
    assert alarm.name == "genai-staging-slow"
    assert alarm.datapoints_to_alarm == 3


def test_only_the_expression_returns_data() -> None:
    """Its inputs must not, whatever the default of CloudWatch is."""
    alarm = metric_alarm(EXAMPLES[0], "cache-unused")

    returning = {query.id: query.return_data for query in alarm.queries}

    assert returning == {"read": False, "fresh": False, "value": True}


def test_a_band_returns_data_beside_its_metric() -> None:
    """And there is no threshold."""
    alarm = metric_alarm(EXAMPLES[0], "answer-length")

    assert [query.return_data for query in alarm.queries] == [True, True]
    assert (alarm.threshold, alarm.band_id) == (None, "band")


def test_a_log_alarm_looks_back_to_the_run_before() -> None:
    """Unless it says how far."""
    alarm = alarm_of(read(EXAMPLES[0]), "heavy-user")

    assert isinstance(alarm, LogAlarm)
    assert (alarm.schedule_s, alarm.start_offset_s, alarm.end_offset_s) == (3600, 3600, 0)


def test_a_threshold_of_its_own_has_no_parameter() -> None:
    """The parameter stands for a setting, and its default would be another number."""
    text = "[override.error-rate]\nthreshold = 2\n[override.latency-p90]\nperiod_s = 300\n"

    rate, latency = metric_alarm(text, "error-rate"), metric_alarm(text, "latency-p90")

    assert rate.threshold_parameter is None
    assert latency.threshold_parameter == "LatencyP90Ms"
    assert {query.stat.period_s for query in latency.queries if query.stat} == {300}


def test_a_log_alarm_can_be_changed() -> None:
    """How often it runs, and where it looks."""
    text = '[override.throttles]\nschedule_s = 300\nlog_groups = ["/a", "/b"]\nmissing_data = "ignore"\nthreshold = 9\n'

    alarm = alarm_of(read(text), "throttles")

    assert isinstance(alarm, LogAlarm)
    assert (alarm.schedule_s, alarm.log_groups, alarm.missing_data) == (300, ("/a", "/b"), "ignore")
    assert (alarm.threshold, alarm.threshold_parameter) == (9.0, None)


def test_the_command_line_beats_the_file() -> None:
    """What is typed now was meant now."""
    definitions = read("[settings]\ndaily_budget_usd = 20\nleast_calls = 3\n", daily_budget_usd="7")

    assert (definitions.settings.daily_budget_usd, definitions.settings.least_calls) == (7.0, 3)


def test_disabled_alarms_are_gone_from_the_composite_too() -> None:
    """It would otherwise wait for a state that never comes."""
    definitions = read('disable = ["latency-p90", "quality"]')
    unwell = alarm_of(definitions, "unwell")

    assert isinstance(unwell, CompositeAlarm)
    assert not any("latency-p90" in alarm.name for alarm in definitions.alarms)
    assert "latency-p90" not in unwell.rule


def test_composites_stand_behind_those_they_watch() -> None:
    """Also where the file has them the other way round."""
    outer = COMPOSITE.replace('"both"', '"outer"').replace("latency-p90", "both")
    definitions = read(f"{outer}{COMPOSITE}[[alarm]]{METRIC}")

    keys = [definitions.key(alarm.name) for alarm in definitions.alarms]

    assert keys[-3:] == ["slow", "both", "outer"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("settigns = {}", 'there is no member "settigns"; did you mean settings?'),
        ("disable = 3", "disable takes a list of texts, not 3"),
        ('disable = ["no-trafic"]', 'disable: there is no alarm "no-trafic"; did you mean no-traffic?'),
        ("alarm = 3", "alarm takes tables, each headed [[alarm]], not 3"),
        ("override = 3", "override takes a table, not 3"),
        ("[override]\nerror-rate = 3", "override: error-rate takes a table, not 3"),
        ("[settings]\nbusy_hours = 25", "settings: busy_hours takes a number above 0, at most 24, not 25"),
        ("[override.eror-rate]", 'override.eror-rate: there is no alarm "eror-rate"; did you mean error-rate?'),
        ("[override.quality]", "override.quality: there is no such alarm without the setting quality_metric"),
        ('disable = ["throttles"]\n[override.throttles]', "override.throttles: the file disables this alarm"),
        ("[override.cost-anomaly]\nthreshold = 3", "override.cost-anomaly: threshold: the band is the threshold"),
        ('[override.unwell]\nrule = "TRUE"', 'override.unwell: there is no member "rule"'),
        ('[override.error-rate]\nthreshold = "2"', 'override.error-rate: threshold takes a number, not "2"'),
        ("[override.error-rate]\nthreshold = true", "override.error-rate: threshold takes a number, not true"),
        ("[override.error-rate]\nevaluation_periods = 1", 'alarm "error-rate": 2 of 1 periods cannot breach'),
        ("[override.error-rate]\nnotify = 3", "override.error-rate: notify takes one of page, tell, none, not 3"),
        ("disable = ['']", "disable takes a list of texts, not a list"),
        ('[override.error-rate]\nnotify = "pgae"', 'override.error-rate: notify: there is no choice "pgae"; did you'),
        ("[[alarm]]\nmetric = 'X'", "alarm number 1: name is missing"),
        ("[[alarm]]\nname = 'x'\n", 'alarm "x": an alarm has exactly one of metric, expression, query, rule; this one'),
        (
            f"[[alarm]]{METRIC}rule = 'TRUE'",
            'alarm "slow": an alarm has exactly one of metric, expression, query, rule',
        ),
        (f"[[alarm]]{METRIC}[[alarm]]{METRIC}", 'alarm "slow": there is already an alarm of this name'),
        (f"[[alarm]]{METRIC.replace('slow', 'error-rate')}", 'alarm "error-rate": there is already an alarm of this'),
        (f"[[alarm]]{METRIC.replace('slow', 'Too Slow')}", 'alarm "Too Slow": name takes words of small letters'),
        (f"[[alarm]]{METRIC}perid_s = 3", 'alarm "slow": there is no member "perid_s"; did you mean period_s?'),
        (f"[[alarm]]{METRIC.replace('missing_data', '#')}", 'alarm "slow": missing_data is missing'),
        (f"[[alarm]]{METRIC.replace('p90', 'p900')}", 'alarm "slow": '),
        (f"[[alarm]]{METRIC.replace('300', '90')}", 'alarm "slow": a period is 10, 20 or 30 seconds or whole minutes'),
        (f"[[alarm]]{METRIC.replace('300', '3e2')}", 'alarm "slow": period_s takes a whole number, not 300.0'),
        (f"[[alarm]]{METRIC}band_width = 2", 'alarm "slow": threshold stands beside band_width'),
        (
            f"[[alarm]]{METRIC.replace('InferenceLatencyMs', 'Own')}dimensions = {{ Shop = 'a' }}",
            'alarm "slow": every metric under AI/LLMMetrics has the dimension Environment; Own here has not',
        ),
        (COMPOSITE.replace("error-rate", "eror-rate"), 'alarm "both": '),
        (COMPOSITE.replace("AND NOT", "AND AND"), 'alarm "both": '),
        (COMPOSITE.replace("latency-p90", "both"), "composite alarms watch each other in a circle"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, said: str) -> None:
    """Unknown names, wrong types, alarms that CloudWatch would refuse or that could never fire."""
    found = mistakes(text)

    assert any(line.startswith(said) for line in found), found
    assert len(set(found)) == len(found)


def test_a_wrong_query_is_shown_with_its_mark() -> None:
    """As the query language itself tells it, under the name of the alarm."""
    text = (
        EXAMPLES[0]
        .replace("sum(cost_usd) by user_id", "totals(cost_usd) by user_id")
        .replace("and ispr", "and is pr", 1)
    )

    said = mistakes(text)

    assert any(line.startswith('alarm "heavy-user": ') for line in said)
    assert any("^" in line for line in said)


def test_an_expression_without_its_metrics_is_refused() -> None:
    """An id that nothing is known by would be refused by CloudWatch."""
    text = EXAMPLES[0].replace("metrics.read = ", "metrics.red = ")

    assert any(line.startswith('alarm "cache-unused": ') for line in mistakes(text))


def test_a_metric_that_is_published_otherwise_is_refused_in_any_namespace() -> None:
    """The seed's alarm: a dimension set that nobody publishes waits for ever."""
    text = f"[settings]\nnamespace = 'Shop'\n[[alarm]]{METRIC}dimensions = {{ ModelId = 'm' }}"

    (said,) = mistakes(text)

    assert said.startswith('alarm "slow": InferenceLatencyMs is published with the dimensions [Environment] and [Mod')


def test_a_file_that_is_none(tmp_path: Path) -> None:
    """Missing, or no TOML: one sentence each."""
    broken = tmp_path / "broken.toml"
    broken.write_text("[settings\n", encoding="utf-8")

    with pytest.raises(GenaiObsError, match=r"cannot read .*none\.toml: No such file") as missing:
        load_definitions(tmp_path / "none.toml")
    with pytest.raises(GenaiObsError, match=r"is no TOML: .*line 1") as unparsed:
        load_definitions(broken)

    assert missing.value.slug == "bad-file"
    assert unparsed.value.slug == "bad-toml"


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9_000) | st.floats(allow_nan=True) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
_MEMBERS = st.sampled_from(
    [
        *("name", "metric", "expression", "query", "rule", "statistic", "period_s", "threshold", "metrics", "unit"),
        *("comparison", "missing_data", "evaluation_periods", "band_width", "schedule_s", "aggregation", "log_groups"),
        *("dimensions", "notify", "timezone", "low_samples", "description"),
    ]
)
_TABLES = st.dictionaries(_MEMBERS, _VALUES, max_size=8)


@given(
    document=st.fixed_dictionaries(
        {},
        optional={
            "settings": _VALUES | st.dictionaries(st.sampled_from(["environment", "quiet_minutes"]), _VALUES),
            "disable": _VALUES,
            "override": _VALUES | st.dictionaries(st.sampled_from(["error-rate", "throttles", "unwell"]), _TABLES),
            "alarm": _VALUES | st.lists(_TABLES, max_size=2),
        },
    )
)
def test_any_document_is_taken_or_refused_in_our_words(document: dict[str, object]) -> None:
    """Never another exception: whatever a file holds, somebody is told what is wrong with it."""
    try:
        definitions = read_definitions(document)
    except GenaiObsError:
        return
    names = [alarm.name for alarm in definitions.alarms]

    assert len(set(names)) == len(names)


SQL = """
[[alarm]]
name = "dear-model"
description = "One model is dear."
expression = 'SELECT SUM(AICost) FROM "AI/LLMMetrics" GROUP BY ModelId ORDER BY SUM() DESC'
period_s = 3600
comparison = "GreaterThanThreshold"
threshold = 1
evaluation_periods = 1
missing_data = "notBreaching"
"""


def test_sql_names_its_metrics_itself() -> None:
    """It is one row with a period, and an alarm that can be deployed."""
    alarm = metric_alarm(SQL, "dear-model")

    (row,) = alarm.queries
    assert (row.period_s, row.stat) == (3600, None)
    assert [problem for problem in problems_of(alarm) if problem.severity == "error"] == []


def test_sql_without_a_period_is_told_what_is_missing() -> None:
    """Nothing else says how long a period is."""
    assert mistakes(SQL.replace("period_s = 3600\n", "")) == ['alarm "dear-model": period_s is missing']
