"""What default alarms are made of: statistics of our metrics, rows of maths, filters on our records."""

from genai_obs.schema import INFERENCE_METRIC
from genai_obs.tools.definitions.model import Settings
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat

MINUTE_S = 60
HOUR_S = 3600
DAY_S = 86_400


def statistic(settings: Settings, metric: str, stat: str, period_s: int) -> MetricStat:
    """Return a statistic over all calls of the environment: CloudWatch adds up no models, so this set is published."""
    return MetricStat(MetricId.of(settings.namespace, metric, {"Environment": settings.environment}), stat, period_s)


def value(label: str, stat: MetricStat, query_id: str = "value") -> tuple[MetricQuery, ...]:
    """Return the rows of an alarm on one statistic."""
    return (MetricQuery(query_id, stat=stat, label=label),)


def source(query_id: str, stat: MetricStat, label: str | None = None) -> MetricQuery:
    """Return a row that is only an input: that it returns data must be switched off, for the default is on."""
    return MetricQuery(query_id, stat=stat, label=label or query_id, return_data=False)


def answer(label: str, expression: str, query_id: str = "value") -> MetricQuery:
    """Return the row that is watched."""
    return MetricQuery(query_id, expression=expression, label=label)


def parameter(setting: str) -> str:
    """Return the name under which a deployed stack lets a setting be changed: ``daily_budget_usd``: DailyBudgetUsd."""
    return "".join(word.capitalize() for word in setting.split("_"))


def calls_where(settings: Settings, *conditions: str) -> str:
    """Return a query for the inference records of the environment that fulfil all conditions."""
    all_of = (f'metric = "{INFERENCE_METRIC}"', f'environment = "{settings.environment}"', *conditions)
    return "filter " + " and ".join(all_of)


def log_groups(settings: Settings) -> tuple[str, ...]:
    """Return where log alarms look; none means the log groups of the stack they are deployed with."""
    return () if settings.log_group is None else (settings.log_group,)
