"""Any client, whenever and however it was made; in threads; under other people's patches."""

import concurrent.futures
import contextlib
import subprocess
import sys
import threading
from typing import Any
from unittest import mock

import boto3
import botocore.client
import botocore.session
import orjson
import pytest
from runtime.bedrock.frames import answer
from runtime.bedrock.support import HAIKU, NOVA, PROMPT, observe

from genai_obs import observe_inference
from genai_obs._runtime import aws_calls
from genai_obs.testing import capture_records
from genai_obs.tools.local.bedrock import BedrockServer, Request
from genai_obs.tools.local.eventstream import event
from genai_obs.tools.local.replies import Reply, error_reply, json_reply, stream_reply


def converse(client: Any, model: str = HAIKU) -> Any:
    """Call a model."""
    return client.converse(modelId=model, messages=PROMPT)


def test_clients_of_every_making_are_observed(server: BedrockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Default session, own session, resourceless botocore session: all go through the same method."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    options: dict[str, Any] = {"endpoint_url": server.url, "region_name": "us-east-1"}
    clients = [
        boto3.client("bedrock-runtime", **options),
        boto3.session.Session().client("bedrock-runtime", **options),
        botocore.session.get_session().create_client("bedrock-runtime", **options),
    ]
    server.respond_with(lambda _: json_reply(answer(7)))

    records = observe(lambda: [converse(client) for client in clients]).records

    assert [record["input_tokens"] for record in records] == [7, 7, 7]


def test_client_made_before_the_package_was_imported_is_observed(server: BedrockServer) -> None:
    """In Lambda clients are made while the module loads, often before anything is decorated."""
    server.respond_with(lambda _: json_reply(answer(7)))
    program = f"""
import boto3
client = boto3.client("bedrock-runtime", endpoint_url={server.url!r})
from genai_obs import observe_inference

@observe_inference
def handler():
    client.converse(modelId={HAIKU!r}, messages={PROMPT!r})

handler()
"""

    line = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True).stdout

    assert orjson.loads(line)["input_tokens"] == 7


def test_boto3_imported_inside_the_handler_is_observed(server: BedrockServer) -> None:
    """The hook waits for botocore and is there when it comes, without importing it itself."""
    server.respond_with(lambda _: json_reply(answer(7)))
    program = f"""
import sys
from genai_obs import observe_inference

@observe_inference
def handler():
    assert "botocore" not in sys.modules
    import boto3
    client = boto3.client("bedrock-runtime", endpoint_url={server.url!r})
    client.converse(modelId={HAIKU!r}, messages={PROMPT!r})

handler()
"""

    line = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True).stdout

    assert orjson.loads(line)["input_tokens"] == 7


def test_other_services_leave_nothing(make_client: Any, server: BedrockServer) -> None:
    """Calls to other AWS services inside an observation pass unseen."""
    server.respond_with(lambda request: json_reply(answer(7) if "converse" in request.path else {}))
    other = make_client("bedrock")
    client = make_client()

    def handler() -> None:
        with contextlib.suppress(Exception):
            other.list_foundation_models()
        converse(client)

    assert observe(handler).record["operation"] == "Converse"


def test_calls_outside_an_observation_leave_nothing(runtime: Any, server: BedrockServer) -> None:
    """Only what runs inside a decorated function is recorded."""
    server.respond_with(lambda _: json_reply(answer(7)))

    @observe_inference
    def handler() -> None:
        converse(runtime)

    with capture_records() as records:
        converse(runtime)
        handler()
        converse(runtime)

    assert len(records) == 1


def test_threads_mix_nothing_up(runtime: Any, server: BedrockServer) -> None:
    """200 calls on 20 threads through one client: every record has its own call's tokens, request id and fields."""

    def respond(request: Request) -> Reply:
        number = int(request.json()["messages"][0]["content"][0]["text"])
        if number % 7 == 3:
            return error_reply("ValidationException", "no")
        if request.operation == "ConverseStream":
            frames = [event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "x"}})]
            return stream_reply([*frames, event("metadata", {"usage": answer(number, number)["usage"]})])
        return json_reply(answer(number, number))

    server.respond_with(respond)

    def call(number: int) -> None:
        ask = {"modelId": HAIKU, "messages": [{"role": "user", "content": [{"text": str(number)}]}]}

        @observe_inference(fields={"number": number})
        def handler() -> None:
            if number % 2:
                list(runtime.converse_stream(**ask)["stream"])
            else:
                runtime.converse(**ask)

        with contextlib.suppress(runtime.exceptions.ValidationException):
            handler()

    with capture_records() as records, concurrent.futures.ThreadPoolExecutor(20) as pool:
        list(pool.map(call, range(1, 201)))

    sent = {request.request_id: request for request in server.requests}
    assert sorted(record["number"] for record in records) == list(range(1, 201))  # type: ignore[type-var]
    for record in records:
        number = record["number"]
        request = sent[str(record["bedrock_request_id"])]
        assert str(number) in request.body.decode()
        assert record.get("input_tokens") == (None if record["status"] == "error" else number)
        assert record["attempts"] == 1


def test_observations_in_parallel_threads_share_one_handler(runtime: Any, server: BedrockServer) -> None:
    """A handler that fans out over a pool gets one record a call, all with its own fields."""
    server.respond_with(lambda _: json_reply(answer(7)))

    @observe_inference(fields={"feature": "fan"})
    def handler() -> None:
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: converse(runtime), range(12)))

    with capture_records() as records:
        handler()

    assert [record["feature"] for record in records] == ["fan"] * 12


def test_first_calls_of_a_client_may_race(make_client: Any, server: BedrockServer) -> None:
    """The first calls of a client, made at once in many threads, all count their attempts."""
    client = make_client()
    server.respond_with(lambda _: json_reply(answer(7)))
    barrier = threading.Barrier(8)

    def call(_: int) -> None:
        barrier.wait()
        observe_inference(converse)(client)

    with capture_records() as records, concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(call, range(8)))

    assert [record["status"] for record in records] == ["ok"] * 8


def test_patch_of_a_users_test_is_respected(runtime: Any) -> None:
    """A test that replaces botocore's method gets what it put there; what it returns is the function's value."""
    made_up = answer(5)

    with mock.patch("botocore.client.BaseClient._make_api_call", return_value=made_up) as patched:
        outcome = observe(lambda: converse(runtime))

    assert outcome.value is made_up
    assert patched.call_count == 1
    assert outcome.record["input_tokens"] == 5


def test_hook_survives_a_users_patch(runtime: Any, server: BedrockServer) -> None:
    """When a test takes its patch away again, calls are observed as before."""
    server.respond_with(lambda _: json_reply(answer(7)))
    observe_inference(converse)
    with mock.patch("botocore.client.BaseClient._make_api_call", return_value={}):
        observe(lambda: converse(runtime))

    assert observe(lambda: converse(runtime)).record["operation"] == "Converse"


def test_mock_in_the_methods_place_is_wrapped_too() -> None:
    """A mock has every attribute one asks for; it is not taken for our own wrapper."""
    calls: list[Any] = []

    class Client:
        _make_api_call = mock.MagicMock(side_effect=calls.append)

    aws_calls._patch_botocore(mock.Mock(BaseClient=Client))

    assert getattr(Client._make_api_call, "_genai_obs", None) is True
    assert not isinstance(Client._make_api_call, mock.MagicMock)


def test_hook_is_put_in_place_once() -> None:
    """Installing again changes nothing."""
    before = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]

    aws_calls.install()

    assert botocore.client.BaseClient._make_api_call is before  # type: ignore[attr-defined]


def test_wrapped_method_can_be_inspected() -> None:
    """Name, documentation and signature of botocore's method stay what they were."""
    method = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]

    assert method.__name__ == "_make_api_call"
    assert method.__wrapped__ is not method


def test_users_event_handlers_see_what_they_saw(make_client: Any, server: BedrockServer) -> None:
    """Handlers of the caller's own run in their order and may still rewrite an answer."""
    client = make_client()
    seen: list[str] = []

    def rewrite(parsed: Any, **_: object) -> None:
        seen.append("after-call")
        parsed["usage"]["inputTokens"] = 1000
        parsed["usage"]["totalTokens"] = 1001

    client.meta.events.register("before-send.bedrock-runtime", lambda **_: seen.append("before-send"))
    client.meta.events.register("after-call.bedrock-runtime", rewrite)
    server.respond_with(lambda _: json_reply(answer(7)))

    record = observe(lambda: converse(client)).record

    assert seen == ["before-send", "after-call"]
    assert record["input_tokens"] == 1000


def test_call_inside_a_call_is_its_own(make_client: Any, server: BedrockServer) -> None:
    """A handler of botocore's that calls a model itself leaves a record of its own."""
    client, inner = make_client(), make_client()
    server.respond_with(lambda request: json_reply(answer(1 if request.model_id == NOVA else 2)))
    client.meta.events.register("before-send.bedrock-runtime", lambda **_: converse(inner, NOVA) and None)

    records = observe(lambda: converse(client)).records

    assert [(record["input_tokens"], record["attempts"]) for record in records] == [(1, 1), (2, 1)]


def test_nested_observations_record_a_call_once(runtime: Any, server: BedrockServer) -> None:
    """The innermost observation owns a call; the outer ones add nothing."""
    server.respond_with(lambda _: json_reply(answer(7)))
    inner = observe_inference(converse)

    assert len(observe(lambda: inner(runtime)).records) == 1


def test_hook_that_a_users_test_took_away_comes_back(server: BedrockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later decoration hooks botocore again where something restored the method as it was before ours."""
    client = boto3.client("bedrock-runtime", endpoint_url=server.url, region_name="us-east-1")
    aws_calls.install()
    base: Any = botocore.client.BaseClient
    monkeypatch.setattr(base, "_make_api_call", base._make_api_call.__wrapped__)
    server.respond_with(lambda _: json_reply(answer(7)))

    with capture_records() as records:
        observe_inference(converse)(client)

    assert [record["operation"] for record in records] == ["Converse"]
