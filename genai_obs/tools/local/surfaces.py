"""Answers of Bedrock's other operations: guardrails, agents, knowledge bases, reranking, counting."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from genai_obs.tools.local.answers import Answer
from genai_obs.tools.local.eventstream import event
from genai_obs.tools.local.replies import Reply, json_reply, stream_reply


def guardrail_trace(
    guardrail_id: str,
    *,
    input_assessment: Mapping[str, Any] | None = None,
    output_assessments: Sequence[Mapping[str, Any]] = (),
    reason: str = "No action.",
) -> dict[str, Any]:
    """Return the guardrail trace of a Converse answer; `assessment` makes its parts."""
    trace: dict[str, Any] = {"actionReason": reason}
    if input_assessment is not None:
        trace["inputAssessment"] = {guardrail_id: input_assessment}
    if output_assessments:
        trace["outputAssessments"] = {guardrail_id: list(output_assessments)}
    return trace


def assessment(
    policies: Mapping[str, Any] | None = None, *, characters: int = 100, latency_ms: int = 120, version: str = "1"
) -> dict[str, Any]:
    """
    Return what a guardrail says about one text.

    Args:
        policies: ``topicPolicy`` and the like with their findings, by their wire names.

        characters: Length of the text; every started 1,000 are one unit of each policy.

        latency_ms: Time the guardrail took.

        version: Version of the guardrail.
    """
    units = -(-characters // 1000)
    usage = dict.fromkeys(
        ("topicPolicyUnits", "contentPolicyUnits", "wordPolicyUnits", "sensitiveInformationPolicyUnits"), units
    )
    free = {"sensitiveInformationPolicyFreeUnits": 0, "contextualGroundingPolicyUnits": 0}
    return {
        **(policies or {}),
        "invocationMetrics": {
            "guardrailProcessingLatency": latency_ms,
            "usage": usage | free,
            "guardrailCoverage": {"textCharacters": {"guarded": characters, "total": characters}},
        },
        "appliedGuardrailDetails": {"guardrailVersion": version, "guardrailOrigin": ["REQUEST"]},
    }


def apply_guardrail_reply(found: Mapping[str, Any], *, intervened: bool, output: str = "") -> Reply:
    """Return the answer of ApplyGuardrail for one assessment."""
    metrics = found["invocationMetrics"]
    body = {
        "action": "GUARDRAIL_INTERVENED" if intervened else "NONE",
        "actionReason": "Guardrail blocked." if intervened else "No action.",
        "assessments": [found],
        "guardrailCoverage": metrics["guardrailCoverage"],
        "outputs": [{"text": output}] if intervened else [],
        "usage": metrics["usage"],
    }
    return json_reply(body)


def count_tokens_reply(input_tokens: int) -> Reply:
    """Return the answer of CountTokens."""
    return json_reply({"inputTokens": input_tokens})


def retrieve_reply(texts: Sequence[str], *, guardrail_action: str = "NONE") -> Reply:
    """Return the passages that Retrieve found, best first."""
    results = [{"content": {"text": t, "type": "TEXT"}, "score": 0.9 - 0.1 * index} for index, t in enumerate(texts)]
    return json_reply({"guardrailAction": guardrail_action, "retrievalResults": results})


def rerank_reply(documents: int) -> Reply:
    """Return the answer of the agent runtime's Rerank for this many documents; it has no counts."""
    results = [{"index": index, "relevanceScore": 0.9 / (index + 1)} for index in range(documents)]
    return json_reply({"results": results})


def retrieve_and_generate_reply(answer: Answer, *, session_id: str = "kb-session") -> Reply:
    """Return the answer of RetrieveAndGenerate; it has no counts."""
    body = {"output": {"text": answer.text}, "sessionId": session_id, "guardrailAction": _action(answer)}
    return json_reply(body | {"citations": [_citation(answer.text)]})


def retrieve_and_generate_stream_reply(answer: Answer, *, session_id: str = "kb-session", pace_s: float = 0.0) -> Reply:
    """Return the answer of RetrieveAndGenerateStream."""
    frames = [event("output", {"text": text}) for text in answer.pieces()]
    frames += [event("citation", _citation(answer.text)), event("guardrail", {"action": _action(answer)})]
    return stream_reply(frames, {"x-amzn-bedrock-knowledge-base-session-id": session_id}, pace_s=pace_s)


def agent_reply(
    answers: Sequence[Answer],
    *,
    model: str,
    trace: bool = True,
    session_id: str = "agent-session",
    agent_id: str = "AGENT00000",
    pace_s: float = 0.0,
) -> Reply:
    """
    Return the answer of InvokeAgent or InvokeInlineAgent: some model calls, and the last one's text at the end.

    Args:
        answers: The model calls; the last is the final answer.

        model: Foundation model that the traces name.

        trace: Whether the request enabled traces; without them an agent reports no counts.

        session_id: Session, sent back in a header.

        agent_id: Agent, named by the traces.

        pace_s: Seconds between events.
    """
    frames: list[bytes] = []
    if trace:
        for index, answer in enumerate(answers):
            frames += _model_call(answer, f"trace-{index}", model, session_id, agent_id)
    text = base64.b64encode(answers[-1].text.encode()).decode()
    headers = {
        "x-amz-bedrock-agent-session-id": session_id,
        "x-amzn-bedrock-agent-content-type": "application/json",
    }
    return stream_reply([*frames, event("chunk", {"bytes": text})], headers, pace_s=pace_s)


def _model_call(answer: Answer, trace_id: str, model: str, session_id: str, agent_id: str) -> list[bytes]:
    """Return the two trace events of one model call inside an agent."""
    question = {"traceId": trace_id, "type": "ORCHESTRATION", "text": "{}", "foundationModel": model}
    usage = {"inputTokens": answer.input_tokens, "outputTokens": answer.output_tokens}
    times = {"totalTimeMs": answer.latency_ms, "clientRequestId": f"{trace_id}-request"}
    result = {"traceId": trace_id, "metadata": {"usage": usage, **times}, "rawResponse": {"content": answer.text}}
    owner = {"agentId": agent_id, "sessionId": session_id, "agentAliasId": "TSTALIASID", "agentVersion": "DRAFT"}
    return [
        event("trace", owner | {"trace": {"orchestrationTrace": member}})
        for member in ({"modelInvocationInput": question}, {"modelInvocationOutput": result})
    ]


def _action(answer: Answer) -> str:
    return "INTERVENED" if answer.stop == "guardrail_intervened" else "NONE"


def _citation(text: str) -> dict[str, Any]:
    part = {"textResponsePart": {"text": text, "span": {"start": 0, "end": max(len(text) - 1, 0)}}}
    return {"generatedResponsePart": part, "retrievedReferences": []}
