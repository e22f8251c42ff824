"""Every function of the language, one plain Python function each; a missing argument gives a missing result."""

import base64
import binascii
import hashlib
import ipaddress
import json
import math
import re
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from insights_oracle.discovery import leaf_text, read_json
from insights_oracle.times import DATE_FUNCTIONS
from insights_oracle.values import Time, Value, finite, number_of, text_of, truth_of


@dataclass(frozen=True, slots=True)
class Moment:
    """The time range and the present of a query, in milliseconds since 1970."""

    start_ms: int | None
    end_ms: int | None
    now_ms: int


def numeric(function: Callable[..., float]) -> Callable[..., Value]:
    """Return a function of numbers that gives nothing where an argument is no number or the result not finite."""

    def applied(*arguments: Value) -> Value:
        numbers = [number_of(argument) for argument in arguments]
        if None in numbers:
            return None
        try:
            return finite(float(function(*numbers)))
        except (ValueError, OverflowError, ZeroDivisionError):
            return None

    return applied


def textual(function: Callable[..., Value]) -> Callable[..., Value]:
    """Return a function of texts that gives nothing where an argument is missing."""

    def applied(*arguments: Value) -> Value:
        texts = [text_of(argument) for argument in arguments]
        return None if None in texts else function(*texts)

    return applied


def _of_present(choose: Callable[[list[float]], float]) -> Callable[..., Value]:
    """Return a choice among the numbers; what is missing is left out, what is no number spoils it."""

    def applied(*arguments: Value) -> Value:
        numbers = [number_of(argument) for argument in arguments if argument is not None]
        known = [number for number in numbers if number is not None]
        return choose(known) if known and len(known) == len(numbers) else None

    return applied


def _whole(bits: int) -> Callable[[float], float]:
    """Return the cut to a whole number that fits into so many bits."""
    bound = 2 ** (bits - 1)

    def cut(number: float) -> float:
        whole = math.trunc(number)
        if not -bound <= whole < bound:
            raise OverflowError
        return float(whole)

    return cut


def _rounded(number: float, digits: float = 0) -> float:
    scale = 10.0 ** int(digits)
    return math.copysign(math.floor(abs(number) * scale + 0.5) / scale, number)


def _haversine(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    north, east = math.radians(lat2 - lat1), math.radians(lon2 - lon1)
    chord = math.sin(north / 2) ** 2 + math.cos(math.radians(lat1)) * math.cos(math.radians(lat2)) * (
        math.sin(east / 2) ** 2
    )
    return 2 * 6371.0 * math.asin(math.sqrt(chord))


ARITHMETIC: dict[str, Callable[..., Value]] = {
    "+": numeric(lambda left, right: left + right),
    "-": numeric(lambda left, right: left - right),
    "*": numeric(lambda left, right: left * right),
    "/": numeric(lambda left, right: left / right),
    "%": numeric(math.fmod),
    "^": numeric(math.pow),
}

_NUMERIC: dict[str, Callable[..., Value]] = {
    "abs": numeric(abs),
    "ceil": numeric(math.ceil),
    "floor": numeric(math.floor),
    "greatest": _of_present(max),
    "least": _of_present(min),
    "log": numeric(math.log),
    "sqrt": numeric(math.sqrt),
    "round": numeric(_rounded),
    "haversine": numeric(_haversine),
    "tonumber": numeric(float),
    "todouble": numeric(float),
    "toint": numeric(_whole(32)),
    "tolong": numeric(_whole(64)),
}


def _coalesce(*values: Value) -> Value:
    return next((value for value in values if value is not None), None)


def _case(*arguments: Value) -> Value:
    pairs = len(arguments) // 2
    for number in range(pairs):
        if truth_of(arguments[2 * number]):
            return arguments[2 * number + 1]
    return arguments[-1] if len(arguments) % 2 else None


_GENERAL: dict[str, Callable[..., Value]] = {
    "ispresent": lambda value: value is not None,
    "coalesce": _coalesce,
    "if": _case,
    "case": _case,
    "isnumeric": lambda value: None if value is None else number_of(value) is not None,
    "messagesize": textual(lambda text: float(len(text.encode()))),
    "unmask": lambda value: value,
}


def _trimmed(strip: Callable[[str, str], str]) -> Callable[..., Value]:
    return textual(lambda text, characters=" \t\n\r\f\v": strip(text, characters))


def _part(text: str, start: str, length: str | None = None) -> Value:
    first = number_of(start)
    count = len(text) if length is None else number_of(length)
    if first is None or count is None:
        return None
    return text[int(first) : int(first) + int(count)]


def _contains(text: str, part: str, fold: str = "0") -> Value:
    if truth_of(fold):
        text, part = text.lower(), part.lower()
    return float(part in text)


def _blank(value: Value) -> Value:
    text = text_of(value)
    return float(text is None or not text.strip())


def _base64_decoded(text: str) -> Value:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _from_hex(text: str) -> Value:
    try:
        return float(int(text, 16))
    except ValueError:
        return None


def _hex_text(text: str) -> Value:
    try:
        return bytes.fromhex(text.removeprefix("0x")).decode("ascii")
    except ValueError:
        return None


def _to_hex(value: Value) -> Value:
    number = number_of(value)
    return None if number is None else hex(int(number))


_TEXT: dict[str, Callable[..., Value]] = {
    "isempty": lambda value: float(not text_of(value)),
    "isblank": _blank,
    "concat": lambda *values: "".join(text_of(value) or "" for value in values),
    "trim": _trimmed(str.strip),
    "ltrim": _trimmed(str.lstrip),
    "rtrim": _trimmed(str.rstrip),
    "strlen": textual(lambda text: float(len(text))),
    "toupper": textual(str.upper),
    "tolower": textual(str.lower),
    "substr": textual(_part),
    "replace": textual(lambda text, old, new: text.replace(old, new)),
    "strcontains": textual(_contains),
    "regexreplace": textual(lambda text, pattern, new: re.sub(pattern, new, text)),
    "startswith": textual(lambda text, start: float(text.startswith(start))),
    "endswith": textual(lambda text, end: float(text.endswith(end))),
    "urlencode": textual(lambda text: urllib.parse.quote(text, safe="")),
    "urldecode": textual(urllib.parse.unquote),
    "base64encode": textual(lambda text: base64.b64encode(text.encode()).decode()),
    "base64decode": textual(_base64_decoded),
    "split": textual(lambda text, separator: list(text.split(separator))),
    "hextoascii": textual(_hex_text),
    "hextodec": textual(_from_hex),
    "dectohex": _to_hex,
    "md5": textual(lambda text: hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()),
    "sha256": textual(lambda text: hashlib.sha256(text.encode()).hexdigest()),
}


def parsed_json(text: str) -> Any:
    """Return a JSON text as maps, lists and texts; None when it is none."""
    try:
        return read_json(text)
    except ValueError:
        return None


def _json_container(text: str) -> Value:
    parsed = parsed_json(text)
    return parsed if isinstance(parsed, dict | list) else None


def _array_size(text: str) -> Value:
    parsed = parsed_json(text)
    return float(len(parsed)) if isinstance(parsed, list) else None


def _array_contains(text: str, wanted: str) -> Value:
    parsed = parsed_json(text)
    return float(isinstance(parsed, list) and wanted in [leaf_text(element) for element in parsed])


def _json_text(value: Value) -> Value:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text_of(value)


_JSON: dict[str, Callable[..., Value]] = {
    "jsonparse": textual(_json_container),
    "jsonstringify": _json_text,
    "jsonarraysize": textual(_array_size),
    "jsonarraycontains": textual(_array_contains),
}

_ANY_VERSION = (4, 6)


def _address(text: str, versions: tuple[int, ...]) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return address if address.version in versions else None


def _is_address(*versions: int) -> Callable[..., Value]:
    return textual(lambda text: _address(text, versions) is not None)


def _in_subnet(*versions: int) -> Callable[..., Value]:
    def applied(text: str, subnet: str) -> Value:
        address = _address(text, versions)
        return address is not None and address in ipaddress.ip_network(subnet, strict=False)

    return textual(applied)


def _address_is(quality: str) -> Callable[..., Value]:
    return textual(lambda text: bool(getattr(_address(text, _ANY_VERSION), quality, False)))


def _address_number(text: str) -> Value:
    address = _address(text, (4,))
    return None if address is None else float(int(address))


_ADDRESSES: dict[str, Callable[..., Value]] = {
    "isvalidip": _is_address(*_ANY_VERSION),
    "isvalidipv4": _is_address(4),
    "isvalidipv6": _is_address(6),
    "isipinsubnet": _in_subnet(*_ANY_VERSION),
    "isipv4insubnet": _in_subnet(4),
    "isipv6insubnet": _in_subnet(6),
    "ipv4tonumber": textual(_address_number),
    "isprivateip": _address_is("is_private"),
    "ispublicip": _address_is("is_global"),
    "isreservedip": _address_is("is_reserved"),
}

FUNCTIONS = _NUMERIC | _GENERAL | _TEXT | _JSON | _ADDRESSES | DATE_FUNCTIONS


def moment_function(name: str, moment: Moment) -> Value:
    """Return what the functions of the query's own time give; ``now`` counts in seconds."""
    start, end = moment.start_ms, moment.end_ms
    if name == "now":
        return float(moment.now_ms // 1000)
    if name == "querytimerange":
        return None if start is None or end is None else float(end - start)
    chosen = start if name == "querystarttime" else end
    return None if chosen is None else float(chosen)


MOMENT_FUNCTIONS = frozenset({"now", "querytimerange", "querystarttime", "queryendtime"})

__all__ = ["ARITHMETIC", "FUNCTIONS", "MOMENT_FUNCTIONS", "Moment", "Time", "moment_function", "parsed_json"]
