"""What a scripted server answers: a whole body, a stream with its pauses and accidents, an error, or nothing at all."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import orjson

# HTTP status of the errors that the Bedrock service models declare (botocore 1.44.5).
ERROR_STATUS = {
    "AccessDeniedException": 403,
    "BadGatewayException": 502,
    "ConflictException": 400,
    "DependencyFailedException": 424,
    "ExpiredTokenException": 403,
    "InternalServerException": 500,
    "ModelErrorException": 424,
    "ModelNotReadyException": 429,
    "ModelStreamErrorException": 424,
    "ModelTimeoutException": 408,
    "ResourceNotFoundException": 404,
    "ServiceQuotaExceededException": 400,
    "ServiceUnavailableException": 503,
    "ThrottlingException": 429,
    "UnrecognizedClientException": 403,
    "ValidationException": 400,
}

EVENT_STREAM = "application/vnd.amazon.eventstream"


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait before the next step of a stream."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Hold:
    """Wait for the test: the stream goes on when the event is set (or the server closes)."""

    until: threading.Event


@dataclass(frozen=True, slots=True)
class Cut:
    """Close the connection inside the chunked body, as a lost network does."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Send nothing more and keep the connection open until the server closes."""


# Bytes are sent as one HTTP chunk each.
Step = bytes | Pause | Hold | Cut | Silence


@dataclass(frozen=True, slots=True)
class Reply:
    """
    One answer of the server.

    Use the functions below to make one; `with_headers` and `after` refine it.

    Args:
        status: HTTP status.

        headers: Response headers, sent in the letter case given here.

        body: The whole body; ignored when there are steps.

        steps: A streamed body, sent chunk by chunk. Ending without the service's last event is an early, clean end.

        delay_s: Seconds before the headers are sent.

        cut: Close the connection instead of answering.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    steps: tuple[Step, ...] | None = None
    delay_s: float = 0.0
    cut: bool = False

    def with_headers(self, **headers: str) -> "Reply":
        """Return a copy with more headers; underscores in names stand for hyphens."""
        return replace(self, headers={**self.headers, **{name.replace("_", "-"): v for name, v in headers.items()}})

    def after(self, seconds: float) -> "Reply":
        """Return a copy that waits before it answers."""
        return replace(self, delay_s=seconds)


def json_reply(body: object, headers: Mapping[str, str] | None = None, status: int = 200) -> Reply:
    """Return a whole JSON answer."""
    return Reply(status, {"Content-Type": "application/json", **(headers or {})}, orjson.dumps(body))


def bytes_reply(body: bytes, content_type: str, headers: Mapping[str, str] | None = None, status: int = 200) -> Reply:
    """Return a whole answer of any type: an HTML error page, server-sent events, half a JSON."""
    return Reply(status, {"Content-Type": content_type, **(headers or {})}, body)


def stream_reply(
    steps: Iterable[Step], headers: Mapping[str, str] | None = None, *, pace_s: float = 0.0, first_s: float = 0.0
) -> Reply:
    """
    Return a streamed answer of event-stream frames.

    Args:
        steps: Frames and what happens between them.

        headers: Further response headers.

        pace_s: Seconds between two frames.

        first_s: Seconds between the headers and the first frame.
    """
    paced: list[Step] = [Pause(first_s)] if first_s else []
    for index, step in enumerate(steps):
        if pace_s and index:
            paced.append(Pause(pace_s))
        paced.append(step)
    return Reply(200, {"Content-Type": EVENT_STREAM, **(headers or {})}, steps=tuple(paced))


def error_reply(code: str, message: str = "", **members: object) -> Reply:
    """
    Return an error as the service sends it: the code in a header, the message in the body.

    Args:
        code: A name in `ERROR_STATUS`, or any other (sent with status 500).

        message: The message; the code itself when empty.

        members: Modelled members beside the message, such as ``originalStatusCode``.
    """
    headers = {"x-amzn-ErrorType": f"{code}:http://internal.amazon.com/coral/com.amazon.bedrock/"}
    return json_reply({"message": message or code, **members}, headers, ERROR_STATUS.get(code, 500))


def cut_reply() -> Reply:
    """Return the answer of a server that closes the connection without a word."""
    return Reply(cut=True)
