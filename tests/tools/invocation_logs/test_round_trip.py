"""A call as the runtime saw it and as Bedrock logged it: one record."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from runtime.bedrock.frames import events_of
from runtime.bedrock.support import PROMPT, collect, ids, observe, recorded, skip_if_unknown
from tools.invocation_logs.wire import entry_of

from genai_obs.tools.invocation_logs.convert import convert
from genai_obs.tools.local.answers import Answer
from genai_obs.tools.local.bedrock import BedrockServer
from genai_obs.tools.local.eventstream import chunk
from genai_obs.tools.local.families import FAMILIES, invoke_reply, invoke_stream_reply
from genai_obs.tools.local.replies import Reply, json_reply, stream_reply

# What only the caller's side knows, and what only the log's record has.
NOT_LOGGED = {"timestamp", "latency_ms", "time_to_first_token_ms", "attempts", "http_status", "environment"}
IMPORTED_ONLY = {"source"}

Record = dict[str, Any]

# What is known on one side only, by what the two records then say. A tier is in headers, which nobody logs; why a
# stream broke off only the client saw.
TIER = {"cost_status": ("ok", "estimated")}
CUT = {"status": ("error", "abandoned"), "error_type": ("StreamTruncated", None)}


def both(
    server: BedrockServer, reply: Reply, call: Callable[[], Any], *, assembled: bool = True
) -> tuple[Record, Record]:
    """Return the runtime's record of a call and the one of its log entry."""
    server.script(reply)
    outcome = observe(call)
    skip_if_unknown(outcome.error)
    entry = entry_of(server.requests[-1], reply, assembled=assembled)
    converted = convert(entry)
    assert converted is not None
    return outcome.record, orjson.loads(orjson.dumps(converted))


def differences(ours: Record, logged: Record, *ignored: str) -> dict[str, tuple[object, object]]:
    """Return the members in which two records differ, where both could know them."""
    names = (ours.keys() | logged.keys()) - NOT_LOGGED - IMPORTED_ONLY - set(ignored)
    return {name: (ours.get(name), logged.get(name)) for name in names if ours.get(name) != logged.get(name)}


def read_body(runtime: Any, model: str, sent: bytes) -> bytes:
    """Call InvokeModel and read all of its answer."""
    content: bytes = runtime.invoke_model(modelId=model, body=sent)["body"].read()
    return content


@pytest.mark.parametrize("case", recorded("converse"), ids=ids)
def test_converse_is_recorded_alike(case: dict[str, Any], server: BedrockServer, runtime: Any) -> None:
    """Tokens, cost, stop reason, tools and guardrail of a Converse call are the same from both sides."""
    request = {"modelId": case["model"], "messages": PROMPT, **case["request"]}

    ours, logged = both(server, json_reply(case["body"]), lambda: runtime.converse(**request))

    assert differences(ours, logged) == {}


@pytest.mark.parametrize("assembled", [True, False], ids=["assembled", "events"])
@pytest.mark.parametrize("case", recorded("converse"), ids=ids)
def test_converse_stream_is_recorded_alike(
    case: dict[str, Any], assembled: bool, server: BedrockServer, runtime: Any
) -> None:
    """So are those of a stream, whether it is logged as one object or as its events."""
    request = {"modelId": case["model"], "messages": PROMPT, **case["request"]}

    ours, logged = both(
        server,
        events_of(case["body"]),
        lambda: collect(runtime.converse_stream(**request)["stream"]),
        assembled=assembled,
    )

    assert differences(ours, logged) == {}


@pytest.mark.parametrize("case", recorded("invoke"), ids=ids)
def test_invoke_model_is_recorded_alike(case: dict[str, Any], server: BedrockServer, runtime: Any) -> None:
    """Every provider's body says the same in the log; only what headers alone say is missing."""
    sent = orjson.dumps(case.get("request", {}))

    ours, logged = both(
        server,
        json_reply(case["body"], case["headers"]),
        lambda: read_body(runtime, case["model"], sent),
    )

    assert differences(ours, logged, "server_latency_ms") in ({}, TIER)
    assert ours["cost_usd"] == logged["cost_usd"]


@pytest.mark.parametrize("case", recorded("invoke_streams"), ids=ids)
def test_invoke_stream_is_recorded_alike(case: dict[str, Any], server: BedrockServer, runtime: Any) -> None:
    """So do every provider's chunks."""
    reply = stream_reply([chunk(each) for each in case["chunks"]])

    ours, logged = both(
        server,
        reply,
        lambda: collect(runtime.invoke_model_with_response_stream(modelId=case["model"], body=b"{}")["body"]),
    )

    assert differences(ours, logged) in ({}, TIER, CUT)
    assert ours["cost_usd"] == logged["cost_usd"]


# One id of each family that the local Bedrock speaks, priced ones where there are any.
MODELS = {
    "anthropic-completion": "anthropic.claude-v2:1",
    "anthropic": "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "nova": "us.amazon.nova-pro-v1:0",
    "nova-image": "amazon.nova-canvas-v1:0",
    "nova-embedding": "amazon.nova-2-multimodal-embeddings-v1:0",
    "amazon-rerank": "amazon.rerank-v1:0",
    "titan-image": "amazon.titan-image-generator-v2:0",
    "titan-image-embedding": "amazon.titan-embed-image-v1",
    "titan-embedding": "amazon.titan-embed-text-v2:0",
    "titan": "amazon.titan-text-express-v1",
    "llama": "meta.llama3-70b-instruct-v1:0",
    "mistral": "mistral.mistral-7b-instruct-v0:2",
    "mistral-chat": "mistral.mistral-large-3-675b-instruct",
    "cohere-rerank": "cohere.rerank-v3-5:0",
    "cohere-embedding-v4": "cohere.embed-v4:0",
    "cohere-embedding": "cohere.embed-english-v3",
    "cohere-r": "cohere.command-r-v1:0",
    "cohere": "cohere.command-text-v14",
    "jamba": "ai21.jamba-1-5-large-v1:0",
    "jurassic": "ai21.j2-mid-v1",
    "deepseek-r1": "us.deepseek.r1-v1:0",
    "stable-diffusion-xl": "stability.stable-diffusion-xl-v1",
    "stability": "stability.sd3-5-large-v1:0",
    "pegasus": "twelvelabs.pegasus-1-2-v1:0",
    "marengo": "twelvelabs.marengo-embed-2-7-v1:0",
    "openai": "openai.gpt-oss-120b-1:0",
}
ANSWER = Answer(
    "Because it is so.", 1900, 80, cache_read_tokens=1500, cache_write_tokens=0, stop="tool_use", tool=("look", {})
)


def test_every_family_is_tried() -> None:
    """A family that the local Bedrock learns comes to these tests too."""
    assert {family.name for family in FAMILIES} == set(MODELS)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_whole_bodies_of_every_family_are_recorded_alike(model: str, server: BedrockServer, runtime: Any) -> None:
    """Whatever a family counts, and wherever, both records have it and the same cost."""
    sent = orjson.dumps({"prompt": "why?", "documents": ["a", "b"]})

    ours, logged = both(server, invoke_reply(model, ANSWER), lambda: read_body(runtime, model, sent))

    assert differences(ours, logged, "server_latency_ms") in ({}, TIER)
    assert ours["cost_usd"] == logged["cost_usd"]


@pytest.mark.parametrize("name", [family.name for family in FAMILIES if family.chunks])
def test_streams_of_every_family_are_recorded_alike(name: str, server: BedrockServer, runtime: Any) -> None:
    """So for every family that streams."""
    model = MODELS[name]

    ours, logged = both(
        server,
        invoke_stream_reply(model, ANSWER),
        lambda: collect(runtime.invoke_model_with_response_stream(modelId=model, body=b"{}")["body"]),
    )

    assert differences(ours, logged) in ({}, TIER)
    assert ours["cost_usd"] == logged["cost_usd"]
    assert ours["stream"] == "complete"


def test_metadata_of_the_request_is_recorded_alike(server: BedrockServer, runtime: Any) -> None:
    """Tenant and feature that a request names reach both records; a name of ours is refused in both."""
    metadata = {"tenant": "acme", "feature": "search", "cost_usd": "7"}
    case = recorded("converse")[0]

    ours, logged = both(
        server,
        json_reply(case["body"]),
        lambda: runtime.converse(modelId=case["model"], messages=PROMPT, requestMetadata=metadata),
    )

    assert differences(ours, logged) == {}
    assert (logged["tenant"], logged["feature"]) == ("acme", "search")
