"""What the server sends: a whole answer, and the frames of a streamed one."""

from typing import Any

from genai_obs.tools.local.eventstream import event
from genai_obs.tools.local.replies import Reply, stream_reply

USAGE = {"inputTokens": 9, "outputTokens": 3, "totalTokens": 12}
START = event("messageStart", {"role": "assistant"})
CLOSE = event("contentBlockStop", {"contentBlockIndex": 0})
STOP = event("messageStop", {"stopReason": "end_turn"})
METADATA = event("metadata", {"usage": USAGE, "metrics": {"latencyMs": 300}})


def delta(**kinds: Any) -> bytes:
    """Return the frame of one delta."""
    return event("contentBlockDelta", {"contentBlockIndex": 0, "delta": kinds})


def start(**kinds: Any) -> bytes:
    """Return the frame that opens a content block."""
    return event("contentBlockStart", {"contentBlockIndex": 0, "start": kinds})


ANSWER = [START, delta(text="Os"), delta(text="lo."), CLOSE, STOP, METADATA]


def events_of(body: dict[str, Any]) -> Reply:
    """Return a Converse answer as ConverseStream would have sent it."""
    frames = [START]
    for index, block in enumerate(body["output"]["message"]["content"]):
        name, value = next(iter(block.items()))
        if name == "toolUse":
            start = {"contentBlockIndex": index, "start": {"toolUse": {"toolUseId": "t", "name": value["name"]}}}
            frames.append(event("contentBlockStart", start))
        frames += [delta(text="x"), CLOSE]
    stop = {"stopReason": body["stopReason"]}
    extra = body.get("additionalModelResponseFields")
    frames.append(event("messageStop", stop | ({"additionalModelResponseFields": extra} if extra else {})))
    closing = ("usage", "metrics", "trace", "serviceTier", "performanceConfig")
    return stream_reply([*frames, event("metadata", {name: body[name] for name in closing if name in body})])


def answer(input_tokens: int, output_tokens: int = 1) -> dict[str, Any]:
    """Return a Converse body."""
    usage = {
        "inputTokens": input_tokens,
        "outputTokens": output_tokens,
        "totalTokens": input_tokens + output_tokens,
    }
    message = {"role": "assistant", "content": [{"text": "x"}]}
    return {"output": {"message": message}, "stopReason": "end_turn", "usage": usage, "metrics": {"latencyMs": 1}}
