"""
What the answer of an entry tells: whole bodies, assembled streams and chunks, by the runtime's own readers.

ConverseStream is logged as one object of Converse's shape (observed); InvokeModelWithResponseStream as the array of the
provider's chunks (documented). Either form is taken for either operation.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from genai_obs._runtime import guardrails
from genai_obs._runtime.body_chunks import METRICS, BodyChunks, read_input_side
from genai_obs._runtime.converse import ConverseEvents, read_converse
from genai_obs._runtime.usage import count, first_count, read_body
from genai_obs.tools.invocation_logs.entry import Counts, Entry
from genai_obs.tools.invocation_logs.requests import CONVERSE, STREAMS

Facts = dict[str, object]

_COUNTS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")
_INPUT_NAMES = (
    "inputTokens",
    "input_tokens",
    "prompt_tokens",
    "inputTokenCount",
    "prompt_token_count",
    "inputTextTokenCount",
)
_CACHE_NAMES = (
    "cacheReadInputTokens",
    "cacheReadInputTokenCount",
    "cacheWriteInputTokens",
    "cacheWriteInputTokenCount",
    "cacheDetails",
)


def read_answer(entry: Entry, facts: Facts) -> None:
    """Put what the answer and Bedrock's counters say into ``facts``."""
    if "guardrail_id" in facts and entry.response is not None:
        # With a guardrail on the request, an answer's silence means that it did not step in.
        facts.setdefault("guardrail_triggered", False)
    if entry.operation in CONVERSE:
        _read_converse(entry, facts)
    elif isinstance(entry.response, list):
        _read_chunks(entry.response, entry.counts, facts)
        if entry.operation == "InvokeModel":
            del facts["stream"]  # whatever this is
    else:
        _read_body(entry.response, entry.counts, facts)
    if entry.tier is not None:
        facts["service_tier"] = entry.tier
    if entry.performance is not None:
        facts["performance_latency"] = entry.performance


# -- Converse ---------------------------------------------------------------------------------------------------------


def _read_converse(entry: Entry, facts: Facts) -> None:
    body = entry.response
    if isinstance(body, list):
        body = _assembled(body, facts)
        facts["stream"] = "complete" if "metadata" in body else "abandoned"
    if not isinstance(body, dict) or not body:
        _put_counts(entry.counts, facts)
        return
    usage = body.get("usage")
    if not isinstance(usage, dict) or not usage:
        read_converse(body, facts)
        _put_counts(entry.counts, facts)
    else:
        completed = _with_cache(usage, entry.counts)
        read_converse({**body, "usage": completed}, facts)
        if completed is not usage:
            _accept_bare_total(completed, facts)
        _compare(entry.counts, facts)
    if entry.operation in STREAMS and any(name in body for name in ("usage", "metrics", "stopReason")):
        # Only for the check of a gross input count, which an assembled answer needs as the closing event does.
        ConverseEvents(facts).read({"metadata": {}})
        facts.setdefault("stream", "complete")


def _assembled(events: list[Any], facts: Facts) -> dict[str, object]:
    """Return the events of a stream as one answer; tools are read on the way."""
    reader = ConverseEvents(facts)
    answer: dict[str, object] = {}
    for event in events:
        if not isinstance(event, dict):
            continue
        reader.read({name: part for name, part in event.items() if name != "metadata"})
        stop, end = event.get("messageStop"), event.get("metadata")
        if isinstance(stop, dict):
            answer.update(stop)
        if isinstance(end, dict):
            answer.update(end)
            answer["metadata"] = True
        _read_stream_error(event, facts)
    return answer


def _with_cache(usage: dict[str, object], counts: Counts) -> dict[str, object]:
    """Return the usage with Bedrock's cache counters, where the logged answer has none (observed with Nova)."""
    if any(name in usage for name in _CACHE_NAMES) or not counts.knows_cache:
        return usage
    return {
        **usage,
        "cacheReadInputTokens": counts.cache_read or 0,
        "cacheWriteInputTokens": counts.cache_write or 0,
    }


def _accept_bare_total(usage: Mapping[str, object], facts: Facts) -> None:
    """
    Take back the doubt about a total that leaves the cache out, where the parts leave only one reading.

    An answer that was logged without its cache counters may have been summed up without them. If more was cached than
    the input count holds, that count cannot include it.
    """
    given, made = count(usage.get("inputTokens")), count(usage.get("outputTokens"))
    if given is None or made is None or facts.get("cost_status") != "ambiguous_usage":
        return
    cached = _cached(facts)
    if count(usage.get("totalTokens")) == given + made and cached > given:
        del facts["cost_status"]
        facts.pop("raw_usage", None)


def _compare(counts: Counts, facts: Facts) -> None:
    """Mark a call whose two reports differ: neither the rest without cache nor the whole input is what was counted."""
    given, made = facts.get("input_tokens"), facts.get("output_tokens")
    readings = (None, given, given + _cached(facts)) if isinstance(given, int) else (None,)
    differs = counts.input not in readings or (made is not None and counts.output not in (None, made))
    for name, own in (("cache_read_tokens", counts.cache_read), ("cache_write_tokens", counts.cache_write)):
        differs = differs or (own is not None and own != facts.get(name, 0))
    if differs:
        facts["cost_status"] = "ambiguous_usage"
        facts["raw_usage"] = counts.named()


# -- provider bodies --------------------------------------------------------------------------------------------------


def _read_body(body: object, counts: Counts, facts: Facts) -> None:
    if isinstance(body, dict):
        facts.update(read_body(body))
        guardrails.read_body_members(body, facts)
    read_input_side(facts, counts.input, counts.cache_read, counts.cache_write)
    if counts.output is not None:
        facts["output_tokens"] = counts.output
    if isinstance(body, dict) and body.get("amazon-bedrock-guardrailAction") == "INTERVENED" and counts == Counts():
        # No model ran, or Bedrock would have counted: the numbers of such a body are made up.
        for name in _COUNTS:
            facts.pop(name, None)


def _read_chunks(chunks: list[Any], counts: Counts, facts: Facts) -> None:
    reader = BodyChunks(facts)
    has_delta = False
    whole: dict[str, object] = {}
    for each in chunks:
        chunk = _unwrapped(each)
        if chunk is None:
            continue
        has_delta = has_delta or chunk.get("type") == "message_delta"
        reader.read_chunk(chunk)
        whole = _whole_response(chunk) or whole
        _read_stream_error(chunk, facts)
    reader.exhausted()
    reader.end()
    facts.update(whole)
    facts["stream"] = "complete" if reader.complete or whole else "abandoned"
    read_input_side(facts, counts.input, counts.cache_read, counts.cache_write)
    _take_output(counts.output, facts, has_delta=has_delta)


def _take_output(output: int | None, facts: Facts, *, has_delta: bool) -> None:
    """Let Bedrock's count precede the provider's, but for Claude's final figure, which was seen to be the larger."""
    known = facts.get("output_tokens")
    if output is None:
        return
    if has_delta and isinstance(known, int) and known > output:
        facts["token_source"] = "message_delta"  # noqa: S105 - no secret
    else:
        facts["output_tokens"] = output


def _unwrapped(chunk: object) -> dict[str, object] | None:
    """Return a provider's chunk, also one that is logged as it is sent: base64 in ``chunk.bytes``."""
    if not isinstance(chunk, dict):
        return None
    holder = chunk.get("chunk")
    raw = holder.get("bytes") if isinstance(holder, dict) else None
    if not isinstance(raw, str):
        return chunk
    import orjson

    try:
        inner = orjson.loads(base64.b64decode(raw, validate=True))
    except (binascii.Error, ValueError):
        return None
    return inner if isinstance(inner, dict) else None


def _whole_response(chunk: dict[str, object]) -> dict[str, object]:
    """Return what the closing event of OpenAI's Responses API says, which holds the whole answer."""
    kind, answer = chunk.get("type"), chunk.get("response")
    if isinstance(kind, str) and kind.startswith("response.") and isinstance(answer, dict) and answer.get("usage"):
        return read_body(answer)
    return {}


def _read_stream_error(event: dict[str, object], facts: Facts) -> None:
    """Read an exception that ended a stream, named as on the wire: ``throttlingException``."""
    for name in event:
        if name.endswith("Exception") and name.isidentifier():
            facts["error_type"] = name[:1].upper() + name[1:128]


# -- Bedrock's counters -----------------------------------------------------------------------------------------------


def _put_counts(counts: Counts, facts: Facts) -> None:
    """Take the counters of an entry whose answer has none."""
    found = (counts.input, counts.output, counts.cache_read, counts.cache_write)
    for name, number in zip(_COUNTS, found, strict=False):
        if number is not None:
            facts[name] = number


def _cached(facts: Facts) -> int:
    found = (facts.get(name) for name in ("cache_read_tokens", "cache_write_tokens"))
    return sum(number for number in found if isinstance(number, int))


def has_usage(entry: Entry) -> bool:
    """Tell whether the answer itself counts the input, and so also what was cached of it if anything was."""
    body = entry.response
    parts = body if isinstance(body, list) else [body]
    return any(_counts_input(part) for each in parts if (part := _unwrapped(each)) is not None)


def _counts_input(part: dict[str, object]) -> bool:
    holders = (part, *(part.get(name) for name in ("message", "metadata", "response")))
    reports = (part, part.get(METRICS), *(holder.get("usage") for holder in holders if isinstance(holder, dict)))
    return any(isinstance(each, dict) and first_count(each, _INPUT_NAMES) is not None for each in reports)
