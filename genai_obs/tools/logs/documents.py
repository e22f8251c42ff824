"""JSON documents of events: ``aws logs filter-log-events``, ``get-log-events``, and what a subscription delivers."""

import codecs
import json
from collections.abc import Callable, Iterator
from typing import Any

from genai_obs.tools.logs.raw import Raw

# Members that are lists of events: in what the API answers, and in what CloudWatch sends to subscribers.
_LISTS = ("events", "logEvents")
# A value that is no list of events and is longer than this is nothing that AWS writes.
_LONGEST_VALUE = 16 << 20
_SPACE = " \t\r\n"
# An error that an unfinished token causes ("fals", "\\ud8") is told no further before the end than this.
_LONGEST_TOKEN = 16
# Events are handed on in lists of this size, as lines are.
_BATCH = 1000


class _EndError(Exception):
    """The text ended inside a value."""


class _BadError(Exception):
    """What stands here is no JSON, or none that can be taken."""


def read_documents(chunks: Iterator[bytes], report_broken: Callable[[], None]) -> Iterator[list[Raw]]:
    """
    Yield the events of documents that follow each other, in bounded memory.

    Whole answers, pages of answers, arrays of events and single events are taken. A document that is cut gives the
    events before the cut; after what is no JSON reading goes on in the next line. Each is reported once as broken.
    """
    batch: list[Raw] = []
    for event in _events(_Text(chunks), report_broken):
        batch.append(event)
        if len(batch) >= _BATCH:
            yield batch
            batch = []
    yield batch


def _events(text: "_Text", report_broken: Callable[[], None]) -> Iterator[Raw]:
    while text.peek(or_end=True):
        try:
            yield from _document(text, report_broken)
        except _EndError:
            report_broken()
            return
        except _BadError:
            report_broken()
            text.skip_line()


def _document(text: "_Text", report_broken: Callable[[], None]) -> Iterator[Raw]:
    """Read one value at the top: an object, an array of events, or a separator between pages."""
    match text.peek():
        case "{":
            yield from _object(text, report_broken)
        case "[":
            yield from _array(text, {}, report_broken)
        case ",":
            text.take()
        case _:
            raise _BadError


def _object(text: "_Text", report_broken: Callable[[], None]) -> Iterator[Raw]:
    context: dict[str, Any] = {}
    listed = False
    text.take()
    while (mark := text.peek()) != "}":
        if mark == ",":
            text.take()
            continue
        key = text.value()
        if not isinstance(key, str) or text.peek() != ":":
            raise _BadError
        text.take()
        if key in _LISTS and text.peek() == "[":
            listed = True
            yield from _array(text, context, report_broken)
        elif len(context) < _BATCH:
            context[key] = text.value()
        else:
            raise _BadError
    text.take()
    if not listed:
        yield _event(context, {})


def _array(text: "_Text", context: dict[str, Any], report_broken: Callable[[], None]) -> Iterator[Raw]:
    # What CloudWatch sends to see whether a subscriber is there is no event of the log.
    wanted = context.get("messageType") != "CONTROL_MESSAGE"
    text.take()
    while (mark := text.peek()) != "]":
        if mark == ",":
            text.take()
            continue
        element = text.value()
        if isinstance(element, str):
            yield Raw(_clean(element))
        elif not isinstance(element, dict):
            report_broken()
        elif wanted:
            yield _event(element, context)
    text.take()


def _event(members: dict[str, Any], context: dict[str, Any]) -> Raw:
    """Return an event of the API's shape; any other object is an event whose message it is."""
    message = members.get("message")
    time = members.get("timestamp")
    if not isinstance(message, str) or not isinstance(time, int | None):
        return Raw(_clean(json.dumps(members, separators=(",", ":"), ensure_ascii=False)))
    stream = members.get("logStreamName", context.get("logStream"))
    group = members.get("logGroupName", context.get("logGroup"))
    owner = context.get("owner")
    ingested = members.get("ingestionTime")
    return Raw(
        _clean(message).rstrip("\r\n"),
        time,
        ingested if isinstance(ingested, int) else None,
        _clean(stream) if isinstance(stream, str) else None,
        _clean(f"{owner}:{group}" if owner else group) if isinstance(group, str) else None,
    )


def _clean(text: str) -> str:
    r"""Return a text without halves of surrogate pairs, which JSON can write (``"\ud800"``) and UTF-8 cannot."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class _Text:
    """A text that arrives in chunks, of which only what is being read is held."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self._at = 0
        self._ended = False

    def peek(self, *, or_end: bool = False) -> str:
        """
        Return the next character that is no blank, without taking it.

        Raises:
            _EndError: There is none; with ``or_end`` that is an empty text.
        """
        while True:
            while self._at < len(self._held) and self._held[self._at] in _SPACE:
                self._at += 1
            if self._at < len(self._held):
                return self._held[self._at]
            if not self._more():
                if or_end:
                    return ""
                raise _EndError

    def take(self) -> None:
        """Go past the character that was peeked."""
        self._at += 1

    def value(self) -> Any:
        """
        Take a whole JSON value.

        Raises:
            _EndError: The text ends in it.
            _BadError: It is no JSON, or longer than anything that AWS writes.
        """
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._held, self._at)
            except json.JSONDecodeError as error:
                if not self._may_go_on(error):
                    raise _BadError from None
                self._grow()
                continue
            except (ValueError, RecursionError):
                raise _BadError from None
            # A number at the end of what is held may go on in the next chunk.
            if end == len(self._held) and not self._ended:
                self._grow(may_end=True)
                continue
            self._at = end
            return value

    def skip_line(self) -> None:
        """Go to the next line."""
        while (end := self._held.find("\n", self._at)) < 0:
            self._held, self._at = "", 0
            if not self._more():
                return
        self._at = end + 1

    def _grow(self, *, may_end: bool = False) -> None:
        """Hold at least twice as much of the value, so that the tries cost no more than a few times its length."""
        size = len(self._held) - self._at
        if size > _LONGEST_VALUE:
            raise _BadError
        if self._ended and not may_end:
            raise _EndError
        while len(self._held) - self._at < 2 * size and self._more():
            pass

    def _may_go_on(self, error: json.JSONDecodeError) -> bool:
        """Tell whether more text could mend an error: it lies at the end of what is held, or in an open string."""
        return error.pos >= len(self._held) - _LONGEST_TOKEN or error.msg.startswith("Unterminated")

    def _more(self) -> bool:
        if self._ended:
            return False
        chunk = next(self._chunks, None)
        self._ended = chunk is None
        new = self._decoder.decode(chunk or b"", final=self._ended)
        self._held, self._at = self._held[self._at :] + new, 0
        return True


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= 20 else digits


_DECODER = json.JSONDecoder(parse_int=_integer)
