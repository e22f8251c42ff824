"""A log alarm as ``AWS::CloudWatch::LogAlarm``, and the role under which its query runs."""

from collections.abc import Sequence

from genai_obs.tools.alarms.rule import LogAlarm
from genai_obs.tools.cfn.alarms import told
from genai_obs.tools.cfn.intrinsics import Properties, Value, arn, function_of, get_att, literal, ref
from genai_obs.tools.cfn.parameters import Parameters

ROLE = "LogAlarmRole"

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def log_alarm_resource(alarm: LogAlarm, parameters: Parameters, actions: Sequence[Value]) -> Properties:
    """Return the resource of a log alarm."""
    properties: Properties = {
        "AlarmName": parameters.name(alarm.name),
        "AlarmDescription": alarm.description,
        "ScheduledQueryConfiguration": {
            "QueryString": parameters.quoted(alarm.query),
            "AggregationExpression": alarm.aggregation,
            "LogGroupIdentifiers": parameters.log_group_identifiers(alarm.log_groups),
            "ScheduledQueryRoleARN": get_att(ROLE, "Arn"),
            "ScheduleConfiguration": {
                "ScheduleExpression": rate(alarm.schedule_s),
                "StartTimeOffset": alarm.start_offset_s,
                "EndTimeOffset": alarm.end_offset_s,
            },
        },
        "ComparisonOperator": alarm.comparison,
        "Threshold": parameters.threshold(alarm.threshold_parameter, alarm.threshold),
        "QueryResultsToAlarm": alarm.results_to_alarm,
        "QueryResultsToEvaluate": alarm.results_to_evaluate,
        "TreatMissingData": alarm.missing_data,
        **told(actions),
    }
    return {"Type": "AWS::CloudWatch::LogAlarm", "Properties": properties}


def rate(seconds: int) -> str:
    """Return a schedule such as ``rate(5 minutes)``."""
    size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0)
    number = seconds // size
    return f"rate({number} {unit}{'' if number == 1 else 's'})"


def role_resource(alarms: Sequence[LogAlarm], parameters: Parameters) -> Properties:
    """
    Return the role that runs the queries of the log alarms, and may do nothing else.

    Which service assumes it is not documented: "API_ScheduledQueryConfiguration" says CloudWatch, the scheduled
    queries of CloudWatch Logs run under the Logs service. Both may, for this account only (our choice).
    """
    named = [parameters.log_group_identifiers(alarm.log_groups) for alarm in alarms]
    groups = dict.fromkeys(_text_of(identifier) for identifiers in named for identifier in identifiers)
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": ["cloudwatch.amazonaws.com", "logs.amazonaws.com"]},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": ref("AWS::AccountId")}},
    }
    query = {
        "Sid": "QueryTheRecords",
        "Effect": "Allow",
        "Action": "logs:StartQuery",
        "Resource": [_log_group_arn(name) for name in groups],
    }
    # A query is no resource that could be named, and groups are listed across the account (derived).
    follow = {
        "Sid": "FollowTheQuery",
        "Effect": "Allow",
        "Action": ["logs:DescribeLogGroups", "logs:GetQueryResults", "logs:StopQuery"],
        "Resource": "*",
    }
    properties: Properties = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [
            {"PolicyName": "query", "PolicyDocument": {"Version": "2012-10-17", "Statement": [query, follow]}}
        ],
    }
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def _text_of(identifier: Value) -> str:
    """Return a log group's name or reference as text of ``Fn::Sub``."""
    function = function_of(identifier)
    return f"${{{function[1]}}}" if function else literal(str(identifier))


def _log_group_arn(name: str) -> Value:
    """Return the ARN of a group; an identifier that is one already stays as it is."""
    return name if name.startswith("arn:") else arn("logs", f"log-group:{name}:*")
