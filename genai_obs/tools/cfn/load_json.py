"""JSON with places: the standard library's reader knows none."""

import json
import re
from typing import NoReturn

from genai_obs.tools.cfn.nodes import Node, Scalar
from genai_obs.tools.text.diagnostics import Diagnostic, TextError
from genai_obs.tools.text.source import Source, Span

DEEPEST = 64

_BLANK = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_DECODER = json.JSONDecoder()
_WORDS: dict[str, Scalar] = {"true": True, "false": False, "null": None}


def read_json(source: Source) -> Node:
    """
    Return the nodes of a JSON text.

    Raises:
        TextError: It is no JSON, a key stands twice, or it is nested too deeply.
    """
    reader = _Reader(source)
    node = reader.value(reader.skip(0), 0)
    end = reader.skip(node.span.end)
    if end < len(source.text):
        reader.error("json-broken", "nothing may follow the last }", end)
    return node


class _Reader:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._text = source.text

    def skip(self, position: int) -> int:
        """Return the next place that is not blank."""
        match = _BLANK.match(self._text, position)
        return match.end() if match else position

    def value(self, start: int, depth: int) -> Node:
        """Read the value that begins at a place."""
        if depth > DEEPEST:
            self.error("template-too-deep", f"values are nested more than {DEEPEST} deep", start)
        first = self._text[start : start + 1]
        if first == "{":
            return self._object(start, depth)
        if first == "[":
            return self._array(start, depth)
        if first == '"':
            text, end = self._string(start)
            return Node(text, Span(start, end))
        return self._scalar(start)

    def error(self, slug: str, message: str, position: int, end: int | None = None) -> NoReturn:
        """Say what is wrong at a place."""
        span = Span(position, max(position + 1, end or 0))
        raise TextError(self._source, [Diagnostic(slug, message, span)])

    def _object(self, start: int, depth: int) -> Node:
        members: dict[str, Node] = {}
        keys: dict[str, Span] = {}
        position = self.skip(start + 1)
        while self._text[position : position + 1] != "}":
            if self._text[position : position + 1] != '"':
                self.error("json-broken", "a key in quotes or a } is expected (no comma before the last })", position)
            key, end = self._string(position)
            if key in members:
                self.error("duplicate-key", f"the key {key} stands here twice", position, end)
            keys[key] = Span(position, end)
            members[key] = self.value(self.skip(self._expect(":", self.skip(end))), depth + 1)
            position = self._separator(members[key].span.end, "}")
        return Node(members, Span(start, position + 1), keys)

    def _array(self, start: int, depth: int) -> Node:
        items: list[Node] = []
        position = self.skip(start + 1)
        while self._text[position : position + 1] != "]":
            items.append(self.value(position, depth + 1))
            position = self._separator(items[-1].span.end, "]")
        return Node(items, Span(start, position + 1))

    def _separator(self, end: int, closing: str) -> int:
        """Step over a comma, behind which something must follow; or stay at what closes."""
        position = self.skip(end)
        if self._text[position : position + 1] == closing:
            return position
        following = self.skip(self._expect(",", position))
        if self._text[following : following + 1] == closing:
            self.error("json-broken", f"no comma stands before {closing}", position)
        return following

    def _expect(self, character: str, position: int) -> int:
        if self._text[position : position + 1] != character:
            found = self._text[position : position + 1] or "the end"
            self.error("json-broken", f"a {character} is expected, but found {found}", position)
        return position + 1

    def _string(self, start: int) -> tuple[str, int]:
        try:
            text, end = _DECODER.raw_decode(self._text, start)
        except json.JSONDecodeError as error:
            self.error("json-broken", f"the text in quotes is broken: {error.msg.lower()}", error.pos)
        return str(text), end

    def _scalar(self, start: int) -> Node:
        for word, value in _WORDS.items():
            if self._text.startswith(word, start):
                return Node(value, Span(start, start + len(word)))
        match = _NUMBER.match(self._text, start)
        if match is None:
            self.error("json-broken", "a value is expected", start)
        span = Span(*match.span())
        return Node(number_of(match[0], is_whole=match[1] is None and match[2] is None), span)


def number_of(text: str, *, is_whole: bool) -> Scalar:
    """Return a number; one with too many digits for Python stays a text."""
    try:
        return int(text) if is_whole else float(text)
    except ValueError:
        return text
