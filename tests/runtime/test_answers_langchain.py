"""Answers of LangChain: its message classes, and its Bedrock integrations on loopback."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from langchain_aws import ChatBedrock, ChatBedrockConverse
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult, LLMResult
from runtime.answers_support import anthropic_wire
from runtime.answers_support.follow import fields

from genai_obs._runtime.answers import read_answer
from genai_obs.tools.local import eventstream
from genai_obs.tools.local.bedrock import BedrockServer
from genai_obs.tools.local.replies import json_reply, stream_reply

MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
COUNTS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens")
USAGE = {
    "inputTokens": 11,
    "outputTokens": 40,
    "totalTokens": 2051,
    "cacheReadInputTokens": 1500,
    "cacheWriteInputTokens": 500,
}
DETAILS = [{"ttl": "1h", "inputTokens": 300}, {"ttl": "5m", "inputTokens": 200}]

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def server() -> Iterator[BedrockServer]:
    """Return a running Bedrock-shaped server without a script."""
    with BedrockServer() as running:
        yield running


@pytest.fixture
def client(server: BedrockServer) -> Any:
    """Return a boto3 client that talks to the server."""
    return boto3.client(
        "bedrock-runtime",
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="s",
    )


def _converse(usage: dict[str, Any]) -> dict[str, Any]:
    tool = {"toolUse": {"toolUseId": "t1", "name": "weather", "input": {}}}
    return {
        "output": {"message": {"role": "assistant", "content": [{"text": "Let me look."}, tool]}},
        "stopReason": "tool_use",
        "usage": usage,
        "metrics": {"latencyMs": 812},
        "serviceTier": {"type": "flex"},
        "trace": {"promptRouter": {"invokedModelId": "anthropic.claude-haiku"}},
    }


def _message(identifier: str, counts: tuple[int, int], model: str = "m", **members: Any) -> AIMessage:
    usage = {"input_tokens": counts[0], "output_tokens": counts[1], "total_tokens": sum(counts)}
    return AIMessage(
        content="x",
        id=identifier,
        usage_metadata=usage,
        response_metadata={"model_name": model, "model_provider": "bedrock_converse"},
        **members,
    )


@pytest.mark.parametrize("details", [None, DETAILS], ids=["sum of the writes", "writes by time to live"])
def test_a_converse_message_gives_converse_counts_again(server: BedrockServer, client: Any, details: Any) -> None:
    """LangChain includes cached tokens, and moves the writes elsewhere where they are split by time to live."""
    server.script(json_reply(_converse(USAGE | ({"cacheDetails": details} if details else {}))))

    facts = read_answer(ChatBedrockConverse(model=MODEL, client=client).invoke("hi"))

    assert fields(facts, *COUNTS) == (11, 40, 1500, 500, 300 if details else None)
    assert fields(facts, "provider", "operation", "model_id", "stop_reason", "tool_calls", "server_latency_ms") == (
        "aws.bedrock",
        "Converse",
        MODEL,
        "tool_use",
        ["weather"],
        812,
    )
    assert fields(facts, "service_tier", "invoked_model_id", "attempts") == ("flex", "anthropic.claude-haiku", 1)
    assert fields(facts, "bedrock_request_id") == (server.requests[0].request_id,)


def test_chunks_added_up_are_one_message(server: BedrockServer, client: Any) -> None:
    """The sum of a stream's chunks has the usage of its last one."""
    frames = [
        eventstream.event("messageStart", {"role": "assistant"}),
        eventstream.event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Oslo."}}),
        eventstream.event("messageStop", {"stopReason": "end_turn"}),
        eventstream.event("metadata", {"usage": USAGE | {"cacheDetails": DETAILS}, "metrics": {"latencyMs": 300}}),
    ]
    server.script(stream_reply(frames))
    whole = None
    for chunk in ChatBedrockConverse(model=MODEL, client=client).stream("hi"):
        whole = chunk if whole is None else whole + chunk

    facts = read_answer(whole)

    assert isinstance(whole, AIMessageChunk)
    assert fields(facts, *COUNTS) == (11, 40, 1500, 500, 300)
    assert fields(facts, "model_id", "stop_reason", "provider") == (MODEL, "end_turn", "aws.bedrock")


def test_a_message_of_invoke_model_is_read(server: BedrockServer, client: Any) -> None:
    """ChatBedrock takes its counts from the response headers."""
    headers = {
        "X-Amzn-Bedrock-Input-Token-Count": "12",
        "X-Amzn-Bedrock-Output-Token-Count": "40",
        "X-Amzn-Bedrock-Cache-Read-Input-Token-Count": "1500",
        "X-Amzn-Bedrock-Cache-Write-Input-Token-Count": "500",
    }
    server.script(json_reply(anthropic_wire.message("msg_bdrk_01"), headers))
    model: Any = ChatBedrock(model=MODEL, client=client, beta_use_converse_api=False)

    facts = read_answer(model.invoke("hi"))

    assert fields(facts, *COUNTS) == (12, 40, 1500, 500, None)
    assert fields(facts, "provider", "operation", "model_id", "stop_reason", "tool_calls") == (
        "aws.bedrock",
        "InvokeModel",
        MODEL,
        "tool_use",
        ["weather"],
    )


def test_counts_that_only_stand_in_the_metadata_are_read() -> None:
    """Older integrations had no usage of LangChain's own; Bedrock's prompt count leaves cached tokens out."""
    bedrock = {"usage": {"prompt_tokens": 12, "completion_tokens": 40, "cache_read_input_tokens": 1500}}
    openai = {
        "token_usage": {"prompt_tokens": 100, "completion_tokens": 20, "prompt_tokens_details": {"cached_tokens": 30}}
    }

    old_bedrock = read_answer(AIMessage("x", response_metadata={"model_provider": "bedrock"} | bedrock))
    old_openai = read_answer(AIMessage("x", response_metadata={"model_provider": "openai"} | openai))

    assert fields(old_bedrock, *COUNTS[:3]) == (12, 40, 1500)
    assert fields(old_openai, *COUNTS[:3]) == (70, 20, 30)


def test_a_message_of_anthropic_or_openai_names_its_provider() -> None:
    """An AI message says which integration made it."""
    anthropic = AIMessage("x", response_metadata={"model_provider": "anthropic", "id": "msg_bdrk_1", "model": "claude"})
    openai = AIMessage(
        "x", response_metadata={"model_provider": "openai", "model_name": "gpt-5", "finish_reason": "stop"}
    )
    mantle = AIMessage("x", response_metadata={"model_provider": "openai", "model_name": "openai.gpt-oss-120b"})

    found = [fields(read_answer(one), "provider", "operation", "model_id") for one in (anthropic, openai, mantle)]

    assert found == [
        ("aws.bedrock", "messages", "claude"),
        ("openai", "chat.completions", "gpt-5"),
        ("aws.bedrock", "chat.completions", "openai.gpt-oss-120b"),
    ]


def test_writes_that_contradict_each_other_make_the_cost_ambiguous() -> None:
    """When the sum of the writes and their parts are both there and differ, nobody knows what is right."""
    details = {"cache_read": 0, "cache_creation": 100, "ephemeral_1h_input_tokens": 40}
    usage: Any = {"input_tokens": 200, "output_tokens": 1, "total_tokens": 201, "input_token_details": details}

    facts = read_answer(AIMessage("x", usage_metadata=usage))

    assert fields(facts, "cost_status") == ("ambiguous_usage",)


def test_the_messages_of_an_agents_turn_are_summed_up() -> None:
    """Every model message after the only question belongs to this turn; the record says how many calls it sums up."""
    call = {"name": "weather", "args": {}, "id": "c1"}
    messages = [
        HumanMessage("Weather?"),
        _message("1", (10, 5), tool_calls=[call]),
        ToolMessage("rain", tool_call_id="c1"),
        _message("2", (30, 7)),
    ]

    facts = read_answer({"messages": messages})

    assert fields(facts, "input_tokens", "output_tokens", "model_calls", "operation", "model_id", "tool_calls") == (
        40,
        12,
        2,
        "agent",
        "m",
        ["weather"],
    )


@pytest.mark.parametrize(
    "messages",
    [
        [_message("1", (10, 5)), HumanMessage("again"), _message("2", (30, 7))],
        [_message("1", (10, 5)), _message("1", (10, 5))],
        [_message("1", (10, 5)), AIMessage("no usage")],
        [HumanMessage("only a question")],
        [],
    ],
    ids=["an earlier turn", "the same message twice", "one without usage", "no answer", "nothing"],
)
def test_messages_that_cannot_be_summed_up_are_no_answer(messages: list[Any]) -> None:
    """A conversation holds calls of earlier turns, which were counted then."""
    assert read_answer({"messages": messages}) is None


def test_a_sum_over_two_models_names_none() -> None:
    """There is no price for it."""
    facts = read_answer({"messages": [_message("1", (10, 5), "a"), _message("2", (30, 7), "b")]})

    assert fields(facts, "input_tokens", "model_id", "model_calls") == (40, None, 2)


def test_structured_output_with_its_raw_message_is_one_answer() -> None:
    """A chain made with include_raw hands the message on beside what it parsed."""
    facts = read_answer({"raw": _message("1", (10, 5)), "parsed": {"city": "Oslo"}, "parsing_error": None})

    assert fields(facts, "input_tokens", "output_tokens", "model_calls") == (10, 5, None)


def test_results_of_generations_are_read() -> None:
    """One generation a prompt is one call each; several of one prompt share their usage and tell nothing."""
    one = ChatGeneration(message=_message("1", (10, 5)))
    two = ChatGeneration(message=_message("2", (30, 7)))

    single = read_answer(ChatResult(generations=[one]))
    batch = read_answer(LLMResult(generations=[[one], [two]]))
    shared = read_answer(LLMResult(generations=[[one, two]]))

    assert fields(single, "input_tokens", "model_calls") == (10, None)
    assert fields(batch, "input_tokens", "output_tokens", "model_calls") == (40, 12, 2)
    assert shared is None
    assert fields(read_answer(one), "output_tokens") == (5,)


def test_a_message_without_any_usage_has_no_counts() -> None:
    """A message that somebody wrote by hand is still a message."""
    facts = read_answer(AIMessage("hello"))

    assert facts == {}


def test_a_gross_input_of_an_openai_model_is_refused() -> None:
    """ConverseStream was seen to count cached tokens into these models' input; a message hides which call it was."""
    details = {"cache_read": 50, "cache_creation": 0}
    usage: Any = {"input_tokens": 150, "output_tokens": 1, "total_tokens": 151, "input_token_details": details}
    metadata = {"stopReason": "end_turn", "model_name": "openai.gpt-5.5"}

    facts = read_answer(AIMessage("x", usage_metadata=usage, response_metadata=metadata))

    assert fields(facts, "input_tokens", "output_tokens", "cost_status") == (None, 1, "ambiguous_usage")


@pytest.mark.parametrize(
    ("total", "expected"),
    [(101, (40, None)), (161, (100, None)), (130, (None, "ambiguous_usage"))],
    ids=["cached tokens inside the input", "cached tokens beside it", "neither"],
)
def test_the_total_tells_whether_the_input_has_cached_tokens(total: int, expected: tuple[object, ...]) -> None:
    """Earlier releases of langchain-aws (seen in 1.0.0) passed Converse's input on as it was."""
    details = {"cache_read": 60, "cache_creation": 0}
    usage: Any = {"input_tokens": 100, "output_tokens": 1, "total_tokens": total, "input_token_details": details}

    facts = read_answer(AIMessage("x", usage_metadata=usage))

    assert fields(facts, "input_tokens", "cost_status") == expected


def test_an_invoke_model_stream_with_a_cache_is_ambiguous() -> None:
    """Releases differ in what its input includes, and nothing in the message tells which one made it."""
    details = {"cache_read": 60, "cache_creation": 0}
    usage: Any = {"input_tokens": 100, "output_tokens": 1, "total_tokens": 101, "input_token_details": details}

    facts = read_answer(
        AIMessageChunk(content="x", usage_metadata=usage, response_metadata={"model_provider": "bedrock"})
    )

    assert fields(facts, "input_tokens", "cache_read_tokens", "cost_status") == (None, 60, "ambiguous_usage")
