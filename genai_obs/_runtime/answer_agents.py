"""Results of agents: Strands and pydantic-ai. One of them sums up several model calls and says how many."""

from genai_obs._runtime import usage
from genai_obs._runtime.answer_places import BEDROCK, provider_of, read_url
from genai_obs._runtime.answer_usage import add, read_by_total, read_inclusive, refuse_gross_input
from genai_obs._runtime.answer_values import (
    attributes,
    class_names,
    counters,
    is_dict,
    items,
    length,
    member,
    milliseconds,
    number,
    path,
    put,
    text,
)

_STRANDS_COUNTS = ("inputTokens", "outputTokens", "cacheReadInputTokens", "cacheWriteInputTokens")


def read_strands(answer: object, name: str) -> dict[str, object] | None:
    """Return the facts of a Strands result, None of any other class."""
    if name == "AgentResult":
        return _read_strands_agent(answer)
    if name == "MultiAgentResult":
        return _read_strands_group(answer)
    return None


def _read_strands_agent(answer: object) -> dict[str, object]:
    facts: dict[str, object] = {"operation": "agent"}
    metrics = member(answer, "metrics")
    invocations = list(items(member(metrics, "agent_invocations")))
    # The accumulated numbers grow over the agent's whole life, which in Lambda spans invocations; those of the last
    # invocation are what this result cost. Releases that lack them leave no choice.
    last = invocations[-1] if invocations else None
    counted = counters(member(last, "usage") if last is not None else member(metrics, "accumulated_usage"))
    _read_strands_usage(counted, facts)
    if last is None and "output_tokens" in facts:
        facts["cost_status"] = "ambiguous_usage"
        put(facts, "token_source", "accumulated_usage")
    cycles = length(member(last, "cycles")) if last is not None else number(member(metrics, "cycle_count"))
    put(facts, "model_calls", cycles or None)
    if len(invocations) < 2:
        put(facts, "server_latency_ms", milliseconds(path(metrics, "accumulated_metrics", "latencyMs")) or None)
        _read_strands_tools(member(metrics, "tool_metrics"), facts)
    put(facts, "stop_reason", text(member(answer, "stop_reason")))
    return facts


def _read_strands_usage(counted: dict[str, object], facts: dict[str, object]) -> None:
    counts = [number(counted.get(name)) for name in _STRANDS_COUNTS]
    # All zero is how Strands starts: no model told anything.
    if any(counts):
        whole, output, read, write = counts
        total = number(counted.get("totalTokens"))
        read_by_total(facts, counted, whole=whole, output=output, total=total, read=read, write=write)


def _read_strands_tools(tools: object, facts: dict[str, object]) -> None:
    names: list[str] = []
    if is_dict(tools):
        for name in list(dict.keys(tools)):
            usage.add_name(text(name), names)
    if names:
        facts["tool_calls"] = names


def _read_strands_group(answer: object) -> dict[str, object]:
    """Read the result of a graph or swarm: its own sum, if the results of its agents confirm it."""
    facts: dict[str, object] = {"operation": "agent"}
    summed: dict[str, object] = {}
    calls = _add_nodes(answer, summed, 4)
    stated: dict[str, object] = {}
    counted = counters(member(answer, "accumulated_usage"))
    _read_strands_usage(counted, stated)
    same = all(number(stated.get(name)) == number(summed.get(name)) for name in ("input_tokens", "output_tokens"))
    if stated and same:
        facts.update(stated)
        put(facts, "model_calls", calls or None)
    elif stated:
        # A node that ran twice, or an agent that had run before: the sum holds more or less than this result.
        facts["raw_usage"] = counted
        facts["cost_status"] = "ambiguous_usage"
    return facts


def _add_nodes(group: object, summed: dict[str, object], depth: int) -> int:
    results = member(group, "results")
    calls = 0
    if not is_dict(results) or depth == 0:
        return 0
    for node in list(dict.values(results)):
        result = member(node, "result")
        kinds = {name for package, name in class_names(result) if package == "strands"}
        if "AgentResult" in kinds:
            facts = _read_strands_agent(result)
            add(summed, facts)
            calls += number(facts.get("model_calls")) or 0
        elif "MultiAgentResult" in kinds:
            calls += _add_nodes(result, summed, depth - 1)
    return calls


def read_pydantic_ai(answer: object, name: str) -> dict[str, object] | None:
    """Return the facts of a pydantic-ai result or model response, None of any other class or an unfinished stream."""
    if name == "ModelResponse":
        return _read_model_response(answer)
    if name == "AgentRunResult":
        return _read_run(answer, path(answer, "_state", "usage"))
    if name in ("StreamedRunResult", "StreamedRunResultSync"):
        return _read_run(answer, None) if member(answer, "is_complete") is True else None
    if name == "EmbeddingResult":
        facts = _read_model_response(answer)
        facts["operation"] = "embeddings"
        facts.pop("output_tokens", None)
        put(facts, "embeddings", length(member(answer, "embeddings")) or None)
        return facts
    return None


def _read_run(run: object, counted: object) -> dict[str, object]:
    facts: dict[str, object] = {"operation": "agent"}
    if counted is None:
        counted = _called(member(run, "usage"))
    _read_pydantic_usage(counted, facts)
    requests = number(member(counted, "requests"))
    put(facts, "model_calls", requests or None)
    responses = [one for one in items(_called(member(run, "new_messages"))) if text(member(one, "kind")) == "response"]
    if responses:
        _read_models(responses, facts)
    if facts.get("provider") == BEDROCK:
        refuse_gross_input(facts)
    if requests is not None and requests > len(responses):
        # Other agents shared this count, or an earlier run did: with which models, nobody says.
        facts["cost_status"] = "ambiguous_usage"
    return facts


def _called(value: object) -> object:
    """``usage`` is a property in one release and a method in another."""
    if not callable(value):
        return value
    try:
        return value()
    except Exception:
        return None


def _read_models(responses: list[object], facts: dict[str, object]) -> None:
    """Add the model of the responses if they agree on one, the reason of the last, and all tools."""
    found = [_read_model_response(response) for response in responses]
    for name in ("model_id", "response_model", "provider", "region"):
        values = {text(one.get(name)) for one in found}
        if len(values) == 1:
            put(facts, name, values.pop())
    put(facts, "stop_reason", found[-1].get("stop_reason"))
    tools = [tool for one in found for tool in items(one.get("tool_calls"))]
    if tools:
        facts["tool_calls"] = tools[:64]
    if len(found) == 1:
        put(facts, "bedrock_request_id", found[0].get("bedrock_request_id"))


def _read_model_response(response: object) -> dict[str, object]:
    facts: dict[str, object] = {"operation": "chat"}
    provider = provider_of(text(member(response, "provider_name")))
    put(facts, "provider", provider)
    read_url(text(member(response, "provider_url"), 1024), facts)
    model = text(member(response, "model_name"))
    put(facts, "model_id", model)
    put(facts, "response_model", model)
    details = member(response, "provider_details")
    put(facts, "stop_reason", text(member(details, "finish_reason")) or text(member(response, "finish_reason")))
    if facts.get("provider") == BEDROCK:
        put(facts, "bedrock_request_id", _bedrock_id(text(member(response, "provider_response_id"), 128)))
    names: list[str] = []
    for part in items(member(response, "parts")):
        if (text(member(part, "part_kind")) or "").endswith("tool-call"):
            usage.add_name(text(member(part, "tool_name")), names)
    if names:
        facts["tool_calls"] = names
    _read_pydantic_usage(_called(member(response, "usage")), facts)
    if provider == BEDROCK:
        refuse_gross_input(facts)
    return facts


def _bedrock_id(identifier: str | None) -> str | None:
    """The id of a Converse answer is its request id; OpenAI- and Anthropic-shaped ones have ids of their own."""
    return identifier if identifier is not None and identifier.count("-") == 4 and "_" not in identifier else None


def _read_pydantic_usage(owner: object, facts: dict[str, object]) -> None:
    """Read counts that include cached tokens. What a provider did not report is no member of the instance."""
    known = attributes(owner)
    counts = {name: number(value) for name, value in known.items()}
    whole = counts.get("input_tokens", counts.get("request_tokens"))
    output = counts.get("output_tokens", counts.get("response_tokens"))
    if not whole and not output:
        return
    # In releases before 2 every count is a member, and 0 where nobody reported it.
    write = counts.get("cache_write_tokens") or None
    read_inclusive(
        facts,
        counters(owner, 1),
        whole=whole,
        output=output,
        read=counts.get("cache_read_tokens") or None,
        write=write,
    )
    put(facts, "cache_write_1h_tokens", counts.get("cache_write_1h_tokens") or None)
    put(facts, "reasoning_tokens", counts.get("output_reasoning_tokens"))
