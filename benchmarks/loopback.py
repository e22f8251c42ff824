"""A Converse call over HTTP: bare boto3, under our decorator, under OpenTelemetry's botocore instrumentation."""

import importlib
import importlib.util
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks import scenario
from benchmarks.fast_bedrock import CLIENT_CLASS, hooked, new_client, plain_method
from benchmarks.sinks import stdout_to_null
from benchmarks.table import Row, Section
from benchmarks.timing import measure_interleaved, median_difference, spread
from genai_obs import observe_inference

BARE, OURS, OTEL = "bare boto3", "observed by us", "OpenTelemetry botocore, in-memory exporter"


def run(rounds: int) -> list[Section]:
    """Measure call by call in turns: a socket's mood changes faster than any long block of calls."""
    with scenario.in_lambda(), _server() as url, stdout_to_null():
        times = measure_interleaved(_cases(new_client(url)), rounds=max(rounds * 40, 200), calls=1)
    bare = times[BARE]
    middle = statistics.median(bare)
    rows = [Row(BARE, f"{middle:.0f} us", note="a server on loopback, in a process of its own")]
    for name in (OURS, OTEL):
        if name in times:
            added = median_difference(times[name], bare)
            rows.append(Row(f"added: {name}", f"{added:.0f} us", f"{added / middle:+.1%}"))
        else:
            rows.append(Row(f"added: {name}", "not installed", note="python -m benchmarks --install"))
    title = f"A Converse call over loopback, median of {len(bare)} pairs; noise {spread(bare):.0%}"
    return [Section(title, rows)]


def _cases(client: Any) -> dict[str, Callable[[], object]]:
    """Return the same call with the one method that both libraries wrap in its three forms."""
    plain = plain_method()

    def call(event: dict[str, Any], context: object) -> object:
        del event, context
        return client.converse(**scenario.REQUEST)

    observed = observe_inference(call)
    forms: dict[str, tuple[Any, Callable[..., object]]] = {
        BARE: (plain, call),
        OURS: (hooked(plain), observed),
    }
    if _has_opentelemetry():
        CLIENT_CLASS._make_api_call = plain
        forms[OTEL] = (_instrumented_by_opentelemetry(), call)
    context = scenario.LambdaContext()

    def case(form: Any, function: Callable[..., object]) -> Callable[[], object]:
        def one_call() -> object:
            CLIENT_CLASS._make_api_call = form
            return function({}, context)

        return one_call

    return {name: case(*form) for name, form in forms.items()}


def _has_opentelemetry() -> bool:
    try:
        return importlib.util.find_spec("opentelemetry.instrumentation.botocore") is not None
    except ModuleNotFoundError:
        return False


def _instrumented_by_opentelemetry() -> Any:
    """Return the method as OpenTelemetry wraps it: with spans that stay in memory."""
    # By name: type checkers must pass where these packages are not installed.
    trace = importlib.import_module("opentelemetry.sdk.trace")
    export = importlib.import_module("opentelemetry.sdk.trace.export")
    memory = importlib.import_module("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    instrumentation = importlib.import_module("opentelemetry.instrumentation.botocore")
    provider = trace.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(memory.InMemorySpanExporter()))
    instrumentation.BotocoreInstrumentor().instrument(tracer_provider=provider)
    return CLIENT_CLASS.__dict__["_make_api_call"]


@contextmanager
def _server() -> Iterator[str]:
    """Run the Bedrock-shaped server in a process of its own and yield its address."""
    command = [sys.executable, "-m", "benchmarks.loopback_server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.stdin.close()
