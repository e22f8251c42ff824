"""Prompt and completion text, only where the user asked for it, and only through the user's redactor."""

from collections.abc import Mapping
from typing import Any

import orjson

from genai_obs._runtime import fields, guard
from genai_obs._runtime.inference import Inference

MAX_CHARACTERS = 16_384

# Where providers keep text in request bodies, answer bodies and chunks.
_TEXT_MEMBERS = ("text", "prompt", "inputText", "outputText", "completion", "generation", "message")
_CONTAINERS = (
    "system",
    "messages",
    "content",
    "results",
    "outputs",
    "choices",
    "generations",
    "delta",
    "output",
    "message",
)


def note_request(call: Inference, api_params: Mapping[str, Any]) -> None:
    """Keep the text of a request, and room for that of its answer."""
    prompt: list[str] = []
    call.content = (prompt, [])
    body = api_params.get("body")
    _collect(orjson.loads(body) if isinstance(body, str | bytes) else api_params, prompt)


def note_message(call: Inference, answer: Mapping[str, Any]) -> None:
    """Keep the text of a Converse answer."""
    if call.content is not None:
        _collect(answer.get("output"), call.content[1])


def note_body(call: Inference, body: Mapping[str, Any]) -> None:
    """Keep the text of an InvokeModel answer."""
    if call.content is not None:
        _collect(body, call.content[1])


def note_event(call: Inference, event: Mapping[str, Any]) -> None:
    """Keep the text of one event of a stream."""
    if call.content is None or sum(map(len, call.content[1])) > MAX_CHARACTERS:
        return
    chunk = event.get("chunk")
    raw = chunk.get("bytes") if isinstance(chunk, dict) else None
    part = orjson.loads(raw) if isinstance(raw, bytes) else event
    delta = part.get("contentBlockDelta", part) if isinstance(part, dict) else None
    _collect(delta, call.content[1])


def _collect(value: object, texts: list[str], depth: int = 0) -> None:
    """Append the text members of request and answer shapes; what is no text (images, tool input) is passed over."""
    if depth > 8 or sum(map(len, texts)) > MAX_CHARACTERS:
        return
    if isinstance(value, str):
        if value:
            texts.append(value[:MAX_CHARACTERS])
    elif isinstance(value, list | tuple):
        for item in value:
            _collect(item, texts, depth + 1)
    elif isinstance(value, Mapping):
        for name in dict.fromkeys((*_TEXT_MEMBERS, *_CONTAINERS)):
            if name in value:
                _collect(value[name], texts, depth + 1)


def add(call: Inference) -> None:
    """Put what the redactor lets through into the facts; if it fails, nothing of the content is logged."""
    content, call.content = call.content, None
    observation = call.observation
    redact = observation.options.capture_content or observation.settings.capture_content
    if content is None or redact is None:
        return
    for name, texts, between in (("prompt", content[0], "\n"), ("completion", content[1], "")):
        if not texts:
            continue
        try:
            kept = redact(between.join(texts)[:MAX_CHARACTERS])
        except Exception as error:
            guard.failed(error)
            continue
        if kept is not None:
            call.facts[name] = fields.plain_text(str(kept), MAX_CHARACTERS)
