"""The dashboard as ``AWS::CloudWatch::Dashboard``: the same body, with references where a stack may choose."""

import json
import re
from collections.abc import Mapping

from genai_obs.tools.alarms.rule import CompositeAlarm
from genai_obs.tools.cfn.dashboard import dashboard_body
from genai_obs.tools.cfn.intrinsics import Properties, Value, literal, sub
from genai_obs.tools.cfn.parameters import ENVIRONMENT, PLAIN, Named, Parameters
from genai_obs.tools.cfn.places import Places
from genai_obs.tools.definitions.model import Definitions

# Characters for private use mark what becomes a reference: no name that is asked for can hold them.
_MARK = "\ue000{}\ue001"
_NUMBER_MARK = "\ue002{}\ue003"
_MARKED = re.compile('\ue000([A-Za-z0-9.:]+)\ue001|"\ue002([A-Za-z0-9]+)\ue003"')


def dashboard_resource(definitions: Definitions, parameters: Parameters, alarm_ids: Mapping[str, str]) -> Properties:
    """Return the resource of the dashboard."""
    settings = definitions.settings
    name = f"{settings.application}-{settings.environment}"
    # Other names than these CloudFormation must make up.
    named: Properties = {"DashboardName": parameters.name(name)} if PLAIN.fullmatch(name) else {}
    body = dashboard_body(definitions, _marked_places(definitions, parameters, alarm_ids))
    return {
        "Type": "AWS::CloudWatch::Dashboard",
        "Properties": {**named, "DashboardBody": sub(_referring(_body_text(body)))},
    }


def _marked_places(definitions: Definitions, parameters: Parameters, alarm_ids: Mapping[str, str]) -> Places:
    thresholds = {
        alarm.name: _NUMBER_MARK.format(alarm.threshold_parameter)
        for alarm in definitions.alarms
        if not isinstance(alarm, CompositeAlarm) and alarm.threshold_parameter is not None
    }
    return Places(
        region=_MARK.format("AWS::Region"),
        environment=_MARK.format(ENVIRONMENT),
        log_groups=_marks(parameters.log_groups),
        functions=_marks(parameters.functions),
        state_machines=_marks(parameters.state_machines),
        apis=_marks(parameters.apis),
        queues=_marks(parameters.queues),
        alarm_arns={name: _MARK.format(f"{identity}.Arn") for name, identity in alarm_ids.items()},
        thresholds=thresholds,
    )


def _marks(things: Named) -> tuple[str, ...]:
    return tuple(_MARK.format(name) for name in things.ids)


def _body_text(body: Mapping[str, Value]) -> str:
    """Return the body as JSON with one widget a line: short enough to deploy, and a change is a line of a diff."""
    others = {key: value for key, value in body.items() if key != "widgets"}
    widgets = body["widgets"]
    assert isinstance(widgets, list)
    lines = ",\n".join(map(_compact, widgets))
    return f'{_compact(others)[:-1]},"widgets":[\n{lines}\n]}}'


def _compact(value: Value) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _referring(text: str) -> str:
    return _MARKED.sub(lambda match: f"${{{match[1] or match[2]}}}", literal(text))
