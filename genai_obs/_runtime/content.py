"""Prompt and completion text, only where the user asked for it, and only through the user's redactor."""

from collections.abc import Mapping
from typing import Any, cast

import orjson

from genai_obs._runtime import fields, guard
from genai_obs._runtime.inference import Inference

MAX_CHARACTERS = 16_384

# Where providers keep text in request bodies, answer bodies and chunks.
_TEXT_MEMBERS = ("text", "prompt", "inputText", "outputText", "completion", "generation", "message")
_CONTAINERS = ("system", "messages", "content", "results", "outputs", "choices", "generations", "delta", "output")
_MEMBERS = (*_TEXT_MEMBERS, *_CONTAINERS)


class Texts(list[str]):
    """Pieces of text, and how many characters they have together."""

    size = 0

    def take(self, text: str) -> None:
        """Append a piece, unless there is enough."""
        if text and self.size < MAX_CHARACTERS:
            self.append(text[:MAX_CHARACTERS])
            self.size += len(text)


def note_request(call: Inference, api_params: Mapping[str, Any]) -> None:
    """Keep the text of a request, and room for that of its answer."""
    prompt = Texts()
    call.content = (prompt, Texts())
    _collect(_parsed(api_params["body"]) if "body" in api_params else api_params, prompt)


def note_message(call: Inference, answer: Mapping[str, Any]) -> None:
    """Keep the text of a Converse answer."""
    if call.content is not None:
        _collect(answer.get("output"), _answer_of(call))


def note_body(call: Inference, body: Mapping[str, Any]) -> None:
    """Keep the text of an InvokeModel answer."""
    if call.content is not None:
        _collect(body, _answer_of(call))


def note_event(call: Inference, event: Mapping[str, Any]) -> None:
    """Keep the text of one event of a stream."""
    if call.content is None:
        return
    part: object = event
    chunk = event.get("chunk")
    raw = chunk.get("bytes") if isinstance(chunk, dict) else None
    if isinstance(raw, bytes):
        # An agent's chunks are the text itself.
        is_agent = str(call.facts.get("operation")).endswith("Agent")
        part = {"text": raw.decode("utf-8", "replace")} if is_agent else _parsed(raw)
    if isinstance(part, dict):
        _collect(part.get("contentBlockDelta", part), _answer_of(call))


def _answer_of(call: Inference) -> Texts:
    assert call.content is not None
    return cast("Texts", call.content[1])


def _parsed(body: object) -> object:
    """Return a body as JSON values; None if it is none, or a stream that is not ours to read."""
    if not isinstance(body, str | bytes | bytearray):
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _collect(value: object, texts: Texts, depth: int = 0) -> None:
    """Append the text members of request and answer shapes; what is no text (images, tool input) is passed over."""
    if depth > 8:
        return
    if isinstance(value, str):
        texts.take(value)
    elif isinstance(value, list | tuple):
        for item in value:
            _collect(item, texts, depth + 1)
    elif isinstance(value, Mapping):
        for name in _MEMBERS:
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
