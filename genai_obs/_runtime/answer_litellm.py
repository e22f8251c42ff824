"""
Answers of the ``litellm`` package, which speaks OpenAI's shapes for every provider.

It calls Bedrock with an HTTP client of its own, so that nothing of such a call is seen through botocore.
"""

from genai_obs._runtime.answer_events import EventReader
from genai_obs._runtime.answer_openai import read_chat, read_embeddings, read_images, read_response
from genai_obs._runtime.answer_places import BEDROCK, provider_of, read_headers, read_url
from genai_obs._runtime.answer_usage import refuse_gross_input
from genai_obs._runtime.answer_values import counters, member, number, path, put, text

_HEADER_PREFIX = "llm_provider-"
# LiteLLM counts these itself, from the reasoning text, where the provider does not: an estimate is not a count.
_ESTIMATES_REASONING = (BEDROCK, "anthropic")
_ROUTES = ("bedrock/", "bedrock_mantle/", "converse/", "converse_like/", "invoke/")


def read(answer: object, name: str) -> dict[str, object] | None:
    """Return the facts of an answer of this package, None of any other class."""
    reader = _READERS.get(name)
    if reader is None:
        return None
    facts = reader(answer)
    if name == "TextCompletionResponse":
        facts["operation"] = "completions"
    settle_cached(counters(member(answer, "usage")), facts)
    add_hidden(answer, facts)
    return facts


def add_hidden(answer: object, facts: dict[str, object]) -> None:
    """
    Add who served the call, where and under which id, from the members that LiteLLM hides on its answers.

    Args:
        answer: An answer, or a stream wrapper.

        facts: The facts so far; the model id keeps its scope but loses LiteLLM's route.
    """
    hidden = member(answer, "_hidden_params")
    provider = provider_of(text(member(hidden, "custom_llm_provider")) or text(member(answer, "custom_llm_provider")))
    put(facts, "provider", provider)
    read_headers(member(hidden, "additional_headers"), facts, _HEADER_PREFIX)
    read_headers(member(answer, "_response_headers"), facts)
    model = facts.get("model_id")
    read_url(text(member(hidden, "api_base"), 1024), facts)
    called = without_route(text(member(hidden, "litellm_model_name")) or text(model))
    if called is not None:
        facts["model_id"] = called
    if facts.get("provider") == BEDROCK:
        put(facts, "region", text(member(hidden, "region_name")))
    else:
        facts.pop("bedrock_request_id", None)
    if facts.get("provider") in _ESTIMATES_REASONING:
        facts.pop("reasoning_tokens", None)
    put(facts, "service_tier", text(path(answer, "usage", "service_tier")))


def settle_cached(raw: dict[str, object], facts: dict[str, object]) -> None:
    """
    Undo a subtraction where LiteLLM had not added: earlier releases left the writes, or all cached tokens, out.

    Only Bedrock's own total, which it passes on, shows that; totals that fit nothing are those of other providers.
    """
    whole, output, total = (number(raw.get(f"{name}_tokens")) for name in ("prompt", "completion", "total"))
    read, write = number(facts.get("cache_read_tokens")) or 0, number(facts.get("cache_write_tokens")) or 0
    if whole is None or output is None or total is None or not (read or write) or total == whole + output:
        return
    if total == whole + output + read + write:
        rest = whole
    elif total == whole + output + write and whole >= read:
        rest = whole - read
    else:
        return
    facts["input_tokens"] = rest
    facts.pop("cost_status", None)


def without_route(model: str | None) -> str | None:
    """Return a model's own id without the words that tell LiteLLM which endpoint to call."""
    while model is not None and (route := next((r for r in _ROUTES if model.startswith(r)), None)) is not None:
        model = model.removeprefix(route)
    return model


class StreamReader(EventReader):
    """Reads the provider's stream inside LiteLLM's stream wrapper, which says who serves it."""

    __slots__ = ()

    def __init__(self, wrapper: object) -> None:
        super().__init__({"operation": "chat.completions"})
        put(self.facts, "model_id", without_route(text(member(wrapper, "model"), 2048)))
        add_hidden(wrapper, self.facts)

    def read(self, event: object) -> bool:
        """Take one chunk; return True if it carries content."""
        content = super().read(event)
        settle_cached(self.counters, self.facts)
        if self.facts.get("provider") in _ESTIMATES_REASONING:
            self.facts.pop("reasoning_tokens", None)
        if self.facts.get("provider") == BEDROCK:
            refuse_gross_input(self.facts)
        return content


_READERS = {
    "ModelResponse": read_chat,
    "TextCompletionResponse": read_chat,
    "EmbeddingResponse": read_embeddings,
    "ImageResponse": read_images,
    "ResponsesAPIResponse": read_response,
}
