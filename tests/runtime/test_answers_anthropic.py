"""Answers of the anthropic package, through its real clients on loopback."""

import asyncio
import gc
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import anthropic
import pytest
from runtime.answers_support import anthropic_wire as wire
from runtime.answers_support.follow import Told, fields, follow
from runtime.answers_support.server import Reply, Server, json_reply, sse_reply

from genai_obs._runtime.answers import read_answer, watch_answer
from genai_obs.tools.local import eventstream

MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
ASKED: Any = {"model": MODEL, "max_tokens": 100, "messages": [{"role": "user", "content": "Weather in Oslo?"}]}
METRICS = {
    "inputTokenCount": 12,
    "outputTokenCount": 31,
    "invocationLatency": 900,
    "firstByteLatency": 210,
    "cacheReadInputTokenCount": 1500,
    "cacheWriteInputTokenCount": 500,
}


@pytest.fixture
def server() -> Iterator[Server]:
    """Return a running server without a script."""
    with Server() as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[anthropic.Anthropic]:
    """Return a client of Anthropic's own API."""
    with anthropic.Anthropic(base_url=server.url, api_key="k", max_retries=0) as made:
        yield made


@pytest.fixture
def bedrock(server: Server) -> Iterator[anthropic.AnthropicBedrock]:
    """Return a client of Bedrock's InvokeModel."""
    with anthropic.AnthropicBedrock(
        base_url=server.url, aws_access_key="a", aws_secret_key="s", aws_region="us-east-1", max_retries=0
    ) as made:
        yield made


def test_a_message_gives_disjoint_counts_stop_reason_and_tools(server: Server, client: anthropic.Anthropic) -> None:
    """Anthropic counts cached tokens apart, as records do; the one-hour writes are part of the writes."""
    server.script(json_reply(wire.message()))

    facts = read_answer(client.messages.create(**ASKED))

    assert facts == {
        "provider": "anthropic",
        "operation": "messages",
        "model_id": "claude-sonnet-4-5-20250929",
        "response_model": "claude-sonnet-4-5-20250929",
        "stop_reason": "tool_use",
        "tool_calls": ["weather"],
        "input_tokens": 12,
        "output_tokens": 40,
        "cache_read_tokens": 1500,
        "cache_write_tokens": 500,
        "cache_write_1h_tokens": 300,
        "reasoning_tokens": 25,
        "service_tier": "default",
    }


def test_a_message_of_bedrock_is_told_by_its_id(server: Server, bedrock: anthropic.AnthropicBedrock) -> None:
    """AnthropicBedrock gives the same class as Anthropic; only the id says who served it."""
    server.script(json_reply(wire.message("msg_bdrk_01"), headers={"x-amzn-RequestId": "rid-1"}))

    facts = read_answer(bedrock.messages.create(**ASKED))

    assert fields(facts, "provider", "bedrock_request_id", "input_tokens") == ("aws.bedrock", None, 12)


def test_members_that_are_null_are_unknown(server: Server, client: anthropic.Anthropic) -> None:
    """A model without caching reports null; that is not 0."""
    usage = {"input_tokens": 9, "output_tokens": 3, "cache_read_input_tokens": None, "cache_creation": None}
    server.script(json_reply(wire.message(usage=usage)))

    facts = read_answer(client.messages.create(**ASKED))

    assert fields(facts, "input_tokens", "output_tokens") == (9, 3)
    assert facts is not None
    assert not {"cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens", "reasoning_tokens"} & set(facts)


def test_a_raw_answer_tells_the_request_and_the_model_as_called(
    server: Server, bedrock: anthropic.AnthropicBedrock
) -> None:
    """With with_raw_response the headers and the URL are there too, and the body is still the caller's."""
    headers = {"x-amzn-RequestId": "rid-2", "X-Amzn-Bedrock-Invocation-Latency": "812"}
    server.script(json_reply(wire.message("msg_bdrk_01"), headers=headers))
    raw = bedrock.messages.with_raw_response.create(**ASKED)

    facts = read_answer(raw)

    assert fields(facts, "provider", "operation", "model_id", "bedrock_request_id", "server_latency_ms") == (
        "aws.bedrock",
        "InvokeModel",
        MODEL,
        "rid-2",
        812,
    )
    assert fields(facts, "input_tokens", "cache_write_1h_tokens") == (12, 300)
    assert raw.parse().usage.output_tokens == 40


def test_tokens_of_a_compaction_are_added_to_the_totals(server: Server, client: anthropic.Anthropic) -> None:
    """The totals leave out what the service spent on compacting the conversation, the invoice does not."""
    compaction = {
        "type": "compaction",
        "input_tokens": 1000,
        "output_tokens": 60,
        "cache_read_input_tokens": 0,
        "cache_creation_input_tokens": 0,
    }
    usage = wire.USAGE | {"iterations": [compaction, compaction | {"type": "message"}]}
    server.script(json_reply(wire.message(usage=usage)))

    facts = read_answer(client.beta.messages.create(**ASKED))

    assert fields(facts, "input_tokens", "output_tokens", "cost_status") == (1012, 100, None)


def test_tokens_of_another_model_inside_make_the_cost_ambiguous(server: Server, client: anthropic.Anthropic) -> None:
    """An advisor's tokens are billed at the advisor's rates, which one record cannot say."""
    advisor = {"type": "advisor_message", "model": "claude-opus-5", "input_tokens": 10, "output_tokens": 6}
    server.script(json_reply(wire.message(usage=wire.USAGE | {"iterations": [advisor]})))

    facts = read_answer(client.beta.messages.create(**ASKED))

    assert fields(facts, "input_tokens", "output_tokens", "cost_status") == (12, 40, "ambiguous_usage")


def test_a_stream_is_followed_without_a_difference_to_its_reader(server: Server, client: anthropic.Anthropic) -> None:
    """The events that the caller reads are those it would have read, and the object is the same."""
    server.script(sse_reply(wire.events()), sse_reply(wire.events()))
    expected = list(client.messages.create(stream=True, **ASKED))
    stream = client.messages.create(stream=True, **ASKED)
    kind = type(stream)

    told = follow(stream)
    events = list(stream)

    assert events == expected
    assert type(stream) is kind
    assert told.ends == [(None, True)]
    assert told.firsts == 1
    assert told.counts() == (12, 40, 1500, 500)
    assert fields(told.facts, "cache_write_1h_tokens", "reasoning_tokens", "stop_reason", "tool_calls") == (
        300,
        25,
        "tool_use",
        ["weather"],
    )


def test_a_live_stream_is_no_answer_yet(server: Server, client: anthropic.Anthropic) -> None:
    """Reading a stream as an answer gives nothing and takes nothing from it."""
    server.script(sse_reply(wire.events()))
    stream = client.messages.create(stream=True, **ASKED)

    assert read_answer(stream) is None
    assert len(list(stream)) == len(wire.events())


def test_no_event_is_fetched_before_the_caller_asks(server: Server, client: anthropic.Anthropic) -> None:
    """Following never reads ahead: nothing but what the URL and headers say is known before the first event."""
    server.script(sse_reply(wire.events()))
    stream = client.messages.create(stream=True, **ASKED)

    told = follow(stream)

    assert told.facts == {}
    next(stream)
    assert told.counts() == (12, None, 1500, 500)


def test_a_bedrock_stream_keeps_the_larger_final_output_count(
    server: Server, bedrock: anthropic.AnthropicBedrock
) -> None:
    """With tools, Bedrock's summary was seen to count less output than the model's own final figure."""
    server.script(wire.bedrock_stream(METRICS))

    stream = bedrock.messages.create(stream=True, **ASKED)
    told = follow(stream)
    list(stream)

    assert told.counts() == (12, 40, 1500, 500)
    assert fields(told.facts, "token_source", "server_latency_ms", "server_time_to_first_token_ms") == (
        "message_delta",
        900,
        210,
    )
    assert fields(told.facts, "provider", "model_id", "bedrock_request_id", "response_model", "region") == (
        "aws.bedrock",
        MODEL,
        "rid-7",
        "claude-sonnet-4-5-20250929",
        "us-east-1",
    )


@pytest.mark.parametrize("helper", ["messages", "beta.messages"])
def test_the_stream_helper_is_followed_through_its_context_manager(
    server: Server, bedrock: anthropic.AnthropicBedrock, helper: str
) -> None:
    """A function may return the context manager that opens the stream; the caller enters it later."""
    server.script(wire.bedrock_stream(METRICS), wire.bedrock_stream(METRICS))
    messages: Any = bedrock
    for name in helper.split("."):
        messages = getattr(messages, name)
    with messages.stream(**ASKED) as plain:
        expected = list(plain)
    manager = messages.stream(**ASKED)

    told = follow(manager)
    with manager as stream:
        events = list(stream)
        final = stream.get_final_message()

    assert events == expected
    assert final.usage.output_tokens == 40
    assert told.ends == [(None, True)]
    assert told.counts() == (12, 40, 1500, 500)
    assert told.facts["server_time_to_first_token_ms"] == 210


def test_an_entered_stream_helper_is_followed(server: Server, client: anthropic.Anthropic) -> None:
    """The text iterator of the helper feeds from the same events."""
    server.script(sse_reply(wire.events()))

    with client.messages.stream(**ASKED) as stream:
        told = follow(stream)
        text = "".join(stream.text_stream)

    assert text == "Let me look."
    assert told.ends == [(None, True)]
    assert told.counts() == (12, 40, 1500, 500)


def test_a_stream_helper_that_was_read_to_its_end_is_an_answer(server: Server, client: anthropic.Anthropic) -> None:
    """The helper keeps the message it has put together."""
    server.script(sse_reply(wire.events()))
    with client.messages.stream(**ASKED) as stream:
        stream.until_done()

    facts = read_answer(stream)

    assert fields(facts, "input_tokens", "output_tokens", "tool_calls", "stream") == (12, 40, ["weather"], "complete")
    assert not watch_answer(stream, Told().on_facts, Told().on_end)


def test_a_break_is_not_the_end(server: Server, client: anthropic.Anthropic) -> None:
    """A caller may leave the loop and come back for the rest."""
    server.script(sse_reply(wire.events()))
    stream = client.messages.create(stream=True, **ASKED)
    told = follow(stream)

    for event in stream:
        if event.type == "content_block_delta":
            break
    before = list(told.ends)
    rest = list(stream)

    assert before == []
    assert len(rest) == len(wire.events()) - 3
    assert told.ends == [(None, True)]


def test_closing_a_stream_ends_it_without_an_output_count(server: Server, client: anthropic.Anthropic) -> None:
    """What the first event counts as output is not what the model would have written."""
    server.script(sse_reply(wire.events()))

    with client.messages.create(stream=True, **ASKED) as stream:
        told = follow(stream)
        next(stream)

    assert told.ends == [(None, False)]
    assert told.counts() == (12, None, 1500, 500)


@pytest.mark.parametrize("events_read", [0, 1, 5])
def test_dropping_a_stream_ends_it(server: Server, client: anthropic.Anthropic, events_read: int) -> None:
    """A stream that nobody holds any more has ended, without a call of the garbage collector."""
    server.script(sse_reply(wire.events()))
    stream = client.messages.create(stream=True, **ASKED)
    response = stream.response
    told = follow(stream)
    for _ in range(events_read):
        next(stream)

    gc.disable()
    try:
        del stream
        ends = list(told.ends)
    finally:
        gc.enable()

    assert ends == [(None, False)]
    assert response.is_closed == (events_read > 0)
    response.close()


def test_a_manager_that_is_never_entered_ends(client: anthropic.Anthropic) -> None:
    """No call was made, and the record says that nothing came of it."""
    manager = client.messages.stream(**ASKED)
    told = follow(manager)

    del manager

    assert told.ends == [(None, False)]


def test_an_error_when_the_stream_opens_is_its_end(server: Server, client: anthropic.Anthropic) -> None:
    """The caller gets the client's own exception."""
    server.script(json_reply({"type": "error", "error": {"type": "overloaded_error", "message": "no"}}, status=529))
    manager = client.messages.stream(**ASKED)
    told = follow(manager)

    with pytest.raises(anthropic.APIStatusError) as raised, manager:
        pass

    assert told.ends == [(raised.value, False)]


def test_an_error_event_is_the_end(server: Server, client: anthropic.Anthropic) -> None:
    """An error inside the stream reaches the caller and the record as the same exception."""
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}
    server.script(sse_reply([*wire.events()[:3], error]))
    stream = client.messages.create(stream=True, **ASKED)
    told = follow(stream)

    with pytest.raises(anthropic.APIStatusError) as raised:
        list(stream)

    assert told.ends == [(raised.value, False)]
    assert told.counts() == (12, None, 1500, 500)


def test_a_cut_connection_is_the_end(server: Server, client: anthropic.Anthropic) -> None:
    """A network error in the middle is the caller's to see, and the record's."""
    server.script(sse_reply(wire.events()[:4], cut=True))
    stream = client.messages.create(stream=True, **ASKED)
    told = follow(stream)

    with pytest.raises(Exception, match=r"peer closed|incomplete") as raised:
        list(stream)

    assert told.ends == [(raised.value, False)]


def test_a_stream_that_stops_early_is_not_complete(server: Server, client: anthropic.Anthropic) -> None:
    """A body that ends cleanly but too soon raises nothing; its output is unknown."""
    server.script(sse_reply(wire.events()[:4]))
    stream = client.messages.create(stream=True, **ASKED)
    told = follow(stream)

    list(stream)

    assert told.ends == [(None, False)]
    assert told.counts() == (12, None, 1500, 500)


def test_asynchronous_streams_are_followed(server: Server) -> None:
    """AsyncAnthropic's stream and stream helper tell what the plain ones tell."""
    server.script(sse_reply(wire.events()), sse_reply(wire.events()), sse_reply(wire.events()))

    async def read_all() -> tuple[list[Any], list[Any], list[Told]]:
        async with anthropic.AsyncAnthropic(base_url=server.url, api_key="k") as client:
            expected = [event async for event in await client.messages.create(stream=True, **ASKED)]
            stream = await client.messages.create(stream=True, **ASKED)
            told = [follow(stream)]
            events = [event async for event in stream]
            manager = client.messages.stream(**ASKED)
            told.append(follow(manager))
            async with manager as helper:
                await helper.until_done()
            return expected, events, told

    expected, events, told = asyncio.run(read_all())

    assert events == expected
    for one in told:
        assert one.ends == [(None, True)]
        assert one.counts() == (12, 40, 1500, 500)


def test_closing_or_cancelling_an_asynchronous_stream_ends_it(server: Server) -> None:
    """A task that is cancelled while it waits for an event leaves the cancellation as the stream's error."""
    hold = threading.Event()
    server.script(sse_reply(wire.events()), sse_reply(wire.events()[:2], hold=hold))

    async def run() -> list[Told]:
        async with anthropic.AsyncAnthropic(base_url=server.url, api_key="k") as client:
            async with await client.messages.create(stream=True, **ASKED) as stream:
                told = [follow(stream)]
                await anext(stream)
            stream = await client.messages.create(stream=True, **ASKED)
            told.append(follow(stream))
            await anext(stream)
            waiting = asyncio.ensure_future(anext(stream))
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            hold.set()
            return told

    closed, cancelled = asyncio.run(run())

    assert closed.ends == [(None, False)]
    assert len(cancelled.ends) == 1
    assert isinstance(cancelled.ends[0][0], asyncio.CancelledError)


def test_a_failing_callback_never_reaches_the_reader(
    server: Server, client: anthropic.Anthropic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of the observer is the observer's."""
    from genai_obs._runtime import guard

    server.script(sse_reply(wire.events()))
    monkeypatch.setattr(guard, "strict", False)
    monkeypatch.setattr(guard, "say_once", lambda message: None)
    stream = client.messages.create(stream=True, **ASKED)

    def fail(*_: object) -> None:
        raise RuntimeError

    assert watch_answer(stream, fail, fail)

    assert len(list(stream)) == len(wire.events())
    assert guard.take_failures() > 0


def test_a_guardrails_verdict_in_a_message_is_read(server: Server, bedrock: anthropic.AnthropicBedrock) -> None:
    """Bedrock adds its verdict to the body; the text that was removed stands beside it and is not read."""
    topic = {"name": "Loans", "type": "DENY", "action": "BLOCKED"}
    trace = {"guardrail": {"input": {"gr1": {"topicPolicy": {"topics": [topic]}}}, "modelOutput": ["secret"]}}
    added = {"amazon-bedrock-guardrailAction": "INTERVENED", "amazon-bedrock-trace": trace}
    server.script(json_reply(wire.message("msg_bdrk_01", **added)))

    facts = read_answer(bedrock.messages.create(**ASKED))

    assert fields(facts, "guardrail_triggered", "guardrail_action", "guardrail_policies", "guardrail_id") == (
        True,
        "BLOCKED",
        ["topicPolicy"],
        "gr1",
    )
    assert "secret" not in str(facts)


def test_a_blocked_prompt_in_a_stream_has_no_counts(server: Server, bedrock: anthropic.AnthropicBedrock) -> None:
    """No model ran: there is no summary, and what stands in the events is made up."""
    events = wire.events("msg_bdrk_01")
    for event in events:
        event["amazon-bedrock-guardrailAction"] = "INTERVENED"
    frames = [eventstream.chunk(event) for event in events]
    server.script(Reply(frames, "application/vnd.amazon.eventstream"))
    stream = bedrock.messages.create(stream=True, **ASKED)

    told = follow(stream)
    list(stream)

    assert told.ends == [(None, True)]
    assert told.counts() == (None, None, None, None)
    assert fields(told.facts, "guardrail_triggered") == (True,)


def test_legacy_completions_say_why_they_stopped_and_no_more() -> None:
    """Text completions, which releases before 2 had, have no counts in their body."""
    members = {"type": "completion", "completion": " Oslo", "stop_reason": "stop_sequence", "model": "claude-2.1"}
    completion = type("Completion", (), {"__module__": "anthropic.types.completion"})()
    completion.__dict__.update(members)
    stream: Any = anthropic.Stream.__new__(anthropic.Stream)
    first = SimpleNamespace(**members | {"stop_reason": None})
    stream._iterator = iter([first, SimpleNamespace(**members | {"completion": ""})])

    facts = read_answer(completion)
    told = follow(stream)
    next(stream._iterator)
    next(stream._iterator)
    del stream

    for found in (facts, told.facts):
        assert fields(found, "provider", "operation", "stop_reason", "output_tokens", "model_id") == (
            "anthropic",
            "completions",
            "stop_sequence",
            None,
            "claude-2.1",
        )
    assert told.firsts == 1
    assert told.ends == [(None, True)]


def test_a_raw_answer_that_is_still_to_be_read_is_left_alone(server: Server, client: anthropic.Anthropic) -> None:
    """Its body belongs to the caller."""
    server.script(sse_reply(wire.events()), json_reply([1]), Reply([b"{"], "application/json"))
    with client.messages.with_streaming_response.create(**ASKED) as unread:
        assert read_answer(unread) is None
        text = "".join(unread.iter_text())
    raw = client.messages.with_raw_response

    assert text.startswith("event: message_start")
    assert read_answer(raw.create(**ASKED)) is None
    assert read_answer(raw.create(**ASKED)) is None


def test_compaction_in_a_stream_is_added_to_the_totals(server: Server, client: anthropic.Anthropic) -> None:
    """The closing delta lists the iterations that its totals leave out."""
    events = wire.events()
    compaction = {"type": "compaction", "input_tokens": 1000, "output_tokens": 60, "cache_read_input_tokens": 0}
    usage: Any = events[-2]["usage"]
    usage["iterations"] = [compaction]
    server.script(sse_reply(events))
    stream = client.beta.messages.create(stream=True, **ASKED)

    told = follow(stream)
    list(stream)

    assert told.counts() == (1012, 100, 1500, 500)
    assert told.ends == [(None, True)]


def test_a_helper_that_was_read_in_part_is_followed_from_there(server: Server, client: anthropic.Anthropic) -> None:
    """Its closing event holds the whole message, with what the events before had told."""
    server.script(sse_reply(wire.events()))

    with client.messages.stream(**ASKED) as stream:
        next(stream)
        next(stream)
        told = follow(stream)
        stream.until_done()

    assert told.ends == [(None, True)]
    assert told.counts() == (12, 40, 1500, 500)
    assert fields(told.facts, "stop_reason", "tool_calls") == ("tool_use", ["weather"])


def test_a_counter_never_falls_back_to_zero(server: Server, client: anthropic.Anthropic) -> None:
    """Counters of a stream are cumulative; some servers repeat those that they do not know as 0."""
    events = wire.events()
    usage: Any = events[-2]["usage"]
    usage.update(input_tokens=0, cache_read_input_tokens=0)
    server.script(sse_reply(events))
    stream = client.messages.create(stream=True, **ASKED)

    told = follow(stream)
    list(stream)

    assert told.counts() == (12, 40, 1500, 500)
