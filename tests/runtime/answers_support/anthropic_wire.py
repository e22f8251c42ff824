"""What Anthropic's Messages API and its Bedrock face send; all invented."""

from collections.abc import Mapping

from runtime.answers_support.server import Reply

from genai_obs.tools.local import eventstream

USAGE = {
    "input_tokens": 12,
    "cache_creation_input_tokens": 500,
    "cache_read_input_tokens": 1500,
    "cache_creation": {"ephemeral_5m_input_tokens": 200, "ephemeral_1h_input_tokens": 300},
    "output_tokens": 40,
    "output_tokens_details": {"thinking_tokens": 25},
    "service_tier": "standard",
}


def message(identifier: str = "msg_01", **changes: object) -> dict[str, object]:
    """Return a message with a tool call, caches and thinking."""
    return {
        "id": identifier,
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5-20250929",
        "content": [
            {"type": "text", "text": "Let me look."},
            {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Oslo"}},
        ],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": USAGE,
        **changes,
    }


def events(identifier: str = "msg_01", metrics: Mapping[str, object] | None = None) -> list[dict[str, object]]:
    """Return the same answer as a stream; the closing event carries Bedrock's summary if there is one."""
    start_usage = USAGE | {"output_tokens": 3}
    start_usage.pop("output_tokens_details")
    start = message(identifier, content=[], stop_reason=None, usage=start_usage)
    tool = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}
    stop: dict[str, object] = {"type": "message_stop"}
    if metrics is not None:
        stop["amazon-bedrock-invocationMetrics"] = metrics
    return [
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Let me "}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "look."}},
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_start", "index": 1, "content_block": tool},
        {
            "type": "content_block_delta",
            "index": 1,
            "delta": {"type": "input_json_delta", "partial_json": '{"city": "Oslo"}'},
        },
        {"type": "content_block_stop", "index": 1},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "tool_use", "stop_sequence": None},
            "usage": {"output_tokens": 40, "output_tokens_details": {"thinking_tokens": 25}},
        },
        stop,
    ]


def bedrock_stream(metrics: Mapping[str, object], request_id: str = "rid-7") -> Reply:
    """Return the stream in the binary frames of InvokeModelWithResponseStream."""
    frames = [eventstream.chunk(event) for event in events("msg_bdrk_01", metrics)]
    return Reply(frames, "application/vnd.amazon.eventstream", headers={"x-amzn-RequestId": request_id})
