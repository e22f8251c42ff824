"""Guardrails on their own, agents, knowledge bases, flows, reranking and counting: what each of them reports."""

from typing import Any

import pytest
from botocore.exceptions import UnknownServiceError
from runtime.bedrock.support import HAIKU, PROMPT, attempt, collect, comparable, observe, shown

from genai_obs.tools.local.answers import Answer
from genai_obs.tools.local.bedrock import BedrockServer
from genai_obs.tools.local.eventstream import event, exception
from genai_obs.tools.local.replies import json_reply, stream_reply
from genai_obs.tools.local.surfaces import (
    agent_reply,
    count_tokens_reply,
    rerank_reply,
    retrieve_and_generate_reply,
    retrieve_and_generate_stream_reply,
    retrieve_reply,
)


def need(client: Any, *methods: str) -> None:
    """Skip a test whose operations this botocore is too old to know."""
    for method in methods:
        if not hasattr(client, method):
            pytest.skip(f"this botocore does not know {method}")


def need_traces(client: Any) -> None:
    """Skip a test where this botocore is too old to pass on how a model call of an agent ended."""
    shapes = client.meta.service_model
    members = shapes.shape_for("OrchestrationTrace").members.keys() | shapes.shape_for("ModelInvocationInput").members
    if not {"modelInvocationOutput", "foundationModel"} <= members:
        pytest.skip("this botocore drops an agent's counts")


ANSWERS = [Answer("Let me see.", 100, 20), Answer("Oslo.", 150, 30)]
MODEL = HAIKU
KNOWLEDGE = {"knowledgeBaseId": "KB12345678", "modelArn": HAIKU}


def agent(client: Any, **more: Any) -> Any:
    """Ask an agent; return its live stream."""
    ask = {"agentId": "AGENT00000", "agentAliasId": "TSTALIASID", "sessionId": "s1", "inputText": "?", **more}
    return client.invoke_agent(**ask)["completion"]


def generate(client: Any, method: str = "retrieve_and_generate", **more: Any) -> Any:
    """Ask a knowledge base."""
    configuration = {"type": "KNOWLEDGE_BASE", "knowledgeBaseConfiguration": {**KNOWLEDGE, **more}}
    return getattr(client, method)(input={"text": "?"}, retrieveAndGenerateConfiguration=configuration)


def step(kind: str, member: str, value: dict[str, Any]) -> bytes:
    """Return the frame of one step in an agent's trace."""
    return event("trace", {"agentId": "A", "sessionId": "s", "trace": {kind: {member: value}}})


def model_call(kind: str, model: str | None, usage: dict[str, int] | None) -> list[bytes]:
    """Return the frames of one model call in an agent's trace."""
    frames = [step(kind, "modelInvocationInput", {"traceId": "t", "foundationModel": model})] if model else []
    return [
        *frames,
        step(kind, "modelInvocationOutput", {"traceId": "t", "metadata": {"usage": usage} if usage else {}}),
    ]


CHUNK = event("chunk", {"bytes": "T3Nsby4="})


# -- agents ------------------------------------------------------------------------------------------------------------


def test_agent_is_the_sum_of_its_model_calls(server: BedrockServer, agents: Any) -> None:
    """One InvokeAgent with traces leaves one record: counts added up, and how many calls there were."""
    need_traces(agents)
    server.script(agent_reply(ANSWERS, model=MODEL))

    record = observe(lambda: list(agent(agents, enableTrace=True))).record

    expected = {
        "operation": "InvokeAgent",
        "agent_id": "AGENT00000",
        "session_id": "s1",
        "model_id": MODEL,
        "model_calls": 2,
        "input_tokens": 250,
        "output_tokens": 50,
        "stream": "complete",
        "status": "ok",
        "cost_status": "ok",
    }
    assert shown(record, expected) == expected
    assert "time_to_first_token_ms" in record


def test_agent_without_traces_counts_nothing(server: BedrockServer, agents: Any) -> None:
    """Without traces an agent reports no counts: they are unknown, and so is the cost."""
    server.script(agent_reply(ANSWERS, model=MODEL, trace=False))

    record = observe(lambda: list(agent(agents))).record

    expected = {"input_tokens": None, "output_tokens": None, "model_calls": None, "cost_usd": None, "status": "ok"}
    assert shown(record, expected) == expected


def test_agent_with_two_models_has_no_cost(server: BedrockServer, agents: Any) -> None:
    """Counts that two models share cannot be priced."""
    need_traces(agents)
    frames = [
        *model_call("preProcessingTrace", "amazon.nova-lite-v1:0", {"inputTokens": 1, "outputTokens": 2}),
        *model_call("orchestrationTrace", MODEL, {"inputTokens": 3, "outputTokens": 4}),
        CHUNK,
    ]
    server.script(stream_reply(frames))

    record = observe(lambda: list(agent(agents, enableTrace=True))).record

    expected = {"input_tokens": 4, "output_tokens": 6, "model_calls": 2, "cost_usd": None, "model_id": None}
    assert shown(record, expected) == expected


def test_agent_call_without_counts_makes_the_sum_unknown(server: BedrockServer, agents: Any) -> None:
    """A sum that misses a part would be too low, so there is none."""
    frames = [*model_call("orchestrationTrace", MODEL, {"inputTokens": 3, "outputTokens": 4})]
    frames += [*model_call("postProcessingTrace", MODEL, None), CHUNK]
    server.script(stream_reply(frames))

    record = observe(lambda: list(agent(agents, enableTrace=True))).record

    expected = {"input_tokens": None, "model_calls": 2, "cost_usd": None}
    assert shown(record, expected) == expected


def test_agent_call_without_outcome_makes_the_sum_unknown(server: BedrockServer, agents: Any) -> None:
    """A model call that was begun and of which no outcome is told may have been billed."""
    need_traces(agents)
    begun = step("orchestrationTrace", "modelInvocationInput", {"traceId": "t", "foundationModel": MODEL})
    whole = model_call("orchestrationTrace", MODEL, {"inputTokens": 3, "outputTokens": 4})
    server.script(stream_reply([*whole, begun, CHUNK]))

    record = observe(lambda: list(agent(agents, enableTrace=True))).record

    expected = {"input_tokens": None, "model_calls": 2, "cost_usd": None}
    assert shown(record, expected) == expected


def test_agent_guardrail_is_read_from_its_traces(server: BedrockServer, agents: Any) -> None:
    """A guardrail of an agent speaks once a side; what it matched stays out of the record."""
    found = {"topicPolicy": {"topics": [{"name": "Loans", "type": "DENY", "action": "BLOCKED"}]}}
    masked = {
        "sensitiveInformationPolicy": {"piiEntities": [{"type": "EMAIL", "match": "SECRET", "action": "ANONYMIZED"}]}
    }
    before = {"action": "NONE", "traceId": "t", "inputAssessments": [{}]}
    after = {"action": "INTERVENED", "traceId": "t", "outputAssessments": [found, masked]}
    traces = [event("trace", {"trace": {"guardrailTrace": trace}}) for trace in (before, after)]
    server.script(stream_reply([*traces, CHUNK]))

    record = observe(lambda: list(agent(agents, enableTrace=True))).record

    expected = {
        "guardrail_triggered": True,
        "guardrail_action": "BLOCKED",
        "guardrail_policies": ["sensitiveInformationPolicy", "topicPolicy"],
        "guardrail_sources": ["output"],
        "guardrail_id": None,
    }
    assert shown(record, expected) == expected
    assert "SECRET" not in str(record)


def test_agent_that_fails_keeps_what_it_counted(server: BedrockServer, agents: Any) -> None:
    """An agent that fails half-way tells what its model calls took until then."""
    need_traces(agents)
    frames = model_call("orchestrationTrace", MODEL, {"inputTokens": 3, "outputTokens": 4})
    frames.append(event("trace", {"trace": {"failureTrace": {"traceId": "t", "failureReason": "SECRET"}}}))
    server.script(stream_reply([*frames, exception("dependencyFailedException", "SECRET", resourceName="x")]))

    outcome = observe(lambda: collect(agent(agents, enableTrace=True)))

    expected = {"status": "error", "error_type": "DependencyFailedException", "input_tokens": 3, "stream": "abandoned"}
    assert shown(outcome.record, expected) == expected
    assert "SECRET" not in str(outcome.record)


def test_inline_agent_names_its_model(server: BedrockServer, agents: Any) -> None:
    """An inline agent's model and guardrail stand in the request."""
    need(agents, "invoke_inline_agent")
    server.script(agent_reply(ANSWERS, model=MODEL))
    guardrail = {"guardrailIdentifier": "gr0", "guardrailVersion": "1"}

    record = observe(
        lambda: list(
            agents.invoke_inline_agent(
                foundationModel=MODEL,
                instruction="You are a helpful assistant that knows every capital.",
                sessionId="s1",
                inputText="?",
                enableTrace=True,
                guardrailConfiguration=guardrail,
            )["completion"]
        )
    ).record

    expected = {"operation": "InvokeInlineAgent", "model_id": MODEL, "input_tokens": 250, "guardrail_id": "gr0"}
    assert shown(record, expected) == expected


def test_agent_events_are_the_same(server: BedrockServer, agents: Any) -> None:
    """With and without the decorator an agent's stream yields the same."""
    server.script(*[agent_reply(ANSWERS, model=MODEL)] * 2)

    plain = collect(agent(agents, enableTrace=True))

    assert observe(lambda: collect(agent(agents, enableTrace=True))).value == plain


# -- knowledge bases and flows -----------------------------------------------------------------------------------------


def test_generation_from_a_knowledge_base_names_its_model(server: BedrockServer, agents: Any) -> None:
    """RetrieveAndGenerate reports no counts, but model, knowledge base and the guardrail's verdict."""
    server.script(*[retrieve_and_generate_reply(Answer("Sorry.", 1, 1, stop="guardrail_intervened"))] * 2)

    plain = attempt(lambda: generate(agents))[0]
    outcome = observe(lambda: generate(agents))

    assert comparable(outcome.value) == comparable(plain)
    expected = {
        "operation": "RetrieveAndGenerate",
        "model_id": HAIKU,
        "knowledge_base_id": "KB12345678",
        "session_id": "kb-session",
        "guardrail_triggered": True,
        "guardrail_action": "INTERVENED",
        "input_tokens": None,
        "cost_usd": None,
        "cost_status": "no_usage",
    }
    assert shown(outcome.record, expected) == expected


@pytest.mark.parametrize(("stop", "triggered"), [("end_turn", False), ("guardrail_intervened", True)])
def test_streamed_generation_is_followed(stop: Any, triggered: bool, server: BedrockServer, agents: Any) -> None:
    """RetrieveAndGenerateStream has a time to first token, an end and a verdict."""
    need(agents, "retrieve_and_generate_stream")
    server.script(retrieve_and_generate_stream_reply(Answer("The capital is Oslo.", 1, 1, stop=stop)))

    record = observe(lambda: list(generate(agents, "retrieve_and_generate_stream")["stream"])).record

    expected = {"stream": "complete", "guardrail_triggered": triggered, "model_id": HAIKU, "session_id": "kb-session"}
    assert shown(record, expected) == expected
    assert "time_to_first_token_ms" in record


def test_flow_tells_how_it_ended(server: BedrockServer, agents: Any) -> None:
    """InvokeFlow leaves one record with its completion reason."""
    need(agents, "invoke_flow")
    output = event("flowOutputEvent", {"content": {"document": "Oslo"}, "nodeName": "o", "nodeType": "FlowOutputNode"})
    server.script(stream_reply([output, event("flowCompletionEvent", {"completionReason": "SUCCESS"})]))
    inputs = [{"content": {"document": "?"}, "nodeName": "i", "nodeOutputName": "document"}]

    record = observe(
        lambda: list(
            agents.invoke_flow(flowIdentifier="FLOW000000", flowAliasIdentifier="ALIAS00000", inputs=inputs)[
                "responseStream"
            ]
        )
    ).record

    expected = {"operation": "InvokeFlow", "agent_id": "FLOW000000", "stop_reason": "SUCCESS", "stream": "complete"}
    assert shown(record, expected) == expected
    assert "Oslo" not in str(record)


# -- without tokens ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("documents", "units"), [(1, 1), (100, 1), (101, 2)])
def test_reranking_is_counted_in_queries(documents: int, units: int, server: BedrockServer, agents: Any) -> None:
    """Rerank is billed by the query, which covers up to 100 documents."""
    need(agents, "rerank")
    server.script(rerank_reply(documents))
    arn = "arn:aws:bedrock:us-east-1::foundation-model/cohere.rerank-v3-5:0"
    source = {"type": "INLINE", "inlineDocumentSource": {"type": "TEXT", "textDocument": {"text": "d"}}}
    configuration = {"modelConfiguration": {"modelArn": arn}}

    record = observe(
        lambda: agents.rerank(
            queries=[{"type": "TEXT", "textQuery": {"text": "?"}}],
            sources=[source] * documents,
            rerankingConfiguration={
                "type": "BEDROCK_RERANKING_MODEL",
                "bedrockRerankingConfiguration": configuration,
            },
        )
    ).record

    expected = {"operation": "Rerank", "model_id": arn, "search_units": units, "input_tokens": None}
    assert shown(record, expected) == expected


def test_counting_tokens_is_no_inference(server: BedrockServer, runtime: Any) -> None:
    """CountTokens runs no model: beside a Converse call it leaves nothing."""
    need(runtime, "count_tokens")
    closing = [event("metadata", {"usage": {"inputTokens": 18, "outputTokens": 1, "totalTokens": 19}})]
    server.script(count_tokens_reply(18), stream_reply(closing))

    def handler() -> None:
        runtime.count_tokens(modelId=HAIKU, input={"converse": {"messages": PROMPT}})
        list(runtime.converse_stream(modelId=HAIKU, messages=PROMPT)["stream"])

    assert observe(handler).record["operation"] == "ConverseStream"


def test_counted_tokens_are_not_usage(server: BedrockServer, runtime: Any) -> None:
    """A function that returns what CountTokens said has used no tokens."""
    need(runtime, "count_tokens")
    server.script(count_tokens_reply(18))

    record = observe(lambda: runtime.count_tokens(modelId=HAIKU, input={"converse": {"messages": PROMPT}})).record

    assert shown(record, {"input_tokens": None, "cost_usd": None}) == {"input_tokens": None, "cost_usd": None}


def test_retrieving_is_no_inference(server: BedrockServer, agents: Any) -> None:
    """Retrieve finds passages without a model."""
    server.script(retrieve_reply(["a passage"]))

    record = observe(lambda: agents.retrieve(knowledgeBaseId="KB12345678", retrievalQuery={"text": "?"})).record

    assert record.get("operation") != "Retrieve"
    assert "input_tokens" not in record


def test_video_job_leaves_a_record_without_counts(server: BedrockServer, runtime: Any) -> None:
    """StartAsyncInvoke names its model and nothing else: its work is done later."""
    need(runtime, "start_async_invoke")
    server.script(json_reply({"invocationArn": "arn:aws:bedrock:us-east-1:123456789012:async-invoke/abcdefghijkl"}))
    target = {"s3OutputDataConfig": {"s3Uri": "s3://bucket"}}

    record = observe(
        lambda: runtime.start_async_invoke(modelId="amazon.nova-reel-v1:1", modelInput={}, outputDataConfig=target)
    ).record

    expected = {"operation": "StartAsyncInvoke", "model_id": "amazon.nova-reel-v1:1", "cost_usd": None}
    assert shown(record, expected) == expected


def test_guardrail_checks_report_units(server: BedrockServer, runtime: Any) -> None:
    """InvokeGuardrailChecks scores and gives no verdict; its units are told."""
    need(runtime, "invoke_guardrail_checks")
    usage = {"contentFilter": {"textUnits": 2}, "promptAttack": {"textUnits": 1}}
    server.script(json_reply({"results": {"contentFilter": {"results": []}}, "usage": usage}))
    checks = {"contentFilter": {"categories": [{"category": "HATE"}]}}

    record = observe(
        lambda: runtime.invoke_guardrail_checks(messages=[{"role": "user", "content": [{"text": "?"}]}], checks=checks)
    ).record

    expected = {
        "guardrail_units": {"contentFilterTextUnits": 2, "promptAttackTextUnits": 1},
        "guardrail_triggered": None,
        "cost_status": "not_token_priced",
    }
    assert shown(record, expected) == expected


# -- ApplyGuardrail ----------------------------------------------------------------------------------------------------

UNITS = {"topicPolicyUnits": 1, "contentPolicyUnits": 2, "wordPolicyUnits": 1, "sensitiveInformationPolicyUnits": 0}


def assessment(**policies: Any) -> dict[str, Any]:
    """Return one assessment."""
    metrics = {"guardrailProcessingLatency": 200, "usage": UNITS}
    return {**policies, "invocationMetrics": metrics}


@pytest.mark.parametrize(
    ("action", "assessments", "expected"),
    [
        (
            "NONE",
            [assessment()],
            {"guardrail_triggered": False, "guardrail_action": "NONE", "guardrail_policies": None},
        ),
        (
            "GUARDRAIL_INTERVENED",
            [
                assessment(
                    wordPolicy={"managedWordLists": [{"match": "SECRET", "type": "PROFANITY", "action": "BLOCKED"}]}
                )
            ],
            {"guardrail_triggered": True, "guardrail_action": "BLOCKED", "guardrail_policies": ["wordPolicy"]},
        ),
        ("GUARDRAIL_INTERVENED", [], {"guardrail_triggered": True, "guardrail_action": "INTERVENED"}),
        ("GUARDRAIL_INTERVENED", None, {"guardrail_triggered": True, "guardrail_action": "INTERVENED"}),
    ],
    ids=["silent", "blocked", "no detail", "no assessments"],
)
def test_guardrail_on_its_own_is_recorded(
    action: str, assessments: Any, expected: dict[str, Any], server: BedrockServer, runtime: Any
) -> None:
    """ApplyGuardrail leaves its verdict, units and what they cost; there are no tokens to price."""
    answer = {"action": action, "usage": UNITS, "outputs": [{"text": "SECRET"}]}
    server.script(json_reply(answer if assessments is None else answer | {"assessments": assessments}))

    record = observe(
        lambda: runtime.apply_guardrail(
            guardrailIdentifier="gr0", guardrailVersion="2", source="INPUT", content=[{"text": {"text": "SECRET"}}]
        )
    ).record

    expected = expected | {
        "operation": "ApplyGuardrail",
        "guardrail_id": "gr0",
        "guardrail_version": "2",
        "guardrail_units": {name: units for name, units in UNITS.items() if units},
        "cost_status": "not_token_priced",
        "status": "ok",
    }
    assert shown(record, expected) == expected
    assert record["guardrail_cost_usd"] > 0
    assert "SECRET" not in str(record)


def test_harness_is_read_like_a_stream_of_converse(server: BedrockServer, make_client: Any) -> None:
    """AgentCore's InvokeHarness streams Converse's events and names the model in its request."""
    try:
        core = make_client("bedrock-agentcore")
    except UnknownServiceError:
        pytest.skip("this botocore does not know AgentCore")
    need(core, "invoke_harness")
    usage = {"inputTokens": 9, "outputTokens": 3, "totalTokens": 12, "cacheReadInputTokens": 0}
    frames = [event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Oslo"}})]
    server.script(stream_reply([*frames, event("metadata", {"usage": usage, "metrics": {"latencyMs": 5}})]))
    arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:harness/mine-0123456789"

    record = observe(
        lambda: list(
            core.invoke_harness(
                harnessArn=arn,
                runtimeSessionId="s" * 33,
                model={"bedrockModelConfig": {"modelId": HAIKU}},
                messages=[{"role": "user", "content": [{"text": "?"}]}],
            )["stream"]
        )
    ).record

    expected = {"model_id": HAIKU, "agent_id": arn, "input_tokens": 9, "stream": "complete", "cost_status": "ok"}
    assert shown(record, expected) == expected
