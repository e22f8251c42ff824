"""
One entry of a model invocation log, checked.

Its members and their types are documented (Bedrock User Guide, model-invocation-logging) or observed in public samples;
none is relied on to be there, or to be of its type.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from genai_obs._runtime import fields
from genai_obs._runtime.usage import count
from genai_obs.tools.logs.times import parse_time_ms

# Documented: what every entry calls itself.
SCHEMA_TYPE = "ModelInvocationLog"

_MAX_ID = 128
_MAX_MODEL = 2048


@dataclass(frozen=True, slots=True)
class Counts:
    """
    The counters that Bedrock puts beside the bodies; None where there is none.

    Whether ``input`` leaves out what was read from or written to a cache is not documented. In every public sample with
    caching it does (observed), as the response headers of the same call do.
    """

    input: int | None = None
    output: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None

    @property
    def knows_cache(self) -> bool:
        """Whether anything is said of a cache; a zero says that none was used."""
        return self.cache_read is not None or self.cache_write is not None

    def named(self) -> dict[str, object]:
        """Return those that are there, by the names of the log."""
        found = {
            "inputTokenCount": self.input,
            "outputTokenCount": self.output,
            "cacheReadInputTokenCount": self.cache_read,
            "cacheWriteInputTokenCount": self.cache_write,
        }
        return {name: number for name, number in found.items() if number is not None}


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One call, as Bedrock logged it.

    Args:
        at_ms: Time that the entry states, else that of its log event; milliseconds since 1970, UTC. Whether it is the
            beginning or the end of the call is not documented.

        operation: Such as ``ConverseStream``; empty when the entry does not say.

        model_id: As logged, which for a call through a profile may be its ARN (observed).

        region: Source Region, None when unknown.

        inference_region: The Region that a cross-Region profile chose (observed), None when the entry does not say.

        request_id: Equal to ``ResponseMetadata.RequestId`` of the call (documented).

        error_code: None for a call that went well.

        metadata: The caller's ``requestMetadata``.

        performance: ``standard`` or ``optimized`` (observed member), None when the entry does not say.

        tier: The tier that served, should an entry say it (unknown: no sample does).

        caller_arn: ``identity.arn``; never part of a record.

        request: The request's body; None where it is not in the entry.

        response: The answer's body: an object, or the chunks of a stream; None where it is not in the entry.

        counts: Bedrock's counters.
    """

    at_ms: int
    operation: str
    model_id: str
    region: str | None
    inference_region: str | None
    request_id: str | None
    error_code: str | None
    metadata: Mapping[str, object]
    performance: str | None
    tier: str | None
    caller_arn: str | None
    request: object
    response: object
    counts: Counts


def is_entry(document: object) -> bool:
    """Tell whether a JSON value is an entry of this log; its own name is what decides."""
    return isinstance(document, Mapping) and document.get("schemaType") == SCHEMA_TYPE


def read_entry(document: Mapping[str, Any], event_ms: int | None = None) -> Entry | None:
    """
    Return the entry, or None when it has no model or no time: nothing could be said of such a call.

    Args:
        document: An entry as parsed from JSON.

        event_ms: Time of the log event it came in.
    """
    at_ms = parse_time_ms(document.get("timestamp"))
    at_ms = event_ms if at_ms is None else at_ms
    model_id = _text(document.get("modelId"), _MAX_MODEL)
    if at_ms is None or model_id is None:
        return None
    given, made = _object(document.get("input")), _object(document.get("output"))
    return Entry(
        at_ms=at_ms,
        operation=_text(document.get("operation"), _MAX_ID) or "",
        model_id=model_id,
        region=_text(document.get("region"), _MAX_ID),
        inference_region=_text(document.get("inferenceRegion"), _MAX_ID),
        request_id=_text(document.get("requestId"), _MAX_ID),
        error_code=_error_code(document.get("errorCode")),
        metadata=_object(document.get("requestMetadata")),
        performance=_text(_object(document.get("performanceConfig")).get("latency"), _MAX_ID),
        tier=_tier(document.get("serviceTier")),
        caller_arn=_text(_object(document.get("identity")).get("arn"), _MAX_MODEL),
        request=_body(given.get("inputBodyJson")),
        response=_body(made.get("outputBodyJson")),
        counts=_counts(given, made),
    )


def _counts(given: Mapping[str, Any], made: Mapping[str, Any]) -> Counts:
    return Counts(
        count(given.get("inputTokenCount")),
        count(made.get("outputTokenCount")),
        count(given.get("cacheReadInputTokenCount")),
        count(given.get("cacheWriteInputTokenCount")),
    )


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object, limit: int) -> str | None:
    return fields.plain_text(value, limit) if isinstance(value, str) and value else None


def _error_code(value: object) -> str | None:
    # The type is not documented; a number would be an HTTP status.
    return str(value) if type(value) is int and abs(value) < 10_000 else _text(value, _MAX_ID)


def _tier(value: object) -> str | None:
    return _text(value.get("type") if isinstance(value, Mapping) else value, _MAX_ID)


def _body(value: object) -> object:
    """Return a body; one that was logged as text is parsed, any other scalar is none."""
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except ValueError:
            return None
    return value if isinstance(value, dict | list) else None
