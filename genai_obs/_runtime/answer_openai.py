"""Answers of the ``openai`` package: chat completions, responses, embeddings, images, transcriptions."""

from genai_obs._runtime import usage
from genai_obs._runtime.answer_places import BEDROCK, is_bedrock_id
from genai_obs._runtime.answer_usage import read_counters
from genai_obs._runtime.answer_values import counters, is_finished, items, length, member, path, put, text


def read(answer: object, name: str) -> dict[str, object] | None:
    """Return the facts of an answer of this package, None of any other class."""
    reader = _READERS.get(name)
    if reader is None:
        return None
    facts = reader(answer)
    if facts is not None:
        add_provider(answer, facts)
    return facts


def add_provider(answer: object, facts: dict[str, object]) -> None:
    """Name the provider: Bedrock's endpoints for this package are told by their model ids only."""
    if not is_bedrock_id(text(facts.get("model_id"))):
        facts.setdefault("provider", "openai")
        return
    facts.setdefault("provider", BEDROCK)
    if facts["provider"] == BEDROCK:
        put(facts, "bedrock_request_id", text(member(answer, "_request_id"), 128))


def _common(answer: object, operation: str) -> dict[str, object]:
    facts: dict[str, object] = {"operation": operation}
    model = text(member(answer, "model"))
    put(facts, "model_id", model)
    put(facts, "response_model", model)
    put(facts, "service_tier", text(member(answer, "service_tier")))
    read_counters(counters(member(answer, "usage")), facts)
    return facts


def read_chat(answer: object) -> dict[str, object]:
    """Return the facts of a chat completion, or of an object of another package with the same members."""
    facts = _common(answer, "chat.completions")
    names: list[str] = []
    for choice in items(member(answer, "choices")):
        reason = text(member(choice, "finish_reason"))
        if reason is not None:
            facts.setdefault("stop_reason", reason)
        for call in items(path(choice, "message", "tool_calls")):
            name = text(path(call, "function", "name")) or text(path(call, "custom", "name"))
            usage.add_name(name, names)
    if names:
        facts["tool_calls"] = names
    return facts


def _read_completion(answer: object) -> dict[str, object]:
    facts = read_chat(answer)
    facts["operation"] = "completions"
    return facts


def read_response(answer: object) -> dict[str, object]:
    """Return the facts of a Responses API answer; it says why it stopped only when it is incomplete."""
    facts = _common(answer, "responses")
    reason = text(path(answer, "incomplete_details", "reason"))
    put(facts, "stop_reason", reason or text(member(answer, "status")))
    put(facts, "error_type", text(path(answer, "error", "code")))
    names: list[str] = []
    for item in items(member(answer, "output")):
        usage.add_name(tool_name(item), names)
    if names:
        facts["tool_calls"] = names
    return facts


def tool_name(item: object) -> str | None:
    """Return the tool's name if this output item is a call of a tool; built-in tools are named by their kind."""
    kind = text(member(item, "type"))
    if kind is None or not kind.endswith("_call"):
        return None
    return text(member(item, "name")) or kind.removesuffix("_call")


def read_embeddings(answer: object) -> dict[str, object]:
    """Return the facts of an embeddings answer."""
    facts = _common(answer, "embeddings")
    # The one count there is comes under two names; some servers fill in a completion's count of 0.
    facts.pop("output_tokens", None)
    put(facts, "embeddings", length(member(answer, "data")) or None)
    return facts


def read_images(answer: object) -> dict[str, object]:
    """Return the facts of an answer with images; token counts only for models that are billed by them."""
    facts = _common(answer, "images")
    put(facts, "images", length(member(answer, "data")) or None)
    return facts


def _read_transcription(answer: object) -> dict[str, object]:
    return _common(answer, "audio.transcriptions")


def _read_finished_chat(stream: object) -> dict[str, object] | None:
    """Return the facts of a chat stream helper that has been read to its end."""
    if not is_finished(member(stream, "_iterator")):
        return None
    return read_chat(member(stream, "current_completion_snapshot")) | {"stream": "complete"}


def _read_finished_response(stream: object) -> dict[str, object] | None:
    completed = path(stream, "_state", "_completed_response")
    if not is_finished(member(stream, "_iterator")) or completed is None:
        return None
    return read_response(completed) | {"stream": "complete"}


_READERS = {
    "ChatCompletion": read_chat,
    "Completion": _read_completion,
    "Response": read_response,
    "CompactedResponse": read_response,
    "CreateEmbeddingResponse": read_embeddings,
    "ImagesResponse": read_images,
    "Transcription": _read_transcription,
    "TranscriptionVerbose": _read_transcription,
    "TranscriptionDiarized": _read_transcription,
    "ChatCompletionStream": _read_finished_chat,
    "AsyncChatCompletionStream": _read_finished_chat,
    "ResponseStream": _read_finished_response,
    "AsyncResponseStream": _read_finished_response,
}
