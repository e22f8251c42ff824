"""Raw answers of the ``anthropic`` and ``openai`` packages: what ``with_raw_response`` returns."""

import orjson

from genai_obs._runtime import answer_bedrock
from genai_obs._runtime.answer_places import BEDROCK, read_http
from genai_obs._runtime.answer_values import attributes, is_dict, member, put, text

NAMES = frozenset(("APIResponse", "AsyncAPIResponse", "LegacyAPIResponse"))
_MAX_BYTES = 8_000_000


def read(answer: object, package: str) -> dict[str, object] | None:
    """Return the facts of a raw answer whose body the client has read; None of one that is still to be read."""
    response = member(answer, "http_response")
    # The client's own copy of the bytes. ``content`` and ``read()`` would fetch what the caller has not asked for.
    content = attributes(response).get("_content")
    if type(content) is not bytes or len(content) > _MAX_BYTES:
        return None
    try:
        body = orjson.loads(content)
    except ValueError:
        return None
    facts = answer_bedrock.read(body) if is_dict(body) else None
    if facts is None:
        return None
    if facts["operation"] == "InvokeModel":
        facts["provider"] = package
    put(facts, "service_tier", text(member(body, "service_tier")))
    read_http(response, facts)
    if facts["provider"] != BEDROCK:
        facts.pop("bedrock_request_id", None)
    return facts
