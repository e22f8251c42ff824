"""Play the demo: the sample's handler under Lambda's runtime client, against a world of models on loopback."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from genai_obs.tools.demo.backdate import shift_lines, spread_times
from genai_obs.tools.demo.sample import find_sample
from genai_obs.tools.demo.scenario import FunctionPlan
from genai_obs.tools.local.bedrock import BedrockServer
from genai_obs.tools.local.lambda_runtime import InvokeResult, LambdaProcess
from genai_obs.tools.local.minds import Mind
from genai_obs.tools.local.platform_log import LogFormat
from genai_obs.tools.local.world import World


@dataclass(frozen=True, slots=True)
class Invocation:
    """One real invocation: its function, when it began (seconds since the epoch), how it ended, its lines."""

    function: str
    began: float
    result: InvokeResult
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Played:
    """What the demo did: its invocations in order of time, and how many model calls the servers were asked for."""

    invocations: tuple[Invocation, ...]
    model_calls: int

    def lines(self) -> list[str]:
        """Return the log."""
        return [line for invocation in self.invocations for line in invocation.lines]


class SampleFailedError(Exception):
    """The sample's handler did not come up; the message is the end of its log."""


def play(
    plans: Sequence[FunctionPlan],
    *,
    mind: Mind | None = None,
    log_format: LogFormat = "Text",
    on_step: Callable[[], None] = lambda: None,
) -> Played:
    """
    Run the functions side by side, each against a server of its own, and return what they left.

    Args:
        plans: The functions.

        mind: Who thinks up the answers; None for the canned one.

        log_format: Lambda's log format.

        on_step: Called after every invocation, by several threads but never by two at once.

    Raises:
        SampleFailedError: The handler could not be loaded.

        KeyboardInterrupt: Ctrl-C; as after any error, each function ends after the invocation it is at.
    """
    lock = threading.Lock()
    stop = threading.Event()

    def step_done() -> None:
        with lock:
            on_step()

    with ThreadPoolExecutor(len(plans)) as pool:
        try:
            runs = [
                pool.submit(_play_function, plan, seed, mind, log_format, step_done, stop)
                for seed, plan in enumerate(plans)
            ]
            # As they end, so that the first failure ends the others too; then in the order of the plans.
            for run in as_completed(runs):
                run.result()
            results = [run.result() for run in runs]
        except BaseException:
            # Leaving the pool waits for its threads, and nothing else tells them.
            stop.set()
            raise
    invocations = sorted((each for found, _ in results for each in found), key=lambda each: each.began)
    return Played(tuple(invocations), sum(calls for _, calls in results))


def backdate(played: Played, end: float, span_s: float) -> Played:
    """Return the same invocations spread over the time before a moment, in the same order."""
    times = spread_times(len(played.invocations), end, span_s)
    moved = (
        Invocation(each.function, time, each.result, tuple(shift_lines(each.lines, round(time - each.began, 3))))
        for each, time in zip(played.invocations, times, strict=True)
    )
    return Played(tuple(moved), played.model_calls)


def _play_function(
    plan: FunctionPlan,
    seed: int,
    mind: Mind | None,
    log_format: LogFormat,
    step_done: Callable[[], None],
    stop: threading.Event,
) -> tuple[list[Invocation], int]:
    invocations = []
    with BedrockServer(World(seed=seed, mind=mind)) as server:
        environ = {**plan.environ, "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": server.url}
        with LambdaProcess(
            "app.handler",
            find_sample(),
            environ=environ,
            timeout_s=plan.timeout_s,
            log_format=log_format,
            function_name=plan.name,
            tracing=True,
        ) as function:
            for step in plan.steps:
                if stop.is_set():
                    break
                for scripted in step.script:
                    server.script(scripted.reply, operation=scripted.operation, model=scripted.model)
                known = len(function.log)
                result = function.invoke(step.event)
                events = function.log[known:]
                if result.error_type.startswith("Runtime."):
                    raise SampleFailedError(function.log_text()[-2000:])
                invocations.append(Invocation(plan.name, events[0].at, result, tuple(event.text for event in events)))
                step_done()
        # All attempts of one call carry the same id.
        calls = {request.headers["amz-sdk-invocation-id"] for request in server.requests}
    return invocations, len(calls)
