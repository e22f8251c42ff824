"""What an old botocore drops: members of an answer that its service model does not know."""

from typing import Any

_drops: bool | None = None


def drops_cache_counts(client: Any) -> bool:
    """Tell whether this botocore's Converse has no cache counters (1.34 has none); asked of the service model once."""
    global _drops
    if _drops is None and client.meta.service_model.service_name == "bedrock-runtime":
        try:
            shape = client.meta.service_model.operation_model("Converse").output_shape
            _drops = "cacheReadInputTokens" not in shape.members["usage"].members
        except (AttributeError, KeyError):
            _drops = True
    # aiobotocore's answers cannot be read from within a plain handler; its botocore is newer than that.
    return bool(_drops) and not type(client).__module__.startswith("aiobotocore")
