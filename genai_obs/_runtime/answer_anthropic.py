"""Answers of the ``anthropic`` package: messages (also beta and parsed ones) and legacy completions."""

from genai_obs._runtime import guardrails, usage
from genai_obs._runtime.answer_usage import read_anthropic
from genai_obs._runtime.answer_values import attributes, is_dict, is_finished, items, member, path, put, text

# Bedrock gives its messages ids of its own; nothing else in a message tells who served it.
BEDROCK_ID = "msg_bdrk_"
TOOL_BLOCKS = ("tool_use", "server_tool_use", "mcp_tool_use")

GUARDRAIL_ACTION = "amazon-bedrock-guardrailAction"
_GUARDRAIL_TRACE = "amazon-bedrock-trace"


def read(answer: object, name: str) -> dict[str, object] | None:
    """Return the facts of a message or completion, None of any other class."""
    if name in ("Message", "BetaMessage"):
        return read_message(answer)
    if name == "Completion":
        return _read_completion(answer)
    if name in ("MessageStream", "AsyncMessageStream", "BetaMessageStream", "BetaAsyncMessageStream"):
        return _read_finished(answer)
    return None


def read_message(message: object) -> dict[str, object]:
    """Return the facts of a message; members that are None, as optional ones may be, are left out."""
    facts: dict[str, object] = {"provider": "anthropic", "operation": "messages"}
    identifier = text(member(message, "id"))
    if identifier is not None and identifier.startswith(BEDROCK_ID):
        facts["provider"] = "aws.bedrock"
        put(facts, "bedrock_request_id", text(member(message, "_request_id")))
    model = text(member(message, "model"))
    put(facts, "model_id", model)
    put(facts, "response_model", model)
    put(facts, "stop_reason", text(member(message, "stop_reason")))
    names: list[str] = []
    for block in items(member(message, "content")):
        if text(member(block, "type")) in TOOL_BLOCKS:
            usage.add_name(text(member(block, "name")), names)
    if names:
        facts["tool_calls"] = names
    read_anthropic(member(message, "usage"), facts)
    guardrails.read_body_members(bedrock_members(message), facts)
    return facts


def bedrock_members(owner: object) -> dict[str, object]:
    """Return the members that Bedrock adds to a message or event when a guardrail was asked for, as plain JSON."""
    own = attributes(owner)
    added: dict[str, object] = {}
    put(added, GUARDRAIL_ACTION, text(own.get(GUARDRAIL_ACTION)))
    if is_dict(own.get(_GUARDRAIL_TRACE)):
        added[_GUARDRAIL_TRACE] = own[_GUARDRAIL_TRACE]
    return added


def _read_completion(completion: object) -> dict[str, object]:
    facts: dict[str, object] = {"provider": "anthropic", "operation": "completions"}
    model = text(member(completion, "model"))
    put(facts, "model_id", model)
    put(facts, "response_model", model)
    put(facts, "stop_reason", text(member(completion, "stop_reason")))
    return facts


def _read_finished(stream: object) -> dict[str, object] | None:
    """Return the facts of a message stream that has been read to its end; None of one that is still to be read."""
    if not is_finished(member(stream, "_iterator")):
        return None
    snapshot = member(stream, "current_message_snapshot")
    if snapshot is None or text(member(snapshot, "stop_reason")) is None:
        return None
    facts = read_message(snapshot)
    put(facts, "bedrock_request_id", text(path(stream, "response", "headers", "x-amzn-requestid")))
    facts["stream"] = "complete"
    return facts
