"""Definitions as a CloudFormation template: first data, then text."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain

from genai_obs.errors import GenaiObsError
from genai_obs.tools.alarms.problem import Problem
from genai_obs.tools.alarms.rule import Alarm, CompositeAlarm, LogAlarm
from genai_obs.tools.alarms.validity import problems_of
from genai_obs.tools.cfn.alarms import alarm_resource
from genai_obs.tools.cfn.budget import budget_resource
from genai_obs.tools.cfn.composite import composite_resource
from genai_obs.tools.cfn.dashboard_resource import dashboard_resource
from genai_obs.tools.cfn.detectors import detector_resources
from genai_obs.tools.cfn.intrinsics import Value, references_in
from genai_obs.tools.cfn.log_alarms import ROLE, log_alarm_resource, role_resource
from genai_obs.tools.cfn.log_groups import log_anomaly_resources, log_group_resources
from genai_obs.tools.cfn.names import logical_ids
from genai_obs.tools.cfn.options import TemplateOptions
from genai_obs.tools.cfn.parameters import Parameters, parameters_of
from genai_obs.tools.cfn.queries import query_resource
from genai_obs.tools.cfn.topics import Topics
from genai_obs.tools.cfn.write_json import write_json
from genai_obs.tools.cfn.write_yaml import write_yaml
from genai_obs.tools.definitions.model import Definitions, name_of

Template = dict[str, Value]

WRITERS = {"yaml": write_yaml, "json": write_json}

# AWS: "CloudFormation quotas", documented.
MOST_BYTES = 1_000_000
MOST_BYTES_IN_REQUEST = 51_200
_MOST_RESOURCES = 500


def render_template(definitions: Definitions, options: TemplateOptions, form: str = "yaml") -> str:
    """
    Return the text of a template, ``yaml`` or ``json``; the same definitions and options give the same bytes.

    Raises:
        TextError: A saved query is wrong.

        GenaiObsError: CloudWatch would refuse an alarm, or the definitions do not fit into one template.
    """
    text = WRITERS[form](build_template(definitions, options))
    size = len(text.encode())
    if size > MOST_BYTES:
        raise GenaiObsError(
            "template-too-large", f"the template has {size:,} bytes, CloudFormation takes {MOST_BYTES:,}"
        )
    return text


def build_template(definitions: Definitions, options: TemplateOptions) -> Template:
    """
    Return a template as data, functions in their long form.

    Raises:
        TextError: A saved query is wrong.

        GenaiObsError: CloudWatch would refuse an alarm, or the definitions do not fit into one template.
    """
    _require_sound(definitions)
    parameters = parameters_of(definitions, options)
    topics = Topics.of(definitions, options)
    resources = dict(_resources(definitions, options, parameters, topics))
    if len(resources) > _MOST_RESOURCES:
        raise GenaiObsError(
            "too-many-resources", f"a template has at most {_MOST_RESOURCES} resources, this one {len(resources)}"
        )
    section = parameters.section()
    if clash := sorted(section.keys() & resources.keys()):
        raise GenaiObsError("unfit-name", f"the threshold parameter {clash[0]} is the name of a resource")
    # CloudFormation asks for every parameter without a default, and linters complain of those that nothing uses.
    used = references_in([resources, topics.conditions()])
    transform: Template = {"Transform": "AWS::Serverless-2016-10-31"} if options.with_sam else {}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        **transform,
        "Description": f"What watches the model calls of {definitions.settings.application}; by genai-obs template.",
        "Parameters": {name: value for name, value in section.items() if name in used},
        "Conditions": topics.conditions(),
        "Resources": resources,
        "Outputs": topics.outputs(),
    }


def alarm_problems(definitions: Definitions) -> Iterator[tuple[str, Problem]]:
    """Yield what is wrong with the alarms, each with the alarm's short name: what no linter of templates finds."""
    for alarm in definitions.alarms:
        for problem in problems_of(alarm):
            yield definitions.key(alarm.name), problem


def _require_sound(definitions: Definitions) -> None:
    names = [alarm.name for alarm in definitions.alarms] + [f"@{query.name}" for query in definitions.queries]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise GenaiObsError("same-name", f"two definitions are called {twice[0]}, and one would replace the other")
    errors = [f"{key}: {found.sentence}" for key, found in alarm_problems(definitions) if found.severity == "error"]
    if errors:
        raise GenaiObsError("bad-alarm", "alarms would not work, so nothing is written:\n" + "\n".join(errors))


def _resources(
    definitions: Definitions, options: TemplateOptions, parameters: Parameters, topics: Topics
) -> Iterator[tuple[str, Value]]:
    prefix = name_of(definitions.settings, "")
    alarm_ids = _alarm_ids(definitions)
    parts: list[Mapping[str, Value]] = [
        topics.resources(),
        _log_groups(options, parameters),
        {alarm_ids[a.name]: _alarm(a, alarm_ids, parameters, topics.actions(a.name)) for a in definitions.alarms},
        _role(definitions, parameters),
        detector_resources(definitions.alarms, parameters, prefix),
        _queries(definitions, parameters),
        _dashboard(definitions, options, parameters, alarm_ids),
        _budget(definitions, options, parameters),
    ]
    return chain.from_iterable(part.items() for part in parts)


def _alarm_ids(definitions: Definitions) -> dict[str, str]:
    prefix = name_of(definitions.settings, "")
    short = [alarm.name.removeprefix(prefix) for alarm in definitions.alarms]
    ids = logical_ids(short, "Alarm")
    return {alarm.name: ids[name] for alarm, name in zip(definitions.alarms, short, strict=True)}


def _alarm(alarm: Alarm, alarm_ids: Mapping[str, str], parameters: Parameters, actions: list[Value]) -> Value:
    if isinstance(alarm, CompositeAlarm):
        return composite_resource(alarm, alarm_ids, parameters, actions)
    if isinstance(alarm, LogAlarm):
        return log_alarm_resource(alarm, parameters, actions)
    return alarm_resource(alarm, parameters, actions)


def _role(definitions: Definitions, parameters: Parameters) -> dict[str, Value]:
    alarms = [alarm for alarm in definitions.alarms if isinstance(alarm, LogAlarm)]
    return {ROLE: role_resource(alarms, parameters)} if alarms else {}


def _queries(definitions: Definitions, parameters: Parameters) -> dict[str, Value]:
    ids = logical_ids((query.name for query in definitions.queries), "Query")
    application = definitions.settings.application
    return {ids[query.name]: query_resource(query, application, parameters) for query in definitions.queries}


def _log_groups(options: TemplateOptions, parameters: Parameters) -> dict[str, Value]:
    groups = log_group_resources(parameters, options.retention_days) if options.retention_days is not None else {}
    detectors = log_anomaly_resources(parameters) if options.with_log_anomalies else {}
    return {**groups, **detectors}


def _dashboard(
    definitions: Definitions, options: TemplateOptions, parameters: Parameters, alarm_ids: Mapping[str, str]
) -> dict[str, Value]:
    return {"Dashboard": dashboard_resource(definitions, parameters, alarm_ids)} if options.with_dashboard else {}


def _budget(definitions: Definitions, options: TemplateOptions, parameters: Parameters) -> dict[str, Value]:
    if not options.with_budget:
        return {}
    return {"BedrockBudget": budget_resource(definitions.settings.daily_budget_usd, parameters)}
