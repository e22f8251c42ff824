"""
Plain dicts as return values: answers of Bedrock that no client of ours saw, or their parsed bodies.

A handler returns dicts of its own all the time, so a dict counts as an answer only if it has the members that make
one: a dict that merely has a ``usage`` stays the user's.
"""

from genai_obs._runtime import guardrails
from genai_obs._runtime.answer_places import BEDROCK, is_bedrock_id, read_headers
from genai_obs._runtime.answer_values import is_dict, items, length, member, number, path, put, text
from genai_obs._runtime.converse import read_converse
from genai_obs._runtime.inference import read_metadata
from genai_obs._runtime.usage import read_body, read_stop_reason

_OPENAI_OBJECTS = {
    "chat.completion": "chat.completions",
    "text_completion": "completions",
    "response": "responses",
    "list": "embeddings",
}


def read(answer: dict[object, object]) -> dict[str, object] | None:
    """Return the facts of a dict that is an answer of Bedrock, or a body of one; None of any other dict."""
    plain = {name: value for name, value in dict.items(answer) if type(name) is str}
    facts = _read_operation(plain)
    if facts is None:
        return None
    metadata = plain.get("ResponseMetadata")
    if is_dict(metadata):
        read_metadata({str(name): value for name, value in dict.items(metadata)}, facts)
        read_headers(metadata.get("HTTPHeaders"), facts)
        facts["provider"] = BEDROCK
    return facts


def _read_operation(plain: dict[str, object]) -> dict[str, object] | None:
    if is_dict(path(plain, "output", "message")) and ("usage" in plain or "stopReason" in plain):
        return _read_converse(plain)
    if plain.get("action") in ("GUARDRAIL_INTERVENED", "NONE") and length(plain.get("assessments")) is not None:
        return _read_guardrail(plain)
    if is_dict(plain.get("output")) and length(plain.get("citations")) is not None and "sessionId" in plain:
        facts: dict[str, object] = {"provider": BEDROCK, "operation": "RetrieveAndGenerate"}
        guardrails.read_verdict(plain.get("guardrailAction"), facts)
        put(facts, "session_id", text(plain.get("sessionId")))
        return facts
    if "body" in plain and path(plain, "ResponseMetadata", "HTTPHeaders", "x-amzn-bedrock-invocation-latency"):
        # The body is a stream that belongs to the caller; its headers say what it cost.
        return {"provider": BEDROCK, "operation": "InvokeModel"}
    return _read_body(plain)


def _read_converse(plain: dict[str, object]) -> dict[str, object]:
    # Nova's InvokeModel body has the shape of a Converse answer, but names its cache counts differently.
    is_body = "metrics" not in plain and "ResponseMetadata" not in plain
    facts: dict[str, object] = {"provider": BEDROCK, "operation": "InvokeModel" if is_body else "Converse"}
    latency = path(plain, "metrics", "latencyMs")
    read_converse(plain, facts)
    # Some callers have turned the latency into a list of one.
    put(facts, "server_latency_ms", number(next(items(latency), None)))
    return facts


def _read_guardrail(plain: dict[str, object]) -> dict[str, object]:
    facts: dict[str, object] = {"provider": BEDROCK, "operation": "ApplyGuardrail", "cost_status": "not_token_priced"}
    guardrails.read_verdict(plain.get("action"), facts)
    guardrails.read_trace(plain, facts)
    units: dict[str, int] = {}
    guardrails.add_units(plain.get("usage"), units)
    billed = {name: units[name] for name in units if units[name]}
    if billed:
        facts["guardrail_units"] = billed
    return facts


def _read_body(plain: dict[str, object]) -> dict[str, object] | None:
    if not (_has_usage(plain) if "usage" in plain else _is_body(plain)):
        return None
    facts: dict[str, object] = {"operation": "InvokeModel", "provider": BEDROCK}
    operation = _OPENAI_OBJECTS.get(text(plain.get("object")) or "")
    if operation is not None:
        facts["operation"] = operation
        facts["provider"] = BEDROCK if is_bedrock_id(text(plain.get("model"))) else "openai"
    elif text(plain.get("type")) == "message":
        is_bedrock = (text(plain.get("id")) or "").startswith("msg_bdrk_")
        facts["operation"] = "messages"
        facts["provider"] = BEDROCK if is_bedrock else "anthropic"
    facts.update(read_body(plain))
    if operation == "embeddings":
        facts.pop("output_tokens", None)
        put(facts, "embeddings", length(plain.get("data")) or None)
    put(facts, "model_id", facts.get("response_model"))
    guardrails.read_body_members(plain, facts)
    return facts


def _has_usage(plain: dict[str, object]) -> bool:
    """Tell whether this is a message, a completion or a list of embeddings beside its ``usage``."""
    if not is_dict(plain["usage"]):
        return False
    if text(plain.get("role")) == "assistant" or text(plain.get("type")) == "message":
        return length(plain.get("content")) is not None
    kind = text(plain.get("object"))
    return _holds_dicts(plain.get("choices")) or (kind in ("response", "list") and not _holds_no_list(plain))


def _holds_no_list(plain: dict[str, object]) -> bool:
    return length(plain.get("output")) is None and length(plain.get("data")) is None


def _is_body(plain: dict[str, object]) -> bool:
    """Tell whether this is a body of a family that has no ``usage``: by counts on its root, else by several members."""
    if "inputTextTokenCount" in plain:
        return any(length(plain.get(name)) is not None for name in ("results", "embedding"))
    if "generation_token_count" in plain:
        return "generation" in plain
    if "completion" in plain:
        return "stop_reason" in plain
    if "embeddings" in plain:
        return "response_type" in plain or member(next(items(plain["embeddings"]), None), "embeddingType") is not None
    if length(plain.get("images")) is not None:
        return "error" in plain or "finish_reasons" in plain
    if "text" in plain:
        return "generation_id" in plain and "finish_reason" in plain
    lists = [plain.get(name) for name in ("outputs", "generations", "completions", "choices", "artifacts")]
    return any(_holds_dicts(entries) for entries in lists) and read_stop_reason(plain) is not None


def _holds_dicts(entries: object) -> bool:
    return is_dict(next(items(entries), None))
