"""Alarms for whoever is woken: failing, slow, blocked, silent."""

from genai_obs.tools.alarms.rule import Comparison, LogAlarm, MetricAlarm
from genai_obs.tools.definitions.model import Settings, name_of
from genai_obs.tools.definitions.parts import (
    HOUR_S,
    MINUTE_S,
    answer,
    calls_where,
    log_groups,
    parameter,
    source,
    statistic,
)
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat

_RATE_S = 5 * MINUTE_S
# A quarter of an hour holds enough calls for a percentile where five minutes do not.
_PERCENTILE_S = 15 * MINUTE_S
# Lines need a moment until queries find them, so a run ends this long before its time. Our choice.
SETTLE_S = MINUTE_S
_LONGEST_WARM_UP_MINUTES = 2880


def error_rate(settings: Settings) -> MetricAlarm:
    """Return the alarm on failed calls; the metric is 1 or 0 for every call, so its samples are the calls."""
    errors = source("errors", statistic(settings, "InferenceErrors", "Sum", _RATE_S))
    calls = source("calls", statistic(settings, "InferenceErrors", "SampleCount", _RATE_S))
    guarded = f"IF(calls >= {settings.least_calls}, 100 * errors / calls, 0)"
    return _two_of_three(
        settings,
        "error-rate",
        (errors, calls, answer("error rate (%)", guarded)),
        "error_rate_percent",
        "Model calls fail: errors, throttling and timeouts, as a share of all calls.\n\n"
        "**First** run the saved query `errors-by-model`: one model or all, and which error. "
        "One model: switch to another. All: look at `throttles` and the AWS Health Dashboard.",
    )


def latency(settings: Settings) -> MetricAlarm:
    """
    Return the alarm on the wall-clock time of calls; failed calls count too, for users wait for them.

    Too few calls give no value: 0 ms would be one that nobody measured.
    """
    slow = source("latency", statistic(settings, "InferenceLatencyMs", "p90", _PERCENTILE_S))
    calls = source("calls", statistic(settings, "InferenceLatencyMs", "SampleCount", _PERCENTILE_S))
    guarded = f"IF(calls >= {settings.least_calls}, latency)"
    return _two_of_three(
        settings,
        "latency-p90",
        (slow, calls, answer("90th percentile of the latency (ms)", guarded)),
        "latency_p90_ms",
        "One call in ten takes longer than it should.\n\n"
        "**First** run the saved query `latency-percentiles`: one model or all. Then `slow-requests` and `retries`: "
        "long answers, or attempts that had to be repeated.",
    )


def first_token(settings: Settings) -> MetricAlarm:
    """Return the alarm on the time to the first token, which only streams have."""
    first = source("first", statistic(settings, "TimeToFirstTokenMs", "p90", _PERCENTILE_S))
    streams = source("streams", statistic(settings, "TimeToFirstTokenMs", "SampleCount", _PERCENTILE_S))
    guarded = f"IF(streams >= {settings.least_calls}, first)"
    return _two_of_three(
        settings,
        "first-token-p90",
        (first, streams, answer("90th percentile of the time to the first token (ms)", guarded)),
        "first_token_p90_ms",
        "One stream in ten lets its reader wait too long for the first word.\n\n"
        "**First** run the saved query `time-to-first-token`. Longer prompts, a cold cache (`cache-hit-rate`) and a "
        "busy model are the usual causes.",
    )


def guardrail_rate(settings: Settings) -> MetricAlarm:
    """Return the alarm on guardrail interventions; the metric is 1 or 0 for every call."""
    blocked = source("blocked", statistic(settings, "GuardrailInterventions", "Sum", _PERCENTILE_S))
    calls = source("calls", statistic(settings, "GuardrailInterventions", "SampleCount", _PERCENTILE_S))
    guarded = f"IF(calls >= {settings.least_calls}, 100 * blocked / calls, 0)"
    return _two_of_three(
        settings,
        "guardrail-rate",
        (blocked, calls, answer("share of calls with a guardrail intervention (%)", guarded)),
        "guardrail_rate_percent",
        "Guardrails block or mask more than usual: an attack, a changed prompt, or a policy that is too strict.\n\n"
        "**First** run the saved query `guardrail-policies`, then `guardrails` for the requests and users.",
    )


def throttles(settings: Settings) -> LogAlarm:
    """Return the alarm on throttled calls: no metric tells them from other failures, but the record does."""
    return LogAlarm(
        name=name_of(settings, "throttles"),
        description=(
            "Bedrock refuses calls because a quota is used up.\n\n"
            "**First** run the saved query `throttles` for the model, then `tokens-per-minute` beside the quota. "
            "A cross-Region profile, a lower `max_tokens` or a higher quota help; more retries do not."
        ),
        query=calls_where(settings, 'status = "throttled"'),
        aggregation="count(*)",
        comparison="GreaterThanOrEqualToThreshold",
        threshold=settings.throttles,
        schedule_s=_PERCENTILE_S,
        start_offset_s=_PERCENTILE_S + SETTLE_S,
        end_offset_s=SETTLE_S,
        log_groups=log_groups(settings),
        # No lines count as 0 throttled calls (alarm-log), so nothing is ever missing but a run that failed.
        missing_data="notBreaching",
        threshold_parameter=parameter("throttles"),
    )


def no_traffic(settings: Settings) -> MetricAlarm | None:
    """
    Return the alarm on silence: one window as long as the silence that means something.

    Several shorter windows with M of N would call one call in an hour silence. FILL makes the silent window a real 0:
    otherwise CloudWatch would look past it at older windows that did have calls.
    """
    if settings.quiet_minutes is None:
        return None
    period_s = settings.quiet_minutes * MINUTE_S
    calls = source("calls", statistic(settings, "InferenceErrors", "SampleCount", period_s))
    return MetricAlarm(
        name=name_of(settings, "no-traffic"),
        description=(
            "Not one model call was recorded in the whole window.\n\n"
            "**First** see whether the function runs at all: the saved query `cold-starts`, then its log group. If "
            "calls are made but not recorded, look at the alarms `observation-errors` and `emf-problems`."
        ),
        queries=(calls, answer("number of calls", "FILL(calls, 0)")),
        comparison="LessThanThreshold",
        threshold=1.0,
        evaluation_periods=1,
        datapoints_to_alarm=1,
        # Where not even FILL has anything to go by, silence is exactly what this alarm is for.
        missing_data="breaching",
        # A new stack has had no calls yet, which is no reason to wake anybody. Two days are the most (PutMetricAlarm).
        # It ends early once there are data (alarm-warm-up); whether those of FILL count is not documented.
        warm_up_minutes=min(settings.quiet_minutes, _LONGEST_WARM_UP_MINUTES),
    )


def lambda_error_rate(settings: Settings) -> MetricAlarm | None:
    """Return the alarm on invocations that fail outside the model calls; AWS publishes these metrics."""
    if settings.function_name is None:
        return None
    errors, calls = (_lambda(settings.function_name, name) for name in ("Errors", "Invocations"))
    guarded = f"IF(invocations >= {settings.least_calls}, 100 * errors / invocations, 0)"
    return _two_of_three(
        settings,
        "lambda-error-rate",
        (errors, calls, answer("share of failed invocations (%)", guarded)),
        "error_rate_percent",
        "The function itself fails: exceptions that nobody caught, timeouts, memory. Throttled invocations are not in "
        "here, and failures that the handler catches are in `error-rate` only.\n\n"
        "**First** run the saved queries `timeouts` and `lambda-memory`, then read the function's log.",
    )


def quality(settings: Settings) -> MetricAlarm | None:
    """
    Return the alarm on a quality score that the application writes with ``log_metric``.

    Too few scores give no value at all rather than 0, for below the line is where this alarm fires.
    """
    if settings.quality_metric is None:
        return None
    score = source("score", statistic(settings, settings.quality_metric, "Average", HOUR_S))
    scores = source("scores", statistic(settings, settings.quality_metric, "SampleCount", HOUR_S))
    guarded = f"IF(scores >= {settings.least_calls}, score)"
    return _two_of_three(
        settings,
        "quality",
        (score, scores, answer(f"average of {settings.quality_metric}", guarded)),
        "least_quality",
        "Answers became worse.\n\n"
        "**First** see what changed: model, prompt version, retrieval. The saved query `stop-reasons` shows answers "
        "that were cut short.",
        comparison="LessThanThreshold",
    )


def _lambda(function_name: str, metric: str) -> MetricQuery:
    # FunctionName alone is the whole function; with Resource it would be one version or alias (AWS/Lambda).
    identity = MetricId.of("AWS/Lambda", metric, {"FunctionName": function_name})
    return source(metric.lower(), MetricStat(identity, "Sum", _RATE_S))


def _two_of_three(
    settings: Settings,
    key: str,
    queries: tuple[MetricQuery, ...],
    setting: str,
    description: str,
    comparison: Comparison = "GreaterThanThreshold",
) -> MetricAlarm:
    """Return an alarm that one bad period does not raise and one good period does not end."""
    threshold: float = getattr(settings, setting)
    return MetricAlarm(
        name=name_of(settings, key),
        description=description,
        queries=queries,
        comparison=comparison,
        threshold=threshold,
        evaluation_periods=3,
        datapoints_to_alarm=2,
        # With "missing", one bad period followed by silence would raise it (alarms-and-missing-data).
        missing_data="notBreaching",
        threshold_parameter=parameter(setting),
    )
