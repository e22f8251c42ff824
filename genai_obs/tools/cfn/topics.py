"""Where alarms report to: topics, who may publish to them, who reads them."""

from dataclasses import dataclass

from genai_obs.tools.cfn.intrinsics import Properties, Value, arn, get_att, ref
from genai_obs.tools.cfn.options import TemplateOptions
from genai_obs.tools.cfn.parameters import EMAIL
from genai_obs.tools.definitions.model import Definitions, Notification

HAS_EMAIL = "HasAlertEmail"
KEY = "AlertKey"
POLICY = "TopicPolicy"

# What becomes of an alarm -> the topic that hears of it, and what the topic is for.
TOPICS: dict[Notification, tuple[str, str]] = {
    "page": ("PageTopic", "Alarms that should wake somebody."),
    "tell": ("AlertTopic", "Alarms that can wait until morning, and budgets."),
}

_ALARMS = "cloudwatch.amazonaws.com"
_BUDGETS = "budgets.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Topics:
    """
    The topics of a template.

    Args:
        definitions: Whose alarms report.

        used: What becomes of them: each value that occurs has a topic.

        with_budget: Whether a budget reports too.

        with_key: Whether topics are encrypted.
    """

    definitions: Definitions
    used: tuple[Notification, ...]
    with_budget: bool
    with_key: bool

    @classmethod
    def of(cls, definitions: Definitions, options: TemplateOptions) -> "Topics":
        """Return the topics that these definitions need."""
        wanted = {definitions.notification(alarm.name) for alarm in definitions.alarms}
        used = [kind for kind in TOPICS if kind in wanted or (kind == "tell" and options.with_budget)]
        return cls(definitions, tuple(used), options.with_budget, options.with_key)

    def actions(self, alarm: str) -> list[Value]:
        """Return who is told of an alarm, when it begins and when it ends."""
        kind = self.definitions.notification(alarm)
        return [ref(TOPICS[kind][0])] if kind in TOPICS else []

    def resources(self) -> dict[str, Value]:
        """
        Return the topics, one policy for all, and mail subscriptions that exist only if there is an address.

        Without a key of their own topics are not encrypted by us: CloudWatch cannot use ``alias/aws/sns``, whose
        policy nobody can change, and every notification would be lost without a word.
        """
        names = [TOPICS[kind][0] for kind in self.used]
        if not names:
            return {}
        resources: dict[str, Value] = {TOPICS[kind][0]: self._topic(kind) for kind in self.used}
        resources[POLICY] = self._policy(names)
        resources |= {name.replace("Topic", "Mail"): _mail(name) for name in names}
        return resources | ({KEY: _key(self._services())} if self.with_key else {})

    def conditions(self) -> dict[str, Value]:
        """Return the section ``Conditions``."""
        return {HAS_EMAIL: {"Fn::Not": [{"Fn::Equals": [ref(EMAIL), ""]}]}}

    def outputs(self) -> dict[str, Value]:
        """Return the section ``Outputs``."""
        return {
            f"{TOPICS[kind][0]}Arn": {"Description": TOPICS[kind][1], "Value": ref(TOPICS[kind][0])}
            for kind in self.used
        }

    def _services(self) -> list[str]:
        return [_ALARMS, *([_BUDGETS] if self.with_budget else [])]

    def _topic(self, kind: Notification) -> Properties:
        encrypted: Properties = {"KmsMasterKeyId": get_att(KEY, "Arn")} if self.with_key else {}
        name = f"{self.definitions.settings.application} {'pages' if kind == 'page' else 'alerts'}"
        return {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": name, **encrypted}}

    def _policy(self, names: list[str]) -> Properties:
        topics = [ref(name) for name in names]
        publishers = [_publisher(f"AlarmsTo{name}", _ALARMS, name, arn("cloudwatch", "alarm:*")) for name in names]
        if self.with_budget:
            # AWS: Cost Management User Guide, "Creating an Amazon SNS topic for budget notifications", documented.
            source = arn("budgets", "*", region="")
            publishers.append(_publisher("BudgetsToAlertTopic", _BUDGETS, TOPICS["tell"][0], source))
        document = {"Version": "2012-10-17", "Statement": publishers}
        return {"Type": "AWS::SNS::TopicPolicy", "Properties": {"Topics": topics, "PolicyDocument": document}}


def _mail(topic: str) -> Properties:
    properties = {"TopicArn": ref(topic), "Protocol": "email", "Endpoint": ref(EMAIL)}
    return {"Type": "AWS::SNS::Subscription", "Condition": HAS_EMAIL, "Properties": properties}


def _publisher(sid: str, service: str, topic: str, source: Value) -> Properties:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sns:Publish",
        "Resource": ref(topic),
        "Condition": {
            "ArnLike": {"aws:SourceArn": source},
            "StringEquals": {"aws:SourceAccount": ref("AWS::AccountId")},
        },
    }


def _key(services: list[str]) -> Properties:
    """Return a key that those who publish can use; without the grant nothing is ever delivered."""
    administer = {
        "Sid": "TheAccountAdministers",
        "Effect": "Allow",
        "Principal": {"AWS": arn("iam", "root", region="")},
        "Action": "kms:*",
        "Resource": "*",
    }
    publish = {
        "Sid": "PublishersEncrypt",
        "Effect": "Allow",
        "Principal": {"Service": services},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": ref("AWS::AccountId")}},
    }
    policy = {"Version": "2012-10-17", "Statement": [administer, publish]}
    properties = {"Description": "Encrypts alerts.", "EnableKeyRotation": True, "KeyPolicy": policy}
    # Nothing is stored under it for longer than a delivery takes, so it may go with the stack.
    policies = {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}
    return {"Type": "AWS::KMS::Key", **policies, "Properties": properties}
