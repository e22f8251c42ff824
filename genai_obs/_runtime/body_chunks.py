"""Facts out of the chunks of InvokeModelWithResponseStream, one reader for every provider's shape."""

import orjson

from genai_obs._runtime import guardrails
from genai_obs._runtime.converse import ConverseEvents
from genai_obs._runtime.usage import (
    add_name,
    count,
    first_count,
    milliseconds,
    read_body,
    read_stop_reason,
    read_usage,
)

# The summary that Bedrock adds to the last chunk, whatever the provider.
METRICS = "amazon-bedrock-invocationMetrics"

_NOVA_EVENTS = ("messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata")

# What Anthropic's Messages stream is made of; any other type is some other provider's.
_ANTHROPIC_EVENTS = (
    "content_block_delta",
    "message_start",
    "content_block_start",
    "content_block_stop",
    "message_delta",
    "message_stop",
    "ping",
    "error",
)

_INPUT_COUNTS = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens")
_COUNTS = (*_INPUT_COUNTS, "output_tokens", "reasoning_tokens")

# Members that carry an answer as it is generated; an empty one is not content yet.
_CONTENT_MEMBERS = ("outputText", "generation", "completion", "text", "tool_calls")


class BodyChunks:
    """Reads chunk after chunk; ``facts`` fills up, ``complete`` says that the stream came to its own end."""

    __slots__ = (
        "_anthropic_output",
        "_converse",
        "_intervened",
        "_metrics",
        "_stopped",
        "_usage",
        "complete",
        "facts",
        "tools",
    )

    def __init__(self, facts: dict[str, object]) -> None:
        self.facts = facts
        self.complete = False
        self.tools: list[str] = []
        self._converse = ConverseEvents(facts)
        self._metrics: dict[str, object] | None = None
        self._stopped = False
        self._intervened = False
        # Counters are cumulative in every provider's stream: the last value counts, never a sum.
        self._usage: dict[str, object] = {}
        self._anthropic_output: int | None = None

    def read(self, event: dict[str, object]) -> bool:
        """Take one event of the stream; return True if it carries content of the answer."""
        holder = event.get("chunk")
        raw = holder.get("bytes") if isinstance(holder, dict) else None
        if not isinstance(raw, bytes | bytearray | memoryview):
            return False
        try:
            chunk = orjson.loads(raw)
        except orjson.JSONDecodeError:
            return len(raw) > 0  # a marketplace container answers in whatever form it likes
        return self.read_chunk(chunk) if isinstance(chunk, dict) else False

    def read_chunk(self, chunk: dict[str, object]) -> bool:
        """Take one provider chunk; return True if it carries content of the answer."""
        guardrails.read_body_members(chunk, self.facts)
        if chunk.get("amazon-bedrock-guardrailAction") == "INTERVENED":
            self._intervened = True
        metrics = chunk.get(METRICS)
        if isinstance(metrics, dict):
            self._metrics = metrics
            self.complete = True
        if any(name in chunk for name in _NOVA_EVENTS):
            has_content = self._converse.read(chunk)
            # Its closing event tells all that Bedrock's summary does, if that should be missing.
            self._stopped = self._stopped or self._converse.complete
            return has_content
        kind = chunk.get("type")
        if kind in _ANTHROPIC_EVENTS:
            return self._read_anthropic(kind, chunk)
        return self._read_flat(chunk)

    def _tell_input(self) -> None:
        """Put what is known of the input into the facts at once: a deadline may end the stream between two chunks."""
        for name in _INPUT_COUNTS:
            if name in self._usage:
                self.facts[name] = self._usage[name]

    def _read_anthropic(self, kind: object, chunk: dict[str, object]) -> bool:
        if kind == "content_block_delta":
            return _has_more_than_type(chunk.get("delta"))
        if kind == "message_start":
            message = chunk.get("message")
            if isinstance(message, dict):
                read_usage(message.get("usage"), self._usage)
                self._tell_input()
                model = message.get("model")
                if isinstance(model, str) and model:
                    self.facts["response_model"] = model[:256]
        elif kind == "content_block_start":
            block = chunk.get("content_block")
            if isinstance(block, dict) and block.get("type") in ("tool_use", "server_tool_use"):
                add_name(block.get("name"), self.tools)
                self.facts["tool_calls"] = self.tools
                return True
            return _has_more_than_type(block)
        elif kind == "message_delta":
            read_usage(chunk.get("usage"), self._usage)
            delta = chunk.get("delta")
            if isinstance(delta, dict) and isinstance(delta.get("stop_reason"), str):
                self.facts["stop_reason"] = delta["stop_reason"][:200]
                self._stopped = True
                usage = chunk.get("usage")
                self._anthropic_output = count(usage.get("output_tokens")) if isinstance(usage, dict) else None
        elif kind == "error":
            error = chunk.get("error")
            code = error.get("type") if isinstance(error, dict) else None
            self.facts["error_type"] = code[:128] if isinstance(code, str) and code else "error"
        return False

    def _read_flat(self, chunk: dict[str, object]) -> bool:
        """Take a chunk of the providers that repeat one flat object: Titan, Llama, Mistral, Cohere, OpenAI-shaped."""
        nested = chunk.get("response")
        read_stop = read_stop_reason(chunk) or (read_stop_reason(nested) if isinstance(nested, dict) else None)
        if read_stop is not None:
            self.facts["stop_reason"] = read_stop
            self._stopped = True
        counts = read_body(chunk)
        total = first_count(chunk, ("totalOutputTextTokenCount",))
        if total is not None:
            counts["output_tokens"] = total
        counts.pop("stop_reason", None)
        tools = counts.pop("tool_calls", ())
        model = counts.pop("response_model", None)
        if model is not None:
            self.facts["response_model"] = model
        if counts:
            self._usage.update(counts)
            self._tell_input()
        self._read_tools(chunk, tools)
        return _has_content(chunk)

    def _read_tools(self, chunk: dict[str, object], whole: object) -> None:
        if isinstance(whole, list):
            for name in whole:
                add_name(name, self.tools)
        choices = chunk.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            delta = choice.get("delta") if isinstance(choice, dict) else None
            calls = delta.get("tool_calls") if isinstance(delta, dict) else None
            for call in calls if isinstance(calls, list) else ():
                function = call.get("function") if isinstance(call, dict) else None
                if isinstance(function, dict):
                    # Only the first piece of a call names its function; the others continue its arguments.
                    add_name(function.get("name"), self.tools)
        if self.tools:
            self.facts["tool_calls"] = self.tools

    def exhausted(self) -> None:
        """Note a clean end: without Bedrock's summary it counts only if the model or a guardrail had stopped it."""
        self.complete = self.complete or self._stopped or self._intervened

    def end(self) -> None:
        """
        Settle the counts after the last chunk.

        Bedrock's own summary wins, except that for Claude with tools it was seen to count less output than Claude's
        final figure. Without it, what a stopped stream last reported holds; a stream that was cut has no output count;
        and when a guardrail blocked the prompt, the counts are made up.
        """
        facts = self.facts
        if self._metrics is not None:
            facts.update(self._usage)
            self._settle_by_metrics(self._metrics)
            return
        if self._intervened:
            for name in _COUNTS:
                facts.pop(name, None)
            return
        facts.update(self._usage)
        if not self._stopped:
            facts.pop("output_tokens", None)
            facts.pop("reasoning_tokens", None)

    def _settle_by_metrics(self, metrics: dict[str, object]) -> None:
        facts = self.facts
        read_input_side(
            facts,
            count(metrics.get("inputTokenCount")),
            count(metrics.get("cacheReadInputTokenCount")),
            count(metrics.get("cacheWriteInputTokenCount")),
        )
        output = count(metrics.get("outputTokenCount"))
        if output is not None:
            facts["output_tokens"] = output
        if self._anthropic_output is not None and self._anthropic_output > (output or 0):
            facts["output_tokens"] = self._anthropic_output
            if output is not None:
                facts["token_source"] = "message_delta"  # noqa: S105 - no secret
        latency = milliseconds(metrics.get("invocationLatency"))
        if latency is not None:
            facts["server_latency_ms"] = latency
        first = milliseconds(metrics.get("firstByteLatency"))
        if first is not None:
            facts["server_time_to_first_token_ms"] = first


def read_input_side(
    facts: dict[str, object], input_tokens: int | None, cache_read: int | None, cache_write: int | None
) -> None:
    """
    Let Bedrock's own input counts (headers, closing metrics) take precedence over the body's in ``facts``.

    They count the rest without cache. If their input is the whole prompt of a body that was partly cached, they are
    gross for this model and the body's split stands; if it fits neither reading and they know of no cache, nobody
    knows.
    """
    in_body = facts.get("input_tokens")
    cached_in_body = facts.get("cache_read_tokens", 0) + facts.get("cache_write_tokens", 0)  # type: ignore[operator]
    if input_tokens is not None:
        is_split = cached_in_body and in_body is not None and in_body != input_tokens
        if is_split and input_tokens == in_body + cached_in_body:
            return
        if is_split and cache_read is None and cache_write is None:
            facts.pop("input_tokens", None)
            facts["cost_status"] = "ambiguous_usage"
        else:
            facts["input_tokens"] = input_tokens
    if cache_read is not None:
        facts["cache_read_tokens"] = cache_read
    if cache_write is not None:
        facts["cache_write_tokens"] = cache_write


def _has_more_than_type(block: object) -> bool:
    """Tell whether an Anthropic block or delta carries anything; a text or thinking block starts out empty."""
    return isinstance(block, dict) and any(value for name, value in block.items() if name != "type")


def _has_content(chunk: dict[str, object]) -> bool:
    if any(chunk.get(name) for name in _CONTENT_MEMBERS) or _is_text(chunk.get("message")):
        return True
    for name in ("choices", "outputs", "generations"):
        entries = chunk.get(name)
        for entry in entries if isinstance(entries, list) else ():
            if not isinstance(entry, dict):
                continue
            delta = entry.get("delta") or entry.get("message")
            parts = delta if isinstance(delta, dict) else entry
            if any(parts.get(key) for key in _CONTENT_KEYS):
                return True
    return False


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


_CONTENT_KEYS = ("content", "text", "tool_calls", "reasoning", "reasoning_content", "refusal")
