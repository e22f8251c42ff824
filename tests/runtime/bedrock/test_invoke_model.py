"""InvokeModel: headers before body, for the body of every provider."""

from typing import Any

import pytest
from runtime.bedrock.support import body, comparable, ids, observe, recorded, shown

from genai_obs.tools.local.bedrock import BedrockServer
from genai_obs.tools.local.replies import json_reply

CASES = recorded("invoke")


def invoke(runtime: Any, case: dict[str, Any]) -> Any:
    """Call the model of a case and read its body."""
    answer = runtime.invoke_model(modelId=case["model"], body=body(case.get("request", {})))
    return {**comparable(answer), "body": answer["body"].read()}


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_record_says_what_headers_and_body_said(case: dict[str, Any], server: BedrockServer, runtime: Any) -> None:
    """Counts, stop reason, tools, images and vectors are read from every provider's body."""
    server.script(json_reply(case["body"], case["headers"]))

    record = observe(lambda: invoke(runtime, case)).record

    assert shown(record, case["expect"]) == case["expect"]
    assert record["status"] == "ok"


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_caller_gets_the_same_answer(case: dict[str, Any], server: BedrockServer, runtime: Any) -> None:
    """With and without the decorator an InvokeModel answer is the same, byte for byte."""
    server.script(*[json_reply(case["body"], case["headers"])] * 2)

    plain = invoke(runtime, case)
    observed = observe(lambda: invoke(runtime, case)).value

    assert observed == plain


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_no_text_reaches_the_record(case: dict[str, Any], server: BedrockServer, runtime: Any) -> None:
    """Neither the answer nor what a guardrail matched is in the record."""
    server.script(json_reply(case["body"], case["headers"]))

    record = observe(lambda: invoke(runtime, case)).record

    assert not any(text in str(record) for text in ("SECRET", "Oslo", "aWdub3Jl"))


def test_served_tier_comes_from_its_header(server: BedrockServer, runtime: Any) -> None:
    """The tier that served an InvokeModel call and its latency mode are in response headers."""
    headers = {"X-Amzn-Bedrock-Service-Tier": "priority", "X-Amzn-Bedrock-PerformanceConfig-Latency": "optimized"}
    server.script(json_reply(CASES[0]["body"], CASES[0]["headers"] | headers))

    record = observe(lambda: invoke(runtime, CASES[0])).record

    assert (record["service_tier"], record["performance_latency"]) == ("priority", "optimized")


def test_hour_long_writes_without_a_split_have_no_cost(server: BedrockServer, runtime: Any) -> None:
    """When a request asked for an hour and the answer does not say how much of it, nobody knows the price."""
    request = {"system": [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral", "ttl": "1h"}}]}
    usage = {"input_tokens": 4, "output_tokens": 9, "cache_creation_input_tokens": 50}
    server.script(json_reply({"type": "message", "usage": usage}))

    record = observe(lambda: invoke(runtime, {"model": CASES[0]["model"], "request": request})).record

    assert (record["cost_usd"], record["cost_status"]) == (None, "ambiguous_usage")


def test_rerank_request_that_is_no_json_is_bedrocks_to_refuse(server: BedrockServer, runtime: Any) -> None:
    """A broken request body disturbs nobody but its sender."""
    server.script(json_reply({"results": []}))

    def handler() -> None:
        runtime.invoke_model(modelId="cohere.rerank-v3-5:0", body=b"{nope")["body"].read()

    outcome = observe(handler)

    assert outcome.error is None
    assert "search_units" not in outcome.record


def test_body_that_nobody_reads_is_recorded_by_its_headers(server: BedrockServer, runtime: Any) -> None:
    """An unread answer leaves its record when it is dropped: tokens are known, the stop reason is not."""
    server.script(json_reply(CASES[0]["body"], CASES[0]["headers"]))

    record = observe(
        lambda: runtime.invoke_model(modelId=CASES[0]["model"], body=b"{}")["ResponseMetadata"]["HTTPStatusCode"]
    ).record

    assert shown(record, {"status": "ok", "input_tokens": 14, "stop_reason": None}) == {
        "status": "ok",
        "input_tokens": 14,
        "stop_reason": None,
    }
