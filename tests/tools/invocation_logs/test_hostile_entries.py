"""Whatever stands in an entry: a record or none, never an exception, never content, never a number without a status."""

import json
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st
from tools.invocation_logs.entries import cases, over_base

from genai_obs import schema
from genai_obs._runtime.prices import PriceBook
from genai_obs._runtime.settings import current
from genai_obs.tools.invocation_logs.convert import Converter
from genai_obs.tools.invocation_logs.lines import Lines

CASES = cases()
CONVERTER = Converter(PriceBook(environ={}), service_from_role=True)

# Names that some reader looks for, so that random JSON gets somewhere.
NAMES = sorted(
    {
        "usage", "output", "message", "content", "stopReason", "stop_reason", "metadata", "messageStop", "results",
        "amazon-bedrock-invocationMetrics", "amazon-bedrock-trace", "amazon-bedrock-guardrailAction", "guardrail",
        "inputTokens", "outputTokens", "totalTokens", "cacheReadInputTokens", "cacheDetails", "ttl", "type", "delta",
        "input_tokens", "output_tokens", "prompt_tokens", "prompt_tokens_details", "cached_tokens", "choices",
        "finish_reason", "tool_calls", "name", "toolUse", "trace", "promptRouter", "invokedModelId", "model", "images",
        "embeddings", "embedding", "generation", "completion", "chunk", "bytes", "response", "throttlingException",
        "inputBodyJson", "outputBodyJson", "inputTokenCount", "outputTokenCount", "cacheReadInputTokenCount",
        "inputAssessment", "outputAssessments", "invocationMetrics", "units", "serviceTier", "performanceConfig",
        "messages", "system", "toolConfig", "cachePoint", "documents", "guardrailConfig", "latencyMs", "metrics",
    }
)  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.integers(0, 5000)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["INTERVENED", "tool_use", "message_delta", "message_start", "1h", "guardrail_intervened", "\ud800"]
    )
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=25,
)
OPERATIONS = st.sampled_from(
    [
        "Converse",
        "ConverseStream",
        "InvokeModel",
        "InvokeModelWithResponseStream",
        "ChatCompletions",
        "ApplyGuardrail",
        "",
    ]
)
MODELS = st.sampled_from(
    [
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "openai.gpt-oss-120b-1:0",
        "amazon.nova-pro-v1:0",
        "cohere.rerank-v3-5:0",
    ]
)


def check(document: dict[str, Any]) -> dict[str, Any] | None:
    """Convert, render, and check what holds of every record."""
    record = CONVERTER.convert(document)
    if record is None:
        return None
    line = Lines(current(), emf_block=True).render(record, 1_793_588_646_000)
    parsed: dict[str, Any] = orjson.loads(line)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert len(line) <= 200_001
    assert parsed["source"] == "invocation_log"
    assert parsed["status"] in schema.STATUSES
    assert parsed["cost_status"] in schema.COST_STATUSES
    assert (parsed["cost_usd"] is not None) == (parsed["cost_status"] in schema.PRICED_STATUSES)
    assert parsed["cost_usd"] is None or parsed["cost_usd"] >= 0
    assert parsed["status"] == "ok" or parsed["status"] == "abandoned" or parsed["cost_usd"] is None
    for name in ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "total_tokens"):
        assert type(parsed.get(name, 0)) is int
        assert parsed.get(name, 0) >= 0
    assert "latency_ms" not in parsed
    return parsed


@settings(max_examples=60)
@given(
    st.dictionaries(st.sampled_from([*NAMES, "modelId", "timestamp", "region", "requestId"]), JSON, max_size=8),
    OPERATIONS,
)
def test_any_members_give_a_record_or_none(members: dict[str, Any], operation: str) -> None:
    """An entry whose every member may be of any type."""
    check({"schemaType": "ModelInvocationLog", "timestamp": "2026-11-02T03:04:05Z", "operation": operation} | members)


@settings(max_examples=50)
@given(OPERATIONS, MODELS, JSON, JSON, JSON, JSON, JSON, JSON)
def test_any_bodies_give_a_record(
    operation: str, model: str, request: Any, answer: Any, given_counts: Any, made: Any, metadata: Any, code: Any
) -> None:
    """Bodies, counters, metadata and an error code of any kind, in an entry that is otherwise right."""
    counts = given_counts if isinstance(given_counts, dict) else {"inputTokenCount": given_counts}
    document = over_base(
        {
            "operation": operation,
            "modelId": model,
            "requestMetadata": metadata,
            "errorCode": code,
            "input": {**counts, "inputBodyJson": request},
            "output": {"outputTokenCount": made, "outputBodyJson": answer},
        }
    )

    assert check(document) is not None


def mutate(value: Any, draw: Any) -> Any:
    """Replace one part of a JSON value by another."""
    if isinstance(value, dict) and value and draw(st.booleans() | st.just(True)):
        name = draw(st.sampled_from(sorted(value)))
        return value | {name: mutate(value[name], draw)}
    if isinstance(value, list) and value and draw(st.booleans() | st.just(True)):
        index = draw(st.integers(0, len(value) - 1))
        return [*value[:index], mutate(value[index], draw), *value[index + 1 :]]
    return draw(JSON)


@given(st.sampled_from(CASES), st.data())
def test_a_documented_shape_with_one_wrong_part_gives_a_record_or_none(case: dict[str, Any], data: Any) -> None:
    """Every documented entry, with any one part of it replaced."""
    document = mutate(over_base(case["entry"]), data.draw)

    if isinstance(document, dict):
        check(document)


SECRET = "the-secret-words"
# Where texts of people and models stand in the shapes of bodies.
CONTENT = st.sampled_from(
    [
        "text", "content", "generation", "completion", "outputText", "inputText", "prompt", "match", "regex", "query",
        "modelOutput", "partial_json", "thinking", "reasoning", "actionReason", "message", "input", "arguments",
        "images", "refusal",
    ]
)  # fmt: skip


def whisper(value: Any, draw: Any) -> Any:
    """Put the secret under names that hold content, anywhere in a JSON value."""
    if isinstance(value, dict):
        spread = {name: whisper(part, draw) for name, part in value.items()}
        extra = draw(CONTENT)
        return spread if extra in spread else spread | {extra: SECRET}
    if isinstance(value, list):
        return [whisper(part, draw) for part in value]
    return value


@given(st.sampled_from(CASES), st.data())
def test_no_content_reaches_a_line(case: dict[str, Any], data: Any) -> None:
    """Wherever a body holds text, and in the error's place of a stream, none of it is on the line."""
    document = over_base(case["entry"])
    for side, body in (("input", "inputBodyJson"), ("output", "outputBodyJson")):
        part = document.get(side)
        if isinstance(part, dict) and isinstance(part.get(body), dict | list):
            document[side] = part | {body: whisper(part[body], data.draw)}

    parsed = check(document)

    assert parsed is not None
    assert SECRET not in json.dumps(parsed)
    assert "PRIVATE" not in json.dumps(parsed)
