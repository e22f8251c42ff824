"""The events of an Anthropic message stream, from Anthropic itself or as Bedrock passes them on."""

from typing import TYPE_CHECKING

from genai_obs._runtime import guardrails
from genai_obs._runtime.answer_anthropic import GUARDRAIL_ACTION, TOOL_BLOCKS, bedrock_members, read_message
from genai_obs._runtime.answer_usage import COUNTS, read_anthropic
from genai_obs._runtime.answer_values import attributes, length, member, milliseconds, number, path, put, text
from genai_obs._runtime.body_chunks import METRICS, read_input_side

if TYPE_CHECKING:
    from genai_obs._runtime.answer_events import EventReader


def read(reader: "EventReader", kind: str, event: object) -> bool:
    """Take one event; return True if it carries content of the answer."""
    _read_guardrail(reader, event)
    return READERS[kind](reader, event)


def _read_start(reader: "EventReader", event: object) -> bool:
    message = member(event, "message")
    found = read_message(message)
    for name in ("stop_reason", "output_tokens", "reasoning_tokens", "tool_calls"):
        found.pop(name, None)
    _add_missing(reader, found)
    reader.note_usage(member(message, "usage"))
    return False


def _add_missing(reader: "EventReader", found: dict[str, object]) -> None:
    """Add facts that are not known yet: the URL of the call knows better which model was called, and where."""
    for name, fact in found.items():
        reader.facts.setdefault(name, fact)


def _read_guardrail(reader: "EventReader", event: object) -> None:
    """Read what Bedrock adds to many or all events when a guardrail was asked for."""
    added = bedrock_members(event)
    if added:
        guardrails.read_body_members(added, reader.facts)
        reader.intervened = reader.intervened or added.get(GUARDRAIL_ACTION) == "INTERVENED"


def _read_block(reader: "EventReader", event: object) -> bool:
    block = member(event, "content_block")
    if text(member(block, "type")) in TOOL_BLOCKS:
        reader.note_tool(("block", number(member(event, "index"))), text(member(block, "name")))
    return _has_more_than_type(block)


def _read_piece(_: "EventReader", event: object) -> bool:
    return _has_more_than_type(member(event, "delta"))


def _read_delta(reader: "EventReader", event: object) -> bool:
    counted = member(event, "usage")
    reader.note_usage(counted)
    reason = text(path(event, "delta", "stop_reason"))
    put(reader.facts, "stop_reason", reason)
    reader.settle(stopped=reason is not None)
    if reason is not None and length(member(counted, "iterations")):
        read_anthropic(_Merged(reader.counters, member(counted, "iterations")), reader.facts)
    return False


def _read_stop(reader: "EventReader", event: object) -> bool:
    reader.complete = reader.closed = True
    metrics = attributes(event).get(METRICS)
    if metrics is not None:
        _read_metrics(reader, attributes(metrics))
    elif reader.intervened:
        # A guardrail blocked the prompt: no model ran, and the counts are made up.
        for name in COUNTS:
            reader.facts.pop(name, None)
    elif "input_tokens" not in reader.facts and (message := member(event, "message")) is not None:
        # A helper whose first events were read before anybody followed it; it has put the message together.
        _add_missing(reader, read_message(message))
    return False


def _read_metrics(reader: "EventReader", metrics: dict[object, object]) -> None:
    """Read Bedrock's own summary; with tools it was seen to count less output than the model's final figure."""
    facts = reader.facts
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


class _Merged:
    """A usage object as an Anthropic stream adds up to it: the counters so far and the last event's iterations."""

    def __init__(self, merged: dict[str, object], iterations: object) -> None:
        self.__dict__.update(merged)
        self.iterations = iterations


def _has_more_than_type(block: object) -> bool:
    """Tell whether a content block, or a piece of one, has anything in it."""
    return any(value for name, value in attributes(block).items() if name != "type" and type(value) in (str, dict))


READERS = {
    "message_start": _read_start,
    "message_delta": _read_delta,
    "message_stop": _read_stop,
    "content_block_start": _read_block,
    "content_block_delta": _read_piece,
}
