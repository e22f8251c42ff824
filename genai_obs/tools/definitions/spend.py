"""Alarms for whoever pays: what was spent, what will be, who spends it, and what is not like other days."""

from genai_obs.tools.alarms.rule import LogAlarm, MetricAlarm
from genai_obs.tools.definitions.health import SETTLE_S
from genai_obs.tools.definitions.model import Settings, name_of
from genai_obs.tools.definitions.parts import (
    DAY_S,
    HOUR_S,
    answer,
    calls_where,
    log_groups,
    parameter,
    source,
    statistic,
)
from genai_obs.tools.metrics.queries import MetricQuery


def daily_spend(settings: Settings) -> MetricAlarm:
    """
    Return the alarm on the spend of the last 24 hours, looked at every minute: the window slides.

    FILL makes a day without calls a real 0: otherwise the alarm would go on for days after the last call, because
    CloudWatch looks past periods without data at older ones.
    """
    spend = source("spend", statistic(settings, "AICost", "Sum", DAY_S))
    return MetricAlarm(
        name=name_of(settings, "daily-spend"),
        description=(
            "The calls of the last 24 hours cost more than a day may. The window slides: it is no calendar day.\n\n"
            "**First** run the saved query `spend-per-hour` for when, `spend-by-model` and `spend-by-tenant` for who. "
            "Calls without a price are in no sum: see the alarm `unpriced-calls`."
        ),
        queries=(spend, answer("spend (USD)", "FILL(spend, 0)")),
        comparison="GreaterThanThreshold",
        threshold=settings.daily_budget_usd,
        evaluation_periods=1,
        datapoints_to_alarm=1,
        # A day in which nothing was called cost nothing.
        missing_data="notBreaching",
        threshold_parameter=parameter("daily_budget_usd"),
    )


def projected_spend(settings: Settings) -> MetricAlarm:
    """
    Return the alarm on where a day ends that goes on like the last hours.

    Windows slide, so a burst of less than an hour can lie in two of them, but never in three.
    """
    spend = source("spend", statistic(settings, "AICost", "Sum", HOUR_S))
    return MetricAlarm(
        name=name_of(settings, "projected-spend"),
        description=(
            "If the day goes on like the last hours, it will cost more than a day may.\n\n"
            "**First** run the saved query `spend-per-hour`: rising or steady. Then `most-expensive-calls` and "
            "`spend-by-feature` for what to slow down while there is still time."
        ),
        queries=(spend, answer("projected spend of a day (USD)", f"{settings.busy_hours:g} * spend")),
        comparison="GreaterThanThreshold",
        threshold=settings.daily_budget_usd,
        evaluation_periods=4,
        datapoints_to_alarm=3,
        # An hour in which nothing was called cost nothing.
        missing_data="notBreaching",
        threshold_parameter=parameter("daily_budget_usd"),
    )


def spend_per_tenant(settings: Settings) -> LogAlarm:
    """
    Return the alarm on each tenant's spend of 24 hours, which no metric carries: each would be one more to pay for.

    Records without a cost or without a tenant are left out, so that no group is made of what is not known.
    """
    field = settings.tenant_field
    return LogAlarm(
        name=name_of(settings, f"spend-per-{field.replace('_', '-').replace('.', '-')}"),
        description=(
            f"One `{field}` spent more in 24 hours than it may; the notification names it.\n\n"
            f"**First** run the saved query `most-expensive-calls` with `filter {field} = …` in front: a loop, a batch "
            "job, or a customer who outgrew the plan."
        ),
        query=calls_where(settings, "ispresent(cost_usd)", f"ispresent({field})"),
        # At most 500 groups of a run are judged (alarm-log), so the dearest must be among them.
        aggregation=f"sum(cost_usd) by {field} | sort desc",
        comparison="GreaterThanThreshold",
        threshold=settings.tenant_budget_usd,
        schedule_s=HOUR_S,
        start_offset_s=DAY_S + SETTLE_S,
        end_offset_s=SETTLE_S,
        log_groups=log_groups(settings),
        # A sum of no lines is missing, not 0 (alarm-log).
        missing_data="notBreaching",
        threshold_parameter=parameter("tenant_budget_usd"),
    )


def cost_anomaly(settings: Settings) -> MetricAlarm:
    """Return the alarm on hours that are dearer than hours like them."""
    spend = MetricQuery("spend", stat=statistic(settings, "AICost", "Sum", HOUR_S), label="spend of an hour (USD)")
    return _above_band(
        settings,
        "cost-anomaly",
        spend,
        "The calls of an hour cost more than hours like it usually do, within the budget or not.\n\n"
        "**First** run the saved query `spend-per-hour`, then `spend-by-feature`: a deployment, another model, longer "
        "prompts. It learns for two weeks; before that, take it as a hint.",
    )


def token_anomaly(settings: Settings) -> MetricAlarm:
    """
    Return the alarm on hours with more output than hours like them.

    Output shows agents in a loop and answers that run away, also of models without a price, which the cost does not
    see; contexts that grow show in the cost. One metric: a band on the sum of input and output is a model of maths,
    costs one alarm metric more, and is dominated by the input.
    """
    tokens = statistic(settings, "OutputTokens", "Sum", HOUR_S)
    return _above_band(
        settings,
        "token-anomaly",
        MetricQuery("tokens", stat=tokens, label="number of output tokens in an hour"),
        "The models wrote more in an hour than in hours like it.\n\n"
        "**First** run the saved query `tokens-by-model`, then `tokens-per-minute` for when: an agent in a loop, an "
        "injected prompt, a lifted limit of the answer. It learns for two weeks; before that, take it as a hint.",
    )


def unpriced_calls(settings: Settings) -> LogAlarm:
    """
    Return the alarm on answers whose cost is not known: they are in no sum, so budgets do not see them.

    Failed calls are left out, for they have no usage; so is what is not billed by the token at all.
    """
    unbilled = 'cost_status not in ["not_token_priced", "provisioned", "reserved"]'
    return LogAlarm(
        name=name_of(settings, "unpriced-calls"),
        description=(
            "Answers came without a cost, so the spend alarms do not see them.\n\n"
            "**First** run the saved query `unpriced-calls`: `cost_status` is the reason. An unknown or unresolved "
            "model needs a price of your own or a newer price file (`genai-obs prices`)."
        ),
        query=calls_where(settings, 'status = "ok"', "not ispresent(cost_usd)", "ispresent(cost_status)", unbilled),
        aggregation="count(*)",
        comparison="GreaterThanOrEqualToThreshold",
        threshold=settings.unpriced_calls,
        schedule_s=HOUR_S,
        start_offset_s=HOUR_S + SETTLE_S,
        end_offset_s=SETTLE_S,
        log_groups=log_groups(settings),
        # No lines count as 0 (alarm-log).
        missing_data="notBreaching",
        threshold_parameter=parameter("unpriced_calls"),
    )


def _above_band(settings: Settings, key: str, watched: MetricQuery, description: str) -> MetricAlarm:
    """Return an alarm above the band around a metric; both rows return data, as CloudWatch wants it of a band."""
    band = f"ANOMALY_DETECTION_BAND({watched.id}, {settings.band_width:g})"
    return MetricAlarm(
        name=name_of(settings, key),
        description=description,
        queries=(watched, MetricQuery("band", expression=band, label="usual")),
        comparison="GreaterThanUpperThreshold",
        threshold=None,
        evaluation_periods=3,
        datapoints_to_alarm=2,
        # An hour without calls is not unusually dear; and before there is a band, nothing is.
        missing_data="notBreaching",
        band_id="band",
    )
