"""The body of InvokeModel: every way of reading it gives what it gave, and leaves one whole record."""

import contextlib
import gc
import io
import json
import socketserver
import threading
import time
from typing import Any

import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber
from runtime.bedrock.support import attempt, body, garbage_of, observe, recorded, shown

from genai_obs import observe_inference
from genai_obs.testing import capture_records
from genai_obs.tools.local.bedrock import BedrockServer
from genai_obs.tools.local.replies import bytes_reply, json_reply

CASE = recorded("invoke")[0]
TEXT = json.dumps({**CASE["body"], "padding": "line\n" * 700}, indent=1).encode()
MODEL = CASE["model"]


def into(stream: Any, size: int) -> list[bytes]:
    """Read with ``readinto`` to the end."""
    buffer, parts = bytearray(size), []
    while amount := stream.readinto(buffer):
        parts.append(bytes(buffer[:amount]))
    return parts


def by(stream: Any, size: int) -> list[bytes]:
    """Read pieces to the end."""
    return list(iter(lambda: stream.read(size), b""))


def through_with(stream: Any) -> bytes:
    """Read from what ``with`` hands out."""
    with stream as raw:
        return bytes(raw.read())


def lines_through_with(stream: Any) -> list[str]:
    """Read lines of text from what ``with`` hands out."""
    with stream as raw:
        return list(io.TextIOWrapper(raw, "utf-8"))


def closing(stream: Any) -> bytes:
    """Read inside ``contextlib.closing``."""
    with contextlib.closing(stream) as open_one:
        return bytes(open_one.read())


def told(stream: Any) -> list[int]:
    """Return the positions while reading."""
    positions = [stream.tell()]
    while stream.read(1000):
        positions.append(stream.tell())
    return positions


def next_only(stream: Any) -> list[bytes]:
    """Call ``next`` until it has had enough."""
    parts = []
    with contextlib.suppress(StopIteration):
        while True:
            parts.append(next(stream))
    return parts


def nothing_then_all(stream: Any) -> tuple[bytes, bytes]:
    """Ask for no bytes first."""
    return stream.read(0), stream.read()


def empty_buffer_then_all(stream: Any) -> tuple[int, bytes]:
    """Read into a buffer without room first."""
    return stream.readinto(bytearray()), stream.read()


USES = {
    "read": lambda s: s.read(),
    "read(None)": lambda s: s.read(None),
    "read(-1)": lambda s: s.read(-1),
    "read(n)": lambda s: by(s, 100),
    "read exactly": lambda s: s.read(len(TEXT)),
    "read twice": lambda s: (s.read(), s.read()),
    "read nothing first": nothing_then_all,
    "iterate": list,
    "next": next_only,
    "iter_lines": lambda s: list(s.iter_lines()),
    "iter_lines(keepends)": lambda s: list(s.iter_lines(chunk_size=64, keepends=True)),
    "iter_chunks": lambda s: list(s.iter_chunks(256)),
    "readinto": lambda s: into(s, 512),
    "readinto nothing first": empty_buffer_then_all,
    "readlines": lambda s: s.readlines(),
    "json.load": json.load,
    "TextIOWrapper": lambda s: list(io.TextIOWrapper(s, "utf-8")),
    "BufferedReader": lambda s: io.BufferedReader(s).read(),
    "with": through_with,
    "with, lines": lines_through_with,
    "closing": closing,
    "tell": told,
    "set_socket_timeout": lambda s: (s.set_socket_timeout(3), s.read())[1],
    "raw stream": lambda s: list(s._raw_stream.stream(300)),
    "raw iteration": lambda s: list(s._raw_stream),
}

if not hasattr(StreamingBody, "readinto"):  # botocore 1.34
    USES = {name: use for name, use in USES.items() if "readinto" not in name}

SHORT_USES = ("read", "read(n)", "readinto", "with", "readlines")


def invoke(runtime: Any) -> Any:
    """Return a live body."""
    return runtime.invoke_model(modelId=MODEL, body=b"{}")["body"]


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_every_way_of_reading_gives_what_it_gave(use: Any, server: BedrockServer, runtime: Any) -> None:
    """Bytes, types, lengths and errors of a reading are those of an unobserved client, and the record is whole."""
    server.script(*[bytes_reply(TEXT, "application/json", CASE["headers"])] * 2)

    plain, plain_error = attempt(lambda: use(invoke(runtime)))
    outcome = observe(lambda: use(invoke(runtime)))

    assert outcome.value == plain
    assert (type(outcome.error), str(outcome.error)) == (type(plain_error), str(plain_error))
    # What botocore cannot do without us either, an older one more of it, leaves an unread body.
    expected = CASE["expect"] if plain_error is None else {"input_tokens": 14}
    assert shown(outcome.record, expected) == expected


PARTS = {
    "never read": lambda s: None,
    "a little": lambda s: s.read(10),
    "closed unread": lambda s: s.close(),
    "closed after a little": lambda s: (s.read(10), s.close())[0],
    "with, unread": lambda s: s.__enter__() and s.__exit__(None, None, None),
    "read after close": lambda s: (s.close(), s.read())[1],
    "first line": lambda s: next(s.iter_lines()),
}


@pytest.mark.parametrize("use", PARTS.values(), ids=PARTS)
def test_half_read_bodies_are_recorded_by_their_headers(use: Any, server: BedrockServer, runtime: Any) -> None:
    """A body that is not read to its end leaves one record too: the counts were in the headers."""
    server.script(*[bytes_reply(TEXT, "application/json", CASE["headers"])] * 2)

    plain, plain_error = attempt(lambda: use(invoke(runtime)))
    outcome = observe(lambda: use(invoke(runtime)))
    gc.collect()

    assert outcome.value == plain
    assert (type(outcome.error), str(outcome.error)) == (type(plain_error), str(plain_error))
    expected = {"input_tokens": 14, "output_tokens": 5, "stop_reason": None, "server_latency_ms": 412}
    assert shown(outcome.record, expected) == expected


def test_body_stays_a_streaming_body(server: BedrockServer, runtime: Any) -> None:
    """``isinstance`` and the attributes of body and raw stream are as before."""
    server.script(*[bytes_reply(TEXT, "application/json")] * 2)

    def traits() -> tuple[Any, ...]:
        stream = invoke(runtime)
        raw = stream._raw_stream
        kinds = type(stream), raw.__class__, isinstance(raw, type(raw)), isinstance(stream, StreamingBody)
        return *kinds, stream.readable(), raw.status, raw.headers["content-type"], raw.closed, hasattr(raw, "nonsense")

    assert observe(traits).value == traits()


class Truncating(socketserver.StreamRequestHandler):
    """Announces more than it sends."""

    def handle(self) -> None:
        """Answer one request with half a body."""
        length = 0
        while (line := self.rfile.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        self.rfile.read(length)
        headers = [f"{name}: {value}" for name, value in CASE["headers"].items()]
        head = "\r\n".join(["HTTP/1.1 200 OK", "Content-Type: application/json", "Content-Length: 4000", *headers])
        self.wfile.write(head.encode() + b"\r\n\r\n" + TEXT[:50])


@pytest.mark.parametrize("use", [USES[name] for name in SHORT_USES if name in USES])
def test_server_that_closes_too_early_is_an_error(use: Any, make_client: Any) -> None:
    """A body shorter than announced raises what it raised, and the record says so and keeps the headers' counts."""
    with socketserver.TCPServer(("127.0.0.1", 0), Truncating) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        client = make_client(endpoint_url=f"http://127.0.0.1:{server.server_address[1]}")

        plain, plain_error = attempt(lambda: use(invoke(client)))
        outcome = observe(lambda: use(invoke(client)))
        server.shutdown()

    assert outcome.value == plain
    assert (type(outcome.error), str(outcome.error)) == (type(plain_error), str(plain_error))
    assert (outcome.record["status"] == "error") == (plain_error is not None)
    assert (outcome.record["input_tokens"], outcome.record.get("stop_reason")) == (14, None)


def test_large_bodies_are_not_kept(server: BedrockServer, runtime: Any) -> None:
    """Of an answer with megabytes of images only the headers are read."""
    pixels: str = "A" * (9 * 2**20)
    server.script(json_reply({"images": [pixels], "error": None}, CASE["headers"]))

    outcome = observe(lambda: b"".join(invoke(runtime).iter_chunks(2**20)))

    assert len(outcome.value) > 9 * 2**20
    assert shown(outcome.record, {"input_tokens": 14, "images": None}) == {"input_tokens": 14, "images": None}


@pytest.mark.parametrize("text", [b"", b"not json", b'{"usage"', b"\xff\xfe", b"null", b'"x"'])
def test_bodies_that_are_no_answer_disturb_nobody(text: bytes, server: BedrockServer, runtime: Any) -> None:
    """Whatever a container answers, the caller gets it and the headers are recorded."""
    server.script(bytes_reply(text, "application/json", CASE["headers"]))

    outcome = observe(lambda: invoke(runtime).read())

    assert outcome.value == text
    assert (outcome.record["status"], outcome.record["output_tokens"]) == ("ok", 5)


def test_latency_is_the_services_not_the_readers(server: BedrockServer, runtime: Any) -> None:
    """What a caller does before it reads a body that has arrived is not counted."""
    server.script(bytes_reply(TEXT, "application/json"))

    def handler() -> float:
        begun = time.perf_counter()
        stream = invoke(runtime)
        passed_ms = (time.perf_counter() - begun) * 1000
        time.sleep(0.01)
        stream.read()
        return passed_ms

    outcome = observe(handler)

    assert outcome.record["latency_ms"] <= outcome.value + 0.1


def test_body_that_is_returned_is_recorded_when_it_is_read(server: BedrockServer, runtime: Any) -> None:
    """A function that hands its body on leaves the record when whoever got it has read it."""
    server.script(bytes_reply(TEXT, "application/json", CASE["headers"]))

    with capture_records() as records:
        stream = observe_inference(lambda: invoke(runtime))()
        before = list(records)
        stream.read()

    assert (before, [record["stop_reason"] for record in records]) == ([], ["end_turn"])


def test_observation_leaves_no_cycles(server: BedrockServer, runtime: Any) -> None:
    """What follows a body is freed with it; a collector has no more to do than without the decorator."""
    server.script(*[bytes_reply(TEXT, "application/json", CASE["headers"])] * 4)

    def handler() -> None:
        invoke(runtime).read()

    assert garbage_of(lambda: observe(handler)) <= garbage_of(handler)


def test_stubbed_answers_are_read(runtime: Any, make_client: Any) -> None:
    """A client stubbed by somebody's tests is observed: with a real body, and with plain bytes in its place."""
    client = make_client()
    text = body(CASE["body"])
    answers = [StreamingBody(io.BytesIO(text), len(text)), io.BytesIO(text)]
    with Stubber(client) as stub:
        for answer in answers:
            stub.add_response("invoke_model", {"body": answer, "contentType": "application/json"})

        outcome = observe(lambda: [client.invoke_model(modelId=MODEL, body=b"{}")["body"].read() for _ in answers])

    assert outcome.value == [text, text]
    assert [(record["input_tokens"], record["stop_reason"]) for record in outcome.records] == [(14, "end_turn")] * 2
