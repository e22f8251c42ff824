"""What following a stream adds to each of its events."""

import statistics
from typing import Any

from benchmarks import scenario
from benchmarks.fast_bedrock import new_client_without_network
from benchmarks.sinks import stdout_to_null
from benchmarks.table import Row, Section
from benchmarks.timing import measure_interleaved, median_difference, spread
from genai_obs import observe_inference


def run(rounds: int) -> list[Section]:
    """Measure a ConverseStream call, read to its end."""
    with scenario.in_lambda(), stdout_to_null():
        client = new_client_without_network()

        def read(event: dict[str, Any], context: object) -> int:
            del event, context
            return sum(1 for _ in client.converse_stream(**scenario.REQUEST)["stream"])

        observed = observe_inference(read)
        context = scenario.LambdaContext()
        assert read({}, context) == scenario.STREAM_EVENTS + 4
        cases = {"bare": lambda: read({}, context), "observed": lambda: observed({}, context)}
        times = measure_interleaved(cases, rounds=rounds, calls=8)
    events = scenario.STREAM_EVENTS + 4
    added = median_difference(times["observed"], times["bare"])
    bare = statistics.median(times["bare"])
    rows = [
        Row("one event, not observed", f"{bare / events:.2f} us", note="frame, checksums, JSON: botocore's part"),
        Row("added to each event", f"{added / events:.2f} us", f"{added / bare:+.1%}", "all else included"),
    ]
    return [Section(f"ConverseStream, {events} events, no network; noise {spread(times['bare']):.0%}", rows)]
