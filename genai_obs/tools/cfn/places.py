"""Where a dashboard looks: the Region and the names of what it shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from genai_obs.tools.cfn.resolve import ACCOUNT, REGION


@dataclass(frozen=True, slots=True)
class Places:
    """
    Where a dashboard looks; what has no name here is not on it.

    Args:
        region: Of all its metrics and logs.

        environment: Value of the dimension ``Environment``; None for that of the definitions' settings.

        log_groups: Groups that hold the records.

        functions: Lambda functions.

        state_machines: ARNs of state machines.

        apis: Names of REST APIs.

        queues: Names of queues.

        alarm_arns: ARN of an alarm by its name; one of the account ``account`` where it is not in here.

        thresholds: What stands for the threshold of an alarm, by the alarm's name; the threshold itself otherwise.

        account: Whose alarms they are.
    """

    region: str = REGION
    environment: str | None = None
    log_groups: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    state_machines: tuple[str, ...] = ()
    apis: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    alarm_arns: Mapping[str, str] = field(default_factory=dict)
    thresholds: Mapping[str, object] = field(default_factory=dict)
    account: str = ACCOUNT

    def alarm_arn(self, name: str) -> str:
        """Return the ARN of an alarm."""
        return self.alarm_arns.get(name) or f"arn:aws:cloudwatch:{self.region}:{self.account}:alarm:{name}"
