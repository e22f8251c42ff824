"""What a request asks, out of any body."""

from typing import Any

import orjson
import pytest

from genai_obs.tools.local.bedrock import Request
from genai_obs.tools.local.prompts import read_prompt


def _request(body: Any, **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("Converse", "m", "/", {}, named, orjson.dumps(body))


def test_a_converse_request_is_split_at_its_cache_point() -> None:
    """Text before the mark can be cached, text after it cannot."""
    body = {
        "system": [{"text": "handbook"}, {"cachePoint": {"type": "default"}}],
        "messages": [{"role": "user", "content": [{"text": "why?"}]}],
        "inferenceConfig": {"maxTokens": 40},
    }

    prompt = read_prompt(_request(body))

    assert (prompt.cached, prompt.fresh, prompt.question, prompt.max_tokens) == ("handbook", "why?", "why?", 40)


def test_an_anthropic_request_is_cached_up_to_its_mark() -> None:
    """There the mark stands on the last block of the cached part."""
    body = {
        "max_tokens": 9,
        "system": [{"type": "text", "text": "handbook", "cache_control": {"type": "ephemeral"}}],
        "messages": [{"role": "user", "content": "why?"}],
    }

    prompt = read_prompt(_request(body))

    assert (prompt.cached, prompt.fresh, prompt.max_tokens) == ("handbook", "why?", 9)


def test_tools_count_as_text() -> None:
    """A tool's schema is part of the prompt."""
    tool = {"toolSpec": {"name": "weather", "inputSchema": {"json": {}}}}
    body = {"toolConfig": {"tools": [tool, {"cachePoint": {"type": "default"}}]}, "messages": []}

    prompt = read_prompt(_request(body))

    assert "weather" in prompt.cached


@pytest.mark.parametrize(
    "body", [{"prompt": "why?"}, {"inputText": "why?"}, {"message": "why?"}, {"texts": ["why?"]}], ids=str
)
def test_older_bodies_have_their_text_elsewhere(body: dict[str, Any]) -> None:
    """Llama, Titan, Cohere: each has its own name for it."""
    prompt = read_prompt(_request(body))

    assert "why?" in prompt.question
    assert prompt.question == prompt.fresh


@pytest.mark.parametrize(
    "body",
    [{"max_new_tokens": 7}, {"textGenerationConfig": {"maxTokenCount": 7}}, {"max_gen_len": 7}],
    ids=str,
)
def test_the_limit_has_many_names(body: dict[str, Any]) -> None:
    """The answer is cut there."""
    assert read_prompt(_request(body)).max_tokens == 7


def test_a_guardrail_is_named_by_the_body_or_by_headers() -> None:
    """Converse puts it into the body, InvokeModel into headers."""
    config = {"guardrailIdentifier": "gr", "guardrailVersion": "1", "trace": "enabled"}
    converse = read_prompt(_request({"guardrailConfig": config}))
    invoke = read_prompt(_request({}, x_amzn_bedrock_guardrailidentifier="gr", x_amzn_bedrock_trace="ENABLED_FULL"))
    none = read_prompt(_request({}))

    assert [(prompt.guardrail_id, prompt.guardrail_trace) for prompt in (converse, invoke, none)] == [
        ("gr", True),
        ("gr", True),
        ("", False),
    ]
