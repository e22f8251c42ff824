"""A composite alarm as ``AWS::CloudWatch::CompositeAlarm``."""

import re
from collections.abc import Mapping, Sequence

from genai_obs.tools.alarms.rule import CompositeAlarm
from genai_obs.tools.cfn.alarms import told
from genai_obs.tools.cfn.intrinsics import Properties, Value, literal, sub
from genai_obs.tools.cfn.parameters import Parameters

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s(),"]+|[\s(),"]')
_ESCAPED = re.compile(r"\\(.)")


def composite_resource(
    alarm: CompositeAlarm, alarm_ids: Mapping[str, str], parameters: Parameters, actions: Sequence[Value]
) -> Properties:
    """
    Return the resource of a composite alarm.

    Its children are referred to, not named: CloudFormation then creates them first and deletes them last.
    """
    properties: Properties = {
        "AlarmName": parameters.name(alarm.name),
        "AlarmDescription": alarm.description,
        "AlarmRule": sub("".join(_referring(token, alarm_ids) for token in _TOKEN.findall(alarm.rule))),
        **told(actions),
    }
    return {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": properties}


def _referring(token: str, alarm_ids: Mapping[str, str]) -> str:
    if token.startswith('"') and len(token) > 1:
        name = _ESCAPED.sub(r"\1", token[1:-1])
        return f'"${{{alarm_ids[name]}}}"' if name in alarm_ids else literal(token)
    return f"${{{alarm_ids[token]}}}" if token in alarm_ids else literal(token)
