"""Events for tests, from messages: a JSON object or a raw text, with the fields that CloudWatch would find in it."""

import json
from collections.abc import Mapping
from typing import Any

from genai_obs.tools.logs.events import LogEvent

MOST_LEAVES = 200


def event_of(timestamp_ms: int, message: str | Mapping[str, Any]) -> LogEvent:
    """Return an event of one message."""
    text = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    return LogEvent(text, timestamp_ms, stream="stream", log="local:test", json_text=first_object(text))


def first_object(text: str) -> str | None:
    """Return the first JSON object in a text, cut to its first 200 leaves; None when there is none."""
    for start, character in enumerate(text):
        if character == "{":
            try:
                found, _ = json.JSONDecoder().raw_decode(text, start)
            except ValueError:
                continue
            return json.dumps(_cut(found, [MOST_LEAVES]), ensure_ascii=False)
    return None


def _cut(node: Any, left: list[int]) -> Any:
    """Return a tree without the leaves past those that are left."""
    if isinstance(node, dict):
        return {key: _cut(child, left) for key, child in node.items() if left[0] > 0}
    if isinstance(node, list):
        return [_cut(child, left) for child in node if left[0] > 0]
    left[0] -= 1
    return node
