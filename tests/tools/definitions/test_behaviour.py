"""The default alarms on lines that the runtime wrote: each in the state that a person would expect, and no sooner."""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from genai_obs import annotate, configure, log_metric, observe_inference
from genai_obs._runtime import clock, guard, inference, observation
from genai_obs.testing import capture_records
from genai_obs.tools.alarms.band import LocalBands
from genai_obs.tools.alarms.history import replay
from genai_obs.tools.alarms.log_alarm import replay_log_alarm
from genai_obs.tools.alarms.rule import LogAlarm, MetricAlarm
from genai_obs.tools.alarms.state import State, StateHistory
from genai_obs.tools.definitions.defaults import default_definitions
from genai_obs.tools.definitions.model import Settings
from genai_obs.tools.logs.inputs import Inputs, find_inputs
from genai_obs.tools.metrics.extract import extract
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.samples import MetricData, Samples
from genai_obs.tools.metrics.store import MetricStore

SETTINGS = Settings(quality_metric="Faithfulness", least_calls=20, daily_budget_usd=50, quiet_minutes=60)
DEFINITIONS = default_definitions(SETTINGS)
ALARMS = {DEFINITIONS.key(alarm.name): alarm for alarm in DEFINITIONS.alarms}

# 2026-11-20, 00:00 UTC
START_S = 1_795_132_800
MINUTE, HOUR, DAY = 60, 3600, 86_400
# A million tokens for a dollar, so that a call costs as many dollars as it wrote millions.
PRICES = {"prices": {"priced": {"input": 1, "output": 1}}}


@dataclass(frozen=True, slots=True)
class Made:
    """One model call: when, in seconds from the start, and how it went."""

    at_s: float
    status: str = "ok"
    latency_ms: float = 400.0
    usd: float = 0.001
    tenant: str = "acme"
    model: str = "priced"
    blocked: bool = False
    first_ms: float | None = None
    score: float | None = None
    broken: bool = False


Write = Callable[[Iterable[Made]], Inputs]


@pytest.fixture
def write(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Write:
    """Return what writes the lines of calls as the runtime does, each at its own time."""
    configure(emf=True, environment=SETTINGS.environment, prices=PRICES)
    now = SimpleNamespace(ms=0)
    monkeypatch.setattr(
        inference,
        "time",
        SimpleNamespace(time_ns=lambda: now.ms * 1_000_000, perf_counter_ns=time.perf_counter_ns),
    )
    monkeypatch.setattr(clock, "now_ms", lambda: now.ms)

    def writing(calls: Iterable[Made]) -> Inputs:
        with capture_records(strict=False) as records:
            for call in calls:
                now.ms = int((START_S + call.at_s) * 1000)
                _make(call)
        path = tmp_path / "lines.log"
        path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        return find_inputs([str(path)])

    return writing


def _make(call: Made) -> None:
    """Write the record of one call, and the line of its score."""
    with observe_inference():
        annotate(tenant=call.tenant)
        current = observation.current.get()
        assert current is not None
        facts: dict[str, object] = {"model_id": call.model}
        if call.status == "ok":
            facts |= {"input_tokens": 0, "output_tokens": round(call.usd * 1_000_000)}
        if call.blocked:
            facts["guardrail_triggered"] = True
        if call.first_ms is not None:
            facts["time_to_first_token_ms"] = call.first_ms
        if call.broken:
            guard.failed(RuntimeError("a failure of ours"))
        inference.Inference(current, facts).finish(call.status, call.latency_ms)
        if call.score is not None:
            log_metric("Faithfulness", call.score, unit="None")


def steady(minutes: int, *, from_s: float = 0, per_minute: int = 5, made: Made | None = None) -> list[Made]:
    """Return calls at even distances."""
    step = MINUTE / per_minute
    return [replace(made or Made(0), at_s=from_s + number * step) for number in range(minutes * per_minute)]


def mixed(good: int, bad: int, sort: Made, minutes: int, from_s: float = 0) -> list[Made]:
    """Return calls, ``bad`` of ``good + bad`` of them of this sort, spread evenly over the minutes."""
    step = minutes * MINUTE / (good + bad)
    share = bad / (good + bad)
    return [
        replace(sort if int((n + 1) * share) > int(n * share) else Made(0), at_s=from_s + n * step)
        for n in range(good + bad)
    ]


def states(key: str, inputs: Inputs, minutes: float, settings: Settings | None = None) -> StateHistory:
    """Return the history of an alarm over the first minutes."""
    definitions = DEFINITIONS if settings is None else default_definitions(settings)
    alarm = {definitions.key(alarm.name): alarm for alarm in definitions.alarms}[key]
    end_s = START_S + int(minutes * MINUTE)
    if isinstance(alarm, LogAlarm):
        return replay_log_alarm(alarm, inputs, START_S + MINUTE, end_s)
    assert isinstance(alarm, MetricAlarm)
    wanted = {query.stat.metric for query in alarm.queries if query.stat is not None}
    store = MetricStore(extract(inputs, keep_values=wanted.__contains__).data)
    # At the first minute nothing has been seen yet.
    return replay(alarm, store, START_S + MINUTE, end_s)


def alarmed(history: StateHistory) -> list[int]:
    """Return the minutes from the start at which the alarm was in ALARM."""
    times = history.times_s[history.states == State.ALARM]
    return [int(moment - START_S) // MINUTE for moment in times]


HEALTHY = [key for key, alarm in ALARMS.items() if isinstance(alarm, MetricAlarm | LogAlarm) and "anomaly" not in key]


@pytest.mark.parametrize("key", HEALTHY)
def test_a_healthy_hour_raises_nothing(key: str, write: Write) -> None:
    """Calls that succeed, with a failure now and then, a first token, a good score."""
    fine = Made(0, first_ms=200, score=0.9)
    inputs = write([*steady(60, made=fine), Made(700, "error"), Made(2000, "throttled"), Made(2100, blocked=True)])

    assert alarmed(states(key, inputs, 60)) == []


def test_a_rate_of_failures_raises_the_error_rate(write: Write) -> None:
    """Every tenth call, for a quarter of an hour: after two periods, until two of three are good again."""
    inputs = write([*mixed(90, 10, Made(0, "error"), 20), *steady(40, from_s=20 * MINUTE)])

    minutes = alarmed(states("error-rate", inputs, 60))

    assert minutes[0] <= 10
    assert minutes == list(range(minutes[0], minutes[-1] + 1))
    assert 20 <= minutes[-1] <= 30


def test_many_failures_of_many_more_calls_raise_nothing(write: Write) -> None:
    """Eleven in five minutes, which the seed's count would have called an error rate of 5 %, of 500 calls."""
    inputs = write(mixed(980, 20, Made(0, "error"), 10))

    assert alarmed(states("error-rate", inputs, 15)) == []


def test_a_few_calls_that_all_fail_raise_nothing_unless_that_is_wanted(write: Write) -> None:
    """The least number of calls decides, and it is a setting."""
    inputs = write(steady(20, per_minute=1, made=Made(0, "timeout")))

    assert alarmed(states("error-rate", inputs, 20)) == []
    assert alarmed(states("error-rate", inputs, 20, replace(SETTINGS, least_calls=3)))


@pytest.mark.parametrize(
    ("key", "slow"),
    [("latency-p90", Made(0, latency_ms=12_000)), ("first-token-p90", Made(0, first_ms=4_000))],
)
def test_slow_calls_raise_latency_and_first_token(key: str, slow: Made, write: Write) -> None:
    """When more than one in ten is slow, in two quarters of an hour; one slow call in a hundred is nothing."""
    fine = replace(slow, latency_ms=400, first_ms=100)
    slowly = write([*steady(45, made=fine), *steady(45, from_s=1, per_minute=1, made=slow)])
    raised = alarmed(states(key, slowly, 45))
    hardly = write([*steady(45, made=fine), *steady(2, from_s=1, per_minute=1, made=slow)])
    hardly_raised = alarmed(states(key, hardly, 45))
    few = write(steady(45, per_minute=1, made=slow))
    few_history = states(key, few, 45)

    assert raised
    assert raised[0] > 15
    assert hardly_raised == []
    assert alarmed(few_history) == []
    # Too few calls give no value rather than 0 ms.
    assert few_history.values is not None
    assert np.isnan(few_history.values).all()


def test_throttled_calls_raise_throttles(write: Write) -> None:
    """Five in a quarter of an hour are too many, four are not, and other failures do not count."""
    five = write([*steady(45), *(Made(1000 + number, "throttled") for number in range(5))])
    raised = alarmed(states("throttles", five, 60))
    four = write([*steady(45), *(Made(1000 + n, "throttled" if n < 4 else "error") for n in range(9))])

    assert raised == [30]
    assert alarmed(states("throttles", four, 60)) == []


def test_interventions_raise_the_guardrail_rate(write: Write) -> None:
    """More than one call in ten."""
    often = write(mixed(80, 20, Made(0, blocked=True), 40))
    raised = alarmed(states("guardrail-rate", often, 45))
    seldom = write(mixed(95, 5, Made(0, blocked=True), 40))

    assert raised
    assert alarmed(states("guardrail-rate", seldom, 45)) == []


def test_silence_is_told_after_its_time_and_ends_with_the_first_call(write: Write) -> None:
    """An hour after the last call, to the minute: not later, because gaps are looked past, and not sooner."""
    inputs = write([*steady(30), Made(120 * MINUTE + 5)])

    minutes = alarmed(states("no-traffic", inputs, 150))

    # The last call of the half hour is in the minute that begins at 29; the one that ends it, in that of 120.
    assert minutes == list(range(90, 121))


def test_one_call_in_less_than_the_time_is_no_silence(write: Write) -> None:
    """Sparse traffic is traffic: M of N over shorter windows would have called it silence."""
    inputs = write(Made(number * 50 * MINUTE) for number in range(8))

    assert alarmed(states("no-traffic", inputs, 8 * 50)) == []


def test_a_dear_day_ends_after_24_hours(write: Write) -> None:
    """Sixty dollars at noon: at once, for as long as they are in the window, and no longer although nothing follows."""
    inputs = write([Made(12 * HOUR, usd=60)])

    minutes = alarmed(states("daily-spend", inputs, 4 * 24 * 60))

    assert (minutes[0], minutes[-1]) == (12 * 60 + 1, 36 * 60)
    assert minutes == list(range(minutes[0], minutes[-1] + 1))


def test_one_burst_is_no_projection(write: Write) -> None:
    """Twenty dollars within fifty minutes would be 480 a day, and lie in two windows; three hours of four tell."""
    burst = write(steady(50, per_minute=1, made=Made(0, usd=0.4)))
    burst_minutes = alarmed(states("projected-spend", burst, 8 * 60))
    lasting = write(steady(4 * 60, per_minute=1, made=Made(0, usd=0.04)))
    lasting_minutes = alarmed(states("projected-spend", lasting, 4 * 60))
    within = write(steady(4 * 60, per_minute=1, made=Made(0, usd=0.03)))

    assert burst_minutes == []
    assert 120 < lasting_minutes[0] <= 180
    assert alarmed(states("projected-spend", within, 4 * 60)) == []


def test_the_tenant_that_spends_too_much_is_named(write: Write) -> None:
    """Ten dollars in 24 hours; the others are below, and records without a cost are nobody's."""
    inputs = write(
        [
            *(Made(number * 600, usd=2.0, tenant="globex") for number in range(6)),
            *(Made(number * 600, usd=1.0) for number in range(6)),
            *(Made(number * 600, "error", tenant="initech") for number in range(6)),
        ]
    )

    history = states("spend-per-tenant", inputs, 180)
    raised = {name: alarmed(one) for name, one in history.contributors.items()}

    assert [name for name, minutes in raised.items() if minutes] == ["globex"]
    assert alarmed(history) == raised["globex"]
    assert raised["globex"][0] <= 120


def test_answers_without_a_price_are_told(write: Write) -> None:
    """Of a model that the price book does not know; calls that failed cost nothing and are not meant."""
    unknown = write([*steady(5), Made(600, model="nobody-knows", usd=1)])
    raised = alarmed(states("unpriced-calls", unknown, 120))
    failed = write([*steady(5), *steady(5, made=Made(0, "throttled")), *steady(5, made=Made(0, "error"))])

    assert raised == [60]
    assert alarmed(states("unpriced-calls", failed, 120)) == []


def test_a_worse_quality_is_told_when_there_are_enough_scores(write: Write) -> None:
    """Below the line in two hours; a few bad scores are no judgement, and no scores are no bad ones."""
    worse = write(steady(150, per_minute=1, made=Made(0, score=0.5)))
    raised = alarmed(states("quality", worse, 150))
    few = write([Made(number * 600, score=0.1) for number in range(15)])

    assert raised
    assert raised[0] > 60
    assert alarmed(states("quality", few, 150)) == []


@pytest.mark.parametrize(("key", "metric"), [("cost-anomaly", "AICost"), ("token-anomaly", "OutputTokens")])
def test_hours_unlike_others_are_told(key: str, metric: str) -> None:
    """After two weeks of days alike: twenty times the usual for three hours, and nothing before."""
    minute = np.arange(15 * 24 * 60)
    usual = 100 + 50 * np.sin(minute * np.pi / 720) + 3 * np.cos(minute * 1.7)
    sums = np.where(minute >= (14 * 24 + 9) * 60, 20 * usual, usual)
    identity = MetricId.of(SETTINGS.namespace, metric, {"Environment": SETTINGS.environment})
    ones = np.ones(len(minute))
    samples = Samples(identity, "None", MINUTE, START_S + MINUTE * minute, ones, sums, sums, sums)
    store = MetricStore(MetricData({identity: (samples,)}, START_S, START_S + int(minute[-1]) * MINUTE))
    alarm = ALARMS[key]
    assert isinstance(alarm, MetricAlarm)

    history = replay(alarm, store, START_S + 10 * DAY, START_S + 14 * DAY + 14 * HOUR, bands=LocalBands(store))
    minutes = alarmed(history)

    # A minute of such an hour already makes the hour unlike others; the hour before it must be so too.
    assert minutes
    assert 10 * 60 < minutes[0] - 14 * 24 * 60 <= 11 * 60 + 1


def test_a_failure_of_ours_is_told(write: Write) -> None:
    """One is enough."""
    inputs = write([*steady(20), Made(605, broken=True)])

    assert alarmed(states("observation-errors", inputs, 20))[0] in {10, 11}
