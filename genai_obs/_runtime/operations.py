"""
The AWS operations that run a model or a guardrail: one row each, saying what its request and its answer tell.

Left out on purpose: CountTokens and Retrieve run no generation, and a job or AgentCore runtime reports no usage.
"""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from genai_obs._runtime import bodies, event_streams, fields, guardrails, old_botocore
from genai_obs._runtime.body_chunks import BodyChunks, read_input_side
from genai_obs._runtime.converse import ConverseEvents, read_converse, read_word
from genai_obs._runtime.inference import Inference
from genai_obs._runtime.usage import count, milliseconds, read_body

Params = Mapping[str, object]
Facts = dict[str, object]


class Operation:
    """
    One row of the table.

    ``read_answer`` returns True when the inference goes on in a stream or body, which will end it.
    """

    __slots__ = ("read_answer", "read_request", "service")

    def __init__(
        self,
        service: str,
        read_request: Callable[[Params, Facts], None],
        read_answer: Callable[[Inference, dict[str, Any]], bool],
    ) -> None:
        self.service = service
        self.read_request = read_request
        self.read_answer = read_answer


# -- requests --------------------------------------------------------------------------------------------------------


def _request_of_model(params: Params, facts: Facts) -> None:
    _put_text(facts, "model_id", params.get("modelId"))
    guardrail = params.get("guardrailConfig")
    if isinstance(guardrail, dict):  # Converse
        _put_text(facts, "guardrail_id", guardrail.get("guardrailIdentifier"))
        _put_text(facts, "guardrail_version", guardrail.get("guardrailVersion"))
    else:  # InvokeModel
        _put_text(facts, "guardrail_id", params.get("guardrailIdentifier"))
        _put_text(facts, "guardrail_version", params.get("guardrailVersion"))
    # The tier asked for, until the answer says which one served; not every answer does.
    tier = params.get("serviceTier")
    _put_text(facts, "service_tier", tier.get("type") if isinstance(tier, dict) else tier)
    performance = params.get("performanceConfig")
    mode = performance.get("latency") if isinstance(performance, dict) else params.get("performanceConfigLatency")
    _put_text(facts, "performance_latency", mode)
    metadata = params.get("requestMetadata")
    if isinstance(metadata, dict):
        facts.update(fields.plain_fields(metadata))
    lives = _cache_lives(params)
    if "1h" in lives:
        facts["_one_hour_writes"] = True if lives == {"1h"} else None


def _cache_lives(params: Params) -> set[str]:
    """
    Return the times to live of a Converse request's cache points.

    An answer that does not split its cache writes is read by them: without ``1h`` all are five-minute ones.
    """
    lives: set[str] = set()
    messages = params.get("messages")
    tools = params.get("toolConfig")
    places = [params.get("system"), tools.get("tools") if isinstance(tools, dict) else None]
    places.extend(m.get("content") for m in (messages if isinstance(messages, list) else ()) if isinstance(m, dict))
    for blocks in places:
        for block in blocks if isinstance(blocks, list) else ():
            point = block.get("cachePoint") if isinstance(block, dict) else None
            if isinstance(point, dict):
                life = point.get("ttl")
                lives.add(life if isinstance(life, str) else "5m")
    return lives


def _request_of_guardrail(params: Params, facts: Facts) -> None:
    _put_text(facts, "guardrail_id", params.get("guardrailIdentifier"))
    _put_text(facts, "guardrail_version", params.get("guardrailVersion"))
    facts["cost_status"] = "not_token_priced"


def _request_of_agent(params: Params, facts: Facts) -> None:
    _put_text(facts, "agent_id", params.get("agentId") or params.get("flowIdentifier"))
    _put_text(facts, "model_id", params.get("foundationModel"))  # inline agents name theirs
    _put_text(facts, "session_id", params.get("sessionId"))
    guardrail = params.get("guardrailConfiguration")
    if isinstance(guardrail, dict):
        _put_text(facts, "guardrail_id", guardrail.get("guardrailIdentifier"))
        _put_text(facts, "guardrail_version", guardrail.get("guardrailVersion"))


def _request_of_rag(params: Params, facts: Facts) -> None:
    configuration = params.get("retrieveAndGenerateConfiguration")
    for kind in ("knowledgeBaseConfiguration", "externalSourcesConfiguration"):
        part = configuration.get(kind) if isinstance(configuration, dict) else None
        if isinstance(part, dict):
            _put_text(facts, "model_id", part.get("modelArn"))
            _put_text(facts, "knowledge_base_id", part.get("knowledgeBaseId"))
            generation = part.get("generationConfiguration")
            guardrail = generation.get("guardrailConfiguration") if isinstance(generation, dict) else None
            if isinstance(guardrail, dict):
                _put_text(facts, "guardrail_id", guardrail.get("guardrailId"))
                _put_text(facts, "guardrail_version", guardrail.get("guardrailVersion"))


def _request_of_search(params: Params, facts: Facts) -> None:
    model = _at(
        params, "agenticRetrieveConfiguration", "foundationModelConfiguration", "bedrockFoundationModelConfiguration"
    )
    _put_text(facts, "model_id", _at(model, "modelConfiguration", "modelArn"))
    guardrail = _at(params, "policyConfiguration", "bedrockGuardrailConfiguration")
    _put_text(facts, "guardrail_id", _at(guardrail, "guardrailId"))
    _put_text(facts, "guardrail_version", _at(guardrail, "guardrailVersion"))


def _request_of_harness(params: Params, facts: Facts) -> None:
    _put_text(facts, "agent_id", params.get("harnessArn"))
    _put_text(facts, "session_id", params.get("runtimeSessionId"))
    _put_text(facts, "model_id", _at(params, "model", "bedrockModelConfig", "modelId"))


def _request_of_nothing(_params: Params, _facts: Facts) -> None:
    pass


def _at(value: object, *names: str) -> object:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _request_of_rerank(params: Params, facts: Facts) -> None:
    model = _at(params, "rerankingConfiguration", "bedrockRerankingConfiguration", "modelConfiguration", "modelArn")
    _put_text(facts, "model_id", model)
    sources = params.get("sources")
    queries = params.get("queries")
    if isinstance(sources, list) and sources:
        facts["search_units"] = _search_units(len(sources)) * max(1, len(queries) if isinstance(queries, list) else 1)


def _search_units(documents: int) -> int:
    """Return how many queries are billed: each covers up to 100 documents (Bedrock pricing page, Rerank)."""
    return -(-documents // 100)


def _request_of_invocation(params: Params, facts: Facts) -> None:
    _request_of_model(params, facts)
    body = params.get("body")
    body = body.encode() if isinstance(body, str) else body
    if not isinstance(body, bytes | bytearray):
        return
    if b'"1h"' in body and b'"cache_control"' in body:
        # Which of its cache points live for an hour only the answer's body tells; headers do not.
        facts["_one_hour_writes"] = None
    if "rerank" in str(facts.get("model_id")) and len(body) <= bodies.MAX_BYTES:
        # Neither headers nor body count anything, but the request says how many documents there are.
        try:
            documents = _at(orjson.loads(body), "documents")
        except orjson.JSONDecodeError:
            return  # Bedrock's to refuse
        if isinstance(documents, list) and documents:
            facts["search_units"] = _search_units(len(documents))


# -- answers ---------------------------------------------------------------------------------------------------------


def _answer_of_converse(call: Inference, answer: dict[str, Any]) -> bool:
    wire, call.wire = call.wire, None
    read_converse(answer if wire is None else old_botocore.completed(answer, wire), call.facts)
    _settle_guardrail(call.facts)
    if call.content is not None:
        from genai_obs._runtime import content

        content.note_message(call, answer)
    return False


def _answer_of_converse_stream(call: Inference, answer: dict[str, Any]) -> bool:
    _settle_guardrail(call.facts)
    return _follow_stream(call, answer, ConverseEvents(call.facts), on_wire=old_botocore.drops is True)


def _answer_of_invocation(call: Inference, answer: dict[str, Any]) -> bool:
    facts = call.facts
    metadata = answer.get("ResponseMetadata")
    headers = metadata.get("HTTPHeaders") if isinstance(metadata, dict) else None
    headers = headers if isinstance(headers, dict) else {}
    latency = milliseconds(headers.get("x-amzn-bedrock-invocation-latency"))
    if latency is not None:
        facts["server_latency_ms"] = latency
    _read_served_tier(answer, facts)
    _settle_guardrail(facts)
    _read_headers(headers, facts)

    def read(body: object, facts: Facts) -> None:
        if not isinstance(body, dict):
            return
        facts.update(read_body(body))
        _read_headers(headers, facts)
        guardrails.read_body_members(body, facts)
        if body.get("amazon-bedrock-guardrailAction") == "INTERVENED" and not any(map(_is_token_header, headers)):
            # No model ran, or Bedrock would have counted: the numbers of such a body are made up.
            for name in _COUNTS:
                facts.pop(name, None)
        if call.content is not None:
            from genai_obs._runtime import content

            content.note_body(call, body)

    return bodies.watch(answer.get("body"), call, read)


_COUNTS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")


def _is_token_header(name: str) -> bool:
    return name.startswith("x-amzn-bedrock-") and name.endswith("-token-count")


def _read_headers(headers: dict[str, object], facts: Facts) -> None:
    """Let the headers' counts precede the body's: a guardrail strips the body's, never these."""
    read_input_side(
        facts,
        count(headers.get("x-amzn-bedrock-input-token-count")),
        count(headers.get("x-amzn-bedrock-cache-read-input-token-count")),
        count(headers.get("x-amzn-bedrock-cache-write-input-token-count")),
    )
    output = count(headers.get("x-amzn-bedrock-output-token-count"))
    if output is not None:
        facts["output_tokens"] = output


def _answer_of_invocation_stream(call: Inference, answer: dict[str, Any]) -> bool:
    _read_served_tier(answer, call.facts)
    _settle_guardrail(call.facts)
    return _follow_stream(call, answer, BodyChunks(call.facts))


def _read_served_tier(answer: dict[str, Any], facts: Facts) -> None:
    # The headers too, because an old botocore does not turn them into members.
    metadata = answer.get("ResponseMetadata")
    headers = metadata.get("HTTPHeaders") if isinstance(metadata, dict) else None
    if isinstance(headers, dict):
        read_word(headers.get("x-amzn-bedrock-service-tier"), "service_tier", facts)
        read_word(headers.get("x-amzn-bedrock-performanceconfig-latency"), "performance_latency", facts)
    read_word(answer.get("serviceTier"), "service_tier", facts)
    read_word(answer.get("performanceConfigLatency"), "performance_latency", facts)


def _answer_of_guardrail(call: Inference, answer: dict[str, Any]) -> bool:
    guardrails.read_verdict(answer.get("action"), call.facts)
    guardrails.read_trace(answer, call.facts)
    units: dict[str, int] = {}
    guardrails.add_units(answer.get("usage"), units)
    billed = {name: number for name, number in units.items() if number}
    if billed:
        # The answer's own sum; the assessments repeat it in parts.
        call.facts["guardrail_units"] = billed
    return False


def _answer_of_checks(call: Inference, answer: dict[str, Any]) -> bool:
    """InvokeGuardrailChecks only scores: it has units by check and no verdict."""
    usage = answer.get("usage")
    if isinstance(usage, dict):
        units: dict[str, int] = {}
        for check, used in usage.items():
            number = count(_at(used, "textUnits"))
            guardrails.add_units({f"{check}TextUnits": number}, units)
        call.facts["guardrail_units"] = units
    return False


def _answer_of_rag(call: Inference, answer: dict[str, Any]) -> bool:
    guardrails.read_verdict(answer.get("guardrailAction"), call.facts)
    read_word(answer.get("sessionId"), "session_id", call.facts)
    return False


def _answer_of_agent(call: Inference, answer: dict[str, Any]) -> bool:
    from genai_obs._runtime.agents import AgentEvents

    return _follow_stream(call, answer, AgentEvents(call.facts))


def _answer_of_rag_stream(call: Inference, answer: dict[str, Any]) -> bool:
    from genai_obs._runtime.agents import OtherEvents

    read_word(answer.get("sessionId"), "session_id", call.facts)
    return _follow_stream(call, answer, OtherEvents(call.facts))


def _answer_without_usage(_call: Inference, _answer: dict[str, Any]) -> bool:
    return False


def _follow_stream(
    call: Inference, answer: dict[str, Any], reader: event_streams.EventReader, *, on_wire: bool = False
) -> bool:
    stream = event_streams.find_stream(answer)
    return stream is not None and event_streams.watch(stream, call, reader, on_wire=on_wire)


def _settle_guardrail(facts: Facts) -> None:
    """With a guardrail on the request, silence means that it did not step in."""
    if "guardrail_id" in facts:
        facts.setdefault("guardrail_triggered", False)


def _put_text(facts: Facts, name: str, value: object) -> None:
    if isinstance(value, str) and value:
        facts[name] = fields.plain_text(value, 2048)


_RUNTIME = "bedrock-runtime"
_AGENTS = "bedrock-agent-runtime"

OPERATIONS: dict[str, Operation] = {
    "Converse": Operation(_RUNTIME, _request_of_model, _answer_of_converse),
    "ConverseStream": Operation(_RUNTIME, _request_of_model, _answer_of_converse_stream),
    "InvokeModel": Operation(_RUNTIME, _request_of_invocation, _answer_of_invocation),
    "InvokeModelWithResponseStream": Operation(_RUNTIME, _request_of_invocation, _answer_of_invocation_stream),
    "StartAsyncInvoke": Operation(_RUNTIME, _request_of_model, _answer_without_usage),
    "ApplyGuardrail": Operation(_RUNTIME, _request_of_guardrail, _answer_of_guardrail),
    "InvokeGuardrailChecks": Operation(_RUNTIME, _request_of_guardrail, _answer_of_checks),
    "RetrieveAndGenerate": Operation(_AGENTS, _request_of_rag, _answer_of_rag),
    "RetrieveAndGenerateStream": Operation(_AGENTS, _request_of_rag, _answer_of_rag_stream),
    "InvokeAgent": Operation(_AGENTS, _request_of_agent, _answer_of_agent),
    "InvokeInlineAgent": Operation(_AGENTS, _request_of_agent, _answer_of_agent),
    "InvokeFlow": Operation(_AGENTS, _request_of_agent, _answer_of_rag_stream),
    "OptimizePrompt": Operation(_AGENTS, _request_of_nothing, _answer_of_rag_stream),
    "GenerateQuery": Operation(_AGENTS, _request_of_nothing, _answer_without_usage),
    "AgenticRetrieveStream": Operation(_AGENTS, _request_of_search, _answer_of_rag_stream),
    "Rerank": Operation(_AGENTS, _request_of_rerank, _answer_without_usage),
    "InvokeHarness": Operation("bedrock-agentcore", _request_of_harness, _answer_of_converse_stream),
}
