"""A definition is written once: what a template deploys is the definition, to the last digit."""

from dataclasses import replace

import pytest
from cfn_support import EVERYTHING, SETTINGS, deployed, everything

from genai_obs.tools.alarms.rule import Alarm, CompositeAlarm, LogAlarm, MetricAlarm
from genai_obs.tools.cfn.options import TemplateOptions
from genai_obs.tools.cfn.parameters import parameters_of
from genai_obs.tools.cfn.read_alarms import is_alarm, read_alarm
from genai_obs.tools.cfn.template import build_template
from genai_obs.tools.definitions.defaults import default_definitions
from genai_obs.tools.definitions.model import Definitions, Settings
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat

GROUPS = ("/one", "/two")


def read_back(definitions: Definitions, **parameters: object) -> tuple[Alarm, ...]:
    """Return the alarms of the definitions' template, as CloudWatch would get them."""
    resources = deployed(definitions, TemplateOptions(log_groups=GROUPS), parameters)
    return tuple(
        read_alarm(found["Type"], found["Properties"]) for found in resources.values() if is_alarm(found["Type"])
    )


def without_parameters(definitions: Definitions) -> tuple[Alarm, ...]:
    """Return the alarms as CloudWatch sees them: it knows no parameters, and no groups of a stack."""
    return tuple(map(_as_deployed, definitions.alarms))


def _as_deployed(alarm: Alarm) -> Alarm:
    if isinstance(alarm, CompositeAlarm):
        return alarm
    if isinstance(alarm, LogAlarm):
        return replace(alarm, threshold_parameter=None, log_groups=alarm.log_groups or GROUPS)
    return replace(alarm, threshold_parameter=None)


@pytest.mark.parametrize("settings", [Settings(), SETTINGS, Settings(environment="a b", least_quality=0.125)])
def test_with_its_defaults_a_template_deploys_the_definitions(settings: Settings) -> None:
    """Every alarm, every number, every dimension, in the same order."""
    definitions = default_definitions(settings)

    found = read_back(definitions)

    assert found == without_parameters(definitions)


def test_another_environment_deploys_the_definitions_of_that_environment() -> None:
    """The parameter reaches names, dimensions, queries and rules: as if the settings had said it."""
    there = default_definitions(replace(SETTINGS, environment="staging"))

    found = read_back(everything(), Environment="staging")

    assert found == without_parameters(there)


def test_a_threshold_set_at_deployment_is_that_of_all_its_alarms_and_of_no_other() -> None:
    """Daily and projected spend share one budget."""
    found = read_back(everything(), DailyBudgetUsd=7)

    expected = without_parameters(default_definitions(replace(SETTINGS, daily_budget_usd=7.0)))
    assert found == expected


@pytest.mark.parametrize("alarm", [alarm for alarm in everything().alarms if not isinstance(alarm, CompositeAlarm)])
def test_a_threshold_with_a_parameter_is_its_default(alarm: MetricAlarm | LogAlarm) -> None:
    """The number stands once in the template: where a stack can change it."""
    template = build_template(everything(), EVERYTHING)
    [properties] = [
        found["Properties"]
        for found in template["Resources"].values()  # type: ignore[attr-defined]
        if found["Properties"].get("AlarmDescription") == alarm.description
    ]

    parameter = alarm.threshold_parameter

    assert properties.get("Threshold") == ({"Ref": parameter} if parameter else alarm.threshold)
    if parameter:
        assert template["Parameters"][parameter]["Default"] == alarm.threshold  # type: ignore[index]


def of(*alarms: Alarm) -> Definitions:
    """Return definitions of these alarms only."""
    return Definitions(Settings(), alarms, ())


PLAIN = MetricAlarm(
    name="genai-production-plain",
    description="One metric: ${not a reference}, Ünïcode and a tab\t.",
    queries=(MetricQuery("m1", MetricStat(MetricId.of("AI/LLMMetrics", "AICost", {}), "tm99", 60, "Count")),),
    comparison="LessThanOrEqualToThreshold",
    threshold=1e-9,
    evaluation_periods=5,
    datapoints_to_alarm=4,
    missing_data="ignore",
)


@pytest.mark.parametrize(
    "alarm",
    [
        PLAIN,
        replace(PLAIN, queries=(replace(PLAIN.queries[0], id="other"),)),
        replace(PLAIN, queries=(replace(PLAIN.queries[0], label="called"),)),
        replace(PLAIN, timezone="Europe/Berlin", warm_up_minutes=60),
        replace(PLAIN, threshold=0.1 + 0.2, low_samples="ignore"),
        replace(PLAIN, name="production-eyes", threshold=123456789012345.0),
        CompositeAlarm("genai-production-c", "d", 'NOT ALARM(elsewhere) AND AT_LEAST(50%, OK, ("a b", c, TRUE))'),
        CompositeAlarm("genai-production-c${Environment}", "d", 'ALARM("${Environment}") OR ALARM(${Environment})'),
        LogAlarm(
            name="genai-production-log",
            description="d",
            query='filter environment = "production" and tenant = "reproduction"\n| fields @message',
            aggregation="count(*)",
            comparison="GreaterThanThreshold",
            threshold=3.5,
            schedule_s=7_200,
            start_offset_s=100,
            end_offset_s=40,
            log_groups=("/another/group", "arn:aws:logs:eu-west-1:123456789012:log-group:x"),
            results_to_alarm=2,
            results_to_evaluate=3,
            missing_data="breaching",
        ),
    ],
)
def test_every_member_survives(alarm: Alarm) -> None:
    """Settings that no default alarm has come through as well."""
    assert read_back(of(alarm)) == (alarm,)


def test_only_a_comparison_with_environment_becomes_a_reference() -> None:
    """A tenant may be called like the environment."""
    query = (
        'filter environment = "production" and ENVIRONMENT!=\'production\' and tenant = "production"'
        ' and environment = "production-2"'
    )
    parameters = parameters_of(of(), TemplateOptions())

    assert parameters.quoted(query) == {
        "Fn::Sub": 'filter environment = "${Environment}" and ENVIRONMENT!=\'${Environment}\' and tenant = "production"'
        ' and environment = "production-2"'
    }


def test_the_children_of_a_composite_are_referred_to() -> None:
    """CloudFormation then makes them first; a name that is no alarm of the template stays a name."""
    rule = 'ALARM("genai-production-plain") AND OK(genai-production-plain) AND NOT ALARM("genai-production-plain-2")'

    template = build_template(of(PLAIN, CompositeAlarm("c", "d", rule)), TemplateOptions())

    [found] = [
        resource["Properties"]["AlarmRule"]
        for resource in template["Resources"].values()  # type: ignore[attr-defined]
        if resource["Type"] == "AWS::CloudWatch::CompositeAlarm"
    ]
    assert found == {
        "Fn::Sub": 'ALARM("${PlainAlarm}") AND OK(${PlainAlarm}) AND NOT ALARM("genai-production-plain-2")'
    }
