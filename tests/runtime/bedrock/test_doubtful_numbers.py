"""Answers that invite a wrong number: each was priced wrongly once, or lost what was known."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from runtime.bedrock.frames import answer
from runtime.bedrock.support import HAIKU, NOVA, PROMPT, observe

from genai_obs import configure, observe_inference
from genai_obs.testing import assert_cost, capture_records
from genai_obs.tools.local.bedrock import BedrockServer
from genai_obs.tools.local.eventstream import event
from genai_obs.tools.local.replies import error_reply, json_reply, stream_reply

RERANK = "arn:aws:bedrock:us-east-1::foundation-model/amazon.rerank-v1:0"


def runtime(server: BedrockServer, service: Any = "bedrock-runtime") -> Any:
    """Return a client that tries once."""
    from botocore.config import Config

    config = Config(retries={"total_max_attempts": 1})
    return boto3.client(service, endpoint_url=server.url, region_name="us-east-1", config=config)


def invoke(server: BedrockServer, model_id: str) -> dict[str, Any]:
    """Return the record of an InvokeModel call whose body is read."""

    def ask() -> None:
        runtime(server).invoke_model(modelId=model_id, body=b"{}")["body"].read()

    return observe(ask).records[0]


def skip_without(client: Any, operation: str, parameter: str | None = None) -> None:
    """Skip where an old botocore does not know an operation, or a member of its request or answer."""
    model = client.meta.service_model
    known = operation in model.operation_names
    if known and parameter is not None:
        known = parameter in model.operation_model(operation).input_shape.members
    if not known:
        pytest.skip(f"this botocore does not know {parameter or operation}")


def rerank(server: BedrockServer) -> Callable[[], Any]:
    """Return a rerank of two documents."""
    source = {"type": "INLINE", "inlineDocumentSource": {"type": "TEXT", "textDocument": {"text": "x"}}}
    return lambda: runtime(server, "bedrock-agent-runtime").rerank(
        queries=[{"type": "TEXT", "textQuery": {"text": "q"}}],
        sources=[source, source],
        rerankingConfiguration={
            "type": "BEDROCK_RERANKING_MODEL",
            "bedrockRerankingConfiguration": {"modelConfiguration": {"modelArn": RERANK}},
        },
    )


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException", "ValidationException"])
def test_a_rerank_that_was_refused_costs_nothing_that_is_known(server: BedrockServer, code: str) -> None:
    """What the request would have been billed for is no usage of a call that failed."""
    skip_without(runtime(server, "bedrock-agent-runtime"), "Rerank")
    server.script(error_reply(code))

    record = observe(rerank(server)).records[0]

    assert "search_units" not in record
    assert_cost(record, None, status="no_usage")


def test_a_rerank_that_was_served_is_priced_by_the_query(server: BedrockServer) -> None:
    """The same call, answered: one query of up to 100 documents."""
    skip_without(runtime(server, "bedrock-agent-runtime"), "Rerank")
    server.script(json_reply({"results": [{"index": 0, "relevanceScore": 0.9}]}))

    record = observe(rerank(server)).records[0]

    assert record["search_units"] == 1
    assert_cost(record, 0.001, status="ok")


def agent_trace(trace_id: str, model: str | None, tokens: int) -> list[bytes]:
    """Return the two trace events of one model call of an agent."""
    asked = {"traceId": trace_id, "type": "ORCHESTRATION", "text": "…"}
    if model is not None:
        asked["foundationModel"] = model
    usage = {"usage": {"inputTokens": tokens, "outputTokens": tokens}}
    return [
        event("trace", {"trace": {"orchestrationTrace": step}})
        for step in (
            {"modelInvocationInput": asked},
            {"modelInvocationOutput": {"traceId": trace_id, "metadata": usage}},
        )
    ]


def inline_agent(server: BedrockServer, frames: list[bytes]) -> dict[str, Any]:
    """Return the record of an inline agent that was asked to use Claude 3 Haiku."""
    skip_without(runtime(server, "bedrock-agent-runtime"), "InvokeInlineAgent")
    server.script(stream_reply([*frames, event("chunk", {"bytes": "T3Nsbw=="})]))

    def ask() -> None:
        answered = runtime(server, "bedrock-agent-runtime").invoke_inline_agent(
            foundationModel="anthropic.claude-3-haiku-20240307-v1:0",
            instruction="Answer questions about Norway, in one word.",
            sessionId="s-1",
            enableTrace=True,
            inputText="Capital?",
        )
        list(answered["completion"])

    return observe(ask).records[0]


def test_the_model_that_a_trace_names_precedes_the_requests(server: BedrockServer) -> None:
    """An override of one step's model decides its price."""
    record = inline_agent(server, agent_trace("t-1", "amazon.nova-pro-v1:0", 1000))

    assert record["model_id"] == "anthropic.claude-3-haiku-20240307-v1:0"
    assert record["invoked_model_id"] == "amazon.nova-pro-v1:0"
    assert_cost(record, (0.8 + 3.2) / 1000, status="ok")


def test_a_step_that_names_no_model_beside_another_models_has_no_price(server: BedrockServer) -> None:
    """Nobody knows which of the two ran."""
    frames = agent_trace("t-1", "amazon.nova-pro-v1:0", 1000) + agent_trace("t-2", None, 1000)

    assert_cost(inline_agent(server, frames), None, status="unresolved_model")


def gross_stream(server: BedrockServer, model_id: str) -> dict[str, Any]:
    """Return the record of a stream whose input count may include the cached part."""
    usage = {"inputTokens": 100, "outputTokens": 5, "cacheReadInputTokens": 80, "totalTokens": 185}
    frames = [
        event("messageStart", {"role": "assistant"}),
        event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Oslo"}}),
        event("messageStop", {"stopReason": "end_turn"}),
        event("metadata", {"usage": usage, "metrics": {"latencyMs": 9}}),
    ]
    server.script(stream_reply(frames))
    return observe(lambda: list(runtime(server).converse_stream(modelId=model_id, messages=PROMPT)["stream"])).records[
        0
    ]


def test_an_alias_does_not_hide_a_family_that_counts_twice(server: BedrockServer) -> None:
    """An OpenAI model behind an application inference profile is as doubtful as by its own name."""
    profile = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6"
    configure(prices={"aliases": {profile: "openai.gpt-5.4"}})

    by_alias, by_name, by_shouting = (
        gross_stream(server, name) for name in (profile, "openai.gpt-5.4", "OPENAI.gpt-5.4")
    )

    for record in (by_alias, by_name, by_shouting):
        assert_cost(record, None, status="ambiguous_usage")
        assert "input_tokens" not in record
        assert "total_tokens" not in record
        assert record["raw_usage"]["input_tokens"] == 100


def test_other_families_say_what_they_mean(server: BedrockServer) -> None:
    """The same counts of a Nova model are taken as they stand."""
    record = gross_stream(server, NOVA)

    assert record["input_tokens"] == 100
    assert record["cost_status"] == "ok"
    assert "_maybe_gross" not in record


def test_counts_that_do_not_add_up_have_no_price(server: BedrockServer) -> None:
    """A total below the sum says that the input is gross."""
    reply = answer(100)
    reply["usage"] = {"inputTokens": 100, "outputTokens": 5, "cacheReadInputTokens": 80, "totalTokens": 105}
    server.script(json_reply(reply))

    record = observe(lambda: runtime(server).converse(modelId=NOVA, messages=PROMPT)).records[0]

    assert_cost(record, None, status="ambiguous_usage")
    assert record["raw_usage"]["totalTokens"] == 105


def test_web_grounding_is_not_left_out_of_a_cost(server: BedrockServer) -> None:
    """A grounded answer is billed by the request too, at a rate that the book does not list."""
    reply = answer(100)
    reply["output"]["message"]["content"].append(
        {"toolUse": {"toolUseId": "t", "name": "nova_grounding", "type": "server_tool_use", "input": {}}}
    )
    server.script(json_reply(reply))

    record = observe(lambda: runtime(server).converse(modelId=NOVA, messages=PROMPT)).records[0]

    assert record["tool_calls"] == ["nova_grounding"]
    assert_cost(record, None, status="no_rate")


@pytest.mark.parametrize(
    ("body", "images"),
    [
        ({"images": ["aGk="], "finish_reasons": [None]}, 1),
        ({"images": [None], "finish_reasons": ["Filter reason: prompt"]}, None),
        ({"images": ["aGk=", "aGk="], "finish_reasons": [None, "Filter reason: output image"]}, 1),
        ({"images": [""]}, None),
    ],
    ids=["fine", "filtered prompt", "one filtered", "empty"],
)
def test_a_filtered_image_is_none(server: BedrockServer, body: dict[str, Any], images: int | None) -> None:
    """Only images that are in the answer are counted, and only those are billed."""
    server.script(json_reply(body))

    assert invoke(server, "stability.sd3-5-large-v1:0").get("images") == images


def test_made_up_counts_of_a_blocked_prompt_are_not_usage(server: BedrockServer) -> None:
    """Without Bedrock's own counts, what a blocked body says was not generated."""
    body = {
        "output": {"message": {"role": "assistant", "content": [{"text": "Sorry."}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 20.0, "outputTokens": 7.0},
        "amazon-bedrock-guardrailAction": "INTERVENED",
    }
    server.script(json_reply(body))

    record = invoke(server, NOVA)

    assert "input_tokens" not in record
    assert_cost(record, None, status="no_usage")


def test_a_cache_header_of_nothing_does_not_take_the_bodys_cache_away(server: BedrockServer) -> None:
    """Where the headers' input is the body's whole prompt, the body's split stands in every part."""
    body = {
        "object": "chat.completion",
        "choices": [{"message": {"role": "assistant", "content": "Oslo"}, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": 100,
            "completion_tokens": 30,
            "total_tokens": 130,
            "prompt_tokens_details": {"cached_tokens": 80},
        },
    }
    headers = {
        "X-Amzn-Bedrock-Input-Token-Count": "100",
        "X-Amzn-Bedrock-Output-Token-Count": "30",
        "X-Amzn-Bedrock-Cache-Read-Input-Token-Count": "0",
    }
    server.script(json_reply(body, headers))

    record = invoke(server, "openai.gpt-oss-120b-1:0")

    assert (record["input_tokens"], record["cache_read_tokens"], record["total_tokens"]) == (20, 80, 130)


def test_request_metadata_cannot_steer_a_price(server: BedrockServer) -> None:
    """The names of our own notes are taken."""
    skip_without(runtime(server), "Converse", "requestMetadata")
    usage = {"inputTokens": 10, "outputTokens": 5, "cacheWriteInputTokens": 100, "totalTokens": 115}
    plain, steered = answer(10), answer(10)
    plain["usage"] = steered["usage"] = usage
    server.script(json_reply(plain), json_reply(steered))

    def ask(metadata: dict[str, str]) -> None:
        runtime(server).converse(modelId=HAIKU, messages=PROMPT, requestMetadata=metadata)

    with capture_records() as records:
        observe_inference(ask)({"team": "a"})
        observe_inference(ask)({"_one_hour_writes": "x", "_maybe_gross": "x"})

    assert records[0]["cost_usd"] == records[1]["cost_usd"]
    assert "cache_write_1h_tokens" not in records[1]
