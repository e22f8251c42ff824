"""Log groups that keep the records for a while, and detectors of unusual messages in them."""

from genai_obs.tools.cfn.intrinsics import Value, arn, get_att, ref
from genai_obs.tools.cfn.parameters import Parameters

_KIND = "AWS::Logs::LogGroup"


def log_group_resources(parameters: Parameters, retention_days: int) -> dict[str, Value]:
    """
    Return the log groups; they outlive the stack, because the records are the only copy of what was spent.

    Only the standard class makes metrics of EMF lines (AWS: "CloudWatch Logs log classes", documented).
    """
    return {
        resource: {
            "Type": _KIND,
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "LogGroupName": ref(name),
                "LogGroupClass": "STANDARD",
                "RetentionInDays": retention_days,
            },
        }
        for name, resource in zip(parameters.log_groups.parameters, parameters.log_groups.resources, strict=True)
    }


def log_anomaly_resources(parameters: Parameters) -> dict[str, Value]:
    """Return one detector for each log group, which is all that a detector takes."""
    groups = parameters.log_groups
    return {
        name.replace("LogGroupName", "LogAnomalies"): {
            "Type": "AWS::Logs::LogAnomalyDetector",
            "Properties": {
                "DetectorName": _detector_name(parameters, number),
                "EvaluationFrequency": "FIFTEEN_MIN",
                "AnomalyVisibilityTime": 30,
                "LogGroupArnList": [get_att(identity, "Arn") if groups.resources else arn("logs", f"log-group:{text}")],
            },
        }
        for number, (name, identity, text) in enumerate(
            zip(groups.parameters, groups.ids, groups.texts(), strict=True), start=1
        )
    }


def _detector_name(parameters: Parameters, number: int) -> Value:
    return parameters.name(f"{parameters.application}-{parameters.environment}-messages-{number}")
