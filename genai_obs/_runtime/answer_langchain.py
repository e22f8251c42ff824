"""
Answers of LangChain: AI messages, whatever integration made them, and the results and states that hold them.

The classes stand in ``langchain_core``; what an integration puts into ``response_metadata`` differs from one to the
next, and so do the names under which it repeats the provider's own counters.
"""

from genai_obs._runtime import usage
from genai_obs._runtime.answer_places import BEDROCK, is_bedrock_id, provider_of, read_headers
from genai_obs._runtime.answer_usage import read_by_total, read_counters, refuse_gross_input, sum_of
from genai_obs._runtime.answer_values import (
    class_names,
    counters,
    items,
    length,
    member,
    milliseconds,
    number,
    path,
    put,
    text,
)

_OPERATIONS = {"bedrock_converse": "Converse", "bedrock": "InvokeModel", "anthropic": "messages"}


def read(answer: object, name: str) -> dict[str, object] | None:
    """Return the facts of a message or result of this package, None of any other class."""
    if name in ("AIMessage", "AIMessageChunk"):
        return read_message(answer)
    if name in ("ChatGeneration", "ChatGenerationChunk"):
        return _read_generation(answer)
    if name == "ChatResult":
        return _read_results([member(answer, "generations")])
    if name == "LLMResult":
        return _read_results(list(items(member(answer, "generations"))))
    return None


def read_message(message: object) -> dict[str, object]:
    """Return the facts of one AI message."""
    facts: dict[str, object] = {}
    metadata = member(message, "response_metadata")
    extra = member(message, "additional_kwargs")
    _read_origin(metadata, facts)
    _read_usage(message, metadata, extra, facts)
    if facts.get("operation") == "Converse":
        refuse_gross_input(facts)
    put(facts, "stop_reason", _stop_reason(metadata) or _stop_reason(extra))
    names: list[str] = []
    for call in items(member(message, "tool_calls")):
        usage.add_name(text(member(call, "name")), names)
    if names:
        facts["tool_calls"] = names
    return facts


def _read_origin(metadata: object, facts: dict[str, object]) -> None:
    """Read provider, operation, model, tier, request id and latency."""
    origin = text(member(metadata, "model_provider"))
    service = member(metadata, "ResponseMetadata")
    is_converse = service is not None or member(metadata, "stopReason") is not None
    model = (
        text(member(metadata, "model_name")) or text(member(metadata, "model")) or text(member(metadata, "model_id"))
    )
    put(facts, "model_id", text(member(metadata, "inference_profile_id")) or model)
    put(facts, "response_model", text(member(metadata, "model")) or model)
    operation = _OPERATIONS.get(origin or "")
    if is_converse:
        operation, origin = "Converse", "bedrock"
    elif origin == "openai":
        is_response = text(member(metadata, "object")) == "response" or member(metadata, "status") is not None
        operation = "responses" if is_response else "chat.completions"
    identifier = text(member(metadata, "id")) or ""
    if identifier.startswith("msg_bdrk_") or (origin == "openai" and is_bedrock_id(model)):
        origin = "bedrock"
    put(facts, "provider", provider_of(origin))
    put(facts, "operation", operation)
    tier = member(metadata, "serviceTier")
    put(facts, "service_tier", text(member(tier, "type")) or text(member(metadata, "service_tier")))
    put(facts, "performance_latency", text(path(metadata, "performanceConfig", "latency")))
    put(facts, "server_latency_ms", milliseconds(path(metadata, "metrics", "latencyMs")))
    put(facts, "invoked_model_id", text(path(metadata, "trace", "promptRouter", "invokedModelId")))
    put(facts, "bedrock_request_id", text(member(service, "RequestId"), 128))
    retries = number(member(service, "RetryAttempts"))
    if retries is not None and retries < 1000:
        facts["attempts"] = retries + 1
    if facts.get("provider") == BEDROCK:
        read_headers(member(metadata, "headers"), facts)


def _read_usage(message: object, metadata: object, extra: object, facts: dict[str, object]) -> None:
    raw = counters(member(message, "usage_metadata"))
    if "input_tokens" in raw or "output_tokens" in raw:
        _read_usage_metadata(raw, facts)
        if facts.get("operation") == "InvokeModel":
            _check_headers(counters(member(extra, "usage")), facts)
        return
    # Older integrations repeat the provider's counters under names of their own.
    own = counters(member(metadata, "token_usage"))
    if own:
        read_counters(own, facts)
        return
    own = counters(member(metadata, "usage")) or counters(member(extra, "usage"))
    if facts.get("provider") in (BEDROCK, None) and "prompt_tokens" in own:
        # ChatBedrock renames the headers' counts, which leave the cached tokens out, in OpenAI's words.
        put(facts, "input_tokens", number(own.get("prompt_tokens")))
        put(facts, "output_tokens", number(own.get("completion_tokens")))
        put(facts, "cache_read_tokens", number(own.get("cache_read_input_tokens")))
        put(facts, "cache_write_tokens", number(own.get("cache_write_input_tokens")))
    else:
        read_counters(own, facts)


def _read_usage_metadata(raw: dict[str, object], facts: dict[str, object]) -> None:
    """Read LangChain's own counts, which include cached tokens whatever the provider did."""
    details = member(raw, "input_token_details")
    write = number(member(details, "cache_creation"))
    one_hour = number(member(details, "ephemeral_1h_input_tokens"))
    five_minutes = number(member(details, "ephemeral_5m_input_tokens"))
    if one_hour is not None or five_minutes is not None:
        # Where the writes are split by time to live, their sum is set to 0 to keep it from being counted twice.
        split = (one_hour or 0) + (five_minutes or 0)
        if write and split and write != split:
            facts["cost_status"] = "ambiguous_usage"
        write = max(write or 0, split)
        put(facts, "cache_write_1h_tokens", one_hour)
    read_by_total(
        facts,
        raw,
        whole=number(raw.get("input_tokens")),
        output=number(raw.get("output_tokens")),
        total=number(raw.get("total_tokens")),
        read=number(member(details, "cache_read")),
        write=write,
    )
    put(facts, "reasoning_tokens", number(path(raw, "output_token_details", "reasoning")))


def _check_headers(headers: dict[str, object], facts: dict[str, object]) -> None:
    """
    Take the input from the headers of InvokeModel, where the message repeats them.

    Releases differ in whether the message's own input includes cached tokens, and here its total does not tell.
    """
    if not (facts.get("cache_read_tokens") or facts.get("cache_write_tokens")):
        return
    rest = number(headers.get("prompt_tokens"))
    if rest is None:
        facts.pop("input_tokens", None)
        facts["cost_status"] = "ambiguous_usage"
    else:
        facts["input_tokens"] = rest
        facts.pop("cost_status", None)


def _stop_reason(metadata: object) -> str | None:
    for name in ("stopReason", "stop_reason", "finish_reason"):
        if (reason := text(member(metadata, name))) is not None:
            return reason
    return text(path(metadata, "incomplete_details", "reason")) or text(member(metadata, "status"))


def _read_generation(generation: object) -> dict[str, object] | None:
    message = member(generation, "message")
    return read_message(message) if is_ai(message) else None


def _read_results(prompts: list[object]) -> dict[str, object] | None:
    """Read one generation a prompt; several of one prompt repeat or share its usage, so that nobody can add them up."""
    if any(length(generations) != 1 for generations in prompts):
        return None
    calls = [_read_generation(next(items(generations))) for generations in prompts]
    known = [facts for facts in calls if facts is not None]
    if len(known) != len(calls) or not known:
        return None
    return known[0] if len(known) == 1 else sum_of(known)


def is_ai(message: object) -> bool:
    """Tell whether this is a message of a model."""
    return ("langchain_core", "AIMessage") in class_names(message)


def read_state(state: dict[object, object]) -> dict[str, object] | None:
    """
    Return the sum of the model calls in a state that an agent or a structured-output chain returned.

    ``{"raw": message}`` is one call. ``{"messages": [...]}`` is summed up only if every message of a model follows
    the last one of a person: an earlier one belongs to an earlier turn, and was counted then.
    """
    raw = dict.get(state, "raw")
    if is_ai(raw):
        return read_message(raw)
    calls: list[dict[str, object]] = []
    seen: set[object] = set()
    for message in items(dict.get(state, "messages")):
        names = set(class_names(message))
        if ("langchain_core", "HumanMessage") in names and calls:
            return None
        if ("langchain_core", "AIMessage") in names:
            identifier = text(member(message, "id"))
            if identifier is not None and identifier in seen:
                return None
            seen.add(identifier)
            calls.append(read_message(message))
    if len(calls) == 1:
        return calls[0]
    total = sum_of(calls)
    return None if total is None else total | {"operation": "agent"}
