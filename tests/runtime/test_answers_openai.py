"""Answers of the openai package, through its real clients on loopback."""

import asyncio
import gc
import json
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from runtime.answers_support import openai_wire as wire
from runtime.answers_support.follow import Told, fields, follow
from runtime.answers_support.server import Server, json_reply, sse_reply

from genai_obs._runtime.answers import read_answer, watch_answer

MODEL = "gpt-5-mini"
ASKED: Any = {"model": MODEL, "messages": [{"role": "user", "content": "Weather in Oslo?"}]}
COUNTS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")


@pytest.fixture
def server() -> Iterator[Server]:
    """Return a running server without a script."""
    with Server() as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[openai.OpenAI]:
    """Return a client whose endpoint is the server."""
    with openai.OpenAI(base_url=server.url, api_key="k", max_retries=0) as made:
        yield made


def test_cached_tokens_are_taken_out_of_the_prompt(server: Server, client: openai.OpenAI) -> None:
    """OpenAI's prompt count includes what was read from and written to the cache; ours does not."""
    server.script(json_reply(wire.chat()))

    facts = read_answer(client.chat.completions.create(**ASKED))

    assert facts == {
        "provider": "openai",
        "operation": "chat.completions",
        "model_id": "gpt-5-mini-2025-08-07",
        "response_model": "gpt-5-mini-2025-08-07",
        "service_tier": "flex",
        "stop_reason": "tool_calls",
        "tool_calls": ["weather"],
        "input_tokens": 20,
        "output_tokens": 20,
        "cache_read_tokens": 30,
        "cache_write_tokens": 50,
        "reasoning_tokens": 8,
        "raw_usage": {
            "prompt_tokens": 100,
            "completion_tokens": 20,
            "total_tokens": 120,
            "prompt_tokens_details": {"cached_tokens": 30, "cache_write_tokens": 50, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 8},
        },
    }


def test_parts_that_exceed_the_prompt_leave_the_input_unknown(server: Server, client: openai.OpenAI) -> None:
    """When the cached part is larger than the whole, nobody knows what the rest was."""
    usage = wire.CHAT_USAGE | {"prompt_tokens": 79}
    server.script(json_reply(wire.chat(usage=usage)))

    facts = read_answer(client.chat.completions.create(**ASKED))

    assert fields(facts, *COUNTS) == (None, 20, 30, 50, 8)
    assert fields(facts, "cost_status") == ("ambiguous_usage",)


def test_an_answer_without_usage_has_no_counts(server: Server, client: openai.OpenAI) -> None:
    """Some servers leave the usage out; that is unknown, not 0."""
    server.script(json_reply(wire.chat(usage=None)))

    facts = read_answer(client.chat.completions.create(**ASKED))

    assert fields(facts, *COUNTS) == (None,) * 5


def test_a_model_id_of_bedrock_names_bedrock_as_the_provider(server: Server, client: openai.OpenAI) -> None:
    """Bedrock's OpenAI-compatible endpoints answer with Bedrock's model ids, and nothing else tells them."""
    server.script(json_reply(wire.chat("openai.gpt-oss-120b"), headers={"x-request-id": "rid-3"}))

    facts = read_answer(client.chat.completions.create(**ASKED))

    assert fields(facts, "provider", "model_id", "bedrock_request_id") == (
        "aws.bedrock",
        "openai.gpt-oss-120b",
        "rid-3",
    )


def test_a_response_gives_disjoint_counts_and_tools(server: Server, client: openai.OpenAI) -> None:
    """The Responses API's input count includes cached tokens; built-in tools are named by their kind."""
    server.script(json_reply(wire.response()))

    facts = read_answer(client.responses.create(model=MODEL, input="hi"))

    assert fields(facts, *COUNTS) == (2, 14, 0, 86, 4)
    assert fields(facts, "operation", "stop_reason", "tool_calls", "service_tier") == (
        "responses",
        "completed",
        ["weather", "web_search"],
        "default",
    )


def test_an_incomplete_response_says_why(server: Server, client: openai.OpenAI) -> None:
    """The reason stands beside the status."""
    reason = {"reason": "max_output_tokens"}
    server.script(json_reply(wire.response(status="incomplete", incomplete_details=reason)))

    facts = read_answer(client.responses.create(model=MODEL, input="hi"))

    assert fields(facts, "stop_reason") == ("max_output_tokens",)


def test_embeddings_count_their_input_and_vectors(server: Server, client: openai.OpenAI) -> None:
    """There is no output to count."""
    data = [{"object": "embedding", "index": index, "embedding": [0.1, 0.2]} for index in range(3)]
    usage = {"prompt_tokens": 7, "total_tokens": 7}
    server.script(json_reply({"object": "list", "data": data, "model": "text-embedding-3-small", "usage": usage}))

    answer = client.embeddings.create(model="text-embedding-3-small", input=["a", "b", "c"], encoding_format="float")
    facts = read_answer(answer)

    assert fields(facts, "operation", "input_tokens", "output_tokens", "embeddings") == ("embeddings", 7, None, 3)


def test_images_are_counted(server: Server, client: openai.OpenAI) -> None:
    """Image models that are billed by tokens report them."""
    details = {"image_tokens": 0, "text_tokens": 10}
    usage = {"input_tokens": 10, "input_tokens_details": details, "output_tokens": 272, "total_tokens": 282}
    server.script(json_reply({"created": 1, "data": [{"b64_json": "x"}, {"b64_json": "y"}], "usage": usage}))

    facts = read_answer(client.images.generate(model="gpt-image-1", prompt="a fjord", n=2))

    assert fields(facts, "operation", "images", "input_tokens", "output_tokens") == ("images", 2, 10, 272)


def test_a_raw_answer_is_read_without_parsing_it(server: Server, client: openai.OpenAI) -> None:
    """With with_raw_response the caller still parses the answer on its own."""
    server.script(json_reply(wire.chat()))
    raw = client.chat.completions.with_raw_response.create(**ASKED)

    facts = read_answer(raw)

    assert fields(facts, *COUNTS) == (20, 20, 30, 50, 8)
    assert fields(facts, "provider", "operation", "bedrock_request_id") == ("openai", "chat.completions", None)
    assert raw.parse().choices[0].finish_reason == "tool_calls"


def test_a_chat_stream_is_followed_without_a_difference_to_its_reader(server: Server, client: openai.OpenAI) -> None:
    """The usage of the last chunk is the whole call's; the first chunk, which only names the role, is no content."""
    server.script(sse_reply(wire.chat_chunks(), done=True), sse_reply(wire.chat_chunks(), done=True))
    expected = list(client.chat.completions.create(stream=True, **ASKED))
    stream = client.chat.completions.create(stream=True, **ASKED)

    told = follow(stream)
    next(stream)
    before = told.firsts
    events = list(stream)

    assert events == expected[1:]
    assert (before, told.firsts) == (0, 1)
    assert told.ends == [(None, True)]
    assert fields(told.facts, *COUNTS) == (20, 20, 30, 50, 8)
    assert fields(told.facts, "stop_reason", "tool_calls", "service_tier", "provider") == (
        "tool_calls",
        ["weather"],
        "flex",
        "openai",
    )


def test_a_chat_stream_without_usage_is_complete_but_uncounted(server: Server, client: openai.OpenAI) -> None:
    """Without include_usage the tokens are unknown, and the stream has come to its end all the same."""
    server.script(sse_reply(wire.chat_chunks(usage=False), done=True))
    stream = client.chat.completions.create(stream=True, **ASKED)

    told = follow(stream)
    list(stream)

    assert told.ends == [(None, True)]
    assert told.counts() == (None, None, None, None)


def test_usage_in_every_chunk_is_the_running_total(server: Server, client: openai.OpenAI) -> None:
    """Some servers repeat a growing usage; the last one counts, and a cut stream has no output count."""
    chunks = wire.chat_chunks(usage=False)
    for number, chunk in enumerate(chunks, 1):
        chunk["usage"] = {"prompt_tokens": 9, "completion_tokens": number, "total_tokens": 9 + number}
    server.script(sse_reply(chunks, done=True), sse_reply(chunks[:3]))

    whole = client.chat.completions.create(stream=True, **ASKED)
    told = follow(whole)
    list(whole)
    early = client.chat.completions.create(stream=True, **ASKED)
    told_early = follow(early)
    list(early)

    assert told.counts() == (9, 5, None, None)
    assert told_early.counts() == (9, None, None, None)
    assert told_early.ends == [(None, False)]


@pytest.mark.parametrize("end", ["completed", "incomplete", "failed"])
def test_a_responses_stream_is_followed_to_its_closing_event(server: Server, client: openai.OpenAI, end: str) -> None:
    """The closing event holds the whole response with its usage, whichever way it ended."""
    server.script(sse_reply(wire.response_events(end)), sse_reply(wire.response_events(end)))
    expected = list(client.responses.create(model=MODEL, input="hi", stream=True))
    stream = client.responses.create(model=MODEL, input="hi", stream=True)

    told = follow(stream)
    events = list(stream)

    assert events == expected
    assert told.firsts == 1
    assert told.ends == [(None, True)]
    assert fields(told.facts, *COUNTS) == (2, 14, 0, 86, 4)


def test_stream_helpers_are_followed_through_their_context_managers(server: Server, client: openai.OpenAI) -> None:
    """Both helpers read from a raw stream; what the caller sees stays the same."""
    server.script(*[sse_reply(wire.chat_chunks(), done=True)] * 2, *[sse_reply(wire.response_events())] * 2)

    with client.chat.completions.stream(**ASKED) as plain:
        expected = [event.type for event in plain]
    chat_manager = client.chat.completions.stream(**ASKED)
    told_chat = follow(chat_manager)
    with chat_manager as chat:
        events = [event.type for event in chat]
        final = chat.get_final_completion()
    with client.responses.stream(model=MODEL, input="hi") as plain_response:
        expected_response = list(plain_response)
    manager = client.responses.stream(model=MODEL, input="hi")
    told = follow(manager)
    with manager as helper:
        response_events = list(helper)

    assert events == expected
    assert final.choices[0].finish_reason == "tool_calls"
    assert response_events == expected_response
    for one in (told_chat, told):
        assert one.ends == [(None, True)]
        assert one.firsts == 1
    assert fields(told_chat.facts, *COUNTS) == (20, 20, 30, 50, 8)
    assert fields(told.facts, *COUNTS) == (2, 14, 0, 86, 4)


def test_entered_helpers_are_followed_and_their_end_is_an_answer(server: Server, client: openai.OpenAI) -> None:
    """A helper that is handed on half-way is followed; one that was read to its end has put its answer together."""
    server.script(sse_reply(wire.chat_chunks(), done=True), sse_reply(wire.response_events()))

    with client.chat.completions.stream(**ASKED) as chat:
        told = follow(chat)
        chat.until_done()
    with client.responses.stream(model=MODEL, input="hi") as response:
        told_response = follow(response)
        response.until_done()

    assert fields(told.facts, *COUNTS) == (20, 20, 30, 50, 8)
    assert fields(told_response.facts, *COUNTS) == (2, 14, 0, 86, 4)
    assert fields(read_answer(chat), *COUNTS, "stream") == (20, 20, 30, 50, 8, "complete")
    assert fields(read_answer(response), *COUNTS, "stream") == (2, 14, 0, 86, 4, "complete")
    assert not watch_answer(chat, Told().on_facts, Told().on_end)


def test_leaving_a_helper_early_ends_it(server: Server, client: openai.OpenAI) -> None:
    """The chat helper closes the HTTP response and not the raw stream."""
    server.script(sse_reply(wire.chat_chunks(), done=True))
    manager = client.chat.completions.stream(**ASKED)
    told = follow(manager)

    with manager as chat:
        next(chat)

    assert told.ends == [(None, False)]


def test_an_error_of_the_helper_itself_is_the_end(server: Server, client: openai.OpenAI) -> None:
    """The helper refuses an answer that was cut short where a schema was asked for."""
    chunks = wire.chat_chunks(usage=False)
    chunks[-1]["choices"] = [{"index": 0, "delta": {}, "finish_reason": "length"}]
    server.script(sse_reply(chunks, done=True))
    tool: Any = {"type": "function", "function": {"name": "weather", "strict": True, "parameters": {}}}

    with client.chat.completions.stream(tools=[tool], **ASKED) as chat:
        told = follow(chat)
        with pytest.raises(openai.LengthFinishReasonError) as raised:
            list(chat)

    assert told.ends == [(raised.value, True)]


def test_dropping_an_unread_stream_ends_it(server: Server, client: openai.OpenAI) -> None:
    """Nobody will read it any more."""
    server.script(sse_reply(wire.chat_chunks(), done=True))
    stream = client.chat.completions.create(stream=True, **ASKED)
    told = follow(stream)
    stream.response.close()
    after_close = list(told.ends)

    del stream
    gc.collect()

    assert after_close == [(None, False)]
    assert told.ends == [(None, False)]


def test_an_error_inside_the_stream_is_its_end(server: Server, client: openai.OpenAI) -> None:
    """OpenAI-compatible servers report an error as an event with a member of that name."""
    server.script(sse_reply([*wire.chat_chunks()[:2], {"error": {"message": "busy"}}]))
    stream = client.chat.completions.create(stream=True, **ASKED)
    told = follow(stream)

    with pytest.raises(openai.APIError) as raised:
        list(stream)

    assert told.ends == [(raised.value, False)]


def test_asynchronous_streams_and_helpers_are_followed(server: Server) -> None:
    """AsyncOpenAI's streams tell what the plain ones tell."""
    server.script(
        sse_reply(wire.chat_chunks(), done=True),
        sse_reply(wire.chat_chunks(), done=True),
        sse_reply(wire.response_events()),
        sse_reply(wire.chat_chunks(), done=True),
    )

    async def run() -> tuple[list[Any], list[Any], list[Told], Told]:
        async with openai.AsyncOpenAI(base_url=server.url, api_key="k") as client:
            expected = [event async for event in await client.chat.completions.create(stream=True, **ASKED)]
            stream = await client.chat.completions.create(stream=True, **ASKED)
            told = [follow(stream)]
            events = [event async for event in stream]
            manager = client.responses.stream(model=MODEL, input="hi")
            told.append(follow(manager))
            async with manager as helper:
                await helper.until_done()
            left = client.chat.completions.stream(**ASKED)
            told_left = follow(left)
            async with left as chat:
                await anext(chat)
            return expected, events, told, told_left

    expected, events, told, told_left = asyncio.run(run())

    assert events == expected
    assert [one.ends for one in told] == [[(None, True)]] * 2
    assert fields(told[0].facts, *COUNTS) == (20, 20, 30, 50, 8)
    assert fields(told[1].facts, *COUNTS) == (2, 14, 0, 86, 4)
    assert told_left.ends == [(None, False)]


def test_a_stream_from_bedrocks_endpoint_tells_provider_and_region() -> None:
    """The URL of the call says who served it and where; the price depends on the Region."""
    body = b"".join(f"data: {json.dumps(chunk)}\n\n".encode() for chunk in wire.chat_chunks(model="zai.glm-4.7"))

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200, headers={"content-type": "text/event-stream", "x-amzn-requestid": "r9"}, content=body
        )

    transport = httpx.Client(transport=httpx.MockTransport(answer))
    with openai.OpenAI(
        base_url="https://bedrock-mantle.eu-west-1.api.aws/v1", api_key="k", http_client=transport
    ) as client:
        stream = client.chat.completions.create(stream=True, **ASKED)
        told = follow(stream)
        list(stream)

    assert fields(told.facts, "provider", "region", "model_id", "bedrock_request_id") == (
        "aws.bedrock",
        "eu-west-1",
        "zai.glm-4.7",
        "r9",
    )


def test_a_request_id_of_api_gateway_is_not_bedrocks(server: Server, client: openai.OpenAI) -> None:
    """A server behind API Gateway answers with a header of the same name."""
    headers = {"x-amzn-RequestId": "gateway"}
    server.script(sse_reply(wire.chat_chunks(), done=True, headers=headers), json_reply(wire.chat(), headers=headers))

    stream = client.chat.completions.create(stream=True, **ASKED)
    told = follow(stream)
    list(stream)
    raw = read_answer(client.chat.completions.with_raw_response.create(**ASKED))

    assert fields(told.facts, "provider", "bedrock_request_id") == ("openai", None)
    assert fields(raw, "provider", "bedrock_request_id") == ("openai", None)


def test_an_error_event_of_the_responses_api_leaves_its_code(server: Server, client: openai.OpenAI) -> None:
    """It arrives as an event like any other, and the stream stops there."""
    error = {"type": "error", "code": "rate_limit_exceeded", "message": "busy", "param": None, "sequence_number": 9}
    server.script(sse_reply([*wire.response_events()[:4], error]))
    stream = client.responses.create(model=MODEL, input="hi", stream=True)

    told = follow(stream)
    events = list(stream)

    assert len(events) == 5
    assert told.ends == [(None, False)]
    assert fields(told.facts, "error_type", "operation", "model_id") == (
        "rate_limit_exceeded",
        "responses",
        "gpt-5-mini-2025-08-07",
    )


def test_a_function_call_in_a_responses_stream_is_content(server: Server, client: openai.OpenAI) -> None:
    """Its name stands in the event that opens it."""
    call = {"type": "function_call", "id": "f1", "call_id": "c1", "name": "weather", "arguments": ""}
    events = wire.response_events()
    opened = {"type": "response.output_item.added", "output_index": 0, "item": call, "sequence_number": 1}
    server.script(sse_reply([events[0], opened]))
    stream = client.responses.create(model=MODEL, input="hi", stream=True)

    told = follow(stream)
    list(stream)

    assert told.firsts == 1
    assert fields(told.facts, "tool_calls") == (["weather"],)


def test_an_image_stream_is_counted_at_its_end(server: Server, client: openai.OpenAI) -> None:
    """The closing event has the usage of the whole call."""
    details = {"image_tokens": 0, "text_tokens": 10}
    usage = {"input_tokens": 10, "input_tokens_details": details, "output_tokens": 272, "total_tokens": 282}
    server.script(sse_reply([{"type": "image_generation.completed", "b64_json": "x", "usage": usage}]))
    stream = client.images.generate(model="gpt-image-1", prompt="a fjord", stream=True)

    told = follow(stream)
    list(stream)

    assert told.counts() == (10, 272, None, None)
    assert fields(told.facts, "operation", "provider") == ("images", "openai")
    assert told.ends == [(None, True)]


def test_legacy_completions_and_transcriptions_are_read(server: Server, client: openai.OpenAI) -> None:
    """Two more answers with the same counters."""
    choice = {"index": 0, "text": "Oslo", "finish_reason": "length", "logprobs": None}
    usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    base = {"id": "c", "object": "text_completion", "created": 1, "model": "gpt-3.5-turbo-instruct"}
    completion = {**base, "choices": [choice], "usage": usage}
    heard = {"text": "x", "usage": {"type": "tokens", "input_tokens": 14, "output_tokens": 5, "total_tokens": 19}}
    server.script(json_reply(completion), sse_reply([completion], done=True), json_reply(heard))
    asked: Any = {"model": "gpt-3.5-turbo-instruct", "prompt": "x"}

    whole = read_answer(client.completions.create(**asked))
    stream = client.completions.create(stream=True, **asked)
    told = follow(stream)
    list(stream)
    transcription = read_answer(client.audio.transcriptions.create(model="gpt-4o-transcribe", file=b"x"))

    for facts in (whole, told.facts):
        assert fields(facts, "operation", "input_tokens", "output_tokens", "stop_reason") == (
            "completions",
            3,
            4,
            "length",
        )
    assert told.firsts == 1
    assert fields(transcription, "operation", "input_tokens", "output_tokens") == ("audio.transcriptions", 14, 5)
