"""
Token counts of other SDKs' usage objects, as disjoint facts.

The arithmetic on provider-shaped counters is that of ``usage``; what stands here are the shapes that only SDKs have.
"""

from genai_obs._runtime import usage
from genai_obs._runtime.answer_values import counters, items, member, number, path, put, text

COUNTS = (
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_1h_tokens",
    "reasoning_tokens",
)


def read_counters(raw: dict[str, object], facts: dict[str, object]) -> None:
    """
    Read plain counters as Anthropic, Bedrock, OpenAI and LiteLLM name them.

    Args:
        raw: Fresh nested dicts of counts, as ``counters`` returns them.

        facts: Where the disjoint counts go; names that are not reported are left alone.
    """
    usage.read_usage(raw, facts)
    if "prompt_tokens" not in raw:
        return
    # LiteLLM says inclusive counts in OpenAI's names, and splits the writes by time to live in Anthropic's.
    split = path(raw, "prompt_tokens_details", "cache_creation_token_details")
    put(facts, "cache_write_1h_tokens", member(split, "ephemeral_1h_input_tokens"))


def read_inclusive(
    facts: dict[str, object],
    raw: dict[str, object],
    *,
    whole: int | None,
    output: int | None,
    read: int | None,
    write: int | None,
) -> None:
    """
    Put disjoint counts where ``whole`` includes what was read from and written to a cache.

    Parts that exceed the whole leave the input unknown and the cost ambiguous.
    """
    put(facts, "output_tokens", output)
    put(facts, "cache_read_tokens", read)
    put(facts, "cache_write_tokens", write)
    cached = (read or 0) + (write or 0)
    if cached:
        facts["raw_usage"] = raw
    if whole is None:
        return
    if cached > whole:
        facts["cost_status"] = "ambiguous_usage"
    else:
        facts["input_tokens"] = whole - cached


def read_by_total(
    facts: dict[str, object],
    raw: dict[str, object],
    *,
    whole: int | None,
    output: int | None,
    total: int | None,
    read: int | None,
    write: int | None,
) -> None:
    """
    Put disjoint counts where only the total tells whether ``whole`` includes cached tokens.

    Strands folds them in for OpenAI's models and not for Anthropic's, LangChain in some releases and not in others.
    A total that fits neither reading leaves the input unknown and the cost ambiguous.
    """
    cached = (read or 0) + (write or 0)
    if not cached or whole is None or output is None or total is None or total == whole + output:
        read_inclusive(facts, raw, whole=whole, output=output, read=read, write=write)
        return
    put(facts, "output_tokens", output)
    put(facts, "cache_read_tokens", read)
    put(facts, "cache_write_tokens", write)
    if total == whole + output + cached:
        facts["input_tokens"] = whole
    else:
        facts["raw_usage"] = raw
        facts["cost_status"] = "ambiguous_usage"


def read_anthropic(owner: object, facts: dict[str, object]) -> None:
    """
    Read an Anthropic usage object, with the iterations that its totals leave out.

    Compactions are billed but are not in the totals. Iterations of another model have another price, so that no
    single cost can be told.
    """
    raw = counters(owner)
    read_counters(raw, facts)
    for iteration in items(member(owner, "iterations")):
        kind = text(member(iteration, "type"))
        if kind == "message":
            continue
        facts["raw_usage"] = raw
        if kind == "compaction":
            extra: dict[str, object] = {}
            read_counters(counters(iteration), extra)
            add(facts, extra)
        else:
            facts["cost_status"] = "ambiguous_usage"
    tier = text(member(owner, "service_tier"))
    # Anthropic's word for what AWS and OpenAI call default; fast mode has a price of its own.
    tier = "default" if tier == "standard" else tier
    put(facts, "service_tier", "fast" if text(member(owner, "speed")) == "fast" else tier)


def refuse_gross_input(facts: dict[str, object]) -> None:
    """
    Refuse an input count of an OpenAI-family model on Bedrock that may include what is counted as cached again.

    ConverseStream was seen to report it so, and Converse not; an SDK's answer does not say which of them it was.
    """
    called = f"{facts.get('model_id')} {facts.get('invoked_model_id')}".lower()
    cached = (number(facts.get("cache_read_tokens")) or 0) + (number(facts.get("cache_write_tokens")) or 0)
    if cached and "openai." in called and (number(facts.get("input_tokens")) or 0) >= cached:
        facts.pop("input_tokens")
        facts["cost_status"] = "ambiguous_usage"


def add(facts: dict[str, object], extra: dict[str, object]) -> None:
    """Add the counts of another model call to those of ``facts``; a count that only one of them has is taken as is."""
    for name in COUNTS:
        first, second = number(facts.get(name)), number(extra.get(name))
        if second is not None:
            facts[name] = second if first is None else first + second


def sum_of(calls: list[dict[str, object]]) -> dict[str, object] | None:
    """
    Return the facts of several model calls as one, or None if one of them did not report its tokens.

    The model is named only if it is the same for all: a sum over two models has no price.
    """
    if not calls or any("output_tokens" not in facts for facts in calls):
        return None
    total = dict(calls[-1])
    for name in (*COUNTS, "raw_usage", "server_latency_ms", "bedrock_request_id", "tool_calls"):
        total.pop(name, None)
    for facts in calls:
        add(total, facts)
    tools = [tool for facts in calls for tool in items(facts.get("tool_calls"))]
    if tools:
        total["tool_calls"] = tools
    if any("input_tokens" not in facts for facts in calls):
        total.pop("input_tokens", None)
    for name in ("model_id", "response_model", "provider", "service_tier"):
        if len({str(facts.get(name)) for facts in calls}) > 1:
            total.pop(name, None)
    if any("cost_status" in facts for facts in calls):
        total["cost_status"] = "ambiguous_usage"
    total["model_calls"] = len(calls)
    return total
