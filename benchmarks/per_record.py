"""Building, pricing and writing one record, against the least that any logger must do: one dump and one write."""

import json
import os
import statistics
import sys
from contextlib import AbstractContextManager

import orjson

from benchmarks import rivals, scenario
from benchmarks.fast_bedrock import new_client_without_network
from benchmarks.sinks import stdout_to_null, stdout_to_pipe
from benchmarks.table import Row, Section
from benchmarks.timing import Case, measure_interleaved, median_ratio, spread
from genai_obs._runtime.inference import Inference

FLOOR = "floor: orjson.dumps + sys.stdout.write + flush"
OURS = "ours: build + price + write"
NOTES = {
    FLOOR: "the same record, as one plain dict",
    "floor: orjson.dumps + os.write": "no text layer, no lock: not an option beside print()",
    OURS: "aim: at most 2 x the floor",
}


def run(rounds: int) -> list[Section]:
    """Measure into a pipe and into the null device."""
    return [
        _section("One record, into a pipe that another process reads (as in Lambda)", stdout_to_pipe(), rounds),
        _section("One record, into the null device", stdout_to_null(), rounds),
        _after_a_call(rounds),
    ]


def _after_a_call(rounds: int) -> Section:
    """Measure records one at a time, each after a call through botocore, which leaves no cache warm for us."""
    with scenario.in_lambda(), stdout_to_null():
        client = new_client_without_network()
        cases = {name: case for name, case in _own_cases().items() if name in (FLOOR, OURS)}
        before: Case = lambda: client.converse(**scenario.REQUEST)  # noqa: E731 - a case like the others
        times = measure_interleaved(cases, rounds=rounds * 20, calls=1, before=before)
    base = times[FLOOR]
    rows = [
        Row(name, f"{statistics.median(mine):.1f} us", f"{median_ratio(mine, base):.2f} x")
        for name, mine in times.items()
    ]
    return Section(f"One record right after a botocore call, as in life; noise {spread(base):.0%}", rows)


def _section(title: str, stdout: AbstractContextManager[None], rounds: int) -> Section:
    with scenario.in_lambda(), stdout:
        cases = {**_own_cases(), **rivals.cases()}
        times = measure_interleaved(cases, rounds=rounds, calls=300)
    base = times[FLOOR]
    rows = [
        Row(name, f"{statistics.median(mine):.1f} us", f"{median_ratio(mine, base):.2f} x", NOTES.get(name, ""))
        for name, mine in times.items()
    ]
    rows += [Row(name, "not installed", note="python -m benchmarks --install") for name in rivals.missing()]
    return Section(f"{title}; noise {spread(base):.0%}", rows)


def _own_cases() -> dict[str, Case]:
    observation = scenario.new_observation()
    record = scenario.record_of()
    newline = orjson.OPT_APPEND_NEWLINE

    def floor() -> None:
        sys.stdout.write(orjson.dumps(record, option=newline).decode())
        sys.stdout.flush()

    def bare_floor() -> None:
        os.write(1, orjson.dumps(record, option=newline))

    def json_floor() -> None:
        sys.stdout.write(json.dumps(record) + "\n")
        sys.stdout.flush()

    def ours() -> None:
        scenario.write_record(observation)

    def ours_from_begin_to_finish() -> None:
        Inference(observation, dict(scenario.FACTS)).finish("ok")

    return {
        FLOOR: floor,
        "floor: orjson.dumps + os.write": bare_floor,
        "the standard library: json.dumps + sys.stdout.write": json_floor,
        OURS: ours,
        "ours: the same, with the call's beginning and end": ours_from_begin_to_finish,
    }
