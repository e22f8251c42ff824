"""One model call in progress: the facts gathered about it, and the one record it leaves when it ends."""

import time
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from genai_obs import schema
from genai_obs._runtime import clock, emf, guard, output

if TYPE_CHECKING:
    from genai_obs._runtime.observation import Observation
    from genai_obs._runtime.pricing import Pricing
    from genai_obs._runtime.settings import Settings

_THROTTLES = frozenset(
    ("throttling", "throttled", "modelnotready", "toomanyrequests", "servicequotaexceeded", "requestlimitexceeded")
)

# How every line of an inference begins.
_METRIC_AND_VALUE = f'{{"metric":"{schema.INFERENCE_METRIC}","value":'.encode()
_UNIT_AND_TIME = f',"unit":"{schema.INFERENCE_UNIT}","timestamp":"'.encode()


class Inference:
    """
    A model call that has begun.

    ``facts`` are keyed by the record's field names and become the record. Whoever ends the call first (its caller, the
    deadline, the garbage collector) writes the record; the others find it written.
    """

    __slots__ = ("_open", "abandon", "attempts", "content", "facts", "observation", "started_ns", "watched", "wire")

    def __init__(self, observation: "Observation", facts: dict[str, object]) -> None:
        self.observation = observation
        self.facts = facts
        self.attempts = 0
        # The answer's own JSON, where an old botocore drops members that it does not know.
        self.wire: bytes | None = None
        # Streams only: ends the call without its last events, and a weak reference to what the caller reads.
        self.abandon: Callable[[], None] | None = None
        self.watched: weakref.ref[object] | None = None
        # Prompt and completion text, only where the user asked for content.
        self.content: tuple[list[str], list[str]] | None = None
        # Taking the one item out of a list is atomic: of two threads that end this call, one succeeds.
        self._open = [True]
        observation.began(self)
        self.started_ns = time.perf_counter_ns()

    def elapsed_ms(self) -> float:
        """Return the milliseconds since the call began, to a tenth."""
        return (time.perf_counter_ns() - self.started_ns) // 100_000 / 10

    def watches(self, candidate: object) -> bool:
        """Tell whether this is the stream that the caller reads."""
        return self.watched is not None and self.watched() is candidate

    @property
    def is_open(self) -> bool:
        """Whether the record is still to be written."""
        return bool(self._open)

    def finish(self, status: str, latency_ms: float | None = None) -> None:
        """Write the record, unless it has been written; ``latency_ms`` defaults to the time until now."""
        try:
            self._open.pop()
        except IndexError:
            return
        facts = self.facts
        facts["status"] = status
        if self.attempts and "attempts" not in facts:
            facts["attempts"] = self.attempts
        if status != "ok":
            # What the request would have been billed for; nothing says that it was served.
            facts.pop("search_units", None)
        facts["latency_ms"] = self.elapsed_ms() if latency_ms is None else latency_ms
        self.observation.ended(self)
        if self.content is not None:
            _add_content(self)
        write_inference(facts, self.observation)
        # The caller may keep the stream that keeps this object; the facts are on stdout by now.
        self.facts = {}

    def fail(self, error: BaseException, latency_ms: float | None = None) -> None:
        """End the call with an exception: what kind it was, never what it said, which may quote the prompt."""
        self.finish(describe_error(error, self.facts), latency_ms)


def describe_error(error: BaseException, facts: dict[str, object]) -> str:
    """Put the error's code, HTTP status, request id and attempts into ``facts``; return the record's status."""
    code = type(error).__name__
    http_status: object = None
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        described = response.get("Error")
        if isinstance(described, dict) and isinstance(described.get("Code"), str) and described["Code"]:
            # In-stream errors come in lower camel case (throttlingException), others not: one spelling for both.
            code = described["Code"][:1].upper() + described["Code"][1:128]
        metadata = response.get("ResponseMetadata")
        if isinstance(metadata, dict):
            http_status = metadata.get("HTTPStatusCode")
            read_metadata(metadata, facts)
    elif isinstance(getattr(error, "status_code", None), int):  # anthropic, openai
        http_status = error.status_code  # type: ignore[attr-defined]
    facts["error_type"] = code
    if type(http_status) is int:
        facts["http_status"] = http_status
    word = code.lower().removesuffix("exception").removesuffix("error")
    return "throttled" if http_status == 429 or word in _THROTTLES else "error"


def read_metadata(metadata: dict[str, object], facts: dict[str, object]) -> None:
    """Put request id and attempts of ``ResponseMetadata`` into ``facts``."""
    request_id = metadata.get("RequestId")
    if isinstance(request_id, str) and request_id:
        facts["bedrock_request_id"] = request_id[:128]
    retries = metadata.get("RetryAttempts")
    if type(retries) is int and 0 <= retries < 1000:
        facts["attempts"] = retries + 1


def write_inference(facts: dict[str, Any], observation: "Observation") -> None:
    """
    Price the facts of one finished call and write its record.

    The line is joined from three pieces: the facts, which are new with each call, and two that are rendered once, the
    members that an invocation's records share and the EMF block of this mix of metrics.
    """
    settings = observation.settings
    at_ms = time.time_ns() // 1_000_000
    if "region" not in facts and settings.region is not None and facts.get("provider") == "aws.bedrock":
        # An answer by Bedrock that names no Region came from the function's own.
        facts["region"] = settings.region
    if "input_tokens" in facts and "output_tokens" in facts:
        get = facts.get
        facts["total_tokens"] = (
            facts["input_tokens"] + facts["output_tokens"] + get("cache_read_tokens", 0) + get("cache_write_tokens", 0)
        )
    cost = b"null"
    try:
        pricing = observation.options.pricing or settings.pricing or _load_pricing(settings)
        cost = pricing.add_cost(facts, at_ms)
    except Exception as error:
        guard.failed(error)
        facts["cost_usd"] = None
        facts["cost_status"] = "error"
    if guard.failures:
        facts["observation_errors"] = guard.take_failures()
    user_fields, shared = observation.shared_members()
    for name in user_fields:
        # What the user says of a tenant or session stands before what the request's metadata say.
        facts.pop(name, None)
    pieces = [_METRIC_AND_VALUE, cost, _UNIT_AND_TIME, clock.rfc3339(at_ms), b'",']
    if settings.emf:
        before, after = emf.add_inference_metrics(facts, settings)
        pieces += output.members(facts), b",", shared, b",", before, b"%d" % at_ms, after
    else:
        pieces += output.members(facts), b",", shared, b"}\n"
    line = b"".join(pieces)
    output.write(line if len(line) <= output.MAX_LINE_BYTES else output.shorten(line, facts, cost))


def _load_pricing(settings: "Settings") -> "Pricing":
    from genai_obs._runtime.pricing import Pricing

    settings.pricing = pricing = Pricing(settings.price_argument)
    return pricing


def _add_content(inference: Inference) -> None:
    from genai_obs._runtime import content

    content.add(inference)
