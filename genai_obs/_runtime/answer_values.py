"""
Reading other people's objects without trusting them.

An answer may be anything: a mock that has every attribute, a property that raises, a class that lies about itself.
So types are asked of ``type(value)``, counters are copied out of instance dictionaries, and what fails is unknown.
"""

from collections.abc import Iterator
from itertools import islice
from typing import TypeGuard

from genai_obs._runtime import usage

_MAX_ITEMS = 1000
_MAX_TEXT = 256
_COUNTER_DEPTH = 3
_MAX_COUNTERS = 40
# What holds no members; looking into it would be a waste.
_NO_OWNERS = (str, bool, int, float, bytes, list, tuple, type(None))


def member(owner: object, name: str) -> object:
    """Return an entry of a dict or an attribute of an object; None when there is none or reading it fails."""
    if is_dict(owner):
        return dict.get(owner, name)
    try:
        return getattr(owner, name, None)
    except Exception:
        return None


def path(owner: object, *names: str) -> object:
    """Follow members one after the other; None where the way ends."""
    for name in names:
        if owner is None:
            return None
        owner = member(owner, name)
    return owner


# isinstance() believes an object's ``__class__``, and runs the property that computes it; type() does neither.
def is_dict(value: object) -> TypeGuard[dict[object, object]]:
    """Tell whether this really is a dict."""
    return issubclass(type(value), dict)


def _is_list(value: object) -> TypeGuard[list[object]]:
    return issubclass(type(value), list)


def _is_tuple(value: object) -> TypeGuard[tuple[object, ...]]:
    return issubclass(type(value), tuple)


def _is_text(value: object) -> TypeGuard[str]:
    return issubclass(type(value), str)


def items(value: object) -> Iterator[object]:
    """Iterate over a list or tuple, within bounds; over nothing else."""
    if _is_list(value):
        return islice(list.__iter__(value), _MAX_ITEMS)
    if _is_tuple(value):
        return islice(tuple.__iter__(value), _MAX_ITEMS)
    return iter(())


def length(value: object) -> int | None:
    """Return the length of a list or tuple, None of anything else."""
    if _is_list(value):
        return list.__len__(value)
    return tuple.__len__(value) if _is_tuple(value) else None


def text(value: object, limit: int = _MAX_TEXT) -> str | None:
    """Return a plain copy of a text that is not empty, cut to ``limit``; None of anything else."""
    # str's own slice: an enum that is also a str gives its value this way, not its name.
    return (str.__getitem__(value, slice(limit)) or None) if _is_text(value) else None


def number(value: object) -> int | None:
    """Return a count ≥ 0 given as an int or a whole float; None of anything else."""
    return usage.count(value) if type(value) in (int, float) else None


def milliseconds(value: object) -> int | float | None:
    """Return a time ≥ 0, which some SDKs keep in a list of one; None of anything else."""
    if length(value) == 1:
        value = next(items(value), None)
    if type(value) is int or type(value) is float:
        return value if 0 <= value < usage.MAX_COUNT else None
    return None


def attributes(owner: object) -> dict[object, object]:
    """
    Return a copy of a dict, or an instance's own members with those that pydantic keeps beside them.

    Class-level defaults are not among them: an SDK's default of 0 says nothing about the answer.
    """
    if is_dict(owner):
        return dict.copy(owner)
    found: dict[object, object] = {}
    for place in ("__dict__", "__pydantic_extra__"):
        try:
            own = object.__getattribute__(owner, place)
        except Exception:
            own = None
        if is_dict(own):
            found.update(own)
    return found


def counters(owner: object, depth: int = _COUNTER_DEPTH) -> dict[str, object]:
    """Return the counts of a usage object or dict as plain nested dicts; what is not a count is left out."""
    found: dict[str, object] = {}
    for name, value in islice(attributes(owner).items(), _MAX_COUNTERS):
        count = number(value)
        if not _is_text(name):
            continue
        if count is not None:
            found[name] = count
        elif depth > 1 and type(value) not in _NO_OWNERS and (inner := counters(value, depth - 1)):
            found[name] = inner
    return found


def put(facts: dict[str, object], name: str, value: object) -> None:
    """Set a fact, unless its value is unknown."""
    if value is not None:
        facts[name] = value


def class_names(answer: object) -> Iterator[tuple[str, str]]:
    """Yield package and name of the object's classes, the most specific first. A mock shows its own class here."""
    for base in type(answer).__mro__:
        module = base.__module__
        if type(module) is str:
            yield module.partition(".")[0], base.__name__


def is_finished(iterator: object) -> bool:
    """Tell whether a generator, plain or asynchronous, has run to its end; False of anything else."""
    return None in (getattr(iterator, "gi_frame", False), getattr(iterator, "ag_frame", False))
