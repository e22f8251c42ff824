"""What OpenAI-shaped endpoints send; all invented."""

CHAT_USAGE = {
    "prompt_tokens": 100,
    "completion_tokens": 20,
    "total_tokens": 120,
    "prompt_tokens_details": {"cached_tokens": 30, "cache_write_tokens": 50, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 8},
}
RESPONSE_USAGE = {
    "input_tokens": 88,
    "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 86},
    "output_tokens": 14,
    "output_tokens_details": {"reasoning_tokens": 4},
    "total_tokens": 102,
}
_CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}


def chat(model: str = "gpt-5-mini-2025-08-07", **changes: object) -> dict[str, object]:
    """Return a chat completion with a tool call, caches and reasoning."""
    message = {"role": "assistant", "content": None, "tool_calls": [_CALL]}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "service_tier": "flex",
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}],
        "usage": CHAT_USAGE,
        **changes,
    }


def chat_chunks(*, usage: bool = True, model: str = "gpt-5-mini-2025-08-07") -> list[dict[str, object]]:
    """Return the same answer as a stream; the last chunk has no choices and holds the usage, if it was asked for."""

    def chunk(choices: list[dict[str, object]], counted: object = None) -> dict[str, object]:
        base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model}
        return {**base, "service_tier": "flex", "choices": choices, "usage": counted}

    def delta(reason: str | None = None, **members: object) -> dict[str, object]:
        return chunk([{"index": 0, "delta": members, "finish_reason": reason}])

    name = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "weather", "arguments": ""}}
    chunks = [
        delta(role="assistant", content=""),
        delta(content="Let me look."),
        delta(tool_calls=[name]),
        delta(tool_calls=[{"index": 0, "function": {"arguments": "{}"}}]),
        delta("tool_calls"),
    ]
    return [*chunks, chunk([], CHAT_USAGE)] if usage else chunks


def response(model: str = "gpt-5-mini-2025-08-07", **changes: object) -> dict[str, object]:
    """Return a Responses API answer with a function call."""
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": "completed",
        "model": model,
        "service_tier": "default",
        "output": [
            {"type": "reasoning", "id": "rs_1", "summary": []},
            {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "weather", "arguments": "{}"},
            {
                "type": "web_search_call",
                "id": "ws_1",
                "status": "completed",
                "action": {"type": "search", "query": "x"},
            },
        ],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": RESPONSE_USAGE,
        **changes,
    }


def response_events(end: str = "completed", **changes: object) -> list[dict[str, object]]:
    """Return a Responses stream whose last event is ``response.{end}``."""
    text = {"item_id": "m1", "output_index": 0, "content_index": 0}
    part: dict[str, object] = {"type": "output_text", "text": "", "annotations": []}
    whole = part | {"text": "Let me look."}
    item: dict[str, object] = {
        "type": "message",
        "id": "m1",
        "role": "assistant",
        "status": "in_progress",
        "content": [],
    }
    done = item | {"status": "completed", "content": [whole]}
    events: list[dict[str, object]] = [
        {"type": "response.created", "response": response(output=[], usage=None, status="in_progress")},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.content_part.added", **text, "part": part},
        {"type": "response.output_text.delta", **text, "delta": "Let me look.", "logprobs": []},
        {"type": "response.content_part.done", **text, "part": whole},
        {"type": "response.output_item.done", "output_index": 0, "item": done},
        {"type": f"response.{end}", "response": response() | {"status": end, **changes}},
    ]
    return [event | {"sequence_number": number} for number, event in enumerate(events)]
