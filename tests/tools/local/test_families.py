"""Bodies of InvokeModel: each family's whole and streamed answers agree with each other and with the headers."""

import base64
from typing import Any

import orjson
import pytest
from botocore.eventstream import EventStreamBuffer

from genai_obs.tools.local.answers import Answer
from genai_obs.tools.local.families import FAMILIES, find_family, invoke_reply, invoke_stream_reply
from genai_obs.tools.local.replies import Reply
from genai_obs.tools.local.surfaces import assessment, guardrail_trace

# One model of every family.
MODELS = {
    "anthropic-completion": "anthropic.claude-v2:1",
    "anthropic": "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    "nova-image": "amazon.nova-canvas-v1:0",
    "nova-embedding": "amazon.nova-2-multimodal-embeddings-v1:0",
    "nova": "us.amazon.nova-lite-v1:0",
    "amazon-rerank": "amazon.rerank-v1:0",
    "titan-image": "amazon.titan-image-generator-v2:0",
    "titan-image-embedding": "amazon.titan-embed-image-v1",
    "titan-embedding": "amazon.titan-embed-text-v2:0",
    "titan": "amazon.titan-text-express-v1",
    "llama": "us.meta.llama3-3-70b-instruct-v1:0",
    "mistral": "mistral.mistral-7b-instruct-v0:2",
    "mistral-chat": "mistral.mistral-large-2407-v1:0",
    "cohere-rerank": "cohere.rerank-v3-5:0",
    "cohere-embedding-v4": "cohere.embed-v4:0",
    "cohere-embedding": "cohere.embed-english-v3",
    "cohere-r": "cohere.command-r-v1:0",
    "cohere": "cohere.command-text-v14",
    "jamba": "ai21.jamba-1-5-mini-v1:0",
    "jurassic": "ai21.j2-ultra-v1",
    "deepseek-r1": "us.deepseek.r1-v1:0",
    "stable-diffusion-xl": "stability.stable-diffusion-xl-v1",
    "stability": "stability.sd3-5-large-v1:0",
    "pegasus": "twelvelabs.pegasus-1-2-v1:0",
    "marengo": "twelvelabs.marengo-embed-2-7-v1:0",
    "openai": "qwen.qwen3-32b-v1:0",
}
ANSWER = Answer("Four words are here, and then some more of them.", 31, 12, latency_ms=420, first_ms=150)
CACHED = Answer("Short.", 4, 2, cache_read_tokens=1500, cache_write_tokens=500, cache_write_1h_tokens=300)
_STREAMING = [name for name, model in MODELS.items() if find_family(model).chunks]
_PREFIX = "X-Amzn-Bedrock-"


def _body(reply: Reply) -> Any:
    return orjson.loads(reply.body)


def _chunks(reply: Reply) -> list[Any]:
    """Return the providers' own JSON out of a streamed reply."""
    buffer = EventStreamBuffer()
    for step in reply.steps or ():
        assert isinstance(step, bytes)
        buffer.add_data(step)
    payloads: list[Any] = [message.payload for message in buffer]
    return [orjson.loads(base64.b64decode(orjson.loads(payload)["bytes"])) for payload in payloads]


def _text(chunks: list[Any]) -> str:
    """Return the text of a stream, wherever its family keeps it."""
    keys = ("completion", "outputText", "generation", "text", "message", "content")

    def find(value: Any) -> str:
        if isinstance(value, list):
            return "".join(find(each) for each in value)
        if not isinstance(value, dict) or value.get("event_type") == "stream-end":
            return ""
        own = "".join(value[key] for key in keys if isinstance(value.get(key), str))
        return own + "".join(find(each) for each in value.values() if isinstance(each, dict | list))

    return "".join(find(chunk) for chunk in chunks)


def test_the_table_of_models_has_every_family() -> None:
    """A family that is added is tested."""
    assert list(MODELS) == [family.name for family in FAMILIES]


@pytest.mark.parametrize(("name", "model"), MODELS.items())
def test_a_model_finds_its_family(name: str, model: str) -> None:
    """As an id, behind a geography, and inside an ARN."""
    arn = f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/eu.{model.removeprefix('us.')}"

    assert name == find_family(model).name
    assert name == find_family(arn).name


@pytest.mark.parametrize("name", MODELS)
def test_every_family_has_a_whole_answer(name: str) -> None:
    """Of a shape of its own, and with the text where the family writes text."""
    body = _body(invoke_reply(MODELS[name], ANSWER))

    assert body
    if find_family(MODELS[name]).chunks:
        assert _text([body]) == ANSWER.text


@pytest.mark.parametrize("name", ["anthropic", "openai"])
def test_a_tool_call_is_in_the_body_and_in_the_stream(name: str) -> None:
    """Name and input arrive both ways."""
    answer = Answer("Let me look.", 1, 1, stop="tool_use", tool=("weather", {"city": "Oslo"}))

    whole = orjson.dumps(_body(invoke_reply(MODELS[name], answer))).decode()

    assert "weather" in whole
    assert "Oslo" in whole


def test_anthropics_stream_sends_a_tools_input_in_pieces_of_json() -> None:
    """The name first, then the input as text."""
    answer = Answer("Let me look.", 1, 1, stop="tool_use", tool=("weather", {"city": "Oslo"}))

    chunks = _chunks(invoke_stream_reply(MODELS["anthropic"], answer))

    names = [chunk["content_block"].get("name") for chunk in chunks if "content_block" in chunk]
    pieces = [chunk["delta"].get("partial_json", "") for chunk in chunks if chunk["type"] == "content_block_delta"]
    assert names == [None, "weather"]
    assert orjson.loads("".join(pieces)) == {"city": "Oslo"}


def test_text_models_report_both_counts_and_the_latency_in_headers() -> None:
    """The counts of a whole answer stand in headers, in mixed case."""
    headers = invoke_reply(MODELS["llama"], ANSWER).headers

    assert headers[_PREFIX + "Input-Token-Count"] == "31"
    assert headers[_PREFIX + "Output-Token-Count"] == "12"
    assert headers[_PREFIX + "Invocation-Latency"] == "420"
    assert _PREFIX + "Cache-Read-Input-Token-Count" not in headers


def test_caching_models_report_reads_and_writes() -> None:
    """Cache counts have headers of their own, beside the input that excludes them."""
    headers = invoke_reply(MODELS["anthropic"], CACHED).headers

    assert headers[_PREFIX + "Input-Token-Count"] == "4"
    assert headers[_PREFIX + "Cache-Read-Input-Token-Count"] == "1500"
    assert headers[_PREFIX + "Cache-Write-Input-Token-Count"] == "500"


@pytest.mark.parametrize("name", ["titan-embedding", "cohere-embedding", "nova-embedding"])
def test_embeddings_report_no_output(name: str) -> None:
    """A vector has no output tokens, so there is no header for them."""
    headers = invoke_reply(MODELS[name], ANSWER).headers

    assert headers[_PREFIX + "Input-Token-Count"] == "31"
    assert _PREFIX + "Output-Token-Count" not in headers


@pytest.mark.parametrize("name", ["cohere-rerank", "stability", "nova-image"])
def test_models_without_tokens_report_none(name: str) -> None:
    """Absent is not zero."""
    headers = invoke_reply(MODELS[name], ANSWER).headers

    assert [key for key in headers if "Token-Count" in key] == []


@pytest.mark.parametrize("name", _STREAMING)
def test_a_stream_says_the_same_text_as_the_whole_answer(name: str) -> None:
    """The pieces add up."""
    assert _text(_chunks(invoke_stream_reply(MODELS[name], ANSWER))) == ANSWER.text


@pytest.mark.parametrize("name", _STREAMING)
def test_the_metrics_stand_in_the_last_chunk_only(name: str) -> None:
    """Whoever stops early never sees the counts."""
    chunks = _chunks(invoke_stream_reply(MODELS[name], ANSWER))

    found = ["amazon-bedrock-invocationMetrics" in chunk for chunk in chunks]
    assert found == [False] * (len(chunks) - 1) + [True]
    assert chunks[-1]["amazon-bedrock-invocationMetrics"] == {
        "inputTokenCount": 31,
        "outputTokenCount": 12,
        "invocationLatency": 420,
        "firstByteLatency": 150,
    }


def test_jambas_metrics_come_alone() -> None:
    """Its last chunk has no choices."""
    last = _chunks(invoke_stream_reply(MODELS["jamba"], ANSWER))[-1]

    assert list(last) == ["amazon-bedrock-invocationMetrics"]


def test_openai_shaped_counts_include_the_cached_tokens() -> None:
    """The provider's own prompt count is inclusive, the header's is not."""
    reply = invoke_reply(MODELS["openai"], CACHED)

    assert _body(reply)["usage"]["prompt_tokens"] == 2004
    assert reply.headers[_PREFIX + "Input-Token-Count"] == "4"


def test_anthropic_splits_cache_writes_by_their_time_to_live() -> None:
    """The two parts add up to the whole."""
    usage = _body(invoke_reply(MODELS["anthropic"], CACHED))["usage"]

    assert usage["cache_creation"] == {"ephemeral_5m_input_tokens": 200, "ephemeral_1h_input_tokens": 300}
    assert usage["cache_creation_input_tokens"] == 500


def test_a_guardrail_adds_its_action_to_every_chunk_and_its_trace_to_the_last() -> None:
    """The provider's stop reason stays what it was: the action is the only signal."""
    found = assessment({"topicPolicy": {"topics": []}})
    trace = guardrail_trace("gr", input_assessment=found, output_assessments=[found])
    answer = Answer("Sorry.", 3, 1, stop="guardrail_intervened", guardrail=trace)

    chunks = _chunks(invoke_stream_reply(MODELS["llama"], answer))

    assert {chunk["amazon-bedrock-guardrailAction"] for chunk in chunks} == {"INTERVENED"}
    assert chunks[-1]["stop_reason"] == "stop"
    assert chunks[-1]["amazon-bedrock-trace"]["guardrail"] == {
        "actionReason": "No action.",
        "input": {"gr": found},
        "outputs": [{"gr": found}],
    }


def test_a_model_that_cannot_stream_refuses() -> None:
    """No stream is made up for an embedding."""
    with pytest.raises(LookupError, match="cannot stream"):
        invoke_stream_reply(MODELS["titan-embedding"], ANSWER)


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("nova-image", lambda body: body["error"]),
        ("stability", lambda body: body["finish_reasons"][0]),
        ("stable-diffusion-xl", lambda body: body["artifacts"][0]["finishReason"] == "CONTENT_FILTERED"),
    ],
)
def test_a_filtered_image_says_so_in_its_body(name: str, where: Any) -> None:
    """HTTP says 200 all the same."""
    reply = invoke_reply(MODELS[name], Answer("", 0, 0, stop="content_filtered"))

    assert reply.status == 200
    assert where(_body(reply))
