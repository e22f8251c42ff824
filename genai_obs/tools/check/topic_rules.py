"""Topics that alarms send to: what stops their messages although the stack deploys."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from genai_obs.tools.check.finding import Finding
from genai_obs.tools.check.resources import Resource

_TOPIC = "AWS::SNS::Topic"
_POLICY = "AWS::SNS::TopicPolicy"
_CLOUDWATCH = "cloudwatch.amazonaws.com"
# The key policy of this key cannot be edited, so CloudWatch cannot be let in (derived).
_MANAGED_KEY = "alias/aws/sns"


def check_topics(resources: Sequence[Resource]) -> Iterator[Finding]:
    """Yield what keeps alarms of this template from their topics."""
    used = _topics_of_alarms(resources)
    for resource in resources:
        if resource.kind == _TOPIC and _identity(resource) in used:
            yield from _check_key(resource)
            yield from _check_fifo(resource)
        elif resource.kind == _POLICY and used & set(_texts(resource.get("Topics"))):
            yield from _check_policy(resource)


def _topics_of_alarms(resources: Sequence[Resource]) -> set[str]:
    return {
        text
        for resource in resources
        for name in ("AlarmActions", "OKActions", "InsufficientDataActions")
        for text in _texts(resource.get(name))
    }


def _identity(resource: Resource) -> str:
    name = resource.get("TopicName")
    return f":{name if isinstance(name, str) else resource.id}"


def _texts(value: Any) -> list[str]:
    """Return the texts of a list, topics by the last part of their ARN."""
    listed = value if isinstance(value, list) else [value]
    return [f":{str(item).rpartition(':')[2]}" for item in listed if item is not None]


def _check_key(topic: Resource) -> Iterator[Finding]:
    key = topic.get("KmsMasterKeyId")
    if key is None:
        return
    if str(key).endswith(_MANAGED_KEY):
        sentence = (
            f"CloudWatch may not use the key {_MANAGED_KEY}, whose policy cannot be changed: the stack deploys, and no "
            "alarm is ever delivered"
        )
        hint = "use a key of your own that lets cloudwatch.amazonaws.com do kms:Decrypt and kms:GenerateDataKey*"
        yield topic.finding("error", "topic-key", sentence, "KmsMasterKeyId", hint=hint)
    else:
        sentence = (
            "alarms reach an encrypted topic only if the key's policy lets cloudwatch.amazonaws.com do kms:Decrypt and "
            "kms:GenerateDataKey*"
        )
        yield topic.finding("warning", "topic-key", sentence, "KmsMasterKeyId")


def _check_fifo(topic: Resource) -> Iterator[Finding]:
    if topic.get("FifoTopic") in {True, "true"}:
        sentence = "mail and HTTP endpoints cannot subscribe to a FIFO topic"
        yield topic.finding("warning", "topic-fifo", sentence, "FifoTopic")


def _check_policy(policy: Resource) -> Iterator[Finding]:
    statements = policy.get("PolicyDocument", "Statement")
    listed = statements if isinstance(statements, list) else [statements]
    if not any(_lets_in(statement) for statement in listed):
        sentence = (
            "an alarm of this template sends to the topic, but no statement lets cloudwatch.amazonaws.com publish; "
            "with a policy of its own the topic's default no longer holds"
        )
        yield policy.finding("error", "topic-policy", sentence, "PolicyDocument")


def _lets_in(statement: Any) -> bool:
    if not isinstance(statement, Mapping) or statement.get("Effect") != "Allow":
        return False
    principal = statement.get("Principal")
    services = principal.get("Service") if isinstance(principal, Mapping) else None
    named = services if isinstance(services, list) else [services]
    everybody = principal == "*" or (isinstance(principal, Mapping) and principal.get("AWS") == "*")
    actions = statement.get("Action")
    allowed = actions if isinstance(actions, list) else [actions]
    publishes = any(str(action).lower() in {"sns:publish", "sns:*", "*"} for action in allowed)
    return publishes and (everybody or _CLOUDWATCH in named)
