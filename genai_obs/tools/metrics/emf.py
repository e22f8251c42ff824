"""Which lines are EMF documents, and what other lines look so and are none."""

import json
import math
from dataclasses import dataclass
from typing import Any

import orjson

from genai_obs.tools.logs.lines import MOST_BYTES, Cut

# A document has both; a line with only the first talks about something else.
_SIGN, _DIRECTIVES = "_aws", "CloudWatchMetrics"
# A message with none of these is no document: the name, or letters of it as JSON may hide them.
SIGNS = (_SIGN, "\\u005", "\\u006", "\\u007")


@dataclass(frozen=True, slots=True)
class Document:
    """
    A line that CloudWatch knows as EMF.

    Args:
        root: Its members.

        directives: ``_aws.CloudWatchMetrics``.

        timestamp: ``_aws.Timestamp`` as it stands there; None when it is missing.
    """

    root: dict[str, Any]
    directives: list[Any]
    timestamp: Any


def may_be_document(message: str) -> bool:
    """Tell in passing whether a message is worth reading."""
    return any(sign in message for sign in SIGNS)


def read_document(message: str) -> Document | str | None:
    """Return a message's document, the slug of the rule by which it is none although it looks so, or None."""
    if not may_be_document(message):
        return None
    if isinstance(message, Cut) or (len(message) * 4 > MOST_BYTES and len(message.encode()) > MOST_BYTES):
        return "emf-too-long" if _DIRECTIVES in message else None
    # JSON's own blanks around the object are taken as nothing [unknown; our choice].
    if not message.lstrip(" \t\r\n").startswith("{"):
        return "emf-in-text" if _SIGN in message and _DIRECTIVES in message else None
    root = load_json(message)
    if not isinstance(root, dict):
        return _why_no_json(message)
    if _SIGN not in root:
        return _elsewhere(root)
    metadata = root[_SIGN]
    if not isinstance(metadata, dict):
        return "emf-bad-aws"
    directives = metadata.get(_DIRECTIVES)
    if not isinstance(directives, list):
        return "emf-no-directives"
    return Document(root, directives, metadata.get("Timestamp"))


def load_json(text: str) -> Any:
    """Return the value of a JSON text; None for what is none."""
    try:
        return orjson.loads(text)
    except ValueError:
        pass
    try:
        # The fast parser refuses numbers that are too large for it; a slow one takes them, and refuses NaN.
        found = json.loads(text, parse_constant=_refuse, parse_int=_integer)
        return _whole(found) if "\\ud" in text or "\\uD" in text else found
    except (ValueError, RecursionError):
        return None


def _whole(value: Any) -> Any:
    """Return a value whose texts can be written again: half a character, as cutting leaves, becomes the usual mark."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole(each) for each in value]
    if isinstance(value, dict):
        return {_whole(key): _whole(each) for key, each in value.items()}
    return value


def _refuse(name: str) -> None:
    raise ValueError(name)


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) < 300 else math.copysign(math.inf, -1.0 if digits[0] == "-" else 1.0)


def _why_no_json(message: str) -> str | None:
    if _SIGN not in message or _DIRECTIVES not in message:
        return None
    try:
        lenient = json.loads(message)
    except (ValueError, RecursionError):
        return "emf-not-json"
    return "emf-nan" if isinstance(lenient, dict) and _SIGN in lenient else "emf-not-json"


def _elsewhere(root: dict[str, Any]) -> str | None:
    """Return the slug for a document that stands in a member of the root."""
    for value in root.values():
        if isinstance(value, dict) and isinstance(value.get(_SIGN), dict) and _DIRECTIVES in value[_SIGN]:
            return "emf-nested"
        if isinstance(value, str) and _SIGN in value and _DIRECTIVES in value:
            return "emf-quoted"
    return None
