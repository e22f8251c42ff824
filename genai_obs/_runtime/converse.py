"""Facts out of Converse answers and the events of ConverseStream, which Nova's InvokeModel streams share."""

from genai_obs._runtime import guardrails
from genai_obs._runtime.usage import add_name, count, milliseconds, read_tool_calls, read_usage


def read_converse(answer: dict[str, object], facts: dict[str, object]) -> None:
    """Read a whole Converse answer, as botocore parsed it or as it stood on the wire."""
    _read_end(answer, facts)
    _read_stop(answer.get("stopReason"), facts)
    tools = read_tool_calls(answer)
    if tools:
        facts["tool_calls"] = tools


def _read_end(end: dict[str, object], facts: dict[str, object]) -> None:
    """Read what Converse has at its root and a stream in its closing ``metadata`` event."""
    usage = end.get("usage")
    if isinstance(usage, dict):
        read_usage(usage, facts)
        _check_total(usage, facts)
    metrics = end.get("metrics")
    if isinstance(metrics, dict) and (latency := milliseconds(metrics.get("latencyMs"))) is not None:
        facts["server_latency_ms"] = latency
    tier = end.get("serviceTier")
    if isinstance(tier, dict):
        read_word(tier.get("type"), "service_tier", facts)
    performance = end.get("performanceConfig")
    if isinstance(performance, dict):
        read_word(performance.get("latency"), "performance_latency", facts)
    trace = end.get("trace")
    if isinstance(trace, dict):
        guardrails.read_trace(trace.get("guardrail"), facts)
        router = trace.get("promptRouter")
        if isinstance(router, dict):
            read_word(router.get("invokedModelId"), "invoked_model_id", facts)
    extra = end.get("additionalModelResponseFields")
    if isinstance(extra, dict) and isinstance(extra.get("usage"), dict):
        # Only thinking tokens: the counts here are those of `usage`, in the provider's own arithmetic.
        details = extra["usage"].get("output_tokens_details")
        if isinstance(details, dict) and (thinking := count(details.get("thinking_tokens"))) is not None:
            facts["reasoning_tokens"] = thinking


def _check_total(usage: dict[str, object], facts: dict[str, object]) -> None:
    """
    Mark a usage whose parts do not add up: a botocore that is older than prompt caching drops the cache counters, and
    an input count that includes the cached part makes the sum too large.

    ``totalTokens`` was the sum of the four counts in every recorded answer.
    """
    total = count(usage.get("totalTokens"))
    known = [
        facts.get(name, 0) for name in ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
    ]
    if total is not None and "input_tokens" in facts and "output_tokens" in facts and total != sum(known):  # type: ignore[arg-type]
        facts["cost_status"] = "ambiguous_usage"
        facts["raw_usage"] = {name: number for name, value in usage.items() if (number := count(value)) is not None}


def _read_stop(reason: object, facts: dict[str, object]) -> None:
    if isinstance(reason, str) and reason:
        facts["stop_reason"] = reason[:200]
        if reason == "guardrail_intervened":
            guardrails.read_verdict(reason, facts)


def read_word(value: object, name: str, facts: dict[str, object]) -> None:
    """Copy a short text of the answer into ``facts``."""
    if isinstance(value, str) and value:
        facts[name] = value[:2048]


def _says_something(delta: object) -> bool:
    """Tell whether a delta carries anything: models open a tool call or an answer with an empty text."""
    if isinstance(delta, dict):
        return any(map(_says_something, delta.values()))
    return bool(delta)


class ConverseEvents:
    """Reads the events of a stream as they pass; ``facts`` fills up, ``complete`` says that the closing event came."""

    __slots__ = ("complete", "facts", "tools")

    def __init__(self, facts: dict[str, object]) -> None:
        self.facts = facts
        self.complete = False
        self.tools: list[str] = []

    def read(self, event: dict[str, object]) -> bool:
        """Take one event; return True if it carries content of the answer (``messageStart`` is not content)."""
        delta = event.get("contentBlockDelta")
        if isinstance(delta, dict):
            return _says_something(delta.get("delta"))
        start = event.get("contentBlockStart")
        if isinstance(start, dict):
            begun = start.get("start")
            if not isinstance(begun, dict) or not begun:
                return False  # the frame around text, which is still to come
            tool = begun.get("toolUse")
            if isinstance(tool, dict):
                add_name(tool.get("name"), self.tools)
                self.facts["tool_calls"] = self.tools
            return True
        stop = event.get("messageStop")
        if isinstance(stop, dict):
            _read_stop(stop.get("stopReason"), self.facts)
            extra = stop.get("additionalModelResponseFields")
            if isinstance(extra, dict):
                _read_end({"additionalModelResponseFields": extra}, self.facts)
        end = event.get("metadata")
        if isinstance(end, dict):
            _read_end(end, self.facts)
            self.complete = True
            self._check_gross_input()
        return False

    def exhausted(self) -> None:
        """Change nothing: only the closing event makes this stream complete."""

    def end(self) -> None:
        """Settle nothing: the closing event has said it all."""

    def _check_gross_input(self) -> None:
        """
        Mark the input count of a stream that, for an OpenAI-family model, may include what is counted as cached again.

        Seen in August and September 2026 over ConverseStream; ``totalTokens`` cannot tell the two readings apart.
        """
        facts = self.facts
        cached = facts.get("cache_read_tokens", 0) + facts.get("cache_write_tokens", 0)  # type: ignore[operator]
        if cached and facts.get("input_tokens", 0) >= cached:
            # Whether the model is one of those, an alias in the price book may have to say.
            facts["_maybe_gross"] = True
