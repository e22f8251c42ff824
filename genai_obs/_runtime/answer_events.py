"""
Facts out of the events of other SDKs' streams, as they pass.

Counters are cumulative everywhere: the last value counts, never a sum. What a stream reports of its output before the
model stopped is not yet an output count, so a stream that is cut leaves its input only.
"""

from genai_obs._runtime import answer_anthropic_events
from genai_obs._runtime.answer_openai import add_provider, read_response, tool_name
from genai_obs._runtime.answer_places import BEDROCK
from genai_obs._runtime.answer_usage import read_counters
from genai_obs._runtime.answer_values import (
    attributes,
    counters,
    is_dict,
    items,
    length,
    member,
    number,
    path,
    put,
    text,
)

_TEXTS = ("content", "reasoning_content", "reasoning", "refusal", "text", "completion")
_RESPONSE_ENDS = ("response.completed", "response.incomplete", "response.failed")
_RESPONSE_TOOL = "response.output_item.added"
_MEDIA_ENDS = {
    "image_generation.completed": "images",
    "image_edit.completed": "images",
    "transcript.text.done": "audio.transcriptions",
}


class EventReader:
    """
    Reads one stream, event after event.

    ``complete`` says that the model came to its end; ``closed`` that no event can follow this one.
    """

    __slots__ = ("_tools", "closed", "complete", "counters", "facts", "intervened", "request_id")

    def __init__(self, facts: dict[str, object]) -> None:
        self.facts = facts
        self.complete = False
        self.closed = False
        # From the headers of the call. Other services have such a header too, so that it counts on Bedrock only.
        self.request_id: str | None = None
        self.intervened = False
        self.counters: dict[str, object] = {}
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
        if kind in answer_anthropic_events.READERS:
            return answer_anthropic_events.read(self, kind, event)
        if kind in _RESPONSE_ENDS:
            self.facts.update(read_response(member(event, "response")))
            add_provider(member(event, "response"), self.facts)
            self.complete = self.closed = True
            return False
        if kind in _MEDIA_ENDS:
            self.facts["operation"] = _MEDIA_ENDS[kind]
            add_provider(event, self.facts)
            self.note_usage(member(event, "usage"))
            self.settle(stopped=True)
            self.complete = self.closed = True
            return False
        return self._read_response_event(kind, event)

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
            self.note_usage(counted)
            if length(choices) == 0:
                # Asked for with include_usage; nothing follows it.
                self.closed = self.complete
        if counted is not None or self.complete != was_complete:
            self.settle(stopped=self.complete)
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
            self.note_tool(position, text(path(call, "function", "name")))
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
            self.note_tool(("item", number(member(event, "output_index"))), name)
            return name is not None
        return kind.startswith("response.") and kind.endswith(".delta")

    # -- what they share ---------------------------------------------------------------------------------------------

    def note_tool(self, position: object, name: str | None) -> None:
        if name is None or position in self._tools or len(self._tools) >= 64:
            return
        self._tools[position] = name[:128]
        self.facts["tool_calls"] = list(self._tools.values())

    def note_usage(self, owner: object) -> None:
        _merge(self.counters, counters(owner))

    def settle(self, *, stopped: bool) -> None:
        """Put the counts so far into the facts; those of the output only once the model has stopped."""
        if not self.counters:
            return
        found: dict[str, object] = {}
        read_counters(self.counters, found)
        if not stopped:
            found.pop("output_tokens", None)
            found.pop("reasoning_tokens", None)
        if "cost_status" not in found and self.facts.get("cost_status") == "ambiguous_usage":
            self.facts.pop("cost_status")
        self.facts.update(found)


def _merge(known: dict[str, object], found: dict[str, object]) -> None:
    """Let later counters replace earlier ones, except by 0: what has been counted does not go away."""
    for name, value in found.items():
        if is_dict(value):
            inner = known.setdefault(name, {})
            if type(inner) is dict:
                _merge(inner, value)  # type: ignore[arg-type]
        elif value or name not in known:
            known[name] = value
