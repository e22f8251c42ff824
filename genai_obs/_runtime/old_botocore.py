"""
What an old botocore drops: members of an answer that its service model does not know.

1.34 knows no cache counters at all, 1.40.61 neither the times to live of cache writes nor the tier that served. Without
them the cost would come out too low, so there the answer is read as it stood on the wire.
"""

from typing import Any

import orjson

# Of bedrock-runtime; None until its first client was seen.
drops: bool | None = None


def drops_members(client: Any) -> bool:
    """Tell whether this botocore's Converse lacks a member that decides a cost; asked of its service model once."""
    global drops
    if drops is None:
        model = client.meta.service_model
        if model.service_name != "bedrock-runtime":
            return False
        try:
            answer = model.operation_model("Converse").output_shape.members
            usage = answer["usage"].members
            drops = (
                not {"cacheReadInputTokens", "cacheDetails"} <= usage.keys()
                or not {
                    "serviceTier",
                    "performanceConfig",
                }
                <= answer.keys()
            )
        except (AttributeError, KeyError):
            drops = True
    return drops


def completed(answer: dict[str, Any], wire: bytes) -> dict[str, Any]:
    """Return what the caller was given together with what botocore dropped of it, which may lie deep in a trace."""
    try:
        sent = orjson.loads(wire)
    except orjson.JSONDecodeError:
        return answer
    if not isinstance(sent, dict):
        return answer
    whole = {**sent, **answer}
    given, counts = answer.get("usage"), sent.get("usage")
    if isinstance(given, dict) and isinstance(counts, dict):
        whole["usage"] = {**counts, **given}
    if "trace" in sent:
        whole["trace"] = sent["trace"]
    return whole
