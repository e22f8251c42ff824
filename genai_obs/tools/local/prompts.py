"""What a request asks of a model: its texts, its limit, its cache point, whichever body it came in."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from genai_obs.tools.local.bedrock import Request


@dataclass(frozen=True, slots=True)
class Prompt:
    """
    A request in neutral terms.

    Args:
        cached: The text before the last cache point, empty without one.

        fresh: All other text of the prompt.

        question: The last message's text.

        system: The system text.

        max_tokens: Most output tokens allowed, None without a limit.

        guardrail_id: Guardrail named by the request, empty without one.

        guardrail_trace: Whether the request wants the guardrail's trace.
    """

    cached: str
    fresh: str
    question: str
    system: str
    max_tokens: int | None
    guardrail_id: str
    guardrail_trace: bool


def read_prompt(request: Request) -> Prompt:
    """Return what a Converse, ConverseStream or InvokeModel request asks."""
    body = request.json()
    system, messages = body.get("system") or [], body.get("messages") or []
    if isinstance(system, str):
        system = [{"text": system}]
    blocks = [*_tools(body), *system, *(block for message in messages for block in _content(message))]
    if not blocks:
        plain = body.get("prompt") or body.get("inputText") or body.get("message") or body.get("texts") or ""
        blocks = [{"text": plain if isinstance(plain, str) else json.dumps(plain)}]
    cached, fresh = _split_at_cache_point(blocks)
    config = body.get("guardrailConfig") or {}
    trace = config.get("trace") or request.headers.get("x-amzn-bedrock-trace", "")
    return Prompt(
        cached,
        fresh,
        "".join(_texts(_content(messages[-1]) if messages else blocks)),
        "".join(_texts(system)),
        _limit(body),
        config.get("guardrailIdentifier") or request.headers.get("x-amzn-bedrock-guardrailidentifier", ""),
        trace.lower().startswith("enabled"),
    )


def _content(message: dict[str, Any]) -> list[Any]:
    content = message.get("content") or []
    return [{"text": content}] if isinstance(content, str) else content


def _tools(body: dict[str, Any]) -> list[Any]:
    declared = (body.get("toolConfig") or {}).get("tools") or body.get("tools") or []
    return [tool if "cachePoint" in tool else {"text": json.dumps(tool)} for tool in declared]


def _texts(blocks: list[Any]) -> Iterator[str]:
    return (block["text"] for block in blocks if isinstance(block.get("text"), str))


def _split_at_cache_point(blocks: list[Any]) -> tuple[str, str]:
    """Return the text up to the last cache point and the text after it."""
    # Converse marks the end of the cached part with a block of its own, Anthropic on the last block of the part.
    marks = [index for index, block in enumerate(blocks) if "cachePoint" in block or "cache_control" in block]
    end = marks[-1] + 1 if marks else 0
    return "".join(_texts(blocks[:end])), "".join(_texts(blocks[end:]))


def _limit(body: dict[str, Any]) -> int | None:
    places = (body, body.get("inferenceConfig") or {}, body.get("textGenerationConfig") or {})
    names = ("maxTokens", "max_tokens", "max_new_tokens", "maxTokenCount", "max_gen_len", "max_completion_tokens")
    found = (place[name] for place in places for name in names if isinstance(place.get(name), int))
    return next(found, None)
