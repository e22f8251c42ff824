"""The entry that Bedrock would have logged, made of the bytes that really went over the wire."""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from botocore.eventstream import EventStreamBuffer

from genai_obs.tools.local.bedrock import Request
from genai_obs.tools.local.replies import Reply

_HEADERS = {
    "inputTokenCount": "x-amzn-bedrock-input-token-count",
    "cacheReadInputTokenCount": "x-amzn-bedrock-cache-read-input-token-count",
    "cacheWriteInputTokenCount": "x-amzn-bedrock-cache-write-input-token-count",
    "outputTokenCount": "x-amzn-bedrock-output-token-count",
}
_USAGE = {
    "inputTokenCount": "inputTokens",
    "cacheReadInputTokenCount": "cacheReadInputTokens",
    "cacheWriteInputTokenCount": "cacheWriteInputTokens",
    "outputTokenCount": "outputTokens",
}


def entry_of(
    request: Request,
    reply: Reply,
    *,
    assembled: bool = True,
    region: str = "us-east-1",
    time: str = "2026-11-20T00:00:00Z",
) -> dict[str, Any]:
    """
    Return the log's entry of a call.

    Args:
        request: As it arrived at the server.

        reply: As the server sent it.

        assembled: Whether a ConverseStream answer is logged as one object, as it was observed, or as its events.

        region: Source Region.

        time: When the call was.
    """
    answer = _answer(request, reply, assembled=assembled)
    counts = _counts(request.operation, reply, answer)
    sent = request.json()
    made = {"outputContentType": "application/json", "outputBodyJson": answer}
    given = {"inputContentType": "application/json", "inputBodyJson": sent}
    metadata = sent.pop("requestMetadata", None) if isinstance(sent, dict) else None
    header = request.headers.get("x-amzn-bedrock-request-metadata")
    return {
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "timestamp": time,
        "accountId": "123456789012",
        "identity": {"arn": "arn:aws:sts::123456789012:assumed-role/shop-role/jo.doe@example.com"},
        "region": region,
        "requestId": request.request_id,
        "operation": request.operation,
        "modelId": request.model_id,
        **({"requestMetadata": orjson.loads(header) if header else metadata} if header or metadata else {}),
        "input": given | {name: number for name, number in counts.items() if name != "outputTokenCount"},
        "output": made | {name: number for name, number in counts.items() if name == "outputTokenCount"},
    }


def frames(reply: Reply) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the events of a streamed answer, decoded by botocore from the bytes as sent."""
    buffer: Any = EventStreamBuffer()
    for step in reply.steps or ():
        if isinstance(step, bytes):
            buffer.add_data(step)
    for message in buffer:
        body = orjson.loads(message.payload)
        body.pop("p", None)
        yield message.headers[":event-type"], body


def _answer(request: Request, reply: Reply, *, assembled: bool) -> Any:
    if reply.steps is None:
        return orjson.loads(reply.body)
    events = list(frames(reply))
    if request.operation == "InvokeModelWithResponseStream":
        return [orjson.loads(base64.b64decode(body["bytes"])) for _, body in events]
    return _assemble(events) if assembled else [{kind: body} for kind, body in events]


def _assemble(events: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """Return a stream as the one object in which Bedrock logs it."""
    content: list[dict[str, Any]] = []
    answer: dict[str, Any] = {"output": {"message": {"role": "assistant", "content": content}}}
    for kind, body in events:
        if kind == "contentBlockStart":
            content.append({"toolUse": body["start"]["toolUse"]})
        elif kind in ("messageStop", "metadata"):
            answer |= body
    return answer


def _counts(operation: str, reply: Reply, answer: Any) -> dict[str, int]:
    if operation == "InvokeModel":
        headers = {name.lower(): value for name, value in reply.headers.items()}
        return {name: int(headers[header]) for name, header in _HEADERS.items() if headers.get(header, "").isdigit()}
    if operation == "InvokeModelWithResponseStream":
        found: Mapping[str, Any] = answer[-1].get("amazon-bedrock-invocationMetrics", {}) if answer else {}
        return {name: int(found[name]) for name in _HEADERS if name in found}
    usage = answer.get("usage", {}) if isinstance(answer, dict) else _last_usage(answer)
    return {name: usage[member] for name, member in _USAGE.items() if member in usage}


def _last_usage(events: list[dict[str, Any]]) -> dict[str, Any]:
    return next((each["metadata"].get("usage", {}) for each in events if "metadata" in each), {})
