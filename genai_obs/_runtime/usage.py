"""
Token counts, stop reason and tools out of a model's answer, whatever the provider's shape.

Bodies are recognised by their members, never by the model id: imported, custom and marketplace models answer in the
shape of their base model under ids that say nothing.
"""

from collections.abc import Mapping

# JSON and EMF numbers are read as doubles; a larger count is not a count.
MAX_COUNT = 2**53

# One row a provider's word for each bucket; the first name that holds a count wins. A guardrail rewrites Nova and
# Titan bodies, and Nova on InvokeModel says TokenCount where Converse says Tokens.
_CACHE_READ = ("cache_read_input_tokens", "cacheReadInputTokens", "cacheReadInputTokenCount")
_CACHE_WRITE = ("cache_creation_input_tokens", "cacheWriteInputTokens", "cacheWriteInputTokenCount")

# Times to live of the ordinary write rate: five minutes on Claude and Nova, thirty elsewhere (Bedrock pricing page).
_ONE_WRITE_RATE = ("5m", "30m")

# The parts of an inclusive count, as OpenAI-shaped answers name them.
_DETAILS = (("prompt_tokens", "prompt_tokens_details"), ("input_tokens", "input_tokens_details"))


def count(value: object) -> int | None:
    """
    Return a count from the wire as an int, or None if it is none.

    A guardrail turns counts into floats (``28.0``) and headers hold decimal strings; booleans, NaN, negative and
    broken numbers are not counts.
    """
    if type(value) is int:
        return value if 0 <= value < MAX_COUNT else None
    if isinstance(value, float):
        return int(value) if 0 <= value < MAX_COUNT and value.is_integer() else None
    if isinstance(value, str) and len(value) < 17 and value.isascii() and value.isdigit():
        return int(value)
    return None


def milliseconds(value: object) -> int | float | None:
    """Return a time from the wire, whole or with a fraction, or None if it is none; the service reports both."""
    whole = count(value)
    if whole is not None:
        return whole
    if isinstance(value, str) and len(value) < 32:
        try:
            value = float(value)
        except ValueError:
            return None
    return round(value, 3) if isinstance(value, float) and 0 <= value < MAX_COUNT else None


def first_count(usage: Mapping[str, object], names: tuple[str, ...]) -> int | None:
    """Return the first of these members that holds a count, or None."""
    for name in names:
        found = count(usage.get(name))
        if found is not None:
            return found
    return None


def read_usage(usage: object, facts: dict[str, object]) -> None:
    """
    Put the disjoint counts of a usage object into ``facts``.

    Converse, Nova and Anthropic count cached tokens apart; OpenAI-shaped answers include them in the prompt's count,
    so they are subtracted. Where the parts exceed the whole nobody knows the rest: it is left out and the cost is
    marked ambiguous. Counts that are missing leave earlier values alone, as merging stream events needs it.
    """
    if not isinstance(usage, dict):
        return
    for whole, details in _DETAILS:
        if whole in usage and (whole == "prompt_tokens" or isinstance(usage.get(details), dict)):
            _read_inclusive(usage, whole, details, facts)
            return
    _put(facts, "input_tokens", first_count(usage, ("input_tokens", "inputTokens")))
    _put(facts, "output_tokens", first_count(usage, ("output_tokens", "outputTokens")))
    _put(facts, "cache_read_tokens", first_count(usage, _CACHE_READ))
    _put(facts, "cache_write_tokens", first_count(usage, _CACHE_WRITE))
    _read_one_hour_writes(usage, facts)
    output = usage.get("output_tokens_details")
    if isinstance(output, dict):
        _put(facts, "reasoning_tokens", first_count(output, ("thinking_tokens", "reasoning_tokens")))


def _read_inclusive(usage: dict[str, object], whole: str, details: str, facts: dict[str, object]) -> None:
    total = count(usage.get(whole))
    parts = usage.get(details)
    parts = parts if isinstance(parts, dict) else {}
    read = first_count(parts, ("cached_tokens",))
    if read is None:
        read = first_count(usage, ("cached_tokens", "prompt_cache_hit_tokens"))  # Moonshot, DeepSeek
    write = first_count(parts, ("cache_write_tokens", "cache_creation_tokens"))
    if read is None:
        read = first_count(usage, _CACHE_READ)
    if write is None:
        write = first_count(usage, _CACHE_WRITE)
    _put(facts, "cache_read_tokens", read)
    _put(facts, "cache_write_tokens", write)
    _put(facts, "output_tokens", first_count(usage, ("completion_tokens", "output_tokens")))
    reasoning = usage.get("completion_tokens_details") or usage.get("output_tokens_details")
    if isinstance(reasoning, dict):
        _put(facts, "reasoning_tokens", first_count(reasoning, ("reasoning_tokens",)))
    cached = (read or 0) + (write or 0)
    if cached:
        facts["raw_usage"] = raw_counters(usage)
    if total is None:
        return
    if cached > total:
        facts.pop("input_tokens", None)
        facts["cost_status"] = "ambiguous_usage"
    else:
        facts["input_tokens"] = total - cached


def _read_one_hour_writes(usage: dict[str, object], facts: dict[str, object]) -> None:
    """Find how much of the cache writes lives for an hour: those cost more than the five-minute ones."""
    split = usage.get("cache_creation")
    if isinstance(split, dict):
        one_hour = count(split.get("ephemeral_1h_input_tokens"))
        five_minutes = count(split.get("ephemeral_5m_input_tokens"))
        _put(facts, "cache_write_1h_tokens", one_hour)
        if one_hour is not None and five_minutes is not None and first_count(usage, _CACHE_WRITE) is None:
            facts["cache_write_tokens"] = one_hour + five_minutes
        return
    entries = usage.get("cacheDetails")
    if isinstance(entries, list) and entries:
        one_hour = 0
        for entry in entries:
            tokens = count(entry.get("inputTokens")) if isinstance(entry, dict) else None
            if tokens and entry.get("ttl") == "1h":
                one_hour += tokens
            elif tokens and entry.get("ttl") not in _ONE_WRITE_RATE:
                facts["cost_status"] = "ambiguous_usage"  # a time to live that nobody has a rate for
        facts["cache_write_1h_tokens"] = one_hour


def raw_counters(usage: Mapping[str, object]) -> dict[str, object]:
    """Return the numbers of a usage object as the provider gave them, one level of detail included."""
    counters: dict[str, object] = {}
    for name, value in usage.items():
        number = count(value)
        if number is not None:
            counters[name] = number
        elif isinstance(value, dict):
            inner = {key: number for key, item in value.items() if (number := count(item)) is not None}
            if inner:
                counters[name] = inner
    return counters


def read_body(body: object) -> dict[str, object]:
    """
    Return what an InvokeModel body says: counts, stop reason, tools, images, embeddings, the model's own name.

    Any shape is accepted; what it does not report is absent from the result. Guardrail members are not read here.
    """
    facts: dict[str, object] = {}
    if not isinstance(body, dict):
        return facts
    usage = body.get("usage")
    if isinstance(usage, dict):
        read_usage(usage, facts)
    else:
        _read_counts_on_the_root(body, facts)
    stop = read_stop_reason(body)
    if stop is not None:
        facts["stop_reason"] = stop
    tools = read_tool_calls(body)
    if tools:
        facts["tool_calls"] = tools
    model = body.get("model")
    if isinstance(model, str) and model:
        facts["response_model"] = model[:256]
    _read_vectors_and_images(body, facts)
    return facts


def _read_counts_on_the_root(body: dict[str, object], facts: dict[str, object]) -> None:
    """Llama and Titan report counts beside the text; a Titan answer may hold several results."""
    _put(facts, "input_tokens", first_count(body, ("prompt_token_count", "inputTextTokenCount")))
    _put(facts, "output_tokens", first_count(body, ("generation_token_count",)))
    results = body.get("results")
    if isinstance(results, list) and results:
        counts = [count(item.get("tokenCount")) for item in results if isinstance(item, dict)]
        known = [number for number in counts if number is not None]
        if known and len(known) == len(results):
            facts["output_tokens"] = sum(known)


def read_stop_reason(body: dict[str, object]) -> str | None:
    """Return the provider's own word for why it stopped, or None."""
    for name in ("stop_reason", "stopReason", "finish_reason", "finishReason", "completionReason"):
        if (word := _word(body.get(name))) is not None:
            return word
    for listed in ("choices", "results", "outputs", "generations", "completions", "artifacts"):
        entries = body.get(listed)
        if isinstance(entries, list) and entries and isinstance(entries[0], dict):
            entry = entries[0]
            for name in ("finish_reason", "stop_reason", "completionReason", "finishReason"):
                if (word := _word(entry.get(name))) is not None:
                    return word
    reasons = body.get("finish_reasons")
    if isinstance(reasons, list):
        # Image models answer 200 with null for an image that is fine and a sentence for a filtered one.
        return next((word for reason in reasons if (word := _word(reason)) is not None), None)
    return None


def _word(value: object) -> str | None:
    if isinstance(value, dict):  # AI21 Jurassic wraps it: {"reason": "length"}
        value = value.get("reason")
    return value[:200] if isinstance(value, str) and value else None


def read_tool_calls(body: dict[str, object]) -> list[str]:
    """Return the names of the tools the model called, in order, from any message shape."""
    names: list[str] = []
    _collect_blocks(body.get("content"), names)
    output = body.get("output")
    if isinstance(output, dict):
        message = output.get("message")
        if isinstance(message, dict):
            _collect_blocks(message.get("content"), names)
    else:
        _collect_blocks(output, names)
    choices = body.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        message = choice.get("message") if isinstance(choice, dict) else None
        if isinstance(message, dict):
            _collect_calls(message.get("tool_calls"), names)
    _collect_calls(body.get("tool_calls"), names)
    return names


def _collect_blocks(blocks: object, names: list[str]) -> None:
    """Collect from Converse's ``toolUse``, Anthropic's ``(server_)tool_use`` and OpenAI's ``function_call`` blocks."""
    for block in blocks if isinstance(blocks, list) else ():
        if not isinstance(block, dict):
            continue
        use = block.get("toolUse")
        if isinstance(use, dict):
            add_name(use.get("name"), names)
        elif block.get("type") in ("tool_use", "server_tool_use", "function_call"):
            add_name(block.get("name"), names)


def _collect_calls(calls: object, names: list[str]) -> None:
    for call in calls if isinstance(calls, list) else ():
        if isinstance(call, dict):
            function = call.get("function")
            add_name(function.get("name") if isinstance(function, dict) else call.get("name"), names)


def add_name(name: object, names: list[str]) -> None:
    """Append a tool's name, within bounds: a record is small whatever a model answers."""
    if isinstance(name, str) and name and len(names) < 64:
        names.append(name[:128])


def _read_vectors_and_images(body: dict[str, object], facts: dict[str, object]) -> None:
    images = body.get("images") or body.get("artifacts")
    if isinstance(images, list):
        reasons = body.get("finish_reasons")
        reasons = reasons if isinstance(reasons, list) else []
        # A reason stands at the place of an image that was filtered or failed; such an image is null, empty or blurred.
        made = sum(1 for place, image in enumerate(images) if image and not (place < len(reasons) and reasons[place]))
        if made:
            facts["images"] = made
    vectors = body.get("embeddings")
    if isinstance(vectors, dict):  # one list of vectors for each number type asked for
        vectors = next((value for value in vectors.values() if isinstance(value, list)), None)
    if isinstance(vectors, list) and vectors:
        facts["embeddings"] = len(vectors)
    elif isinstance(body.get("embedding"), list):
        facts["embeddings"] = 1
    elif isinstance(data := body.get("data"), list):
        found = sum(isinstance(item, dict) and "embedding" in item for item in data)
        if found:
            facts["embeddings"] = found


def _put(facts: dict[str, object], name: str, value: object) -> None:
    if value is not None:
        facts[name] = value
