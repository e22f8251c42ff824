"""Topics that alarms send to: what stops their messages although the stack deploys."""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from genai_obs.tools.cfn.resolve import Unresolved
from genai_obs.tools.check.finding import Finding
from genai_obs.tools.check.resources import Resource

_TOPIC = "AWS::SNS::Topic"
_POLICY = "AWS::SNS::TopicPolicy"
_CLOUDWATCH = "cloudwatch.amazonaws.com"
_KEY_ACTIONS = "kms:Decrypt and kms:GenerateDataKey*"
# The key policy of this key cannot be edited, so CloudWatch cannot be let in (derived).
_MANAGED_KEY = "alias/aws/sns"


def check_topics(resources: Sequence[Resource]) -> Iterator[Finding]:
    """Yield what keeps alarms of this template from their topics."""
    used = _topics_of_alarms(resources)
    for resource in resources:
        if resource.kind == _TOPIC and _identity(resource) in used:
            yield from _check_key(resource, resources)
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


def _check_key(topic: Resource, resources: Sequence[Resource]) -> Iterator[Finding]:
    key = topic.get("KmsMasterKeyId")
    if key is None:
        return
    if str(key).endswith(_MANAGED_KEY):
        sentence = (
            f"CloudWatch may not use the key {_MANAGED_KEY}, whose policy cannot be changed: the stack deploys, and no "
            "alarm is ever delivered"
        )
        hint = f"use a key of your own that lets {_CLOUDWATCH} do kms:Decrypt and kms:GenerateDataKey*"
        yield topic.finding("error", "topic-key", sentence, "KmsMasterKeyId", hint=hint)
        return
    own = next((resource for resource in resources if _is_key(resource, str(key))), None)
    if own is None:
        sentence = f"alarms reach it only if the key's policy lets {_CLOUDWATCH} do {_KEY_ACTIONS}"
        yield topic.finding("warning", "topic-key", sentence, "KmsMasterKeyId")
    elif not _opens(own):
        sentence = f"the policy of {own.id} does not let {_CLOUDWATCH} do {_KEY_ACTIONS}: no alarm is ever delivered"
        yield topic.finding("error", "topic-key", sentence, "KmsMasterKeyId")


def _is_key(resource: Resource, reference: str) -> bool:
    """Tell whether a resource is the key that a reference, resolved as far as it can be, leads to."""
    references = {resource.id, f"${{{resource.id}}}", f"${{{resource.id}.Arn}}", f"${{{resource.id}.KeyId}}"}
    return resource.kind == "AWS::KMS::Key" and reference in references


def _opens(key: Resource) -> bool:
    """Tell whether the statements of a key's policy together let CloudWatch read and write what it encrypts."""
    return all(_allow(key.get("KeyPolicy"), action) for action in ("kms:decrypt", "kms:generatedatakey"))


def _check_fifo(topic: Resource) -> Iterator[Finding]:
    if topic.get("FifoTopic") in (True, "true"):
        sentence = "mail and HTTP endpoints cannot subscribe to a FIFO topic"
        yield topic.finding("warning", "topic-fifo", sentence, "FifoTopic")


def _check_policy(policy: Resource) -> Iterator[Finding]:
    if not _allow(policy.get("PolicyDocument"), "sns:publish"):
        sentence = (
            f"an alarm of this template sends to the topic, but no statement lets {_CLOUDWATCH} publish; "
            "with a policy of its own the topic's default no longer holds"
        )
        yield policy.finding("error", "topic-policy", sentence, "PolicyDocument")


def _allow(document: Any, action: str) -> bool:
    """Tell whether a policy lets CloudWatch do something; what only a deployment knows may do so."""
    found = document.get("Statement") if isinstance(document, Mapping) else document
    statements = found if isinstance(found, list) else [found]
    return any(
        isinstance(statement, Unresolved)
        or (isinstance(statement, Mapping) and _speaks_of_cloudwatch(statement) and _covers(statement, action))
        for statement in statements
    )


def _speaks_of_cloudwatch(statement: Mapping[str, Any]) -> bool:
    """Tell whether a statement allows something to CloudWatch."""
    principal = statement.get("Principal")
    services, accounts = (
        (_listed(principal.get(kind)) for kind in ("Service", "AWS")) if isinstance(principal, Mapping) else ((), ())
    )
    everybody = principal == "*" or isinstance(principal, Unresolved) or "*" in accounts
    named = any(service == _CLOUDWATCH or _may_be_anything(service) for service in services)
    return statement.get("Effect") == "Allow" and (everybody or named)


def _covers(statement: Mapping[str, Any], action: str) -> bool:
    """Tell whether a statement is about an action, given in lower case."""
    excluded = statement.get("NotAction")
    if excluded is not None:
        return not any(_matches(pattern, action) for pattern in _listed(excluded))
    return any(_matches(pattern, action) or _may_be_anything(pattern) for pattern in _listed(statement.get("Action")))


def _matches(pattern: str, action: str) -> bool:
    # IAM User Guide, "IAM JSON policy elements: Action": any case, with * and ?.
    return fnmatchcase(action, pattern.lower())


def _may_be_anything(text: str) -> bool:
    return "${" in text


def _listed(found: Any) -> list[str]:
    """Return the texts of a member that may be one text or a list."""
    return [str(text) for text in (found if isinstance(found, list) else [found])]
