"""What a log file is, told by how it begins."""

import json
import re
from typing import Literal

from genai_obs.tools.logs.envelopes import Envelope, find_envelope

# Enough for a first event of common size; a longer one is told by its first names.
HEAD = 1 << 16

_DOCUMENT_START = re.compile(
    r'\s*(?:\{\s*"(?:events|logEvents|messageType|searchedLogStreams|nextToken|nextForwardToken|nextBackwardToken)"\s*:'
    r'|\[\s*\{\s*"(?:logStreamName|logGroupName|timestamp|message|ingestionTime|eventId|id)"\s*:'
    r"|\[\s*\])"
)
# One event of the API as a line, as `sam logs --output json` prints them.
_EVENT_MEMBERS = ({"eventId"}, {"ingestionTime"}, {"logStreamName"})

# What never begins a line of an envelope: with it, the first line's time is a part of its message, as in the platform's
# "2026-11-21T12:00:00.000Z <request id> Task timed out after 3.00 seconds".
_PLAIN = re.compile(r'^(?:\{"|(?:START|END|REPORT) RequestId: |INIT_START )', re.MULTILINE)

Kind = Literal["lines", "document"] | Envelope


def detect(head: str) -> Kind:
    """
    Return what a text is that begins like this.

    ``lines`` are JSON and text lines mixed, as a function writes them and as ``sam local`` shows them; ``document`` is
    what the CloudWatch Logs API answers or delivers; an Envelope is a form of line with the event's time before the
    message.
    """
    bare = head.lstrip()
    line, found_break, rest = bare.partition("\n")
    if bare[:1] in ("{", "["):
        return "document" if _is_document(line, rest, whole=bool(found_break) or len(head) < HEAD) else "lines"
    envelope = find_envelope(line)
    return "lines" if envelope is None or _PLAIN.search(rest) else envelope


def _is_document(line: str, rest: str, *, whole: bool) -> bool:
    if _begins_pretty(line, rest):
        return True
    if not whole:
        return _DOCUMENT_START.match(line) is not None
    try:
        # Not all of the line: subscriptions write one object right after the other.
        value, _ = json.JSONDecoder().raw_decode(line)
    except (ValueError, RecursionError):
        return _DOCUMENT_START.match(line) is not None
    return _holds_events(value)


def _begins_pretty(line: str, rest: str) -> bool:
    """Tell whether the first line only opens a JSON value that goes on in the next."""
    return line.strip() in ("{", "[", "[{") and rest.lstrip()[:1] in ('"', "{", "[", "]")


def _holds_events(value: object) -> bool:
    if isinstance(value, list):
        return not value or all(_is_event(each) for each in value[:10])
    if not isinstance(value, dict):
        return False
    if _is_event(value):
        return any(names <= value.keys() for names in _EVENT_MEMBERS)
    return any(
        isinstance(value.get(name), list) and all(_is_event(each) for each in value[name][:10])
        for name in ("events", "logEvents")
    )


def _is_event(value: object) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("message"), str)
        and type(value.get("timestamp")) in (int, type(None))
    )
