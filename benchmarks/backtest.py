"""
``python -m benchmarks.backtest``: a month of minutes, judged for fifty alarms.

The metrics are made up, in memory: what reading lines costs is measured elsewhere (``genai-obs metrics``). Traffic has
nights, weekends, gaps, slow hours and failing ones; single values of latencies are kept, for percentiles.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from benchmarks.table import Row, Section, describe_machine, render
from genai_obs.tools.alarms.backtest import summarise
from genai_obs.tools.alarms.band import LocalBands
from genai_obs.tools.alarms.composite import replay_composite
from genai_obs.tools.alarms.history import replay
from genai_obs.tools.alarms.rule import CompositeAlarm, MetricAlarm
from genai_obs.tools.alarms.state import State, StateHistory
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat
from genai_obs.tools.metrics.samples import Floats, Integers, MetricData, Samples
from genai_obs.tools.metrics.store import MetricStore

DAY_S, HOUR_S, MINUTE_S = 86_400, 3600, 60
DAYS = 30
# Sunday 2026-11-22, midnight in UTC.
END_S = 1_795_305_600
START_S = END_S - DAYS * DAY_S
# Bands and long ranges reach back before the first evaluation.
FIRST_S = START_S - 14 * DAY_S
MODELS = ("sonnet", "haiku", "nova", "opus")
CALLS_PER_MINUTE = 6.0
SEED = 7


def main() -> int:
    """Make the metrics, judge the alarms, print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backtest", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="whole runs, each with a new store; the best counts")
    arguments = parser.parse_args()
    print(describe_machine())
    print(render(run(arguments.rounds)))
    return 0


def run(rounds: int) -> list[Section]:
    """Measure the fifty alarms, from a store that has computed nothing yet."""
    data = made_up()
    values = sum(each.values.size for listed in data.samples.values() for each in listed if each.values is not None)
    runs = []
    for _ in range(rounds):
        started = time.process_time()
        runs.append((_judged(data), time.process_time() - started))
    best, cpu = min(runs, key=lambda run: sum(run[0].values()))
    kinds = [
        Row(f"{kind}, {count} alarms", f"{best[kind]:.2f} s", f"{1000 * best[kind] / count:.0f} ms", "each")
        for kind, count in _counts().items()
    ]
    total = Row(
        "all 50 alarms", f"{sum(best.values()):.2f} s", f"{cpu:.2f} s", "of CPU time; wanted: under 5 s on two cores"
    )
    title = f"Back-test over {DAYS} days by the minute: {len(data.samples)} metrics, {values:,} values (made up)"
    return [Section(title, [*kinds, total])]


def _judged(data: MetricData) -> dict[str, float]:
    """Return the seconds that each kind of alarm took."""
    store = MetricStore(data)
    bands = LocalBands(store)
    seconds: dict[str, float] = {}
    histories: dict[str, StateHistory] = {}
    for kind, alarms in fifty_alarms().items():
        started = time.perf_counter()
        for alarm in alarms:
            if isinstance(alarm, CompositeAlarm):
                histories[alarm.name] = replay_composite(alarm, histories)
            else:
                histories[alarm.name] = replay(alarm, store, START_S, END_S, bands=bands)
            summarise(histories[alarm.name])
        seconds[kind] = time.perf_counter() - started
    assert len(histories) == 50
    assert any(State.ALARM in history.states for history in histories.values())
    return seconds


def _counts() -> dict[str, int]:
    return {kind: len(alarms) for kind, alarms in fifty_alarms().items()}


def fifty_alarms() -> dict[str, tuple[MetricAlarm | CompositeAlarm, ...]]:
    """Return fifty alarms as a team with four models has them, by kind."""
    everything = ({}, *({"ModelId": model} for model in MODELS))
    return {
        "error rate (maths, guard)": _each(everything, _error_rate),
        "p90 latency, 15 minutes": _each(everything, lambda by: _latency(by, "p90", 15 * MINUTE_S)),
        "p99 latency, five minutes, few samples ignored": _each(
            everything, lambda by: _latency(by, "p99", 5 * MINUTE_S, ignore=True)
        ),
        "spend of 24 hours (FILL)": _each(everything, _daily_spend),
        "projected spend (maths), hours, 3 of 4": _each(everything, _projected_spend),
        "tokens of five minutes, 3 of 5": _each(everything, _tokens),
        "average latency of a minute, 10 of 15": _each(everything, _average),
        "silence of an hour (FILL)": _each(everything, _silence),
        "spend of calendar days, Berlin": _each(everything[:3], _calendar_day),
        "errors of a day, each minute (1 of 1440)": (_errors_of_a_day(),),
        "anomaly band on hours": _each(everything[:2], _anomaly),
        "composite": tuple(_composite(number) for number in range(4)),
    }


def _each(
    dimensions: Sequence[dict[str, str]], make: Callable[[dict[str, str]], MetricAlarm]
) -> tuple[MetricAlarm, ...]:
    return tuple(make(by) for by in dimensions)


def _stat(name: str, by: dict[str, str], stat: str, period_s: int) -> MetricStat:
    return MetricStat(_metric(name, by), stat, period_s)


def _metric(name: str, by: dict[str, str]) -> MetricId:
    return MetricId.of("AI/LLMMetrics", name, {"Environment": "production", **by})


def _source(row_id: str, stat: MetricStat) -> MetricQuery:
    return MetricQuery(row_id, stat, return_data=False)


def _alarm(
    name: str, by: dict[str, str], queries: tuple[MetricQuery, ...], threshold: float, m: int, n: int
) -> MetricAlarm:
    label = "-".join([name, *by.values()])
    return MetricAlarm(label, "", queries, "GreaterThanThreshold", threshold, n, m, "notBreaching")


def _error_rate(by: dict[str, str]) -> MetricAlarm:
    errors = _source("errors", _stat("InferenceErrors", by, "Sum", 5 * MINUTE_S))
    calls = _source("calls", _stat("InferenceErrors", by, "SampleCount", 5 * MINUTE_S))
    rate = MetricQuery("rate", expression="IF(calls >= 20, 100 * errors / calls, 0)")
    return _alarm("error-rate", by, (errors, calls, rate), 5.0, 2, 3)


def _latency(by: dict[str, str], stat: str, period_s: int, *, ignore: bool = False) -> MetricAlarm:
    query = MetricQuery("latency", _stat("InferenceLatencyMs", by, stat, period_s))
    alarm = _alarm(f"{stat}-{ignore}", by, (query,), 9000.0, 2, 3)
    return _with(alarm, low_samples="ignore") if ignore else alarm


def _with(alarm: MetricAlarm, **members: object) -> MetricAlarm:
    from dataclasses import replace

    return replace(alarm, **members)  # type: ignore[arg-type]


def _daily_spend(by: dict[str, str]) -> MetricAlarm:
    spend = _source("spend", _stat("AICost", by, "Sum", DAY_S))
    return _alarm("daily-spend", by, (spend, MetricQuery("usd", expression="FILL(spend, 0)")), 60.0, 1, 1)


def _projected_spend(by: dict[str, str]) -> MetricAlarm:
    spend = _source("spend", _stat("AICost", by, "Sum", HOUR_S))
    return _alarm("projected-spend", by, (spend, MetricQuery("usd", expression="24 * spend")), 60.0, 3, 4)


def _tokens(by: dict[str, str]) -> MetricAlarm:
    return _alarm("tokens", by, (MetricQuery("t", _stat("InputTokens", by, "Sum", 5 * MINUTE_S)),), 60_000.0, 3, 5)


def _average(by: dict[str, str]) -> MetricAlarm:
    query = MetricQuery("latency", _stat("InferenceLatencyMs", by, "Average", MINUTE_S))
    return _alarm("average-latency", by, (query,), 4000.0, 10, 15)


def _silence(by: dict[str, str]) -> MetricAlarm:
    calls = _source("calls", _stat("InferenceErrors", by, "SampleCount", HOUR_S))
    alarm = _alarm("silence", by, (calls, MetricQuery("n", expression="FILL(calls, 0)")), 1.0, 1, 1)
    return _with(alarm, comparison="LessThanThreshold")


def _calendar_day(by: dict[str, str]) -> MetricAlarm:
    alarm = _alarm("calendar-day", by, (MetricQuery("usd", _stat("AICost", by, "Sum", DAY_S)),), 60.0, 1, 1)
    return _with(alarm, timezone="Europe/Berlin")


def _errors_of_a_day() -> MetricAlarm:
    return _alarm("minutes", {}, (MetricQuery("e", _stat("InferenceErrors", {}, "Sum", MINUTE_S)),), 6.0, 1, 1440)


def _anomaly(by: dict[str, str]) -> MetricAlarm:
    spend = MetricQuery("spend", _stat("AICost", by, "Sum", HOUR_S))
    band = MetricQuery("band", expression="ANOMALY_DETECTION_BAND(spend, 3)")
    alarm = _alarm("anomaly", by, (spend, band), 0.0, 2, 3)
    return _with(alarm, threshold=None, band_id="band", comparison="GreaterThanUpperThreshold")


def _composite(number: int) -> CompositeAlarm:
    model = MODELS[number]
    rule = f'ALARM("error-rate-{model}") OR (ALARM("p90-False-{model}") AND NOT ALARM("silence-{model}"))'
    return CompositeAlarm(f"unwell-{model}", "", rule)


def made_up() -> MetricData:
    """Return the metrics of some weeks of calls: by model, and all together."""
    random = np.random.default_rng(SEED)
    by_model = {model: _calls(random, place) for place, model in enumerate(MODELS)}
    samples: dict[MetricId, tuple[Samples, ...]] = {}
    for model, calls in by_model.items():
        samples.update(_samples({"ModelId": model}, calls))
    samples.update(_samples({}, _together(list(by_model.values()))))
    return MetricData(samples, FIRST_S, END_S - MINUTE_S)


def _calls(random: np.random.Generator, place: int) -> dict[str, Floats | Integers]:
    """Return minute and values of each call of one model: busy by day, quiet at night and on weekends."""
    minutes = np.arange(FIRST_S, END_S, MINUTE_S, dtype=np.int64)
    hour, day = minutes // HOUR_S % 24, minutes // DAY_S % 7
    busy = np.where((hour >= 7) & (hour < 19), 1.0, 0.15) * np.where(np.isin(day, (2, 3)), 0.3, 1.0)
    quiet = random.integers(0, minutes.size - 60, 40)[:, np.newaxis] + np.arange(60)
    busy[quiet] = 0.0
    at = np.repeat(minutes, random.poisson(busy * CALLS_PER_MINUTE / (place + 1)))
    slow = np.where(at // HOUR_S % 97 == 0, 3.0, 1.0)
    failing = np.where(at // HOUR_S % 151 == 0, 0.2, 0.01)
    return {
        "at": at,
        "InferenceLatencyMs": np.round(random.lognormal(7.5, 0.6, at.size) * slow, 1),
        "InferenceErrors": (random.random(at.size) < failing).astype(float),
        "InputTokens": random.integers(50, 6000, at.size).astype(float),
        "AICost": np.round(random.gamma(2.0, 0.004, at.size), 6),
    }


def _together(calls: list[dict[str, Floats | Integers]]) -> dict[str, Floats | Integers]:
    joined = {name: np.concatenate([each[name] for each in calls]) for name in calls[0]}
    order = np.argsort(joined["at"], kind="stable")
    return {name: values[order] for name, values in joined.items()}


def _samples(by: dict[str, str], calls: dict[str, Floats | Integers]) -> Iterator[tuple[MetricId, tuple[Samples]]]:
    starts, offsets = np.unique(calls["at"], return_index=True)
    ends = np.append(offsets[1:], calls["at"].size)
    for name, listed in calls.items():
        if name == "at":
            continue
        values = listed.astype(float)
        metric = _metric(name, by)
        kept = values[np.lexsort((values, calls["at"]))] if name == "InferenceLatencyMs" else None
        yield (
            metric,
            (
                Samples(
                    metric,
                    "None",
                    MINUTE_S,
                    starts.astype(np.int64),
                    (ends - offsets).astype(float),
                    np.add.reduceat(values, offsets),
                    np.minimum.reduceat(values, offsets),
                    np.maximum.reduceat(values, offsets),
                    kept,
                    None if kept is None else np.append(offsets, values.size).astype(np.int64),
                ),
            ),
        )


if __name__ == "__main__":
    raise SystemExit(main())
