"""
Facts out of the events of other SDKs' streams, as they pass.

Counters are cumulative everywhere: the last value counts, never a sum. What a stream reports of its output before the
model stopped is not yet an output count, so a stream that is cut leaves its input only.
"""

from genai_obs._runtime import guardrails
from genai_obs._runtime.answer_anthropic import GUARDRAIL_ACTION, TOOL_BLOCKS, bedrock_members, read_message
from genai_obs._runtime.answer_openai import add_provider, read_response, tool_name
from genai_obs._runtime.answer_places import BEDROCK
from genai_obs._runtime.answer_usage import COUNTS, read_anthropic, read_counters
from genai_obs._runtime.answer_values import (
    attributes,
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
from genai_obs._runtime.body_chunks import METRICS, read_input_side

_TEXTS = ("content", "reasoning_content", "reasoning", "refusal", "text", "completion")
_RESPONSE_ENDS = ("response.completed", "response.incomplete", "response.failed")
_RESPONSE_TOOL = "response.output_item.added"
_MEDIA_ENDS = ("image_generation.completed", "image_edit.completed", "transcript.text.done")


class EventReader:
    """
    Reads one stream, event after event.

    ``complete`` says that the model came to its end; ``closed`` that no event can follow this one.
    """

    __slots__ = ("_counters", "_intervened", "_tools", "closed", "complete", "facts", "request_id")

    def __init__(self, facts: dict[str, object]) -> None:
        self.facts = facts
        self.complete = False
        self.closed = False
        # From the headers of the call. Other services have such a header too, so that it counts on Bedrock only.
        self.request_id: str | None = None
        self._intervened = False
        self._counters: dict[str, object] = {}
        # By position in the answer: helper streams repeat events, and pieces of a call follow its name.
        self._tools: dict[object, str] = {}

    def read(self, event: object) -> bool:
        """Take one event; return True if it carries content of the answer."""
        content = self._read(event)
        self.settle_provider()
        return content

    def settle_provider(self) -> None:
        """Give the facts the request id, once it is known that Bedrock served the call."""
        if self.request_id is not None and self.facts.get("provider") == BEDROCK:
            self.facts["bedrock_request_id"] = self.request_id
            self.request_id = None

    def _read(self, event: object) -> bool:
        # A copy of the members: asking pydantic for one that is not there is slow, and this runs for every event.
        own = attributes(event)
        kind = text(own.get("type"))
        if kind is None or kind == "completion":
            return self._read_chunk(event, own)
        if kind == "chunk":  # a chat stream helper wraps the provider's chunk
            chunk = member(event, "chunk")
            return self._read_chunk(chunk, attributes(chunk))
        if kind in _ANTHROPIC:
            self._read_guardrail(event)
            return _ANTHROPIC[kind](self, event)
        if kind in _RESPONSE_ENDS:
            self.facts.update(read_response(member(event, "response")))
            add_provider(member(event, "response"), self.facts)
            self.complete = self.closed = True
            return False
        if kind in _MEDIA_ENDS:
            self._count(member(event, "usage"))
            self._settle(stopped=True)
            self.closed = True
            return False
        return self._read_response_event(kind, event)

    # -- Anthropic ---------------------------------------------------------------------------------------------------

    def _message_start(self, event: object) -> bool:
        message = member(event, "message")
        found = read_message(message)
        for name in ("stop_reason", "output_tokens", "reasoning_tokens", "tool_calls"):
            found.pop(name, None)
        for name in ("provider", "operation", "model_id"):
            # The URL of the call knows better which model was called, and where.
            if name in self.facts:
                found.pop(name, None)
        self.facts.update(found)
        self._count(member(message, "usage"))
        return False

    def _read_guardrail(self, event: object) -> None:
        """Read what Bedrock adds to many or all events when a guardrail was asked for."""
        added = bedrock_members(event)
        if added:
            guardrails.read_body_members(added, self.facts)
            self._intervened = self._intervened or added.get(GUARDRAIL_ACTION) == "INTERVENED"

    def _block_start(self, event: object) -> bool:
        block = member(event, "content_block")
        if text(member(block, "type")) in TOOL_BLOCKS:
            self._tool(("block", number(member(event, "index"))), text(member(block, "name")))
        return _has_more_than_type(block)

    def _block_delta(self, event: object) -> bool:
        return _has_more_than_type(member(event, "delta"))

    def _message_delta(self, event: object) -> bool:
        counted = member(event, "usage")
        self._count(counted)
        reason = text(path(event, "delta", "stop_reason"))
        put(self.facts, "stop_reason", reason)
        if reason is not None:
            self._settle(stopped=True)
            if length(member(counted, "iterations")):
                read_anthropic(_Merged(self._counters, member(counted, "iterations")), self.facts)
        return False

    def _message_stop(self, event: object) -> bool:
        self.complete = self.closed = True
        metrics = attributes(event).get(METRICS)
        if metrics is not None:
            self._read_metrics(attributes(metrics))
        elif self._intervened:
            # A guardrail blocked the prompt: no model ran, and the counts are made up.
            for name in COUNTS:
                self.facts.pop(name, None)
        return False

    def _read_metrics(self, metrics: dict[object, object]) -> None:
        """Read Bedrock's own summary; with tools it was seen to count less output than the model's final figure."""
        facts = self.facts
        counted = {name: number(value) for name, value in metrics.items()}
        read_input_side(
            facts,
            counted.get("inputTokenCount"),
            counted.get("cacheReadInputTokenCount"),
            counted.get("cacheWriteInputTokenCount"),
        )
        output, told = counted.get("outputTokenCount"), number(facts.get("output_tokens"))
        if told is not None and told > (output or 0):
            if output is not None:
                put(facts, "token_source", "message_delta")
        else:
            put(facts, "output_tokens", output)
        put(facts, "server_latency_ms", milliseconds(metrics.get("invocationLatency")))
        put(facts, "server_time_to_first_token_ms", milliseconds(metrics.get("firstByteLatency")))

    # -- OpenAI chat, legacy completions, LiteLLM --------------------------------------------------------------------

    def _read_chunk(self, chunk: object, own: dict[object, object]) -> bool:
        self._read_model(own, chunk)
        was_complete = self.complete
        content = self._read_choice(own)
        choices = own.get("choices")
        for choice in items(choices):
            content = self._read_choice(attributes(choice)) or content
        counted = own.get("usage")
        if counted is not None:
            self._count(counted)
            if length(choices) == 0:
                # Asked for with include_usage; nothing follows it.
                self.closed = self.complete
        if counted is not None or self.complete != was_complete:
            self._settle(stopped=self.complete)
        return content

    def _read_model(self, own: dict[object, object], chunk: object) -> None:
        facts = self.facts
        model = text(own.get("model"))
        if model is not None:
            facts.setdefault("model_id", model)
            facts["response_model"] = model
        put(facts, "service_tier", text(own.get("service_tier")))
        if "operation" in facts:
            return
        if text(own.get("type")) == "completion":
            facts["operation"] = "completions"
            facts.setdefault("provider", "anthropic")
        elif model is not None:
            is_legacy = text(own.get("object")) == "text_completion"
            facts["operation"] = "completions" if is_legacy else "chat.completions"
            add_provider(chunk, facts)

    def _read_choice(self, choice: dict[object, object]) -> bool:
        """Take the members of a choice, or of a chunk that is one itself; return True if it carries content."""
        reason = text(choice.get("finish_reason")) or text(choice.get("stop_reason"))
        if reason is not None:
            self.facts.setdefault("stop_reason", reason)
            self.complete = True
        piece = choice.get("delta")
        delta: dict[object, object] = {} if piece is None else attributes(piece)
        calls = False
        for call in items(delta.get("tool_calls")):
            calls = True
            position = (number(choice.get("index")) or 0, number(member(call, "index")) or 0)
            self._tool(position, text(path(call, "function", "name")))
        return calls or any(text(holder.get(name)) is not None for holder in (delta, choice) for name in _TEXTS)

    # -- OpenAI Responses --------------------------------------------------------------------------------------------

    def _read_response_event(self, kind: str, event: object) -> bool:
        if kind == "error":
            self.facts["error_type"] = text(member(event, "code")) or "error"
            return False
        response = member(event, "response")
        model = text(member(response, "model"))
        if model is not None:
            self.facts.setdefault("operation", "responses")
            self.facts.setdefault("model_id", model)
            self.facts["response_model"] = model
            add_provider(response, self.facts)
        if kind == _RESPONSE_TOOL:
            name = tool_name(member(event, "item"))
            self._tool(("item", number(member(event, "output_index"))), name)
            return name is not None
        return kind.startswith("response.") and kind.endswith(".delta")

    # -- what they share ---------------------------------------------------------------------------------------------

    def _tool(self, position: object, name: str | None) -> None:
        if name is None or position in self._tools or len(self._tools) >= 64:
            return
        self._tools[position] = name[:128]
        self.facts["tool_calls"] = list(self._tools.values())

    def _count(self, owner: object) -> None:
        _merge(self._counters, counters(owner))

    def _settle(self, *, stopped: bool) -> None:
        """Put the counts so far into the facts; those of the output only once the model has stopped."""
        if not self._counters:
            return
        found: dict[str, object] = {}
        read_counters(self._counters, found)
        if not stopped:
            found.pop("output_tokens", None)
            found.pop("reasoning_tokens", None)
        if "cost_status" not in found and self.facts.get("cost_status") == "ambiguous_usage":
            self.facts.pop("cost_status")
        self.facts.update(found)


class _Merged:
    """A usage object as an Anthropic stream adds up to it: the counters so far and the last event's iterations."""

    def __init__(self, merged: dict[str, object], iterations: object) -> None:
        self.__dict__.update(merged)
        self.iterations = iterations


def _has_more_than_type(block: object) -> bool:
    """Tell whether a content block, or a piece of one, has anything in it."""
    return any(value for name, value in attributes(block).items() if name != "type" and type(value) in (str, dict))


def _merge(known: dict[str, object], found: dict[str, object]) -> None:
    """Let later counters replace earlier ones, except by 0: what has been counted does not go away."""
    for name, value in found.items():
        if is_dict(value):
            inner = known.setdefault(name, {})
            if type(inner) is dict:
                _merge(inner, value)  # type: ignore[arg-type]
        elif value or name not in known:
            known[name] = value


_ANTHROPIC = {
    "message_start": EventReader._message_start,  # noqa: SLF001
    "message_delta": EventReader._message_delta,  # noqa: SLF001
    "message_stop": EventReader._message_stop,  # noqa: SLF001
    "content_block_start": EventReader._block_start,  # noqa: SLF001
    "content_block_delta": EventReader._block_delta,  # noqa: SLF001
}
