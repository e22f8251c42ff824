"""A whole Lambda handler with one Converse call in it, decorated and not: observation, deadline, hook, record."""

import statistics
from collections.abc import Callable
from typing import Any

from benchmarks import scenario
from benchmarks.fast_bedrock import answered_at_once, new_client, new_client_without_network
from benchmarks.sinks import stdout_to_null
from benchmarks.table import Row, Section
from benchmarks.timing import Case, measure_interleaved, median_difference, spread
from genai_obs import observe_inference

RECORD = "for scale: the record alone, in a loop"
Handler = Callable[[dict[str, Any], object], object]


def run(rounds: int) -> list[Section]:
    """Measure with an instant answer, where only our own work is left, and with all of botocore but the network."""
    with scenario.in_lambda(), stdout_to_null():
        client = new_client()
        with answered_at_once():
            instant = measure_interleaved(_cases(client), rounds=rounds, calls=300)
        real = measure_interleaved(_cases(new_client_without_network()), rounds=rounds, calls=40)
    return [
        _section("A handler with a Lambda context; the call is answered at once inside botocore's hook", instant),
        _section("The same; the call goes through all of botocore but the network", real),
    ]


def _cases(client: Any) -> dict[str, Case]:
    def call(event: dict[str, Any], context: object) -> object:
        del event, context
        return client.converse(**scenario.REQUEST)

    observed: Handler = observe_inference(call)
    context = scenario.LambdaContext()
    event: dict[str, Any] = {}
    return {
        "handler, not decorated": lambda: call(event, context),
        "handler, decorated": lambda: observed(event, context),
        RECORD: _record_case(),
    }


def _record_case() -> Case:
    """Return the writing of the record that this handler leaves."""
    observation = scenario.new_observation()
    facts = {name: value for name, value in scenario.FACTS.items() if not name.startswith("guardrail")}
    return lambda: scenario.write_record(observation, facts)


def _section(title: str, times: dict[str, list[float]]) -> Section:
    bare = times["handler, not decorated"]
    observed = times["handler, decorated"]
    added = median_difference(observed, bare)
    share = added / statistics.median(bare)
    rows = [
        Row("handler, not decorated", f"{statistics.median(bare):.1f} us"),
        Row("handler, decorated", f"{statistics.median(observed):.1f} us"),
        Row("added by the decorator", f"{added:.1f} us", f"{share:+.0%}", "deadline guard and record included"),
        Row(RECORD, f"{statistics.median(times[RECORD]):.1f} us"),
    ]
    return Section(f"{title}; noise {spread(bare):.0%}", rows)
