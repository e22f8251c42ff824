"""InvokeModelWithResponseStream: the chunks of every provider, and the summary that Bedrock adds."""

import threading
from typing import Any

import pytest
from runtime.bedrock.support import collect, ids, observe, recorded, shown

from genai_obs._runtime import ending, observation
from genai_obs.tools.local.bedrock import BedrockServer
from genai_obs.tools.local.eventstream import chunk
from genai_obs.tools.local.replies import Hold, Reply, stream_reply

CASES = recorded("invoke_streams")


def reply(case: dict[str, Any]) -> Reply:
    """Return the stream of a case."""
    return stream_reply([chunk(each) for each in case["chunks"]], {"X-Amzn-Bedrock-Content-Type": "application/json"})


def stream(runtime: Any, case: dict[str, Any]) -> Any:
    """Return a live stream."""
    return runtime.invoke_model_with_response_stream(modelId=case["model"], body=b"{}")["body"]


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_record_says_what_the_chunks_said(case: dict[str, Any], server: BedrockServer, runtime: Any) -> None:
    """Counts, stop reason, tools and the way a stream ended are read from every provider's chunks."""
    server.script(reply(case))

    record = observe(lambda: collect(stream(runtime, case))).record

    assert shown(record, case["expect"]) == case["expect"]
    assert ("time_to_first_token_ms" in record) == (case["content_at"] is not None)
    assert "SECRET" not in str(record)


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_caller_gets_the_same_events(case: dict[str, Any], server: BedrockServer, runtime: Any) -> None:
    """With and without the decorator a stream yields the same events in the same order."""
    server.script(reply(case), reply(case))

    plain = collect(stream(runtime, case))
    observed = observe(lambda: collect(stream(runtime, case))).value

    assert observed == plain
    assert len(plain[0]) == len(case["chunks"])


def test_deadline_tells_the_input_that_was_counted(server: BedrockServer, runtime: Any) -> None:
    """A stream that runs into the Lambda deadline leaves what its first event said, and no second record later."""
    server.script(reply(CASES[0]))

    def handler() -> int:
        events = iter(stream(runtime, CASES[0]))
        next(events)
        current = observation.current.get()
        assert current is not None
        ending.time_out(current)
        return len(list(events))

    outcome = observe(handler)

    assert outcome.value == len(CASES[0]["chunks"]) - 1
    expected = {"status": "timeout", "input_tokens": 9, "output_tokens": None, "stream": "abandoned"}
    assert shown(outcome.record, expected) == expected


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_first_token_is_the_first_content(case: dict[str, Any], server: BedrockServer, runtime: Any) -> None:
    """Time to first token is that of the first chunk with content: neither the headers' nor an empty chunk's."""
    release = threading.Event()
    frames = [chunk(each) for each in case["chunks"]]
    at = len(frames) if case["content_at"] is None else case["content_at"]
    server.script(stream_reply([*frames[:at], Hold(release), *frames[at:]]))

    def handler() -> float:
        events = iter(stream(runtime, case))
        for _ in range(at):
            next(events)
        threading.Timer(0.02, release.set).start()
        list(events)
        return 0.0

    record = observe(handler).record

    assert record.get("time_to_first_token_ms", 1000) >= 15
