"""The Bedrock-shaped server as real boto3 sees it: every operation, every way to fail."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import urllib3.exceptions
from botocore.eventstream import ChecksumMismatch
from botocore.exceptions import ClientError, ConnectionClosedError, EventStreamError

from genai_obs.tools.local import eventstream
from genai_obs.tools.local.answers import Answer, converse_events, converse_reply, converse_stream_reply
from genai_obs.tools.local.bedrock import BedrockServer
from genai_obs.tools.local.families import invoke_reply, invoke_stream_reply
from genai_obs.tools.local.replies import (
    ERROR_STATUS,
    Cut,
    Hold,
    Silence,
    bytes_reply,
    cut_reply,
    error_reply,
    json_reply,
    stream_reply,
)
from genai_obs.tools.local.surfaces import (
    agent_reply,
    apply_guardrail_reply,
    assessment,
    count_tokens_reply,
    rerank_reply,
    retrieve_and_generate_reply,
    retrieve_and_generate_stream_reply,
    retrieve_reply,
)
from genai_obs.tools.local.world import World

_NOVA = "us.amazon.nova-lite-v1:0"
_ARN = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0"
_MESSAGES = [{"role": "user", "content": [{"text": "why?"}]}]
_ANSWER = Answer("Because it is so, and because it was.", 9, 8, cache_read_tokens=5, cache_write_tokens=3)


OpenStream = Callable[..., Any]


@pytest.fixture
def open_stream() -> Iterator[OpenStream]:
    """ConverseStream of a client; streams that nobody reads to their end are closed with the test."""
    streams = []

    def open_(client: Any, model: str = _NOVA) -> Any:
        stream = client.converse_stream(modelId=model, messages=_MESSAGES)["stream"]
        streams.append(stream)
        return stream

    yield open_
    for stream in streams:
        stream.close()


def test_converse_answers_with_text_usage_and_latency(bedrock_server: BedrockServer, make_client: Any) -> None:
    """The modelled members come through botocore's parser; the four counts are disjoint and add up."""
    bedrock_server.script(converse_reply(_ANSWER))

    answer = make_client().converse(modelId=_NOVA, messages=_MESSAGES)

    assert answer["output"]["message"]["content"] == [{"text": _ANSWER.text}]
    assert answer["usage"] == {
        "inputTokens": 9,
        "outputTokens": 8,
        "totalTokens": 25,
        "cacheReadInputTokens": 5,
        "cacheWriteInputTokens": 3,
        "cacheDetails": [{"ttl": "5m", "inputTokens": 3}],
    }
    assert answer["metrics"] == {"latencyMs": 420}


def test_a_tool_call_is_the_same_whole_and_streamed(
    bedrock_server: BedrockServer, make_client: Any, open_stream: OpenStream
) -> None:
    """The stream's pieces of JSON add up to the whole call's input."""
    answer = Answer("Let me look.", 1, 1, stop="tool_use", tool=("weather", {"city": "Oslo", "days": 2}))
    bedrock_server.script(converse_reply(answer), converse_stream_reply(answer))
    client = make_client()

    whole = client.converse(modelId=_NOVA, messages=_MESSAGES)["output"]["message"]["content"][1]["toolUse"]
    deltas = [event["contentBlockDelta"]["delta"] for event in open_stream(client) if "contentBlockDelta" in event]

    pieces = "".join(delta["toolUse"]["input"] for delta in deltas if "toolUse" in delta)
    assert json.loads(pieces) == whole["input"]


def test_converse_stream_sends_its_usage_last(
    bedrock_server: BedrockServer, make_client: Any, open_stream: OpenStream
) -> None:
    """Start, deltas, stop, and only then the counts."""
    bedrock_server.script(converse_stream_reply(_ANSWER))

    events = list(open_stream(make_client()))

    kinds = [next(iter(event)) for event in events]
    assert kinds[0] == "messageStart"
    assert kinds[-3:] == ["contentBlockStop", "messageStop", "metadata"]
    assert events[-1]["metadata"]["usage"]["totalTokens"] == 25
    assert _ANSWER.text == "".join(
        event["contentBlockDelta"]["delta"]["text"] for event in events if "contentBlockDelta" in event
    )


def test_invoke_model_has_its_counts_in_headers(bedrock_server: BedrockServer, make_client: Any) -> None:
    """The wire's mixed case arrives in botocore's lower case."""
    bedrock_server.script(invoke_reply(_NOVA, _ANSWER))

    answer = make_client().invoke_model(modelId=_NOVA, body="{}")

    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amzn-bedrock-input-token-count"] == "9"
    assert headers["x-amzn-bedrock-cache-read-input-token-count"] == "5"
    assert json.loads(answer["body"].read())["usage"]["outputTokens"] == 8


def test_invoke_model_streams_chunks(bedrock_server: BedrockServer, make_client: Any) -> None:
    """Each chunk holds the provider's JSON, the last the metrics; the content type has a header of its own."""
    bedrock_server.script(invoke_stream_reply(_NOVA, _ANSWER))

    answer = make_client().invoke_model_with_response_stream(modelId=_NOVA, body="{}")

    bodies = [json.loads(event["chunk"]["bytes"]) for event in answer["body"]]
    assert answer["contentType"] == "application/json"
    assert bodies[-1]["amazon-bedrock-invocationMetrics"]["inputTokenCount"] == 9


def test_the_small_operations_answer(bedrock_server: BedrockServer, make_client: Any) -> None:
    """Counting and guarding run no model."""
    found = assessment({"wordPolicy": {"customWords": []}}, characters=1500)
    bedrock_server.script(count_tokens_reply(18), apply_guardrail_reply(found, intervened=True, output="no"))
    client = make_client()

    counted = client.count_tokens(modelId=_NOVA, input={"converse": {"messages": _MESSAGES}})
    guarded = client.apply_guardrail(
        guardrailIdentifier="gr", guardrailVersion="1", source="INPUT", content=[{"text": {"text": "x"}}]
    )

    assert counted["inputTokens"] == 18
    assert (guarded["action"], guarded["outputs"]) == ("GUARDRAIL_INTERVENED", [{"text": "no"}])
    assert guarded["usage"]["wordPolicyUnits"] == 2


@pytest.mark.parametrize("inline", [False, True], ids=["InvokeAgent", "InvokeInlineAgent"])
def test_an_agent_traces_its_model_calls(bedrock_server: BedrockServer, make_client: Any, *, inline: bool) -> None:
    """Two calls, four trace events, and the last answer's bytes at the end."""
    bedrock_server.script(
        agent_reply([Answer("thinking", 10, 5), Answer("done", 20, 7)], model=_NOVA, session_id="session")
    )
    client = make_client("bedrock-agent-runtime")

    if inline:
        answer = client.invoke_inline_agent(
            sessionId="session", inputText="x", enableTrace=True, foundationModel=_NOVA, instruction="x" * 40
        )
    else:
        answer = client.invoke_agent(
            agentId="AGENT00000", agentAliasId="TSTALIASID", sessionId="session", inputText="x", enableTrace=True
        )
    events = list(answer["completion"])

    traces = [event["trace"]["trace"]["orchestrationTrace"] for event in events if "trace" in event]
    used = [each["modelInvocationOutput"]["metadata"]["usage"] for each in traces if "modelInvocationOutput" in each]
    assert used == [{"inputTokens": 10, "outputTokens": 5}, {"inputTokens": 20, "outputTokens": 7}]
    assert events[-1] == {"chunk": {"bytes": b"done"}}
    assert answer["sessionId"] == "session"


def test_knowledge_bases_answer_without_counts(bedrock_server: BedrockServer, make_client: Any) -> None:
    """Retrieve, generate, both whole and streamed, and rerank."""
    answer = Answer("Thirty days.", 0, 0)
    bedrock_server.script(
        retrieve_reply(["You can return it."]),
        retrieve_and_generate_reply(answer),
        retrieve_and_generate_stream_reply(answer, session_id="kb"),
        rerank_reply(2),
    )
    client = make_client("bedrock-agent-runtime")
    base = {"knowledgeBaseId": "KB12345678", "modelArn": _NOVA}
    asked: dict[str, Any] = {
        "input": {"text": "x"},
        "retrieveAndGenerateConfiguration": {"type": "KNOWLEDGE_BASE", "knowledgeBaseConfiguration": base},
    }

    found = client.retrieve(knowledgeBaseId="KB12345678", retrievalQuery={"text": "x"})
    whole = client.retrieve_and_generate(**asked)
    streamed = client.retrieve_and_generate_stream(**asked)
    events = list(streamed["stream"])
    ranked = client.rerank(
        queries=[{"type": "TEXT", "textQuery": {"text": "q"}}],
        sources=[{"type": "INLINE", "inlineDocumentSource": {"type": "TEXT", "textDocument": {"text": "d"}}}] * 2,
        rerankingConfiguration={
            "type": "BEDROCK_RERANKING_MODEL",
            "bedrockRerankingConfiguration": {"modelConfiguration": {"modelArn": "amazon.rerank-v1:0"}},
        },
    )

    assert found["retrievalResults"][0]["content"]["text"] == "You can return it."
    assert (whole["output"]["text"], whole["guardrailAction"]) == ("Thirty days.", "NONE")
    assert (streamed["sessionId"], events[-1]) == ("kb", {"guardrail": {"action": "NONE"}})
    assert [result["index"] for result in ranked["results"]] == [0, 1]


def test_the_world_answers_a_real_client(make_client: Any, bedrock_server: BedrockServer) -> None:
    """With a responder nothing needs a script, and scripts still come first."""
    bedrock_server.respond_with(World(speed_up=1000))
    bedrock_server.script(error_reply("ThrottlingException"), operation="Converse", model=_ARN)
    client = make_client(retries={"total_max_attempts": 2})

    answer = client.converse(modelId=_ARN, messages=_MESSAGES)

    assert answer["ResponseMetadata"]["RetryAttempts"] == 1
    assert answer["usage"]["outputTokens"] > 0


_KNOWLEDGE: dict[str, Any] = {
    "input": {"text": "x"},
    "retrieveAndGenerateConfiguration": {
        "type": "KNOWLEDGE_BASE",
        "knowledgeBaseConfiguration": {"knowledgeBaseId": "KB12345678", "modelArn": _NOVA},
    },
}
_RERANKING: dict[str, Any] = {
    "queries": [{"type": "TEXT", "textQuery": {"text": "q"}}],
    "sources": [{"type": "INLINE", "inlineDocumentSource": {"type": "TEXT", "textDocument": {"text": "d"}}}],
    "rerankingConfiguration": {
        "type": "BEDROCK_RERANKING_MODEL",
        "bedrockRerankingConfiguration": {"modelConfiguration": {"modelArn": "amazon.rerank-v1:0"}},
    },
}


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "member"),
    [
        ("bedrock-runtime", "converse", {"modelId": _NOVA, "messages": _MESSAGES}, "output"),
        ("bedrock-runtime", "converse_stream", {"modelId": _NOVA, "messages": _MESSAGES}, "stream"),
        ("bedrock-runtime", "invoke_model", {"modelId": _NOVA, "body": "{}"}, "body"),
        ("bedrock-runtime", "invoke_model_with_response_stream", {"modelId": _NOVA, "body": "{}"}, "body"),
        (
            "bedrock-runtime",
            "count_tokens",
            {"modelId": _NOVA, "input": {"converse": {"messages": _MESSAGES, "system": [{"text": "x"}]}}},
            "inputTokens",
        ),
        (
            "bedrock-runtime",
            "apply_guardrail",
            {
                "guardrailIdentifier": "gr",
                "guardrailVersion": "1",
                "source": "INPUT",
                "content": [{"text": {"text": "Shall I invest?"}}],
            },
            "outputs",
        ),
        (
            "bedrock-agent-runtime",
            "invoke_agent",
            {"agentId": "AGENT00000", "agentAliasId": "TSTALIASID", "sessionId": "session", "inputText": "x"},
            "completion",
        ),
        (
            "bedrock-agent-runtime",
            "invoke_inline_agent",
            {"sessionId": "session", "inputText": "x", "foundationModel": _NOVA, "instruction": "x" * 40},
            "completion",
        ),
        ("bedrock-agent-runtime", "retrieve_and_generate", _KNOWLEDGE, "output"),
        ("bedrock-agent-runtime", "retrieve_and_generate_stream", _KNOWLEDGE, "stream"),
        (
            "bedrock-agent-runtime",
            "retrieve",
            {"knowledgeBaseId": "KB12345678", "retrievalQuery": {"text": "x"}},
            "retrievalResults",
        ),
        ("bedrock-agent-runtime", "rerank", _RERANKING, "results"),
    ],
    ids=lambda value: value if isinstance(value, str) and "_" in value else None,
)
def test_the_world_has_an_answer_to_every_operation(
    bedrock_server: BedrockServer, make_client: Any, service: str, operation: str, parameters: Any, member: str
) -> None:
    """Whole or streamed, in a shape that botocore reads to its end."""
    bedrock_server.respond_with(World(speed_up=1000))

    answer = getattr(make_client(service), operation)(**parameters)

    got = answer[member]
    streamed = list(got) if member in {"stream", "completion"} or operation.endswith("response_stream") else got
    assert streamed


def test_the_world_does_not_stream_what_cannot_be_streamed(bedrock_server: BedrockServer, make_client: Any) -> None:
    """As the service says it."""
    bedrock_server.respond_with(World(speed_up=1000))

    with pytest.raises(ClientError, match="unsupported for streaming"):
        make_client().invoke_model_with_response_stream(modelId="amazon.titan-embed-text-v2:0", body="{}")


def test_model_arns_and_bodies_are_recorded(bedrock_server: BedrockServer, make_client: Any) -> None:
    """What a client sent can be looked at, decoded."""
    bedrock_server.script(converse_reply(_ANSWER))

    make_client().converse(modelId=_ARN, messages=_MESSAGES)

    [request] = bedrock_server.requests
    assert (request.operation, request.model_id) == ("Converse", _ARN)
    assert request.json()["messages"] == _MESSAGES
    assert request.headers["amz-sdk-request"] == "attempt=1; max=1"


def test_throttles_are_retried_and_counted(bedrock_server: BedrockServer, make_client: Any) -> None:
    """Botocore's own retries: each attempt is a request with an id of its own."""
    bedrock_server.script(error_reply("ThrottlingException"), converse_reply(_ANSWER))

    answer = make_client(retries={"total_max_attempts": 2}).converse(modelId=_NOVA, messages=_MESSAGES)

    assert answer["ResponseMetadata"]["RetryAttempts"] == 1
    assert len({request.request_id for request in bedrock_server.requests}) == 2
    assert answer["ResponseMetadata"]["RequestId"] == bedrock_server.requests[-1].request_id


@pytest.mark.parametrize("code", sorted(ERROR_STATUS))
def test_errors_arrive_with_code_and_status(bedrock_server: BedrockServer, make_client: Any, code: str) -> None:
    """Every code of the models becomes a ClientError of that code."""
    bedrock_server.script(error_reply(code, "why"))

    with pytest.raises(ClientError) as caught:
        make_client().converse(modelId=_NOVA, messages=_MESSAGES)

    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == ERROR_STATUS[code]


def test_an_errors_own_members_are_kept(bedrock_server: BedrockServer, make_client: Any) -> None:
    """ModelErrorException tells what the model said."""
    bedrock_server.script(error_reply("ModelErrorException", "no", originalStatusCode=500, resourceName="m"))

    with pytest.raises(ClientError) as caught:
        make_client().converse(modelId=_NOVA, messages=_MESSAGES)

    response: Any = caught.value.response
    assert (response["originalStatusCode"], response["resourceName"]) == (500, "m")


def test_an_error_page_is_an_error_by_its_status(bedrock_server: BedrockServer, make_client: Any) -> None:
    """Not everything between a client and Bedrock speaks JSON."""
    bedrock_server.script(bytes_reply(b"<html>busy</html>", "text/html", status=503))

    with pytest.raises(ClientError) as caught:
        make_client().converse(modelId=_NOVA, messages=_MESSAGES)

    assert caught.value.response["Error"]["Code"] == "503"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (eventstream.exception("throttlingException", "slow"), "throttlingException"),
        (eventstream.exception("modelStreamErrorException", "no", originalStatusCode=500), "modelStreamErrorException"),
        (eventstream.error("InternalFailure", "oops"), "InternalFailure"),
    ],
    ids=["exception", "exception with members", "error"],
)
def test_a_stream_can_fail_in_the_middle(
    bedrock_server: BedrockServer, make_client: Any, open_stream: OpenStream, frame: bytes, code: str
) -> None:
    """What came before is delivered, then the loop raises."""
    bedrock_server.script(stream_reply([*converse_events(_ANSWER)[:2], frame]))
    seen = []

    with pytest.raises(EventStreamError) as caught:
        seen.extend(iter(open_stream(make_client())))

    assert caught.value.response["Error"]["Code"] == code


def test_a_damaged_frame_is_a_checksum_mismatch(
    bedrock_server: BedrockServer, make_client: Any, open_stream: OpenStream
) -> None:
    """The last frame's checksum is wrong."""
    start = eventstream.event("messageStart", {"role": "assistant"})
    bedrock_server.script(stream_reply([start, eventstream.with_bad_checksum(start)]))

    with pytest.raises(ChecksumMismatch):
        list(open_stream(make_client()))


def test_a_cut_stream_is_urllib3s_error(
    bedrock_server: BedrockServer, make_client: Any, open_stream: OpenStream
) -> None:
    """It is not wrapped by botocore."""
    bedrock_server.script(stream_reply([*converse_events(_ANSWER)[:2], Cut()]))

    with pytest.raises(urllib3.exceptions.ProtocolError):
        list(open_stream(make_client()))


def test_a_silent_stream_is_urllib3s_timeout(
    bedrock_server: BedrockServer, make_client: Any, open_stream: OpenStream
) -> None:
    """Nor is this one."""
    bedrock_server.script(stream_reply([*converse_events(_ANSWER)[:2], Silence()]))

    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        list(open_stream(make_client(read_timeout=0.2)))


def test_a_stream_that_ends_early_and_cleanly_raises_nothing(
    bedrock_server: BedrockServer, make_client: Any, open_stream: OpenStream
) -> None:
    """The missing metadata is the only sign, even when the end falls into a frame."""
    frames = converse_events(_ANSWER)
    bedrock_server.script(stream_reply([*frames[:3], frames[3][:7]]))

    events = list(open_stream(make_client()))

    assert len(events) == 3


def test_a_cut_call_is_a_closed_connection(bedrock_server: BedrockServer, make_client: Any) -> None:
    """The server hangs up instead of answering."""
    bedrock_server.script(cut_reply())

    with pytest.raises(ConnectionClosedError):
        make_client().converse(modelId=_NOVA, messages=_MESSAGES)


def test_frames_may_be_split_anywhere(bedrock_server: BedrockServer, make_client: Any, open_stream: OpenStream) -> None:
    """Chunks of the HTTP body need not be frames."""
    data = b"".join(converse_events(_ANSWER))
    bedrock_server.script(stream_reply(eventstream.split(data, [1, 11, 13, 40, len(data) - 2])))

    events = list(open_stream(make_client()))

    assert events[-1]["metadata"]["usage"]["inputTokens"] == 9


def test_a_stream_waits_for_the_test(bedrock_server: BedrockServer, make_client: Any, open_stream: OpenStream) -> None:
    """A held stream delivers nothing more until it is released."""
    release = threading.Event()
    frames = converse_events(_ANSWER)
    bedrock_server.script(stream_reply([frames[0], Hold(release), *frames[1:]]))

    stream = iter(open_stream(make_client()))
    first = next(stream)
    release.set()
    rest = list(stream)

    assert first == {"messageStart": {"role": "assistant"}}
    assert len(rest) == len(frames) - 1


def test_paces_and_delays_take_their_time(
    bedrock_server: BedrockServer, make_client: Any, open_stream: OpenStream
) -> None:
    """The call returns with the headers, the frames follow at their pace."""
    frames = converse_events(_ANSWER)[:3]
    bedrock_server.script(stream_reply(frames, first_s=0.05, pace_s=0.02).after(0.05))
    client = make_client()

    started = time.monotonic()
    stream = open_stream(client)
    returned = time.monotonic() - started
    list(stream)
    ended = time.monotonic() - started

    assert returned >= 0.05
    assert ended >= 0.05 + 0.05 + 2 * 0.02


def test_a_client_that_goes_away_is_noticed(
    bedrock_server: BedrockServer, make_client: Any, open_stream: OpenStream
) -> None:
    """An abandoned stream does not disturb the server."""
    big = [eventstream.event("messageStart", {"role": "x" * 100_000})] * 200
    bedrock_server.script(stream_reply(big), converse_reply(_ANSWER))
    client = make_client()

    stream = open_stream(client)
    next(iter(stream))
    stream.close()
    answer = client.converse(modelId=_NOVA, messages=_MESSAGES)

    assert answer["stopReason"] == "end_turn"
    # The server's own thread finds out at one of its next writes.
    for _ in range(100):
        if bedrock_server.requests[0].broken:
            break
        bedrock_server.wait(None, 0.01)
    assert [request.broken for request in bedrock_server.requests] == [True, False]


def test_an_unscripted_call_fails_at_once(make_client: Any) -> None:
    """A test that forgot a reply is told which."""
    with pytest.raises(ClientError, match=r"no reply is scripted for Converse us\.amazon\.nova-lite-v1:0"):
        make_client(retries={"total_max_attempts": 3}).converse(modelId=_NOVA, messages=_MESSAGES)


def test_scripts_are_found_from_the_narrowest_to_the_widest(bedrock_server: BedrockServer, make_client: Any) -> None:
    """Operation and model, then operation, then model, then anything."""
    for text, where in {
        "anything": {},
        "model": {"model": _NOVA},
        "operation": {"operation": "Converse"},
        "both": {"operation": "Converse", "model": _NOVA},
    }.items():
        bedrock_server.script(converse_reply(Answer(text, 1, 1)), **where)
    client = make_client()

    answers = [client.converse(modelId=_NOVA, messages=_MESSAGES) for _ in range(4)]

    texts = [answer["output"]["message"]["content"][0]["text"] for answer in answers]
    assert texts == ["both", "operation", "model", "anything"]


def test_a_responder_that_fails_does_not_hide(make_client: Any) -> None:
    """The client is told, and the test fails at the end of the block."""

    def fail(_: object) -> Any:
        raise KeyError("oops")

    with pytest.raises(KeyError, match="oops"), BedrockServer(fail) as server:  # noqa: PT012 - the exit raises
        client = make_client(endpoint=server)
        with pytest.raises(ClientError, match="the responder failed"):
            client.converse(modelId=_NOVA, messages=_MESSAGES)


def test_many_threads_get_their_own_answers(bedrock_server: BedrockServer, make_client: Any) -> None:
    """Sixteen callers, one client, keep-alive connections."""
    bedrock_server.respond_with(lambda request: converse_reply(Answer(request.model_id, 1, 1)))
    client = make_client(max_pool_connections=16)
    answers: dict[str, str] = {}

    def call(model: str) -> None:
        answer = client.converse(modelId=model, messages=_MESSAGES)
        answers[model] = answer["output"]["message"]["content"][0]["text"]

    threads = [threading.Thread(target=call, args=(f"model-{index}",)) for index in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == {f"model-{index}": f"model-{index}" for index in range(16)}


def test_it_listens_on_loopback_only(bedrock_server: BedrockServer) -> None:
    """Nobody else's machine can reach it."""
    assert bedrock_server.url.startswith("http://127.0.0.1:")


def test_a_path_that_is_none_of_bedrocks_can_be_scripted(bedrock_server: BedrockServer) -> None:
    """Other SDKs have paths of their own."""
    import urllib.request

    bedrock_server.script(json_reply({"object": "list"}))

    with urllib.request.urlopen(f"{bedrock_server.url}/v1/models?limit=1") as answer:
        body = json.load(answer)

    assert body == {"object": "list"}
    assert (bedrock_server.requests[0].operation, bedrock_server.requests[0].path) == ("", "/v1/models?limit=1")
