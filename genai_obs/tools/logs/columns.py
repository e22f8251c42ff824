"""Whether a query engine may read files by itself, column by column, and find the same as the reader of events."""

import json
import os
from collections.abc import Iterator

import orjson

from genai_obs.tools.logs.detect import HEAD, detect
from genai_obs.tools.logs.discover import MOST_FIELDS, first_object
from genai_obs.tools.logs.files import cannot_read, shown_name
from genai_obs.tools.logs.inputs import Inputs, LogFile
from genai_obs.tools.logs.lines import MOST_BYTES
from genai_obs.tools.logs.packed import GZIP, ZSTD

# Below this, reading every line is exact and fast enough.
LEAST_BYTES = 32 << 20
_BLOCKS = 256
_BLOCK = 32 << 10
# Parsing is what costs: of each block so many lines are parsed, all others only looked through.
_PARSED = 2


def fit_for_columns(inputs: Inputs) -> str | None:
    """
    Return None if DuckDB's ``read_json`` with named columns means the same for these files, else why not.

    A sample decides: blocks spread over each file. What no sample sees (a single line of other shape in gigabytes) is
    the price of reading at the speed of the disk.
    """
    if inputs.events or not inputs.files:
        return "events in memory are read one by one"
    if inputs.bytes_total < LEAST_BYTES:
        return f"{inputs.describe()}: so little is read line by line"
    blocks = max(1, _BLOCKS // len(inputs.files))
    return next((reason for file in inputs.files if (reason := _unfit(file, blocks)) is not None), None)


def _unfit(file: LogFile, blocks: int) -> str | None:
    """Return why one file cannot be read by columns."""
    name = shown_name(file.shown)
    try:
        descriptor = os.open(file.path, os.O_RDONLY)
    except OSError as error:
        raise cannot_read(file.name, error) from None
    try:
        head = os.pread(descriptor, HEAD, 0)
        if head.startswith((GZIP, ZSTD)):
            return f"{name} is packed"
        if head.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
            return f"{name} begins with a byte order mark"
        kind = detect(head.decode(errors="replace"))
        if kind != "lines":
            return f"{name} holds {'a JSON document' if kind == 'document' else 'lines with a time before the message'}"
        for lines in _sample(descriptor, file.size, blocks):
            if lines is None:
                return f"{name} has a line longer than CloudWatch takes"
            reason = _unfit_lines(lines)
            if reason is not None:
                return f"{name} has {reason}"
    except OSError as error:
        raise cannot_read(file.name, error) from None
    finally:
        os.close(descriptor)
    return None


def _sample(descriptor: int, size: int, blocks: int) -> Iterator[list[bytes] | None]:
    """Yield the whole lines of blocks spread evenly; None for a block inside a line that is too long."""
    step = max(_BLOCK, size // blocks)
    for start in range(0, size, step):
        block = os.pread(descriptor, _BLOCK, start)
        if start + len(block) < size and b"\n" not in block:
            block = os.pread(descriptor, MOST_BYTES + 1, start)
            if len(block) > MOST_BYTES and b"\n" not in block:
                yield None
                continue
        lines = block.split(b"\n")
        # The first is the end of a line that began before, the last goes on behind the block.
        yield lines[1 if start else 0 : len(lines) - (start + len(block) < size)]


def _unfit_lines(lines: list[bytes]) -> str | None:
    """Return what some line has that a read by columns would take otherwise; None if nothing."""
    try:
        b"\n".join(lines).decode()
    except UnicodeDecodeError:
        return "a line that is no UTF-8"
    parsed = 0
    for line in lines:
        if line[:1] != b"{":
            if b"{" in line and (line.lstrip()[:1] == b"{" or first_object(line.decode()) is not None):
                return "JSON inside a line of text"
            continue
        if len(line) > 2 * MOST_FIELDS and line.count(b",") >= MOST_FIELDS:
            return f"lines that may hold more than {MOST_FIELDS} fields"
        if parsed < _PARSED or line[-1:] not in b"}\r":
            parsed += 1
            try:
                record = orjson.loads(line)
            except ValueError:
                return "a line that begins like JSON and is none"
            # `read_json` refuses such an object whole. The slow parser sees it; one line of a block is enough for a
            # logger that writes so.
            if parsed == 1 and _members(line) != len(record):
                return "JSON with a name that stands twice, or too deep to tell"
    return None


def _members(line: bytes) -> int | None:
    """Return how many members a JSON object has, double ones too; None where it is nested too deeply to tell."""
    try:
        return len(json.loads(line, object_pairs_hook=list))
    except RecursionError:
        return None
