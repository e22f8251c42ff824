"""
A custom resource that switches Bedrock's model invocation logging on: one setting for the whole account and Region.

Because it is shared, it is never taken over: a configuration that somebody else made stops the deployment with a
sentence that says what is there, and deleting the stack removes the setting only while it is still ours.
"""

import json
import logging
import os
import urllib.request
from typing import Any

import boto3

logger = logging.getLogger()
logger.setLevel(logging.INFO)
bedrock = boto3.client("bedrock")

Event = dict[str, Any]


def handler(event: Event, _: Any) -> None:
    """Create, update or delete the setting, and tell CloudFormation how it went."""
    try:
        ACTIONS[event["RequestType"]]()
        answer(event, "SUCCESS", "")
    except Exception as error:
        # Without an answer CloudFormation waits for an hour.
        logger.exception("the setting was not changed")
        answer(event, "FAILED", str(error))


def switch_on() -> None:
    """
    Send invocation logs to our log group.

    Raises:
        RuntimeError: Somebody else's configuration is there.
    """
    present = configuration()
    if present and not is_ours(present):
        raise RuntimeError(
            "model invocation logging is already configured in this account and Region by somebody else "
            f"({describe(present)}); it is left alone: deploy without BedrockInvocationLogging"
        )
    bedrock.put_model_invocation_logging_configuration(
        loggingConfig={
            "cloudWatchConfig": {"logGroupName": os.environ["LOG_GROUP"], "roleArn": os.environ["LOGGING_ROLE_ARN"]},
            "textDataDeliveryEnabled": os.environ["WITH_TEXT"] == "true",
            "imageDataDeliveryEnabled": False,
            "embeddingDataDeliveryEnabled": False,
        }
    )


def switch_off() -> None:
    """Remove the setting if it is still ours."""
    present = configuration()
    if present and is_ours(present):
        bedrock.delete_model_invocation_logging_configuration()


ACTIONS = {"Create": switch_on, "Update": switch_on, "Delete": switch_off}


def configuration() -> Event:
    """Return the account's configuration in this Region, empty if there is none."""
    found: Event = bedrock.get_model_invocation_logging_configuration().get("loggingConfig") or {}
    return found


def is_ours(present: Event) -> bool:
    """Tell whether a configuration writes to our log group, and nowhere else."""
    group = present.get("cloudWatchConfig", {}).get("logGroupName")
    return bool(group == os.environ["LOG_GROUP"] and not present.get("s3Config"))


def describe(present: Event) -> str:
    """Say where a configuration writes."""
    group = present.get("cloudWatchConfig", {}).get("logGroupName")
    bucket = present.get("s3Config", {}).get("bucketName")
    places = [f"log group {group}" if group else "", f"bucket {bucket}" if bucket else ""]
    return " and ".join(place for place in places if place) or "no destination"


def answer(event: Event, status: str, reason: str) -> None:
    """Put the outcome where CloudFormation waits for it."""
    document = {
        "Status": status,
        "Reason": reason[:1024],
        "PhysicalResourceId": "bedrock-model-invocation-logging",
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    body = json.dumps(document).encode()
    # CloudFormation's signature of the address covers an empty content type.
    request = urllib.request.Request(event["ResponseURL"], body, {"Content-Type": ""}, method="PUT")  # noqa: S310
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310 - the address comes from CloudFormation
        pass
