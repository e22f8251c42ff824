"""An AWS budget on Bedrock's bill, beside the alarms on our metrics."""

from genai_obs.tools.cfn.intrinsics import Properties, ref
from genai_obs.tools.cfn.parameters import Parameters, number
from genai_obs.tools.cfn.topics import POLICY, TOPICS

# What the bill calls it. Models sold through the Marketplace are billed under names of their own,
# such as "Claude Sonnet 4.5 (Amazon Bedrock Edition)" (observed in price lists), and are not in it.
BEDROCK = "Amazon Bedrock"


def budget_resource(daily_usd: float, parameters: Parameters) -> Properties:
    """
    Return a budget of a day for Bedrock in the whole account, whatever the application.

    AWS Budgets sees the bill, hours later: it finds what no record says, and is no early warning.
    """
    notification = {
        "NotificationType": "ACTUAL",
        "ComparisonOperator": "GREATER_THAN",
        "ThresholdType": "PERCENTAGE",
        "Threshold": 100,
    }
    budget = {
        "BudgetName": parameters.name(f"{parameters.application}-{parameters.environment}-bedrock"),
        "BudgetType": "COST",
        "TimeUnit": "DAILY",
        "BudgetLimit": {"Amount": _amount(daily_usd, parameters), "Unit": "USD"},
        "CostFilters": {"Service": [BEDROCK]},
    }
    return {
        "Type": "AWS::Budgets::Budget",
        # Until the policy lets it publish, a budget cannot be made to report to a topic.
        "DependsOn": POLICY,
        "Properties": {
            "Budget": budget,
            "NotificationsWithSubscribers": [
                {
                    "Notification": notification,
                    "Subscribers": [{"SubscriptionType": "SNS", "Address": ref(TOPICS["tell"][0])}],
                }
            ],
        },
    }


def _amount(daily_usd: float, parameters: Parameters) -> object:
    """Return the amount: the same parameter as that of the alarm on daily spend, where there is one."""
    name = "DailyBudgetUsd"
    return ref(name) if parameters.thresholds.get(name) == daily_usd else number(daily_usd)
