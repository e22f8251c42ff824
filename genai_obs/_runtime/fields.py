"""What users hand us (extra fields, dimension values, text of any size), made plain, so that any record is JSON."""

import math
from collections.abc import Mapping

from genai_obs import schema
from genai_obs._runtime import guard

# Bounds on one user field, so that a record stays far below the 200 KB at which Lambda may cut a line.
MAX_NAME = 128
MAX_TEXT = 4096
MAX_ITEMS = 64
MAX_DEPTH = 4

MAX_DIMENSION_VALUE = 1024
_INT64 = 2**63


def check_fields(argument: object) -> dict[str, object]:
    """
    Return the fields of ``fields=`` as plain values.

    Raises:
        TypeError: Not a dict with text keys.
        ValueError: A name that records use themselves.
    """
    if argument is None:
        return {}
    if not isinstance(argument, Mapping) or not all(isinstance(name, str) and name for name in argument):
        raise TypeError("fields= takes a dict with names as keys")
    taken = sorted(schema.RESERVED_FIELDS.intersection(argument))
    if taken:
        raise ValueError(f"fields= cannot set {', '.join(taken)}: records use these names themselves")
    return plain_fields(dict(argument))


def check_text(name: str, argument: object) -> None:
    """Raise unless this argument is text with something in it."""
    if not isinstance(argument, str) or not argument.strip():
        raise TypeError(f"{name}= takes text")


def plain_fields(given: dict[str, object]) -> dict[str, object]:
    """Return user fields as plain JSON values, without those that would overwrite ours; never raises for a value."""
    result: dict[str, object] = {}
    for name, value in given.items():
        if name in schema.RESERVED_FIELDS:
            guard.say_once(f"the field {name!r} is one of the record's own; the value given for it is left out")
        elif value is not None and len(result) < MAX_ITEMS * 2:
            result[plain_text(name, MAX_NAME)] = plain(value)
    return result


def plain(value: object, depth: int = 0) -> object:
    """
    Return a value as JSON can carry it: text cut, numbers finite and 64-bit, containers bounded, all else as its text.

    The result shares nothing with the argument, which the caller may change later. Never raises.
    """
    try:
        return _plain(value, depth)
    except Exception:
        # Containers of the user's own making may raise as they are read.
        return f"<{type(value).__name__}>"


def _plain(value: object, depth: int) -> object:
    kind = type(value)
    if kind is str:
        return plain_text(value, MAX_TEXT)  # type: ignore[arg-type]
    if kind is bool or value is None:
        return value
    if isinstance(value, int):
        whole = int(value)
        return whole if -_INT64 <= whole < _INT64 else any_text(value)
    if isinstance(value, float):
        number = float(value)
        return number if math.isfinite(number) else None
    if isinstance(value, str):
        return plain_text(str(value), MAX_TEXT)
    if depth < MAX_DEPTH and isinstance(value, dict):
        items = list(value.items())[:MAX_ITEMS]
        return {any_text(name, MAX_NAME): plain(item, depth + 1) for name, item in items}
    if depth < MAX_DEPTH and isinstance(value, list | tuple | set | frozenset):
        return [plain(item, depth + 1) for item in list(value)[:MAX_ITEMS]]
    return any_text(value)


def any_text(value: object, limit: int = MAX_TEXT) -> str:
    """Return the text of any object, as `plain_text` does; its class's name if it has none."""
    try:
        return plain_text(str(value), limit)
    except Exception:
        # A user's __str__ may raise anything; the type is still worth a word.
        return f"<{type(value).__name__}>"


def plain_text(text: str, limit: int) -> str:
    """Return text cut to ``limit`` characters and free of lone surrogates, which JSON cannot carry."""
    if len(text) > limit:
        text = text[:limit]
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")


def dimension_value(text: str) -> str | None:
    """
    Return text as CloudWatch accepts it as a dimension value, or None if nothing is left.

    1 to 1024 ASCII characters, no control characters, one of them not blank (CloudWatch API, Dimension).
    """
    cut = text[:MAX_DIMENSION_VALUE]
    if not (cut.isascii() and cut.isprintable()):
        cut = "".join(c if " " <= c <= "~" else "?" for c in cut)
    return cut if cut.strip() else None
