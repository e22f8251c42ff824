"""What the request of an entry tells: read by the same table as the runtime reads a client's calls."""

import json
from collections.abc import Mapping
from typing import Any

import orjson

from genai_obs._runtime.operations import OPERATIONS
from genai_obs.tools.invocation_logs.entry import Entry

CONVERSE = ("Converse", "ConverseStream")
STREAMS = ("ConverseStream", "InvokeModelWithResponseStream")
_OWN = (*CONVERSE, "InvokeModel", "InvokeModelWithResponseStream")

# What marks a part of a prompt for a cache: Converse's block, and Anthropic's member of a body.
_CACHE_MARKS = (b'"cachePoint"', b'"cache_control"')


def read_request(entry: Entry, facts: dict[str, object]) -> None:
    """Put model, metadata and what the body asks for into ``facts``."""
    own: dict[str, object] = {"modelId": entry.model_id}
    if entry.metadata:
        own["requestMetadata"] = entry.metadata
    # Any other operation, such as the OpenAI-compatible ones, has a provider's body.
    operation = entry.operation if entry.operation in _OWN else "InvokeModel"
    if entry.operation in CONVERSE:
        params = {**entry.request, **own} if isinstance(entry.request, Mapping) else own
    else:
        params = own if entry.request is None else {**own, "body": body_bytes(entry.request)}
    OPERATIONS[operation].read_request(params, facts)
    if entry.request is None:
        # Nobody can tell what kind of cache writes were asked for; it matters only if there were any.
        facts["_one_hour_writes"] = None


def marks_cache(request: object) -> bool:
    """Tell whether a request asks for caching in so many words."""
    body = body_bytes(request)
    return any(mark in body for mark in _CACHE_MARKS)


def body_bytes(body: object) -> bytes:
    """Return a parsed body as JSON again; what orjson refuses (halves of surrogate pairs) takes the slow way."""
    try:
        return orjson.dumps(body)
    except (TypeError, ValueError):
        return _dump_slowly(body)


def _dump_slowly(body: Any) -> bytes:
    try:
        return json.dumps(body, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError):
        return b""
