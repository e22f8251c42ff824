"""What Lambda tells of an invocation: its context object, its request and trace id, whether it was the first."""

import os
import sys
from collections.abc import Mapping

from genai_obs._runtime.settings import Settings

_NO_CONTEXT = (str, bytes, int, float, type(None), dict, list, tuple)

# Lambda's handlers have it second, methods third; Powertools' batch processors pass it by a name of their own.
_KEYWORDS = ("context", "lambda_context")


def find_context(args: tuple[object, ...], kwargs: Mapping[str, object]) -> object:
    """Return Lambda's context object out of a call's arguments, None if there is none among them."""
    for candidate in reversed(args):
        if not isinstance(candidate, _NO_CONTEXT) and _is_context(candidate):
            return candidate
    for name in _KEYWORDS if kwargs else ():
        candidate = kwargs.get(name)
        if candidate is not None and _is_context(candidate):
            return candidate
    return None


def _is_context(candidate: object) -> bool:
    # A mock has every attribute, but no text in it.
    return bool(text_of(candidate, "aws_request_id"))


def text_of(candidate: object, attribute: str) -> str | None:
    """Return an attribute that is text, bounded; None if it is anything else, or cannot be read."""
    try:
        value = getattr(candidate, attribute, None)
    except Exception:
        # Proxies of web frameworks raise outside their request; it is no context then.
        return None
    return value[:256] if isinstance(value, str) and value else None


# The first invocation of this environment, by its request id or trace id. SnapStart keeps None in the snapshot.
_first_invocation: str | None = None


def invocation_members(lambda_context: object, configured: Settings) -> dict[str, object]:
    """Return request id, trace id, function, cold start and the configured names, as far as they are known."""
    global _first_invocation
    members: dict[str, object] = {}
    request_id = text_of(lambda_context, "aws_request_id") or _request_id_of_runtime_client()
    if request_id:
        members["request_id"] = request_id
    # Lambda changes the variable from invocation to invocation.
    trace = os.environ.get("_X_AMZN_TRACE_ID")
    if trace:
        trace_id = next((part[5:] for part in trace.split(";") if part.startswith("Root=")), None)
        if trace_id:
            members["trace_id"] = trace_id[:128]
    members.update(configured.common)
    if lambda_context is not None:
        for name in ("function_name", "function_version"):
            if name not in members and (text := text_of(lambda_context, name)):
                members[name] = text
    invocation = request_id or trace
    if invocation and (configured.in_lambda or lambda_context is not None):
        if _first_invocation is None:
            _first_invocation = invocation
        members["cold_start"] = invocation == _first_invocation
    return members


def _request_id_of_runtime_client() -> str | None:
    """
    Return the request id that Lambda's own runtime client keeps, for code that is decorated below the handler.

    It is a private name (seen in awslambdaric 4.2.2), so its absence only leaves the field out.
    """
    module = sys.modules.get("awslambdaric.bootstrap")
    return text_of(module, "_GLOBAL_AWS_REQUEST_ID")
