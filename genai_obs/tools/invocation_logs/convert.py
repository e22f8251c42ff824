"""
From an entry of Bedrock's model invocation log to one of our records.

What cannot be known from there is absent: the caller's latency, attempts, the Lambda invocation. No text of a prompt,
an answer or a guardrail's match is read, and ``identity.arn`` stays out.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from genai_obs import schema
from genai_obs._runtime import clock, guard
from genai_obs._runtime.inference import describe_error
from genai_obs._runtime.prices import PriceBook
from genai_obs._runtime.pricing import Pricing
from genai_obs.tools.invocation_logs.answers import read_answer
from genai_obs.tools.invocation_logs.doubts import call_an_estimate, withhold_uncounted_cache
from genai_obs.tools.invocation_logs.entry import Entry, is_entry, read_entry
from genai_obs.tools.invocation_logs.requests import read_request

SOURCE = "invocation_log"

Record = dict[str, object]

_TOTAL = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
# What an error counts for nothing: no model ran, so these zeros say nothing.
_COUNTED = (*_TOTAL, "cache_write_1h_tokens", "reasoning_tokens")


class _LoggedError(Exception):
    """An error that Bedrock logged, in the shape in which the runtime reads errors."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        status = int(code) if code.isascii() and code.isdigit() and len(code) == 3 else None
        self.response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}


class Converter:
    """
    Turns entries into records, priced by one book.

    Args:
        book: Rates; None for the packaged list prices and the overrides of the environment.

        service_from_role: Whether ``service`` is the role that called (without its session, which may name a person).
    """

    def __init__(self, book: PriceBook | None = None, *, service_from_role: bool = False) -> None:
        self._book = PriceBook(report=guard.say_once) if book is None else book
        self._pricing = Pricing(book=self._book)
        self._service_from_role = service_from_role

    def convert(self, document: Mapping[str, Any], event_ms: int | None = None) -> Record | None:
        """
        Return the record of an entry, or None if this is none, or one without a model or a time.

        Args:
            document: An entry as parsed from JSON.

            event_ms: Time of its log event, for an entry that states none; milliseconds since 1970, UTC.
        """
        entry = read_entry(document, event_ms) if is_entry(document) else None
        return None if entry is None else self.record(entry)

    def record(self, entry: Entry) -> Record:
        """Return the record of a checked entry; costs stand in it as the JSON text of their exact amount."""
        facts = self._facts(entry)
        cost = self._pricing.add_cost(facts, entry.at_ms)
        call_an_estimate(entry, facts, self._book)
        return {
            "metric": schema.INFERENCE_METRIC,
            "value": orjson.Fragment(cost),
            "unit": schema.INFERENCE_UNIT,
            "timestamp": clock.rfc3339(entry.at_ms).decode(),
            **facts,
        }

    def _facts(self, entry: Entry) -> Record:
        facts: Record = {}
        if entry.operation:
            facts["operation"] = entry.operation
        facts["provider"] = "aws.bedrock"
        if entry.region is not None:
            facts["region"] = entry.region
        read_request(entry, facts)
        read_answer(entry, facts)
        _settle_status(entry, facts)
        _add_total(facts)
        withhold_uncounted_cache(entry, facts, self._book)
        if entry.request_id is not None:
            facts["bedrock_request_id"] = entry.request_id
        if entry.inference_region is not None:
            facts["inference_region"] = entry.inference_region
        if self._service_from_role and (role := role_of(entry.caller_arn)) is not None:
            facts["service"] = role
        facts["source"] = SOURCE
        return facts


def convert(document: Mapping[str, Any], event_ms: int | None = None) -> Record | None:
    """Return the record of one entry at list prices; see `Converter`, which many entries share."""
    return Converter().convert(document, event_ms)


def role_of(arn: str | None) -> str | None:
    """Return the role of an assumed-role ARN (``…:assumed-role/ROLE/SESSION``), None for any other caller."""
    parts = (arn or "").split(":", 5)
    resource = parts[-1].split("/")
    is_role = len(parts) == 6 and len(resource) == 3 and resource[0] == "assumed-role"
    return resource[1] or None if is_role else None


def _settle_status(entry: Entry, facts: Record) -> None:
    """Say how the call ended; a failed one is never priced, because nothing says that what it counts was billed."""
    in_stream = facts.get("error_type")
    if entry.error_code is None and in_stream is None:
        facts["status"] = "abandoned" if facts.get("stream") == "abandoned" else "ok"
        return
    if entry.error_code is None and not str(in_stream).endswith("Exception"):
        facts["status"] = "error"  # a provider's own error event
    else:
        facts["status"] = describe_error(_LoggedError(entry.error_code or str(in_stream)), facts)
    facts.pop("search_units", None)
    for name in _COUNTED:
        if facts.get(name) == 0:
            del facts[name]
    if "input_tokens" in facts and "output_tokens" in facts:
        facts["cost_status"] = "ambiguous_usage"
        facts["raw_usage"] = entry.counts.named()


def _add_total(facts: Record) -> None:
    """Add the four disjoint counts up, if both ends are there."""
    if "input_tokens" in facts and "output_tokens" in facts:
        counts = (facts.get(name) for name in _TOTAL)
        facts["total_tokens"] = sum(number for number in counts if isinstance(number, int))
