"""One answer of a model in neutral terms, and how Converse and ConverseStream put it on the wire."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from genai_obs.tools.local.eventstream import event
from genai_obs.tools.local.replies import Reply, json_reply, stream_reply

Stop = Literal["end_turn", "max_tokens", "stop_sequence", "tool_use", "content_filtered", "guardrail_intervened"]


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What a model said and what it took; the four token counts are disjoint.

    Args:
        text: The text.

        input_tokens: Input tokens neither read from nor written to a cache.

        output_tokens: Output tokens.

        cache_read_tokens: Input tokens read from a cache, None for a model without caching.

        cache_write_tokens: Input tokens written to a cache, all of them; None likewise.

        cache_write_1h_tokens: How many of those were written for one hour.

        stop: Why it stopped, in Converse's words.

        tool: Name and input of a tool call that follows the text.

        latency_ms: The service's own time, to the last token.

        first_ms: The service's own time to the first token.

        guardrail: Trace of a guardrail, in Converse's shape.

        extra: Further members of a Converse answer, such as ``serviceTier``.
    """

    text: str
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    cache_write_1h_tokens: int = 0
    stop: Stop = "end_turn"
    tool: tuple[str, Mapping[str, Any]] | None = None
    latency_ms: int = 420
    first_ms: int = 150
    guardrail: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def caches(self) -> bool:
        """Whether the model knows caching at all."""
        return self.cache_read_tokens is not None or self.cache_write_tokens is not None

    def pieces(self) -> Sequence[str]:
        """Return the text in the pieces in which it is streamed: a few words each."""
        words = self.text.split(" ")
        groups = [" ".join(words[start : start + 4]) for start in range(0, len(words), 4)]
        return [text if index == 0 else " " + text for index, text in enumerate(groups)]


def converse_reply(answer: Answer) -> Reply:
    """Return the answer as Converse sends it."""
    content: list[dict[str, Any]] = [{"text": answer.text}] if answer.text else []
    if answer.tool:
        name, arguments = answer.tool
        content.append({"toolUse": {"toolUseId": "tooluse_0", "name": name, "input": arguments}})
    body = {
        "metrics": {"latencyMs": answer.latency_ms},
        "output": {"message": {"content": content, "role": "assistant"}},
        "stopReason": answer.stop,
        "usage": _usage(answer),
        **_closing(answer),
    }
    return json_reply(body)


def converse_stream_reply(answer: Answer, *, pace_s: float = 0.0, first_s: float = 0.0) -> Reply:
    """Return the answer as ConverseStream sends it, with this many seconds before and between the events."""
    return stream_reply(converse_events(answer), pace_s=pace_s, first_s=first_s)


def converse_events(answer: Answer) -> list[bytes]:
    """Return the frames of a ConverseStream answer, from ``messageStart`` to ``metadata``."""
    frames = [event("messageStart", {"role": "assistant"})]
    frames += [event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": t}}) for t in answer.pieces()]
    frames.append(event("contentBlockStop", {"contentBlockIndex": 0}))
    if answer.tool:
        frames += _tool_events(*answer.tool)
    frames.append(event("messageStop", {"stopReason": answer.stop}))
    metadata = {"metrics": {"latencyMs": answer.latency_ms}, "usage": _usage(answer), **_closing(answer)}
    return [*frames, event("metadata", metadata)]


def _tool_events(name: str, arguments: Mapping[str, Any]) -> list[bytes]:
    import json

    text = json.dumps(arguments)
    middle = len(text) // 2
    start = {"toolUse": {"name": name, "toolUseId": "tooluse_0"}}
    return [
        event("contentBlockStart", {"contentBlockIndex": 1, "start": start}),
        *(
            event("contentBlockDelta", {"contentBlockIndex": 1, "delta": {"toolUse": {"input": piece}}})
            for piece in (text[:middle], text[middle:])
        ),
        event("contentBlockStop", {"contentBlockIndex": 1}),
    ]


def _usage(answer: Answer) -> dict[str, Any]:
    read, written = answer.cache_read_tokens or 0, answer.cache_write_tokens or 0
    usage: dict[str, Any] = {
        "inputTokens": answer.input_tokens,
        "outputTokens": answer.output_tokens,
        "totalTokens": answer.input_tokens + answer.output_tokens + read + written,
    }
    if answer.caches:
        # The wire carries an older spelling beside the modelled one.
        usage |= {"cacheReadInputTokens": read, "cacheReadInputTokenCount": read}
        usage |= {"cacheWriteInputTokens": written, "cacheWriteInputTokenCount": written, "serverToolUsage": {}}
    if written:
        by_ttl = (("1h", answer.cache_write_1h_tokens), ("5m", written - answer.cache_write_1h_tokens))
        usage["cacheDetails"] = [{"inputTokens": count, "ttl": ttl} for ttl, count in by_ttl if count]
    return usage


def _closing(answer: Answer) -> dict[str, Any]:
    trace = {"trace": {"guardrail": answer.guardrail}} if answer.guardrail else {}
    return {**trace, **answer.extra}
