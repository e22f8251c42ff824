"""ConverseStream: the same facts as Converse, whatever ends the stream, and never a read ahead of the caller."""

import contextlib
import gc
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.eventstream import EventStream
from runtime.bedrock.frames import ANSWER, CLOSE, METADATA, START, STOP, delta, events_of, start
from runtime.bedrock.support import (
    HAIKU,
    PROMPT,
    collect,
    garbage_of,
    ids,
    observe,
    recorded,
    shown,
    skip_if_unknown,
    wait_until,
)

from genai_obs import observe_inference
from genai_obs.testing import capture_records
from genai_obs.tools.local.bedrock import BedrockServer
from genai_obs.tools.local.eventstream import error, event, exception, with_bad_checksum
from genai_obs.tools.local.replies import Cut, Hold, Silence, stream_reply


def open_stream(runtime: Any) -> Any:
    """Return a live stream."""
    return runtime.converse_stream(modelId=HAIKU, messages=PROMPT)["stream"]


@pytest.mark.parametrize("case", recorded("converse"), ids=ids)
def test_stream_says_what_the_whole_answer_says(case: dict[str, Any], server: BedrockServer, runtime: Any) -> None:
    """A streamed answer leaves the record of the whole one, with the stream's end and the time to first token."""
    server.script(events_of(case["body"]))
    request = {"modelId": case["model"], "messages": PROMPT, **case["request"]}
    expected = case["expect"] | {"stream": "complete"}
    expected.pop("time_to_first_token_ms", None)

    outcome = observe(lambda: collect(runtime.converse_stream(**request)["stream"]))

    skip_if_unknown(outcome.error)
    record = outcome.record
    assert shown(record, expected) == expected
    assert 0 < record["time_to_first_token_ms"] <= record["latency_ms"]
    assert "SECRET" not in str(record)


def test_caller_gets_the_same_events(server: BedrockServer, runtime: Any) -> None:
    """With and without the decorator a stream yields equal events in the same order."""
    server.script(*[stream_reply(ANSWER)] * 2)

    plain = collect(open_stream(runtime))
    observed = observe(lambda: collect(open_stream(runtime))).value

    assert observed == plain
    assert len(plain[0]) == len(ANSWER)


def test_stream_stays_an_event_stream(server: BedrockServer, runtime: Any) -> None:
    """Code that asks what the stream is, or calls its other methods, gets botocore's answers."""
    server.script(stream_reply(ANSWER))

    def handler() -> tuple[Any, ...]:
        stream = open_stream(runtime)
        list(stream)
        return isinstance(stream, EventStream), type(stream).__name__, type(stream).__module__, stream._operation_name

    assert observe(handler).value == (True, "EventStream", "botocore.eventstream", "ConverseStream")


@pytest.mark.parametrize(
    ("first", "counts"),
    [
        (delta(text="Os"), True),
        (delta(reasoningContent={"text": "Hm"}), True),
        (delta(reasoningContent={"redactedContent": "AAAA"}), True),
        (delta(toolUse={"input": "{"}), True),
        (delta(somethingNew={"x": "y"}), True),
        (start(toolUse={"toolUseId": "t", "name": "n"}), True),
        (start(image={"format": "png"}), True),
        (delta(text=""), False),
        (delta(toolUse={"input": ""}), False),
        (START, False),
        (CLOSE, False),
    ],
    ids=[
        "text", "reasoning", "redacted", "tool input", "unknown kind", "tool start", "image start",
        "empty text", "empty tool input", "message start", "block stop",
    ],
)  # fmt: skip
def test_first_token_is_the_first_content(first: bytes, counts: bool, server: BedrockServer, runtime: Any) -> None:
    """Text, reasoning and tool calls are content; frames around them and empty pieces are not."""
    release = threading.Event()
    server.script(stream_reply([START, first, Hold(release), delta(text="x"), STOP, METADATA]))

    def handler() -> float:
        begun = time.perf_counter()
        events = iter(open_stream(runtime))
        next(events)
        next(events)
        passed_ms = (time.perf_counter() - begun) * 1000
        time.sleep(0.03)
        release.set()
        list(events)
        return passed_ms

    outcome = observe(handler)

    assert (outcome.record["time_to_first_token_ms"] <= outcome.value + 0.1) == counts


def test_stream_without_content_has_no_first_token(server: BedrockServer, runtime: Any) -> None:
    """An answer without content has no time to first token, and is complete all the same."""
    server.script(stream_reply([START, STOP, METADATA]))

    record = observe(lambda: list(open_stream(runtime))).record

    assert "time_to_first_token_ms" not in record
    assert (record["status"], record["stream"]) == ("ok", "complete")


def test_nothing_is_read_ahead(server: BedrockServer, runtime: Any) -> None:
    """The caller has an event in hand before the service has sent the next one."""
    release = threading.Event()
    server.script(stream_reply([START, Hold(release), *ANSWER[1:]]))

    def handler() -> tuple[str, bool]:
        events = iter(open_stream(runtime))
        first = next(iter(next(events)))
        was_held = not release.is_set()
        release.set()
        list(events)
        return first, was_held

    assert observe(handler).value == ("messageStart", True)


def test_latency_ends_with_the_last_event(server: BedrockServer, runtime: Any) -> None:
    """What the caller does after the last event is not the model's time."""
    server.script(stream_reply(ANSWER))

    def handler() -> float:
        begun = time.perf_counter()
        events = iter(open_stream(runtime))
        for _ in ANSWER:
            next(events)
        passed_ms = (time.perf_counter() - begun) * 1000
        time.sleep(0.01)
        list(events)
        return passed_ms

    outcome = observe(handler)

    assert outcome.record["latency_ms"] <= outcome.value + 0.1


# -- ends --------------------------------------------------------------------------------------------------------------


def read_all(stream: Any) -> None:
    """Read to the end."""
    list(stream)


def break_and_drop(stream: Any) -> None:
    """Leave the loop and forget the stream."""
    for _ in stream:
        break


def break_and_continue(stream: Any) -> None:
    """Leave the loop and read on in another."""
    break_and_drop(stream)
    list(stream)


def close(stream: Any) -> None:
    """Read a little, then close."""
    next(iter(stream))
    stream.close()


def close_twice(stream: Any) -> None:
    """Read all, close twice."""
    list(stream)
    stream.close()
    stream.close()


def never_iterate(_stream: Any) -> None:
    """Do nothing at all with the stream."""


def fail_in_the_loop(stream: Any) -> None:
    """Have a bug in the loop."""
    for _ in stream:
        raise LookupError("bug of the caller")


def stop_at_metadata(stream: Any) -> None:
    """Leave the loop when the closing event has come."""
    for each in stream:
        if "metadata" in each:
            break


@pytest.mark.parametrize(
    ("use", "status", "end", "tokens"),
    [
        (read_all, "ok", "complete", 9),
        (break_and_continue, "ok", "complete", 9),
        (stop_at_metadata, "ok", "complete", 9),
        (close_twice, "ok", "complete", 9),
        (break_and_drop, "abandoned", "abandoned", None),
        (close, "abandoned", "abandoned", None),
        (never_iterate, "abandoned", "abandoned", None),
        (fail_in_the_loop, "abandoned", "abandoned", None),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_every_end_leaves_one_record(
    use: Any, status: str, end: str, tokens: int | None, server: BedrockServer, runtime: Any
) -> None:
    """However a caller treats a stream, it leaves exactly one record."""
    server.script(stream_reply(ANSWER))

    with capture_records() as records:
        with contextlib.suppress(LookupError):
            observe_inference(lambda: use(open_stream(runtime)))()
        gc.collect()

    expected = {"status": status, "stream": end, "input_tokens": tokens, "operation": "ConverseStream"}
    assert [shown(record, expected) for record in records] == [expected]
    assert (records[0]["cost_usd"] is None) == (tokens is None)


@pytest.mark.parametrize(
    ("steps", "raised", "error_type", "status"),
    [
        ([exception("throttlingException", "slow down")], "EventStreamError", "ThrottlingException", "throttled"),
        ([exception("modelStreamErrorException", "no")], "EventStreamError", "ModelStreamErrorException", "error"),
        ([exception("internalServerException", "no")], "EventStreamError", "InternalServerException", "error"),
        ([exception("validationException", "no")], "EventStreamError", "ValidationException", "error"),
        ([exception("serviceUnavailableException", "")], "EventStreamError", "ServiceUnavailableException", "error"),
        ([error("SomethingElse", "no")], "EventStreamError", "SomethingElse", "error"),
        ([with_bad_checksum(delta(text="x"))], "ChecksumMismatch", "ChecksumMismatch", "error"),
        ([delta(text="x"), Cut()], "ProtocolError", "ProtocolError", "error"),
        ([delta(text="x")[:20]], None, "StreamTruncated", "error"),
        ([delta(text="x")], None, "StreamTruncated", "error"),
        ([delta(text="x"), STOP], None, "StreamTruncated", "error"),
        ([], None, "StreamTruncated", "error"),
    ],
)
def test_broken_streams_are_errors(
    steps: list[Any], raised: str | None, error_type: str, status: str, server: BedrockServer, runtime: Any
) -> None:
    """Errors inside a stream, and ends that botocore does not notice, are told; the caller gets what it always got."""
    server.script(*[stream_reply([START, *steps])] * 2)

    plain_events, plain_error = collect(open_stream(runtime))
    outcome = observe(lambda: collect(open_stream(runtime)))

    events, failure = outcome.value
    assert (events, type(failure), str(failure)) == (plain_events, type(plain_error), str(plain_error))
    assert (type(failure).__name__ if failure else None) == raised
    expected = {"status": status, "error_type": error_type, "stream": "abandoned", "input_tokens": None}
    assert shown(outcome.record, expected) == expected
    assert outcome.record["cost_usd"] is None


def test_silent_server_is_a_read_timeout(server: BedrockServer, make_client: Any) -> None:
    """A server that stops sending ends in urllib3's time-out, as without the decorator."""
    client = make_client(read_timeout=0.1)
    server.script(stream_reply([START, delta(text="x"), Silence()]))

    outcome = observe(lambda: collect(open_stream(client)))

    assert type(outcome.value[1]).__name__ == "ReadTimeoutError"
    assert outcome.record["error_type"] == "ReadTimeoutError"
    assert "time_to_first_token_ms" in outcome.record


def test_error_after_the_usage_keeps_the_usage(server: BedrockServer, runtime: Any) -> None:
    """What was reported before a failure is in the record: those tokens were billed."""
    server.script(stream_reply([*ANSWER, exception("internalServerException", "no")]))

    record = observe(lambda: collect(open_stream(runtime))).record

    assert shown(record, {"status": "error", "input_tokens": 9, "stream": "complete"}) == {
        "status": "error",
        "input_tokens": 9,
        "stream": "complete",
    }


def test_generator_that_is_returned_is_recorded_at_its_end(server: BedrockServer, runtime: Any) -> None:
    """A function that hands its stream on leaves the record when whoever got it has read it."""
    server.script(stream_reply(ANSWER))

    with capture_records() as records:
        stream = observe_inference(lambda: open_stream(runtime))()
        before = list(records)
        list(stream)

    assert (before, len(records)) == ([], 1)
    assert records[0]["input_tokens"] == 9


def test_observed_generator_leaves_one_record(server: BedrockServer, runtime: Any) -> None:
    """A generator that yields an answer piece by piece leaves the stream's record and none of its own."""
    server.script(stream_reply(ANSWER))

    @observe_inference
    def pieces() -> Iterator[str]:
        for each in open_stream(runtime):
            yield from each

    with capture_records() as records:
        assert len(list(pieces())) == len(ANSWER)

    assert [(record["operation"], record["output_tokens"]) for record in records] == [("ConverseStream", 3)]


class Context:
    """A Lambda context."""

    aws_request_id = "11111111-2222-3333-4444-555555555555"
    function_name = "fn"
    function_version = "1"

    def get_remaining_time_in_millis(self) -> int:
        """Return a lot of time."""
        return 60_000


def test_stream_left_open_ends_with_the_invocation(server: BedrockServer, runtime: Any) -> None:
    """A stream that a handler keeps somewhere is recorded before Lambda freezes the process."""
    server.script(stream_reply(ANSWER))
    kept: list[Any] = []

    @observe_inference
    def handler(_event: object, _context: object) -> str:
        kept.append(open_stream(runtime))
        next(iter(kept[0]))
        return "done"

    with capture_records() as records:
        handler({}, Context())
        at_the_end = list(records)
        rest = list(kept[0])

    assert [record["status"] for record in at_the_end] == ["abandoned"]
    assert len(records) == 1
    assert len(rest) == len(ANSWER) - 1


def test_stream_handed_to_lambda_is_not_cut_off(server: BedrockServer, runtime: Any) -> None:
    """A stream inside the handler's own answer lives on after the handler."""
    server.script(stream_reply(ANSWER))

    @observe_inference
    def handler(_event: object, _context: object) -> dict[str, Any]:
        return {"body": open_stream(runtime)}

    with capture_records() as records:
        answer = handler({}, Context())
        before = list(records)
        list(answer["body"])

    assert (before, [record["status"] for record in records]) == ([], ["ok"])


def test_stream_read_in_another_thread_is_recorded(server: BedrockServer, runtime: Any) -> None:
    """The thread that reads a stream need not be the one that made the call."""
    server.script(stream_reply(ANSWER))

    with capture_records() as records:
        stream = observe_inference(lambda: open_stream(runtime))()
        reader = threading.Thread(target=list, args=(stream,))
        reader.start()
        reader.join()

    assert [record["status"] for record in records] == ["ok"]


def test_observation_leaves_no_cycles(server: BedrockServer, runtime: Any) -> None:
    """What follows a stream is freed with it; a collector has no more to do than without the decorator."""
    server.script(*[stream_reply(ANSWER)] * 4)

    plain = garbage_of(lambda: read_all(open_stream(runtime)))
    observed = garbage_of(lambda: observe(lambda: read_all(open_stream(runtime))))

    assert observed <= plain


def test_openai_stream_with_a_gross_count_has_no_cost(server: BedrockServer, runtime: Any) -> None:
    """Input counts that may include the cached tokens once more are kept raw and not priced."""
    usage = {"inputTokens": 100, "outputTokens": 5, "totalTokens": 169, "cacheReadInputTokens": 64}
    server.script(stream_reply([START, delta(text="x"), STOP, event("metadata", {"usage": usage})]))

    def handler() -> None:
        list(runtime.converse_stream(modelId="openai.gpt-oss-120b-1:0", messages=PROMPT)["stream"])

    record = observe(handler).record

    assert (record["cost_usd"], record["cost_status"]) == (None, "ambiguous_usage")
    assert record["raw_usage"]["input_tokens"] == 100
    assert "input_tokens" not in record


def test_server_notices_that_a_closed_stream_is_closed(server: BedrockServer, runtime: Any) -> None:
    """Closing reaches the connection: the service can stop generating."""
    server.script(stream_reply([START, *[delta(text="x" * 60_000)] * 200]))

    observe(lambda: close(open_stream(runtime)))

    wait_until(lambda: server.requests[0].broken)
