"""What CloudWatch discovers in a message: the JSON object whose leaves are fields, and the time it states."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any, TypeAlias

import orjson

from genai_obs.tools.logs.lines import Cut
from genai_obs.tools.logs.times import parse_time_ms

# Fields taken from one event, in document order (CloudWatch Logs: "Supported logs and discovered fields").
MOST_FIELDS = 200

# A query has at most so many characters (StartQuery).
_LONGEST_NAME = 10_000

# The Lambda runtimes' text loggers put the time before the message: Python "[INFO]\t<time>\t<request id>\t…",
# Node.js "<time>\t<request id>\tINFO\t…"; the platform writes "<time> <request id> Task timed out …".
_LOGGER = re.compile(r"(?:\[\w+\]\t)?([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})\.([0-9]{1,3})Z[\t ]")

# A text may hold many "{" that open nothing. Each try costs what it reads until it fails; both are bounded.
_MOST_TRIES = 64
_MOST_READ = 1 << 21


# JSON text, own time in ms, whether the message only begins like JSON. A plain tuple: made once a line.
Found: TypeAlias = tuple[str | None, int | None, bool]

_NOTHING: Found = (None, None, False)
_BROKEN: Found = (None, None, True)


def discover(message: str) -> Found:
    """
    Find the JSON object of a message and its own time: of the message itself, or of the first object inside a text.

    The JSON text is the message itself (the same object) where that can be. With more than 200 leaves it is a flat
    object of the first 200. A message that begins with ``{`` and is no JSON object has none, and is broken.
    """
    first = message[:1]
    if first == "{" or (first <= " " and message.lstrip()[:1] == "{"):
        try:
            record = orjson.loads(message)
        except ValueError:
            record = _lenient(message)
            if record is None:
                return _BROKEN
        # 200 leaves have at least 199 commas and a name or a digit each; counting commas costs a hundredth of parsing.
        if len(message) > 2 * MOST_FIELDS and message.count(",") >= MOST_FIELDS:
            return first_fields(message) or message, _own_time(record, message), False
        return message, _own_time(record, message), False
    # Most lines of text are the platform's: no braces, and no logger's time.
    if "{" in message or first == "[" or first.isdecimal():
        return _in_text(message)
    return _NOTHING


def _lenient(message: str) -> dict[str, Any] | None:
    """Parse JSON whose numbers are too large for the fast parser; None for what is no JSON object."""
    try:
        record = _EXACT.decode(message)
        # Half of a surrogate pair is no text that any engine could hold.
        orjson.dumps(record)
    except (ValueError, TypeError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _finite(text: str) -> float | str:
    number = float(text)
    return text if math.isinf(number) else number


def _integer(digits: str) -> int | str:
    """Return a number, or its text where that is endless: Python refuses to read more than 4300 digits."""
    return int(digits) if len(digits) < 20 else digits


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; what a second member of a name hides must be text too, because other readers see it."""
    record = dict(members)
    if len(record) < len(members):
        orjson.dumps(members)
    return record


_EXACT = json.JSONDecoder(
    parse_int=_integer, parse_float=_finite, parse_constant=_refuse_constant, object_pairs_hook=_object
)


# Members that state an event's time, the first that can be read; then EMF's.
_TIME_NAMES = (("timestamp", '"timestamp"'), ("time", '"time"'), ("@timestamp", '"@timestamp"'))


def _own_time(record: dict[str, Any], message: str) -> int | None:
    for name, quoted in _TIME_NAMES:
        if name in record:
            # Of a name that stands twice, the parser gives the last; a query sees the first.
            value = record[name] if message.count(quoted) == 1 else _first_member(message, name)
            found = parse_time_ms(value)
            if found is not None:
                return found
    aws = record.get("_aws")
    return parse_time_ms(aws.get("Timestamp")) if isinstance(aws, dict) else None


def _first_member(message: str, name: str) -> Any:
    """Return the value of a top-level name, the first of several; None where JSON is nested too deeply to tell."""
    try:
        pairs = json.loads(message, object_pairs_hook=_Pairs, parse_int=_integer, parse_float=_finite)
    except RecursionError:
        return None
    return next((value for key, value in pairs if key == name), None)


class _Pairs(list[tuple[str, Any]]):
    """Members of a JSON object in order, double ones too."""


def _in_text(message: str) -> Found:
    prefix = _LOGGER.match(message)
    # Python's logger writes 7 ms as ".7": milliseconds as a plain number.
    time_ms = None if prefix is None else parse_time_ms(f"{prefix[1]}.{prefix[2]:0>3}Z")
    fragment = None if "{" not in message else first_object(message)
    if fragment is None:
        return None, time_ms, False
    json_text, inner_ms, _ = discover(fragment)
    return json_text, inner_ms if time_ms is None else time_ms, False


def first_object(text: str) -> str | None:
    """Return the first JSON object inside a text as it stands there; None when there is none, or none is near."""
    if isinstance(text, Cut):
        return None
    read, start = 0, text.find("{")
    for _ in range(_MOST_TRIES):
        if start < 0 or read > _MOST_READ:
            return None
        try:
            record, end = _EXACT.raw_decode(text, start)
            orjson.dumps(record)
            return text[start:end]
        except json.JSONDecodeError as error:
            read += error.pos - start
        except (ValueError, TypeError, RecursionError):
            read += len(text) - start
        start = text.find("{", start + 1)
    return None


def first_fields(message: str) -> str | None:
    """
    Return a flat JSON object of the first 200 leaves, named with dots; None when there are no more than that.

    ``null``, ``{}`` and ``[]`` are no fields, so they do not count (unknown; our choice). Numbers keep their text.
    """
    try:
        record = _FRAGMENTS.decode(message)
    except RecursionError:
        record = orjson.loads(message)
    taken: list[tuple[str, Any]] = []
    for leaf in _leaves(record):
        if len(taken) == MOST_FIELDS:
            return "{" + ",".join(f"{_dump(name)}:{_dump(value)}" for name, value in taken) + "}"
        taken.append(leaf)
    return None


def _dump(value: Any) -> str:
    return orjson.dumps(value).decode()


def _fragment(text: str) -> orjson.Fragment:
    return orjson.Fragment(text.encode())


_FRAGMENTS = json.JSONDecoder(parse_int=_fragment, parse_float=_fragment)


def _leaves(record: Any) -> Iterator[tuple[str, Any]]:
    """Yield the leaves in document order; a stack of our own, because JSON may be nested deeper than Python calls."""
    stack: list[Iterator[tuple[str, Any]]] = [iter(record.items())]
    while stack:
        for name, value in stack[-1]:
            if isinstance(value, dict):
                stack.append(_under(name, value.items()))
                break
            if isinstance(value, list):
                stack.append(_under(name, enumerate(value)))
                break
            if value is not None:
                yield name, value
        else:
            stack.pop()


def _under(name: str, members: Any) -> Iterator[tuple[str, Any]]:
    # No query can name what is longer than itself, and deep names of long keys would grow without end.
    return ((f"{name}.{key}", value) for key, value in members if len(name) <= _LONGEST_NAME)
