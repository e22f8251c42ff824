"""What is still running shortly before the Lambda deadline leaves a record."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import MagicMock

import pytest
from runtime.lambda_side.support import NOVA, PROMPT, LambdaContext, Record, converse

from genai_obs import configure, observe_inference
from genai_obs._runtime import deadline, observation
from genai_obs.testing import capture_records
from genai_obs.tools.local.answers import Answer, converse_events, converse_reply
from genai_obs.tools.local.bedrock import BedrockServer
from genai_obs.tools.local.replies import Hold, stream_reply


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin without a thread."""
    monkeypatch.setattr(deadline, "_thread", None)
    monkeypatch.setattr(deadline, "_condition", threading.Condition())
    monkeypatch.setattr(deadline, "_wakes_at", float("inf"))
    deadline._armed.clear()
    configure(deadline_margin_ms=40)


@pytest.fixture
def hold(bedrock: BedrockServer) -> Iterator[threading.Event]:
    """An event that the server waits for in the middle of the next streams."""
    event = threading.Event()
    yield event
    event.set()
    bedrock._scripts.clear()


def wait_for(condition: Callable[[], object]) -> None:
    """Wait up to a second until something has happened in another thread."""
    end = time.monotonic() + 1
    while not condition() and time.monotonic() < end:
        time.sleep(0.002)


def threads() -> list[threading.Thread]:
    """Return the threads of ours that are alive."""
    return [thread for thread in threading.enumerate() if thread is deadline._thread]


def test_call_in_flight_is_recorded_before_the_deadline(client: Any, bedrock: BedrockServer) -> None:
    """A call that outlasts the invocation leaves a time-out with what is known; its late end adds nothing."""
    bedrock.script(converse_reply(Answer("late", 1, 2)).after(0.15), operation="Converse")
    seen: list[list[Record]] = []

    @observe_inference
    def handler(event: object, context: LambdaContext) -> Any:
        answer = converse(client)
        seen.append([*records])
        return answer["stopReason"]

    with capture_records() as records:
        assert handler({}, LambdaContext("request-1", remaining_ms=100)) == "end_turn"

    assert seen == [records]
    record = records[0]
    assert (record["status"], record["operation"], record["model_id"]) == ("timeout", "Converse", NOVA)
    assert record["request_id"] == "request-1"
    assert 50 <= record["latency_ms"] < 100  # type: ignore[operator]
    assert "input_tokens" not in record


def test_stream_in_flight_is_recorded_with_what_it_told(
    client: Any, bedrock: BedrockServer, hold: threading.Event
) -> None:
    """A stream that is being read says how far it came; reading on after all adds nothing."""
    first, *rest = converse_events(Answer("Oslo is the capital", 1, 2))
    bedrock.script(stream_reply([first, rest[0], Hold(hold), *rest[1:]]), operation="ConverseStream")

    @observe_inference
    def handler(event: object, context: LambdaContext) -> int:
        count = 0
        for _ in client.converse_stream(modelId=NOVA, messages=PROMPT)["stream"]:
            count += 1
            if count == 2:
                wait_for(lambda: records)
                hold.set()
        return count

    with capture_records() as records:
        assert handler({}, LambdaContext("request-1", remaining_ms=100)) == len(rest) + 1

    assert [(r["status"], r["stream"], "time_to_first_token_ms" in r) for r in records] == [
        ("timeout", "abandoned", True)
    ]


def test_invocation_with_nothing_seen_is_recorded_once() -> None:
    """A handler that hangs elsewhere leaves a time-out too, and none more if it comes back."""

    @observe_inference(fields={"feature": "slow"})
    def handler(event: object, context: LambdaContext) -> None:
        wait_for(lambda: records)

    with capture_records() as records:
        handler({}, LambdaContext("request-1", remaining_ms=80))

    assert [(r["status"], r["feature"]) for r in records] == [("timeout", "slow")]


def test_what_the_user_said_is_kept(context: LambdaContext) -> None:
    """Numbers that were given before the deadline are written as given."""

    @observe_inference
    def handler(event: object, context: LambdaContext) -> None:
        with observe_inference():
            observed = observation.current.get()
            assert observed is not None
            observed.root.record_usage(model_id=NOVA, input_tokens=3)
            wait_for(lambda: records)

    with capture_records() as records:
        handler({}, LambdaContext("request-1", remaining_ms=80))

    assert ("ok", 3) in [(r["status"], r.get("input_tokens")) for r in records]


def test_invocation_that_ends_in_time_leaves_no_time_out(client: Any) -> None:
    """Its deadline passes later, and nothing happens."""

    @observe_inference
    def handler(event: object, context: LambdaContext) -> None:
        converse(client)

    with capture_records() as records:
        handler({}, LambdaContext("request-1", remaining_ms=120))
        armed = dict(deadline._armed)
        time.sleep(0.13)
        wait_for(lambda: deadline._wakes_at == float("inf"))

    assert [r["status"] for r in records] == ["ok"]
    assert not armed
    assert deadline._wakes_at == float("inf"), "the thread sleeps until somebody needs it"


def test_invocation_that_could_not_be_disarmed_leaves_no_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure of ours at the end of an invocation does not become a time-out of the user's."""
    monkeypatch.setattr(deadline, "disarm", None)

    @observe_inference
    def handler(event: object, context: LambdaContext) -> None: ...

    with capture_records(strict=False) as records:
        handler({}, LambdaContext("request-1", remaining_ms=80))
        wait_for(lambda: not deadline._armed)

    assert [r["status"] for r in records] == ["ok"]


def test_many_invocations_wake_the_thread_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deadlines grow from one invocation to the next, so arming them costs no wake and no new thread."""
    wakes: list[float] = []
    wake = deadline._wake

    def counting(at: float) -> None:
        wakes.append(at)
        wake(at)

    monkeypatch.setattr(deadline, "_wake", counting)

    @observe_inference
    def handler(event: object, context: LambdaContext) -> None: ...

    with capture_records():
        for number in range(200):
            handler({}, LambdaContext(f"request-{number}"))

    assert len(wakes) == 1
    assert len(threads()) == 1


def test_earlier_deadline_is_not_missed(context: LambdaContext) -> None:
    """An invocation with less time than the one before wakes the thread."""

    @observe_inference
    def quick(event: object, context: LambdaContext) -> None: ...

    @observe_inference
    def slow(event: object, context: LambdaContext) -> None:
        wait_for(lambda: len(records) == 2)

    with capture_records() as records:
        quick({}, context)
        slow({}, LambdaContext("request-2", remaining_ms=80))

    assert [r["status"] for r in records] == ["ok", "timeout"]


def test_concurrent_invocations_each_have_their_deadline() -> None:
    """Two invocations in two threads are timed out on their own."""

    @observe_inference
    def handler(event: object, context: LambdaContext) -> None:
        wait_for(lambda: len(records) == 2)

    with capture_records() as records:
        both = [threading.Thread(target=handler, args=({}, LambdaContext(f"r{n}", 60 + 40 * n))) for n in range(2)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()

    assert [(r["status"], r["request_id"]) for r in records] == [("timeout", "r0"), ("timeout", "r1")]


class Clock:
    """A context whose clock the test sets."""

    aws_request_id = "request-1"

    def __init__(self, *remaining: float) -> None:
        self.remaining = list(remaining)
        self.asked = 0

    def get_remaining_time_in_millis(self) -> float:
        """Return the next of the values, the last one for ever."""
        self.asked += 1
        return self.remaining.pop(0) if len(self.remaining) > 1 else self.remaining[0]


def test_clock_that_is_set_back_gives_more_time() -> None:
    """The thread asks again before it calls an invocation timed out."""
    clock = Clock(60, 10_000)

    @observe_inference
    def handler(event: object, context: Clock) -> None:
        wait_for(lambda: clock.asked > 1)

    with capture_records() as records:
        handler({}, clock)

    assert [r["status"] for r in records] == ["ok"]


@pytest.mark.parametrize("remaining", [0, -5, float("nan"), float("inf"), None, "30000", 10**12, MagicMock()])
def test_context_without_a_usable_clock_starts_no_thread(remaining: Any) -> None:
    """Mocks and expired deadlines are let be."""

    @observe_inference
    def handler(event: object, context: Clock) -> None: ...

    with capture_records() as records:
        handler({}, Clock(remaining))

    assert [r["status"] for r in records] == ["ok"]
    assert threads() == []


def test_no_context_starts_no_thread(client: Any) -> None:
    """Scripts and tests that observe without Lambda get no thread."""

    @observe_inference
    def handler(event: object, context: object) -> None:
        converse(client)

    with capture_records():
        handler({}, None)
        handler({}, MagicMock())

    assert threads() == []


def test_mock_that_always_says_the_same_is_asked_now_and_then() -> None:
    """A test double with a constant clock neither spins nor times out."""
    clock = Clock(200)

    @observe_inference
    def handler(event: object, context: Clock) -> None:
        time.sleep(0.35)

    with capture_records() as records:
        handler({}, clock)

    assert [r["status"] for r in records] == ["ok"]
    assert clock.asked <= 5


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_forked_child_arms_its_own(context: LambdaContext) -> None:
    """Threads do not survive a fork: a child's deadline is watched by a thread of the child's."""

    @observe_inference
    def handler(event: object, context: LambdaContext) -> None:
        wait_for(lambda: records)

    @observe_inference
    def parent(event: object, context: LambdaContext) -> int:
        child = os.fork()
        if child == 0:  # pragma: no cover - another process
            code = 1
            try:
                observation.current.set(None)
                handler({}, LambdaContext("child", remaining_ms=80))
                code = 0 if [r["status"] for r in records] == ["timeout"] else 2
            finally:
                os._exit(code)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    with capture_records() as records:
        assert parent({}, context) == 0

    assert [r["request_id"] for r in records] == ["request-1"]


def test_thread_that_died_is_replaced(context: LambdaContext) -> None:
    """Whatever ended our thread, the next early deadline starts another."""
    dead = threading.Thread(target=lambda: None)
    dead.start()
    dead.join()
    deadline._thread = dead

    @observe_inference
    def handler(event: object, context: LambdaContext) -> None: ...

    with capture_records():
        handler({}, context)

    assert deadline._thread is not dead
    assert deadline._thread.is_alive()
