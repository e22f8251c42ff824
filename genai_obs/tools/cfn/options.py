"""What a template is asked to hold besides the definitions."""

from dataclasses import dataclass

# Lengths of time for which CloudWatch keeps log events (AWS: "PutRetentionPolicy", documented).
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


@dataclass(frozen=True, slots=True)
class TemplateOptions:
    """
    Options of a template; the names become defaults of its parameters.

    Args:
        log_groups: Groups that hold the records; none makes it a parameter without a default.

        functions: Lambda functions on the dashboard.

        state_machines: Their ARNs, on the dashboard.

        apis: Names of API Gateway REST APIs on the dashboard.

        queues: Names of SQS queues on the dashboard.

        email: Who is told; None leaves the address to the parameter.

        retention_days: Creates the log groups with this retention; None expects them to exist.

        with_dashboard: Whether there is a dashboard.

        with_budget: Whether AWS Budgets watches Bedrock's bill too.

        with_log_anomalies: Whether CloudWatch Logs looks for unusual messages in the log groups.

        with_key: Whether the topic is encrypted, with a key of its own.

        with_sam: Whether the template names SAM's transform, so that functions can stand beside.
    """

    log_groups: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    state_machines: tuple[str, ...] = ()
    apis: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    email: str | None = None
    retention_days: int | None = None
    with_dashboard: bool = True
    with_budget: bool = False
    with_log_anomalies: bool = False
    with_key: bool = False
    with_sam: bool = False
