"""Lines that carry their event's time before the message: ``aws logs tail``, ``sam logs``, exports to S3."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from genai_obs.tools.logs.lines import MOST_BYTES, Cut, Garbled
from genai_obs.tools.logs.raw import Raw
from genai_obs.tools.logs.times import parse_time_ms

_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"[0-9]{2}:[0-9]{2}:[0-9]{2}"
# Streams of Lambda and of containers have a slash, those of API Gateway and of instances are long ids.
_STREAM = r"(?:(?=\S*/)\S+|[0-9A-Za-z_.-]{16,})"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_OUTER_COLOURS = re.compile(r"^(?:\x1b\[[0-9;]*m)+|(?:\x1b\[[0-9;]*m)+$")
_BLANKS = re.compile(r'("(?:[^"\\]|\\.)*")|\s+')


@dataclass(frozen=True, slots=True)
class Envelope:
    """
    A form of line.

    Args:
        name: What to call it.

        pattern: With the groups ``time`` and perhaps ``stream``; ends where the message begins.

        first: What the first line must match to be taken as this form, where ``pattern`` would take other logs too.
    """

    name: str
    pattern: re.Pattern[str]
    first: re.Pattern[str]


def _envelope(name: str, pattern: str, first: str | None = None) -> Envelope:
    return Envelope(name, re.compile(pattern), re.compile(first or pattern))


# The first that matches the first line is the file's form.
ENVELOPES = (
    _envelope("export", rf"(?P<time>{_DATE}T{_TIME}\.[0-9]{{3}}Z) "),
    _envelope(
        "tail",
        rf"(?P<time>{_DATE}T{_TIME}(?:\.[0-9]{{3}}000)?\+00:00) (?P<stream>\S+)(?: |$)",
        # Milliseconds written as microseconds are the mark of `aws logs tail`; "…:00+00:00 INFO text" is others' too.
        rf"{_DATE}T{_TIME}(?:\.[0-9]{{3}}000\+00:00 \S+|\+00:00 {_STREAM})(?: |$)",
    ),
    _envelope("tail-short", rf"(?P<time>{_DATE}T{_TIME}) "),
    _envelope("sam-logs", rf"(?P<stream>{_STREAM}) (?P<time>{_DATE}T{_TIME}(?:\.[0-9]{{1,6}})?)(?: |$)"),
)


def strip_colours(line: str) -> str:
    """Return a line without the terminal colours that tools put around times and streams."""
    # Those inside the message of an otherwise plain line are the message's own.
    return _COLOUR.sub("", line) if line[:1] == "\x1b" else line


def strip_outer_colours(line: str) -> str:
    """Return a line without the colours around it, as ``sam local`` puts them; those inside are the message's own."""
    return type(line)(_OUTER_COLOURS.sub("", line))


def find_envelope(line: str) -> Envelope | None:
    """Return the form of a line; None for a plain one."""
    bare = strip_colours(line)
    return next((each for each in ENVELOPES if each.first.match(bare)), None)


def read_enveloped(batches: Iterator[list[str]], envelope: Envelope) -> Iterator[list[Raw]]:
    """Yield the events; a line without a time of its own continues the event before it."""
    head: Raw | None = None
    parts: list[str] = []
    size = 0
    for batch in batches:
        found: list[Raw] = []
        for line in batch:
            bare = strip_colours(line)
            match = envelope.pattern.match(bare)
            if match is None:
                # What exceeds an event is read and dropped: the event is cut, and says so.
                if size <= MOST_BYTES:
                    parts.append(line)
                    size += len(line) + 1
                continue
            if parts:
                found.append(_finished(head, parts, size))
            names = match.groupdict()
            head = Raw("", parse_time_ms(names["time"]), None, names.get("stream"))
            rest = bare[match.end() :]
            parts, size = [type(line)(rest)], len(rest)
        yield found
    if parts:
        yield [_finished(head, parts, size)]


def _finished(head: Raw | None, parts: list[str], size: int) -> Raw:
    message = parts[0] if len(parts) == 1 else _joined(parts)
    if size > MOST_BYTES or isinstance(parts[-1], Cut):
        message = Cut(message[:MOST_BYTES])
    elif any(isinstance(part, Garbled) for part in parts):
        message = Garbled(message)
    return Raw(message) if head is None else head._replace(message=message)


def _joined(parts: list[str]) -> str:
    """Join the lines of an event; JSON that the tool indented for people is one line again, as it was logged."""
    message = "\n".join(parts).rstrip("\n")
    stripped = message.strip()
    if stripped.startswith("{"):
        try:
            orjson.loads(stripped)
        except ValueError:
            return message
        return _BLANKS.sub(lambda match: match[1] or "", stripped)
    return message
