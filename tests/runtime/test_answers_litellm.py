"""Answers of litellm, through its real completion functions on loopback."""

import asyncio
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from runtime.answers_support import openai_wire
from runtime.answers_support.follow import fields, follow
from runtime.answers_support.server import Reply, Server, json_reply, sse_reply

from genai_obs._runtime.answers import read_answer
from genai_obs.tools.local import eventstream

# It fetches its price list at import otherwise, which needs a network and takes seconds.
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
litellm: Any = pytest.importorskip("litellm", reason="litellm is not installed (extra: prices)")

MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
COUNTS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens")
USAGE = {
    "inputTokens": 11,
    "outputTokens": 40,
    "totalTokens": 2051,
    "cacheReadInputTokens": 1500,
    "cacheWriteInputTokens": 500,
    "cacheDetails": [{"ttl": "1h", "inputTokens": 300}, {"ttl": "5m", "inputTokens": 200}],
}
CONVERSE = {
    "output": {"message": {"role": "assistant", "content": [{"text": "Oslo."}]}},
    "stopReason": "end_turn",
    "usage": USAGE,
    "metrics": {"latencyMs": 812},
}
HEADERS = {"x-amzn-RequestId": "rid-1"}

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def server() -> Iterator[Server]:
    """Return a running server without a script."""
    with Server() as running:
        yield running


@pytest.fixture
def asked(server: Server, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the arguments of a call of Bedrock that ends at the server."""
    for name, value in (("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "s"), ("AWS_REGION", "us-east-1")):
        monkeypatch.setenv(name, value)
    return {
        "model": f"bedrock/converse/{MODEL}",
        "messages": [{"role": "user", "content": "hi"}],
        "aws_bedrock_runtime_endpoint": server.url,
        "aws_region_name": "us-west-2",
    }


@pytest.fixture(autouse=True)
def loop() -> Iterator[None]:
    """Close the event loop that LiteLLM makes, and leaves open, where it finds none."""
    own = asyncio.new_event_loop()
    asyncio.set_event_loop(own)
    yield
    own.close()
    asyncio.set_event_loop(None)


def _converse_stream() -> Reply:
    frames = [
        eventstream.event("messageStart", {"role": "assistant"}),
        eventstream.event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Os"}}),
        eventstream.event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "lo."}}),
        eventstream.event("contentBlockStop", {"contentBlockIndex": 0}),
        eventstream.event("messageStop", {"stopReason": "end_turn"}),
        eventstream.event("metadata", {"usage": USAGE, "metrics": {"latencyMs": 300}}),
    ]
    return Reply(frames, "application/vnd.amazon.eventstream", headers=HEADERS)


def _texts(chunks: list[Any]) -> list[object]:
    return [(chunk.choices[0].delta.content, chunk.choices[0].finish_reason) for chunk in chunks]


def test_a_completion_on_bedrock_gives_converse_counts_again(server: Server, asked: dict[str, Any]) -> None:
    """LiteLLM adds cached tokens to the prompt; they are taken out, and its model id keeps the scope."""
    server.script(json_reply(CONVERSE, headers=HEADERS))

    facts = read_answer(litellm.completion(**asked))

    assert fields(facts, *COUNTS) == (11, 40, 1500, 500, 300)
    assert fields(facts, "provider", "model_id", "bedrock_request_id", "stop_reason", "reasoning_tokens", "region") == (
        "aws.bedrock",
        MODEL,
        "rid-1",
        "stop",
        None,
        "us-west-2",
    )


def test_a_stream_on_bedrock_is_followed(server: Server, asked: dict[str, Any]) -> None:
    """What the caller reads is the same with and without; the usage is there although nobody asked for it."""
    server.script(_converse_stream(), _converse_stream())
    expected = list(litellm.completion(stream=True, **asked))
    stream = litellm.completion(stream=True, **asked)

    told = follow(stream)
    chunks = list(stream)

    assert _texts(chunks) == _texts(expected)
    assert told.ends == [(None, True)]
    assert told.firsts == 1
    assert fields(told.facts, *COUNTS) == (11, 40, 1500, 500, 300)
    assert fields(told.facts, "provider", "model_id", "bedrock_request_id", "reasoning_tokens") == (
        "aws.bedrock",
        MODEL,
        "rid-1",
        None,
    )


def test_an_asynchronous_stream_on_bedrock_is_followed(server: Server, asked: dict[str, Any]) -> None:
    """Read to its end, or closed before."""
    server.script(_converse_stream(), _converse_stream())

    async def run() -> tuple[Any, Any]:
        stream = await litellm.acompletion(stream=True, **asked)
        told = follow(stream)
        _ = [chunk async for chunk in stream]
        left = await litellm.acompletion(stream=True, **asked)
        told_left = follow(left)
        await anext(left)
        await left.aclose()
        return told, told_left

    told, told_left = asyncio.run(run())

    assert told.ends == [(None, True)]
    assert fields(told.facts, *COUNTS) == (11, 40, 1500, 500, 300)
    assert told_left.ends == [(None, False)]


def test_dropping_a_stream_ends_it(server: Server, asked: dict[str, Any]) -> None:
    """Nobody will read the rest."""
    server.script(_converse_stream())
    stream = litellm.completion(stream=True, **asked)
    told = follow(stream)
    next(stream)

    # The wrapper's log handlers may still hold it; its source is what counts.
    stream.completion_stream = None

    assert told.ends == [(None, False)]


def test_an_openai_shaped_completion_and_its_stream(server: Server) -> None:
    """LiteLLM reads OpenAI's own stream objects; the provider is the one that LiteLLM names."""
    asked: dict[str, Any] = {
        "model": "openai/gpt-5-mini",
        "messages": [{"role": "user", "content": "hi"}],
        "api_base": server.url,
        "api_key": "k",
    }
    server.script(json_reply(openai_wire.chat()), sse_reply(openai_wire.chat_chunks(), done=True))

    whole = read_answer(litellm.completion(**asked))
    stream = litellm.completion(stream=True, stream_options={"include_usage": True}, **asked)
    told = follow(stream)
    list(stream)

    for facts in (whole, told.facts):
        assert fields(facts, *COUNTS, "reasoning_tokens") == (20, 20, 30, 50, None, 8)
        assert fields(facts, "provider", "stop_reason", "tool_calls") == ("openai", "tool_calls", ["weather"])
    assert told.ends == [(None, True)]


def _late_stream(make_call: Any) -> Any:
    from litellm.litellm_core_utils.litellm_logging import Logging

    log = Logging(
        model="m",
        messages=[],
        stream=True,
        call_type="completion",
        start_time=datetime.now(tz=UTC),
        litellm_call_id="1",
        function_id="1",
    )
    return litellm.CustomStreamWrapper(
        completion_stream=None, model="m", logging_obj=log, custom_llm_provider="anthropic", make_call=make_call
    )


def _late_chunks() -> list[Any]:
    from litellm.types.utils import Delta, ModelResponseStream, StreamingChoices

    usage = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
    end = StreamingChoices(delta=Delta(), finish_reason="stop")
    return [
        ModelResponseStream(model="m", choices=[StreamingChoices(delta=Delta(content="Oslo"))]),
        ModelResponseStream(model="m", choices=[end], usage=usage),
    ]


def test_a_stream_that_is_opened_late_is_followed() -> None:
    """Some providers open their stream at the first read."""
    stream = _late_stream(lambda client: iter(_late_chunks()))

    told = follow(stream)
    list(stream)

    assert told.ends == [(None, True)]
    assert told.counts() == (5, 2, None, None)
    assert fields(told.facts, "provider", "model_id") == ("anthropic", "m")


def test_an_asynchronous_stream_that_is_opened_late_is_followed() -> None:
    """The call that opens it is awaited; it may fail, which ends the stream."""

    async def chunks() -> Any:
        for chunk in _late_chunks():
            yield chunk

    async def opened(client: Any) -> Any:
        return chunks()

    async def refused(client: Any) -> Any:
        raise TimeoutError

    async def run() -> Any:
        stream, failing = _late_stream(opened), _late_stream(refused)
        told = [follow(stream), follow(failing)]
        _ = [chunk async for chunk in stream]
        with pytest.raises(Exception):  # noqa: B017, PT011 - LiteLLM's own, of many kinds
            await anext(failing)
        return told

    told, told_refused = asyncio.run(run())

    assert told.ends == [(None, True)]
    assert told.counts() == (5, 2, None, None)
    assert [type(error) for error, _ in told_refused.ends] == [TimeoutError]


def test_embeddings_are_counted() -> None:
    """The answer of an embedding call has LiteLLM's own class."""
    answer = litellm.EmbeddingResponse(
        model="cohere.embed-v4:0",
        data=[{"embedding": [0.1], "index": 0, "object": "embedding"}],
        usage=litellm.Usage(prompt_tokens=6, total_tokens=6),
    )
    answer._hidden_params = {"custom_llm_provider": "bedrock"}

    facts = read_answer(answer)

    assert fields(facts, "operation", "provider", "input_tokens", "output_tokens", "embeddings") == (
        "embeddings",
        "aws.bedrock",
        6,
        None,
        1,
    )


@pytest.mark.parametrize("asynchronous", [False, True], ids=["plain", "async"])
def test_the_routers_streams_are_followed(server: Server, *, asynchronous: bool) -> None:
    """A router reads through a generator that can fall back to another deployment."""
    parameters = {"model": "openai/gpt-5-mini", "api_base": server.url, "api_key": "k"}
    router = litellm.Router(model_list=[{"model_name": "any", "litellm_params": parameters}], num_retries=0)
    asked: Any = {
        "model": "any",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    server.script(sse_reply(openai_wire.chat_chunks(), done=True))

    async def read_all() -> Any:
        stream = await router.acompletion(**asked)
        told = follow(stream)
        _ = [chunk async for chunk in stream]
        return told

    if asynchronous:
        told = asyncio.run(read_all())
    else:
        stream = router.completion(**asked)
        told = follow(stream)
        list(stream)

    assert told.ends == [(None, True)]
    assert fields(told.facts, *COUNTS[:4]) == (20, 20, 30, 50)


@pytest.mark.parametrize(
    ("total", "expected"),
    [(120, 20), (200, 100), (150, 70)],
    ids=["all inside the prompt", "all beside it", "the writes beside it"],
)
def test_the_total_tells_what_litellm_added_to_the_prompt(total: int, expected: int) -> None:
    """Earlier releases added the reads only, or nothing, and passed Converse's total on."""
    usage = litellm.Usage(
        prompt_tokens=100,
        completion_tokens=20,
        total_tokens=total,
        cache_read_input_tokens=30 if total == 150 else 50,
        cache_creation_input_tokens=30,
    )

    facts = read_answer(litellm.ModelResponse(model="m", usage=usage))

    assert fields(facts, "input_tokens", "cost_status") == (expected, None)
