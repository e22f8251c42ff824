"""One whole line in one write to stdout, in the caller's thread, before the observed call returns."""

import os
import sys
import threading
from collections.abc import Callable

import orjson

from genai_obs import schema

# Lambda's reader of stdout cuts lines somewhere above this (256 KB seen in 2025), and a cut line is no JSON.
MAX_LINE_BYTES = 200_000

# A pipe keeps one write whole only up to 4096 bytes, hence the lock. Re-entrant: a stream that is garbage collected
# while we write leaves its record from within.
_lock = threading.RLock()


def write_stdout(line: bytes) -> None:
    """
    Write one line, its newline included, and flush it: what is not flushed is lost when Lambda kills the process.

    ``sys.stdout`` is looked up at each call because tests and Lambda's runtime client replace it.
    """
    with _lock:
        try:
            stream = sys.stdout
            stream.write(line.decode())
            stream.flush()
        except UnicodeEncodeError:
            sys.stdout.write(_ascii(line))
            sys.stdout.flush()
        except (AttributeError, OSError, RuntimeError, ValueError):
            # Closed, None (no console), or already writing further up this very stack.
            _write_descriptor(line)


def _write_descriptor(line: bytes) -> None:
    while line:
        line = line[os.write(1, line) :]


def _ascii(line: bytes) -> str:
    """Return the line with JSON escapes for what a stdout that is not UTF-8 cannot carry."""
    parts = []
    for character in line.decode():
        if character < "\x80":
            parts.append(character)
        else:
            units = character.encode("utf-16-be")
            parts.extend(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
    return "".join(parts)


# Where lines go; genai_obs.testing puts its own function here.
write: Callable[[bytes], None] = write_stdout


def _fresh_lock() -> None:
    """Give a forked child a lock that nobody holds: a thread of the parent may have held ours."""
    global _lock
    _lock = threading.RLock()


os.register_at_fork(after_in_child=_fresh_lock)


def encode(record: dict[str, object]) -> bytes:
    """
    Return a record as one line of JSON that ends in a newline.

    Free text is cut when the line would be too long; the EMF block and our own fields never are.
    """
    try:
        line = orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        # Something that is not JSON: make every member plain. Costs are Fragments, which plain values never hold.
        line = orjson.dumps(_plain_record(record), option=orjson.OPT_APPEND_NEWLINE)
    if len(line) > MAX_LINE_BYTES:
        line = orjson.dumps(_shortened(record), option=orjson.OPT_APPEND_NEWLINE)
    return line


def members(facts: dict[str, object]) -> bytes:
    """Return the members of an inference's facts as JSON without its braces."""
    try:
        return orjson.dumps(facts)[1:-1]
    except TypeError:
        return orjson.dumps(_plain_record(facts))[1:-1]


def shorten(line: bytes, facts: dict[str, object], cost: bytes) -> bytes:
    """Return an inference's line with its free text cut; costs keep their notation."""
    record = orjson.loads(line)
    money: dict[str, object] = {
        name: orjson.Fragment(cost) for name in ("value", "cost_usd", "AICost") if name in record
    }
    if "guardrail_cost_usd" in record:
        money["guardrail_cost_usd"] = facts["guardrail_cost_usd"]
    return encode({**record, **money})


def _plain_record(record: dict[str, object]) -> dict[str, object]:
    from genai_obs._runtime import fields

    return {
        fields.plain_text(str(name), fields.MAX_NAME): value
        if isinstance(value, orjson.Fragment) or name == "_aws"
        else fields.plain(value)
        for name, value in record.items()
    }


def _shortened(record: dict[str, object]) -> dict[str, object]:
    """
    Return the record cut until its line fits: the longest members first, then the user's own, the last ones first.

    What the EMF block refers to stays whole, or CloudWatch would refuse all of it.
    """
    from genai_obs._runtime import fields

    record = _plain_record(record)
    kept = _members_of_emf(record.get("_aws"))
    limit = 16_384
    while len(orjson.dumps(record)) > MAX_LINE_BYTES and limit >= 64:
        for name, value in record.items():
            if name in kept:
                continue
            if isinstance(value, str) and len(value) > limit:
                record[name] = fields.plain_text(value, limit)
            elif isinstance(value, dict | list) and len(orjson.dumps(value)) > limit * 4:
                record[name] = None
        limit //= 4
    size = len(orjson.dumps(record))
    for name in [name for name in reversed(record) if name not in kept and name not in schema.RESERVED_FIELDS]:
        if size < MAX_LINE_BYTES:
            break
        size -= len(orjson.dumps({name: record.pop(name)})) - 1
    return record


def _members_of_emf(block: object) -> set[str]:
    """Return ``_aws`` and the root members that it refers to."""
    names = {"_aws"}
    if isinstance(block, dict):
        for directive in orjson.loads(orjson.dumps(block.get("CloudWatchMetrics", []))):
            names.update(metric["Name"] for metric in directive.get("Metrics", ()))
            names.update(name for dimensions in directive.get("Dimensions", ()) for name in dimensions)
    return names
