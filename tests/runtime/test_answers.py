"""What read_answer and watch_answer take for an answer, and what they make of objects that mean no good."""

import json
from collections import OrderedDict
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import anthropic.types
import hypothesis
import openai.types.chat
import pytest
from hypothesis import strategies as st
from langchain_core.messages import AIMessage
from runtime.answers_support import anthropic_wire, openai_wire
from runtime.answers_support.follow import Told, fields

from genai_obs import schema
from genai_obs._runtime import guard
from genai_obs._runtime.answers import read_answer, watch_answer

COUNTS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens")
METADATA = {
    "RequestId": "rid-1",
    "HTTPStatusCode": 200,
    "RetryAttempts": 1,
    "HTTPHeaders": {"x-amzn-requestid": "rid-1"},
}
CONVERSE: dict[str, Any] = {
    "ResponseMetadata": METADATA,
    "output": {"message": {"role": "assistant", "content": [{"toolUse": {"name": "weather", "input": {}}}]}},
    "stopReason": "tool_use",
    "usage": {
        "inputTokens": 11,
        "outputTokens": 40,
        "totalTokens": 2051,
        "cacheReadInputTokens": 1500,
        "cacheWriteInputTokens": 500,
        "cacheDetails": [{"ttl": "1h", "inputTokens": 300}, {"ttl": "5m", "inputTokens": 200}],
    },
    "metrics": {"latencyMs": 812},
    "serviceTier": {"type": "flex"},
}


def test_a_converse_answer_is_read() -> None:
    """A dict from boto3 that no observation saw says all that it would have said."""
    facts = read_answer(CONVERSE)

    assert fields(facts, *COUNTS) == (11, 40, 1500, 500, 300)
    assert fields(facts, "operation", "provider", "stop_reason", "tool_calls", "service_tier", "server_latency_ms") == (
        "Converse",
        "aws.bedrock",
        "tool_use",
        ["weather"],
        "flex",
        812,
    )
    assert fields(facts, "bedrock_request_id", "attempts") == ("rid-1", 2)


def test_a_latency_that_somebody_put_into_a_list_is_read() -> None:
    """LangChain rewrites the dict that it was given."""
    facts = read_answer(CONVERSE | {"metrics": {"latencyMs": [812]}})

    assert fields(facts, "server_latency_ms") == (812,)


@pytest.mark.parametrize(
    ("body", "operation", "counts"),
    [
        (anthropic_wire.message("msg_bdrk_01"), "messages", (12, 40, 1500, 500, 300)),
        (openai_wire.chat("openai.gpt-oss-120b"), "chat.completions", (20, 20, 30, 50, None)),
        (openai_wire.response("openai.gpt-5.5"), "responses", (2, 14, 0, 86, None)),
        (
            {
                "output": {"message": {"content": [{"text": "x"}]}},
                "stopReason": "end_turn",
                "usage": {"inputTokens": 3, "outputTokens": 4.0, "cacheReadInputTokenCount": 5},
            },
            "InvokeModel",
            (3, 4, 5, None, None),
        ),
        (
            {"generation": "x", "prompt_token_count": 3, "generation_token_count": 4, "stop_reason": "stop"},
            "InvokeModel",
            (3, 4, None, None, None),
        ),
        (
            {"inputTextTokenCount": 3, "results": [{"tokenCount": 4, "outputText": "x", "completionReason": "FINISH"}]},
            "InvokeModel",
            (3, 4, None, None, None),
        ),
        ({"embedding": [0.1], "inputTextTokenCount": 3}, "InvokeModel", (3, None, None, None, None)),
        ({"outputs": [{"text": "x", "stop_reason": "stop"}]}, "InvokeModel", (None,) * 5),
        ({"completion": "x", "stop_reason": "stop_sequence", "stop": None}, "InvokeModel", (None,) * 5),
    ],
    ids=["anthropic", "chat", "responses", "nova", "llama", "titan", "titan embedding", "mistral", "claude v2"],
)
def test_a_parsed_body_is_read(body: dict[str, Any], operation: str, counts: tuple[object, ...]) -> None:
    """A function may return the body it has parsed; families without counts still say why they stopped."""
    facts = read_answer(body)

    assert fields(facts, "operation", "provider") == (operation, "aws.bedrock")
    assert fields(facts, *COUNTS) == counts


def test_an_answer_with_a_body_to_read_tells_what_its_headers_say() -> None:
    """The body is the caller's stream; nobody else reads it."""
    headers = {
        "x-amzn-bedrock-invocation-latency": "812",
        "x-amzn-bedrock-input-token-count": "11",
        "x-amzn-bedrock-output-token-count": "40",
        "x-amzn-bedrock-cache-read-input-token-count": "1500",
    }
    body = MagicMock()

    facts = read_answer({"body": body, "ResponseMetadata": METADATA | {"HTTPHeaders": headers}})

    assert fields(facts, *COUNTS[:3], "server_latency_ms", "operation") == (11, 40, 1500, 812, "InvokeModel")
    assert body.mock_calls == []


def test_a_guardrail_answer_is_read() -> None:
    """It has a verdict and units, and no tokens to price."""
    assessment = {"topicPolicy": {"topics": [{"name": "Loans", "type": "DENY", "action": "BLOCKED"}]}}
    usage = {"topicPolicyUnits": 1, "contentPolicyUnits": 0}
    answer = {
        "action": "GUARDRAIL_INTERVENED",
        "assessments": [assessment],
        "outputs": [{"text": "No."}],
        "usage": usage,
    }

    facts = read_answer(answer)

    assert fields(facts, "operation", "guardrail_triggered", "guardrail_action", "guardrail_units", "cost_status") == (
        "ApplyGuardrail",
        True,
        "BLOCKED",
        {"topicPolicyUnits": 1},
        "not_token_priced",
    )


def test_a_retrieved_answer_is_read() -> None:
    """RetrieveAndGenerate reports no tokens."""
    facts = read_answer({"output": {"text": "x"}, "citations": [], "sessionId": "s1", "guardrailAction": "INTERVENED"})

    assert fields(facts, "operation", "guardrail_triggered", "input_tokens") == ("RetrieveAndGenerate", True, None)


@pytest.mark.parametrize(
    "value",
    [
        {"statusCode": 200, "body": json.dumps(openai_wire.chat())},
        {"usage": {"input_tokens": 5, "output_tokens": 6}},
        {"answer": "x", "usage": {"inputTokens": 5, "outputTokens": 6, "totalTokens": 11}},
        {"content": "x", "usage": {"input_tokens": 5, "output_tokens": 6}},
        {"results": [{"id": 1}], "stop_reason": "no"},
        {"images": ["a", "b"]},
        {"embedding": [0.1, 0.2]},
        {"choices": ["a", "b"], "usage": {"prompt_tokens": 5}},
        {"messages": [{"role": "user", "content": "x"}]},
        {"output": {"message": "x"}, "usage": {"inputTokens": 5}},
        {},
        {1: 2},
        [CONVERSE],
        (AIMessage("x"),),
        "text",
        b"bytes",
        None,
        5,
        SimpleNamespace(usage=SimpleNamespace(input_tokens=5, output_tokens=6)),
    ],
    ids=repr,
)
def test_what_is_not_an_answer_is_not_read(value: object) -> None:
    """A handler returns dicts of its own; a usage in one of them does not make it a model's answer."""
    assert read_answer(value) is None
    assert not watch_answer(value, Told().on_facts, Told().on_end)


def test_a_subclass_of_dict_is_read_as_a_dict() -> None:
    """Agent frameworks return states of their own dict classes."""
    assert fields(read_answer(OrderedDict(CONVERSE)), "input_tokens") == (11,)


def test_reading_changes_nothing() -> None:
    """The answer is the caller's, and what was read from it does not hang on it."""
    answer = json.loads(json.dumps(CONVERSE))
    message = anthropic.types.Message.model_validate(anthropic_wire.message())
    before = message.model_dump()

    facts = read_answer(answer)
    read_answer(message)
    answer["output"]["message"]["content"].clear()

    assert facts is not None
    assert facts["tool_calls"] == ["weather"]
    assert message.model_dump() == before


MOCKS: dict[str, Any] = {
    "a mock": MagicMock(),
    "a mock of a message": MagicMock(spec=anthropic.types.Message),
    "a mock of a completion": MagicMock(spec=openai.types.chat.ChatCompletion),
    "a mock of a dict": MagicMock(spec=dict),
    "a mock of a stream": MagicMock(spec=openai.Stream),
}


@pytest.mark.parametrize("mock", MOCKS.values(), ids=MOCKS.keys())
def test_mocks_are_no_answers(mock: Any) -> None:
    """A mock has every attribute that anyone asks for, and none of them is a fact."""
    assert read_answer(mock) is None
    assert not watch_answer(mock, Told().on_facts, Told().on_end)


def test_mocks_inside_an_answer_are_unknown() -> None:
    """Tests build messages with mocks in them; no count comes out of one."""
    message = anthropic.types.Message.model_construct(
        id="msg_1", model=MagicMock(), content=[MagicMock()], usage=MagicMock(), stop_reason=MagicMock()
    )

    assert read_answer(message) == {"provider": "anthropic", "operation": "messages"}


class _Hostile(anthropic.types.Message):
    def __getattribute__(self, name: str) -> Any:
        if name in ("usage", "content"):
            raise ValueError(name)
        return super().__getattribute__(name)


def test_properties_that_raise_are_unknown() -> None:
    """An attribute that cannot be read does not spoil the rest."""
    facts = read_answer(_Hostile.model_construct(id="msg_bdrk_1", model="claude"))

    assert fields(facts, "provider", "model_id", "input_tokens") == ("aws.bedrock", "claude", None)


class _Lying:
    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        raise RuntimeError


def test_an_object_that_lies_about_its_class_is_no_answer() -> None:
    """Asking an object for its class runs its code; asking for its type does not."""
    assert read_answer(_Lying()) is None


def test_a_cyclic_answer_is_read_once() -> None:
    """Counters are looked for to a fixed depth."""
    usage: dict[str, Any] = {"inputTokens": 5, "outputTokens": 6, "totalTokens": 11}
    usage["again"] = usage
    answer: dict[str, Any] = {"output": {"message": {"content": []}}, "stopReason": "end_turn", "usage": usage}
    answer["output"]["message"]["content"].append(answer)

    assert fields(read_answer(answer), "input_tokens", "output_tokens") == (5, 6)


def test_a_stream_without_its_private_parts_is_not_followed() -> None:
    """Another release may be built differently; then nobody follows it, and it works as ever."""
    stream = openai.Stream.__new__(openai.Stream)

    assert not watch_answer(stream, Told().on_facts, Told().on_end)


# -- any object at all -------------------------------------------------------------------------------------------------

_COUNTERS = [
    "prompt_tokens",
    "completion_tokens",
    "input_tokens",
    "output_tokens",
    "inputTokens",
    "outputTokens",
    "cacheReadInputTokens",
    "cacheWriteInputTokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cached_tokens",
    "cache_read",
    "cache_creation",
    "ephemeral_5m_input_tokens",
    "ephemeral_1h_input_tokens",
    "reasoning_tokens",
    "thinking_tokens",
    "requests",
    "totalTokens",
]
_DETAILS = [
    "prompt_tokens_details",
    "input_tokens_details",
    "completion_tokens_details",
    "output_tokens_details",
    "input_token_details",
    "output_token_details",
    "cache_creation",
    "cache_creation_token_details",
]
_WORDS = [
    "",
    "message",
    "assistant",
    "tool_use",
    "function_call",
    "chat.completion",
    "response",
    "end_turn",
    "msg_bdrk_1",
]
_JUNK = st.none() | st.booleans() | st.integers(max_value=-1) | st.floats() | st.text(max_size=3) | st.just(2**80)


def _mostly(likely: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 9).flatmap(lambda die: _JUNK if die == 0 else likely)


_COUNT = _mostly(st.integers(0, 300) | st.integers(0, 300).map(float))


def _owner(members: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[Any]:
    return members | members.map(lambda given: SimpleNamespace(**given))


_PARTS = _owner(st.dictionaries(st.sampled_from(_COUNTERS), _COUNT, max_size=4))
_USAGE = _owner(
    st.dictionaries(st.sampled_from(_COUNTERS), _COUNT, min_size=1, max_size=8).flatmap(
        lambda flat: st.dictionaries(st.sampled_from(_DETAILS), _PARTS, max_size=3).map(lambda parts: {**flat, **parts})
    )
)
_WORD = _mostly(st.sampled_from(_WORDS))
_BLOCK = _owner(
    st.fixed_dictionaries(
        {}, optional={"type": _WORD, "name": _WORD, "text": _WORD, "usage": _USAGE, "finish_reason": _WORD}
    )
)
_BLOCKS = _mostly(st.lists(_BLOCK, max_size=3))
_METRICS = _owner(
    st.fixed_dictionaries({}, optional={"accumulated_usage": _USAGE, "cycle_count": _COUNT, "latencyMs": _COUNT})
)
_TREE: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"usage": _mostly(_USAGE)},
    optional={
        "accumulated_usage": _USAGE,
        "action": _WORD,
        "choices": _BLOCKS,
        "content": _BLOCKS,
        "data": _BLOCKS,
        "delta": _BLOCK,
        "finish_reason": _WORD,
        "id": _WORD,
        "iterations": _BLOCKS,
        "message": _BLOCK,
        "metrics": _METRICS,
        "model": _WORD,
        "object": _WORD,
        "output": _BLOCKS | st.builds(dict, message=_BLOCK),
        "response": _BLOCK,
        "response_metadata": _owner(st.fixed_dictionaries({}, optional={"usage": _USAGE, "metrics": _METRICS})),
        "role": _WORD,
        "stop_reason": _WORD,
        "stopReason": _WORD,
        "type": st.sampled_from(
            ["message_start", "message_delta", "message_stop", "content_block_delta", "response.completed", "chunk"]
        )
        | _WORD,
        "usage_metadata": _USAGE,
    },
)
_CLASSES = [
    ("anthropic", "Message"),
    ("openai", "ChatCompletion"),
    ("openai", "Response"),
    ("openai", "CreateEmbeddingResponse"),
    ("litellm", "ModelResponse"),
    ("langchain_core", "AIMessage"),
    ("langchain_core", "LLMResult"),
    ("strands", "AgentResult"),
    ("strands", "MultiAgentResult"),
    ("pydantic_ai", "AgentRunResult"),
    ("pydantic_ai", "ModelResponse"),
]
_TEXTS = {field.name for field in schema.FIELDS if field.kind == "string"}
_NUMBERS = {field.name for field in schema.FIELDS if field.kind in ("integer", "number")}


@hypothesis.settings(max_examples=50)
@hypothesis.given(tree=_TREE, kind=st.sampled_from([None, *_CLASSES]))
def test_any_object_gives_plain_facts_or_none(tree: dict[str, Any], kind: tuple[str, str] | None) -> None:
    """Whatever stands where an answer should: no error, no count that is none, no name outside the schema."""
    answer: Any = tree
    if kind is not None:
        answer = type(kind[1], (), {"__module__": f"{kind[0]}.types"})()
        answer.__dict__.update(tree)

    facts = read_answer(answer)

    for name, value in (facts or {}).items():
        assert name in {field.name for field in schema.FIELDS}
        if name in _NUMBERS:
            assert type(value) in (int, float)
            assert value >= 0  # type: ignore[operator]
        if name in _TEXTS:
            assert type(value) is str
    json.dumps(facts)


@hypothesis.settings(max_examples=80)
@hypothesis.given(events=st.lists(_owner(_TREE) | _JUNK, max_size=6))
def test_any_events_pass_through_unchanged(events: list[Any]) -> None:
    """A stream of anything at all reaches its reader as it is, and ends once."""
    stream = openai.Stream.__new__(openai.Stream)
    stream._iterator = iter(events)
    told = Told()

    followed = watch_answer(stream, told.on_facts, told.on_end)
    read = list(stream)

    assert followed
    assert [id(one) for one in read] == [id(one) for one in events]
    assert len(told.ends) == 1
    for name in (*COUNTS, "reasoning_tokens"):
        value = told.facts.get(name)
        assert value is None or (type(value) is int and value >= 0)


@pytest.fixture(autouse=True)
def strict() -> Any:
    """Let faults of ours be seen, also where they would be swallowed in production."""
    before, guard.strict = guard.strict, True
    yield
    guard.strict = before
