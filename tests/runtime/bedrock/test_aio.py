"""aioboto3: the same records, with ``await``; skipped where it is not installed."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from runtime.bedrock.frames import ANSWER, START, USAGE, answer, delta, events_of
from runtime.bedrock.support import (
    HAIKU,
    PROMPT,
    comparable,
    ids,
    recorded,
    shown,
    skip_if_unknown,
)

from genai_obs import observe_inference
from genai_obs.testing import capture_records
from genai_obs.tools.local.bedrock import BedrockServer, Request
from genai_obs.tools.local.eventstream import chunk, event, exception
from genai_obs.tools.local.replies import Cut, Reply, Silence, bytes_reply, error_reply, json_reply, stream_reply

aioboto3 = pytest.importorskip("aioboto3", reason="aioboto3 is not installed")
AioConfig = pytest.importorskip("aiobotocore.config").AioConfig

Use = Callable[[Any], Awaitable[Any]]

INVOKE = recorded("invoke")[0]

# One for all: what it costs to make one is the reading of the service models.
SESSION = aioboto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name="us-east-1")


@contextlib.asynccontextmanager
async def connect(server: BedrockServer, **options: Any) -> AsyncIterator[Any]:
    """Yield an asynchronous client."""
    config = AioConfig(retries={"total_max_attempts": 1}, read_timeout=options.pop("read_timeout", 5), **options)
    async with SESSION.client("bedrock-runtime", endpoint_url=server.url, config=config) as client:
        yield client


class Outcome:
    """What an asynchronous caller got, and what was logged."""

    def __init__(self) -> None:
        self.value: Any = None
        self.error: BaseException | None = None
        self.records: list[dict[str, Any]] = []

    @property
    def record(self) -> dict[str, Any]:
        """The record, of which there must be exactly one."""
        assert len(self.records) == 1, self.records
        return self.records[0]


def run(server: BedrockServer, use: Use, *, observed: bool = True, **options: Any) -> Outcome:
    """Run an asynchronous function of a client in an event loop of its own."""
    outcome = Outcome()

    async def main() -> None:
        async with connect(server, **options) as client:
            try:
                outcome.value = await (observe_inference(use) if observed else use)(client)
            except Exception as error:  # noqa: BLE001 - any, to compare them
                outcome.error = error
            gc.collect()

    with capture_records() as records:
        asyncio.run(main())
    outcome.records = list(records)
    return outcome


async def converse(client: Any) -> Any:
    """Call a model."""
    return await client.converse(modelId=HAIKU, messages=PROMPT)


async def open_stream(client: Any) -> Any:
    """Return a live stream."""
    return (await client.converse_stream(modelId=HAIKU, messages=PROMPT))["stream"]


async def collect(stream: Any) -> tuple[list[Any], BaseException | None]:
    """Return all events of a stream and the exception that ended it, if one did."""
    events: list[Any] = []
    try:
        async for each in stream:
            events.append(each)  # noqa: PERF401 - what came before an exception counts
    except Exception as error:  # noqa: BLE001 - any, to compare them
        return events, error
    return events, None


@pytest.mark.parametrize("case", recorded("converse"), ids=ids)
def test_whole_answer_says_the_same(case: dict[str, Any], server: BedrockServer) -> None:
    """An asynchronous Converse leaves the record of a synchronous one, and the answer is untouched."""
    server.script(*[json_reply(case["body"])] * 2)

    async def use(client: Any) -> Any:
        return await client.converse(modelId=case["model"], messages=PROMPT, **case["request"])

    plain = run(server, use, observed=False)
    outcome = run(server, use)

    skip_if_unknown(outcome.error)
    assert shown(outcome.record, case["expect"]) == case["expect"]
    assert comparable(outcome.value) == comparable(plain.value)


@pytest.mark.parametrize("case", recorded("converse"), ids=ids)
def test_stream_says_the_same(case: dict[str, Any], server: BedrockServer) -> None:
    """An asynchronous stream leaves the record of a synchronous one, and yields the same events."""
    server.script(*[events_of(case["body"])] * 2)
    expected = case["expect"] | {"stream": "complete"}
    expected.pop("time_to_first_token_ms", None)

    async def use(client: Any) -> Any:
        request = {"modelId": case["model"], "messages": PROMPT, **case["request"]}
        return await collect((await client.converse_stream(**request))["stream"])

    plain = run(server, use, observed=False)
    outcome = run(server, use)

    skip_if_unknown(outcome.error)
    assert outcome.value == plain.value
    assert shown(outcome.record, expected) == expected
    assert "time_to_first_token_ms" in outcome.record


@pytest.mark.parametrize("case", recorded("invoke_streams"), ids=ids)
def test_chunks_say_the_same(case: dict[str, Any], server: BedrockServer) -> None:
    """InvokeModelWithResponseStream, asynchronously."""
    server.script(stream_reply([chunk(each) for each in case["chunks"]]))

    async def use(client: Any) -> Any:
        return await collect(
            (await client.invoke_model_with_response_stream(modelId=case["model"], body=b"{}"))["body"]
        )

    outcome = run(server, use)

    assert shown(outcome.record, case["expect"]) == case["expect"]
    assert len(outcome.value[0]) == len(case["chunks"])


# -- bodies ------------------------------------------------------------------------------------------------------------


async def through_with(body: Any) -> Any:
    """Read from what ``async with`` hands out."""
    async with body as response:
        return await response.read()


async def content_of(body: Any) -> Any:
    """Read aiohttp's content."""
    async with body as response:
        return [part async for part in response.content.iter_chunked(100)]


async def any_of(body: Any) -> Any:
    """Read whatever aiohttp has."""
    async with body as response:
        return b"".join([part async for part in response.content.iter_any()])


async def chunks_of(body: Any) -> Any:
    """Read HTTP chunks."""
    async with body as response:
        return b"".join([part async for part, _ in response.content.iter_chunks()])


async def lines_of(body: Any) -> Any:
    """Read lines from aiohttp's content."""
    async with body as response:
        return [line async for line in response.content]


async def json_of(body: Any) -> Any:
    """Have aiohttp parse it."""
    async with body as response:
        return await response.json(content_type=None)


async def by_hundred(body: Any) -> Any:
    """Read pieces to the end."""
    parts = []
    while part := await body.read(100):
        parts.append(part)
    return parts


async def twice(body: Any) -> Any:
    """Read to the end and beyond."""
    return [await body.read(), await body.read()]


async def nothing_first(body: Any) -> Any:
    """Ask for no bytes first."""
    return [await body.read(0), await body.read()]


async def into(body: Any) -> Any:
    """Read into a buffer."""
    buffer, parts = bytearray(64), []
    while amount := await body.readinto(buffer):
        parts.append(bytes(buffer[:amount]))
    return parts


async def traits_of(body: Any) -> Any:
    """Ask what it is."""
    kinds = type(body).__name__, body.status, body.content_type, body.tell(), body.content.at_eof()
    return *kinds, await body.read(), body.tell(), body.content.at_eof()


USES: dict[str, Use] = {
    "read": lambda b: b.read(),
    "read twice": twice,
    "read nothing first": nothing_first,
    "read(n)": by_hundred,
    "readinto": into,
    "readlines": lambda b: b.readlines(),
    "with": through_with,
    "content": content_of,
    "any": any_of,
    "chunks": chunks_of,
    "lines": lines_of,
    "json": json_of,
    "traits": traits_of,
}
TEXT = b'{\n"padding": "' + b"x" * 700 + b'",\n' + json_reply(INVOKE["body"]).body[1:]


@pytest.mark.parametrize("read", USES.values(), ids=USES)
def test_every_way_of_reading_gives_what_it_gave(read: Use, server: BedrockServer) -> None:
    """Every way of reading an asynchronous body gives what it gave, and the record is whole."""
    server.script(*[bytes_reply(TEXT, "application/json", INVOKE["headers"])] * 2)

    async def use(client: Any) -> Any:
        return await read((await client.invoke_model(modelId=INVOKE["model"], body=b"{}"))["body"])

    plain = run(server, use, observed=False)
    outcome = run(server, use)

    assert plain.error is None
    assert outcome.value == plain.value
    assert shown(outcome.record, INVOKE["expect"]) == INVOKE["expect"]


def test_iterated_body_is_whole(server: BedrockServer) -> None:
    """``async for`` over a body gives its pieces."""
    server.script(bytes_reply(TEXT, "application/json", INVOKE["headers"]))

    async def use(client: Any) -> bytes:
        body = (await client.invoke_model(modelId=INVOKE["model"], body=b"{}"))["body"]
        return b"".join([part async for part in body.iter_chunks(50)])

    outcome = run(server, use)

    assert outcome.value == TEXT
    assert outcome.record["stop_reason"] == "end_turn"


def test_body_that_nobody_reads_is_recorded_by_its_headers(server: BedrockServer) -> None:
    """A dropped asynchronous body leaves its record, from the headers."""
    server.script(bytes_reply(TEXT, "application/json", INVOKE["headers"]))

    async def use(client: Any) -> None:
        await client.invoke_model(modelId=INVOKE["model"], body=b"{}")

    record = run(server, use).record

    assert shown(record, {"input_tokens": 14, "stop_reason": None}) == {"input_tokens": 14, "stop_reason": None}


# -- ends --------------------------------------------------------------------------------------------------------------


async def break_and_drop(stream: Any) -> None:
    """Leave the loop and forget the stream."""
    async for _ in stream:
        break


async def break_and_continue(stream: Any) -> None:
    """Leave the loop and read on in another."""
    await break_and_drop(stream)
    await collect(stream)


async def close(stream: Any) -> None:
    """Read a little, then close."""
    await break_and_drop(stream)
    stream.close()


async def never_iterate(_stream: Any) -> None:
    """Do nothing at all with the stream."""


async def fail_in_the_loop(stream: Any) -> None:
    """Have a bug in the loop."""
    async for _ in stream:
        raise LookupError("bug of the caller")


@pytest.mark.parametrize(
    ("use_stream", "status"),
    [
        (collect, "ok"),
        (break_and_continue, "ok"),
        (break_and_drop, "abandoned"),
        (close, "abandoned"),
        (never_iterate, "abandoned"),
        (fail_in_the_loop, "abandoned"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_every_end_leaves_one_record(use_stream: Use, status: str, server: BedrockServer) -> None:
    """However an asynchronous caller treats a stream, it leaves exactly one record."""
    server.script(stream_reply(ANSWER))

    async def use(client: Any) -> None:
        with contextlib.suppress(LookupError):
            await use_stream(await open_stream(client))

    assert run(server, use).record["status"] == status


@pytest.mark.parametrize(
    ("last", "error_type"),
    [
        (exception("throttlingException", "slow down"), "ThrottlingException"),
        (Cut(), "ClientPayloadError"),
        (b"", "StreamTruncated"),
    ],
    ids=["exception", "cut", "early end"],
)
def test_broken_streams_are_errors(last: Any, error_type: str, server: BedrockServer) -> None:
    """Errors inside an asynchronous stream are recorded, and raise what they raised."""
    server.script(*[stream_reply([START, delta(text="x"), last])] * 2)

    async def use(client: Any) -> Any:
        return await collect(await open_stream(client))

    plain = run(server, use, observed=False)
    outcome = run(server, use)

    assert outcome.value[0] == plain.value[0]
    assert repr(outcome.value[1]) == repr(plain.value[1])
    assert outcome.record["error_type"] == error_type


def test_failed_call_is_recorded(server: BedrockServer) -> None:
    """An asynchronous call that is throttled leaves the same record."""
    server.script(error_reply("ThrottlingException", "slow down"))

    outcome = run(server, converse)

    assert type(outcome.error).__name__ == "ThrottlingException"
    assert shown(outcome.record, {"status": "throttled", "attempts": 1}) == {"status": "throttled", "attempts": 1}


def test_cancelled_call_leaves_one_record(server: BedrockServer) -> None:
    """A task cancelled while it waits for an answer leaves one record: abandoned, which is no error of the model."""
    server.script(json_reply(answer(1)).after(5))

    async def use(client: Any) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(converse(client), 0.05)

    record = run(server, use).record

    assert (record["status"], record["error_type"]) == ("abandoned", "CancelledError")


def test_cancelled_stream_leaves_one_record(server: BedrockServer) -> None:
    """A task cancelled in the middle of a stream leaves one record."""
    server.script(stream_reply([START, delta(text="x"), Silence()]))

    async def use(client: Any) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(collect(await open_stream(client)), 0.05)

    record = run(server, use).record

    assert (record["status"], record["stream"]) == ("abandoned", "abandoned")
    assert "time_to_first_token_ms" in record


def test_thousand_tasks_mix_nothing_up(server: BedrockServer) -> None:
    """1,000 tasks, each inside its own observation and on one client: every record is its own task's."""

    def respond(request: Request) -> Reply:
        number = int(request.json()["messages"][0]["content"][0]["text"])
        if request.operation == "ConverseStream":
            usage = USAGE | {"inputTokens": number, "totalTokens": number + 3}
            return stream_reply([delta(text="x"), event("metadata", {"usage": usage})])
        return json_reply(answer(number))

    server.respond_with(respond)

    async def use(client: Any) -> None:
        async def call(number: int) -> None:
            @observe_inference(fields={"number": number})
            async def task() -> None:
                ask = {"modelId": HAIKU, "messages": [{"role": "user", "content": [{"text": str(number)}]}]}
                if number % 2:
                    await client.converse(**ask)
                else:
                    await collect((await client.converse_stream(**ask))["stream"])

            await task()

        await asyncio.gather(*map(call, range(1000)))

    outcome = run(server, use, observed=False, max_pool_connections=20)

    assert outcome.error is None
    assert sorted(record["number"] for record in outcome.records) == list(range(1000))
    assert all(record["input_tokens"] == record["number"] for record in outcome.records)
    assert all(record["attempts"] == 1 for record in outcome.records)
