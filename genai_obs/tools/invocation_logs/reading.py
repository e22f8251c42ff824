"""Entries out of files: CloudWatch's forms of log events, and the objects that Bedrock writes to S3."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson

from genai_obs.tools.invocation_logs.entry import SCHEMA_TYPE, is_entry
from genai_obs.tools.logs import reader
from genai_obs.tools.logs.documents import read_documents
from genai_obs.tools.logs.files import cannot_read, open_to_read
from genai_obs.tools.logs.inputs import Inputs, LogFile
from genai_obs.tools.logs.packed import unpack

OnBytes = Callable[[int], None]


@dataclass(slots=True)
class Passed:
    """
    What was read and is no entry.

    Args:
        others: Messages and documents of another kind, such as a function's lines or an offloaded body.

        broken: JSON that is cut or damaged.
    """

    others: int = 0
    broken: int = 0


def read_entries(
    inputs: Inputs, on_bytes: OnBytes | None, passed: Passed
) -> Iterator[tuple[dict[str, Any], int | None]]:
    """
    Yield the entries of all inputs, each with the time of its log event if it came in one; memory stays bounded.

    Args:
        inputs: Files and events.

        on_bytes: Told of each portion read, in bytes on disk.

        passed: Added to while reading.

    Raises:
        GenaiObsError: A file cannot be read or unpacked.
    """
    for event in inputs.events:
        yield from parse_entries(event.message, event.timestamp_ms, passed)
    for file in inputs.files:
        for text, event_ms in _texts(file, on_bytes, passed):
            yield from parse_entries(text, event_ms, passed)


def parse_entries(text: str, event_ms: int | None, passed: Passed) -> Iterator[tuple[dict[str, Any], int | None]]:
    """Yield the entries of one message: one, or several that follow each other on a line."""
    if SCHEMA_TYPE not in text:
        passed.others += 1
        return
    for document in _documents(text, passed):
        if is_entry(document):
            yield document, event_ms
        else:
            passed.others += 1


def _documents(text: str, passed: Passed) -> Iterator[Any]:
    try:
        whole = orjson.loads(text)
    except ValueError:
        # Several on one line, or half a surrogate pair where a long prompt was cut: the standard library takes both.
        yield from _documents_one_by_one(text, passed)
    else:
        yield whole


def _documents_one_by_one(text: str, passed: Passed) -> Iterator[Any]:
    at, end = 0, len(text)
    while at < end:
        try:
            document, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            passed.broken += 1
            return
        yield document
        while at < end and text[at].isspace():
            at += 1


def _texts(file: LogFile, on_bytes: OnBytes | None, passed: Passed) -> Iterator[tuple[str, int | None]]:
    """Yield the messages of a file with the time of their events."""
    batches = (
        _of_documents(file, on_bytes, passed) if _is_run_of_documents(file) else _of_events(file, on_bytes, passed)
    )
    for batch in batches:
        for each in batch:
            if isinstance(each, str):
                yield each, None
            elif each.message:
                yield each.message, each.timestamp_ms


def _of_documents(file: LogFile, on_bytes: OnBytes | None, passed: Passed) -> Iterator[list[Any]]:
    """Read JSON documents that follow each other, with breaks between them or none, in one line or several."""

    def count_broken() -> None:
        passed.broken += 1

    with open_to_read(str(file.path)) as opened:
        try:
            yield from read_documents(unpack(opened, file.name, on_bytes or (lambda _: None)), count_broken)
        except OSError as error:
            raise cannot_read(file.name, error) from None


def _of_events(file: LogFile, on_bytes: OnBytes | None, passed: Passed) -> Iterator[list[Any]]:
    counts = reader.Counts()
    yield from reader.read_raw(file, on_bytes, counts)
    passed.broken += counts.broken


def _is_run_of_documents(file: LogFile) -> bool:
    """
    Tell whether a file holds JSON documents that are no lines, by how it begins.

    An object in S3 may hold entries without a break between them, and one such line may be longer than an event.
    """
    with open_to_read(str(file.path)) as opened:
        try:
            kind, chunks = reader.find_kind(unpack(opened, file.name))
            head = b"".join(islice(chunks, 4)) if kind == "lines" else b""
        except OSError as error:
            raise cannot_read(file.name, error) from None
    line, has_break, _ = head.partition(b"\n")
    return line.lstrip().startswith(b"{") and not (has_break and _is_json(line))


def _is_json(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except ValueError:
        return False
    return True


def _no_constant(_: str) -> None:
    return None


_DECODER = json.JSONDecoder(parse_constant=_no_constant)
