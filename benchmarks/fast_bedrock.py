"""Bedrock without a network: a real botocore client whose HTTP answers stand ready, or its answers altogether."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import botocore.client
import orjson
from botocore.awsrequest import AWSResponse

from benchmarks import scenario
from genai_obs._runtime import aws_calls

# Any, because the method that we and OpenTelemetry wrap is private: `BaseClient._make_api_call`.
CLIENT_CLASS: Any = botocore.client.BaseClient

_HEADERS = {"x-amzn-requestid": "0a1b2c3d-aaaa-4bbb-8ccc-ddddeeeeffff"}


class _Body:
    """The body of an HTTP answer, as botocore reads it from urllib3."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, amount: int = 1024, *, decode_content: bool = True) -> Iterator[bytes]:
        """Yield the body; botocore reads whole answers and event streams this way."""
        del amount, decode_content
        yield self._content

    def read(self, amount: int | None = None) -> bytes:
        """Return the body once."""
        del amount
        content, self._content = self._content, b""
        return content

    def close(self) -> None:
        """Let go of the connection that there is not."""


def new_client(url: str | None = None) -> Any:
    """Return a real Bedrock client: botocore's model, serialiser, signer and parser."""
    return boto3.client("bedrock-runtime", endpoint_url=url, region_name=scenario.REGION)


def new_client_without_network() -> Any:
    """Return a real Bedrock client to which each HTTP request is answered on the spot."""
    client = new_client()
    whole = orjson.dumps({name: value for name, value in scenario.ANSWER.items() if name != "ResponseMetadata"})
    frames = scenario.stream_frames()

    def answer(request: Any, **_: object) -> AWSResponse:
        is_stream = request.url.endswith("converse-stream")
        kind = "application/vnd.amazon.eventstream" if is_stream else "application/json"
        headers: Any = {**_HEADERS, "content-type": kind}
        return AWSResponse(request.url, 200, headers, _Body(frames if is_stream else whole))

    client.meta.events.register("before-send.bedrock-runtime", answer)
    return client


def plain_method() -> Any:
    """Return the method that we hook, as botocore made it."""
    return inspect.unwrap(CLIENT_CLASS._make_api_call)


def hooked(method: Any) -> Any:
    """Return a method with our hook over it; the class is left with it."""
    CLIENT_CLASS._make_api_call = method
    aws_calls._patch_botocore(botocore.client)
    return CLIENT_CLASS._make_api_call


@contextmanager
def answered_at_once() -> Iterator[None]:
    """Have the method that we hook do nothing but return an answer: what is left of a call is ours."""

    def answer(self: object, operation_name: str, api_params: object) -> dict[str, Any]:
        del self, operation_name, api_params
        return scenario.ANSWER

    plain = plain_method()
    hooked(answer)
    try:
        yield
    finally:
        hooked(plain)
