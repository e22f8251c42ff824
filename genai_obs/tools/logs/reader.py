"""Log files read as events, streaming."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from typing import BinaryIO, cast

from genai_obs.tools.logs.detect import HEAD, Kind, detect
from genai_obs.tools.logs.discover import discover
from genai_obs.tools.logs.documents import read_documents
from genai_obs.tools.logs.envelopes import read_enveloped, strip_outer_colours
from genai_obs.tools.logs.events import LogEvent
from genai_obs.tools.logs.files import cannot_read, open_to_read
from genai_obs.tools.logs.inputs import Inputs, LogFile
from genai_obs.tools.logs.lines import Cut, Garbled, read_lines
from genai_obs.tools.logs.packed import unpack
from genai_obs.tools.logs.raw import Raw
from genai_obs.tools.logs.settle import Loose, settle

OnBytes = Callable[[int], None]


@dataclass(slots=True)
class Counts:
    """
    What was read so far.

    Args:
        bytes_read: Bytes of the files, as they lie on disk.

        events: Events given.

        broken: Lines that begin like JSON and are none, or are no UTF-8; documents that are cut.

        timeless: Events that took the time of a neighbour, or have none.

        too_long: Lines that were cut because CloudWatch takes no event of their length.
    """

    bytes_read: int = 0
    events: int = 0
    broken: int = 0
    timeless: int = 0
    too_long: int = 0


def read_events(inputs: Inputs, on_bytes: OnBytes | None, counts: Counts) -> Iterator[LogEvent]:
    """
    Yield the events of all inputs, in the order of the files and of their lines.

    Memory is bounded by a few chunks, whatever the files hold.

    Args:
        inputs: Files and events.

        on_bytes: Told of each portion read, in bytes on disk.

        counts: Added to while reading.

    Raises:
        GenaiObsError: A file cannot be read or unpacked.
    """
    for batch in read_batches(inputs, on_bytes, counts):
        for message, time_ms, ingested_ms, stream, log, json_text in batch:
            yield LogEvent(message, time_ms, stream, log, ingested_ms, json_text)


def read_batches(inputs: Inputs, on_bytes: OnBytes | None, counts: Counts) -> Iterator[list[Loose]]:
    """Yield what ``read_events`` yields as lists of tuples, which is the cheaper form for millions of events."""
    if inputs.events:
        counts.events += len(inputs.events)
        counts.timeless += sum(event.timestamp_ms is None for event in inputs.events)
        yield [_loose(event) for event in inputs.events]
    for file in inputs.files:
        for batch in read_file(file, on_bytes, counts):
            counts.events += len(batch)
            yield batch


def read_file(file: LogFile, on_bytes: OnBytes | None, counts: Counts) -> Iterator[list[Loose]]:
    """Yield the events of one file, in lists."""

    def count_timeless(number: int) -> None:
        counts.timeless += number

    return settle(_discovered(file, on_bytes, counts), lambda: _first_time_ms(file), count_timeless)


def _first_time_ms(file: LogFile) -> int | None:
    batches = _discovered(file, None, Counts())
    return next((event[1] for batch in batches for event in batch if event[1] is not None), None)


def _discovered(file: LogFile, on_bytes: OnBytes | None, counts: Counts) -> Iterator[list[Loose]]:
    """Yield the events with their fields' JSON, and their time where they have one of their own."""
    stream, log = file.shown, f"local:{file.shown}"
    for batch in read_raw(file, on_bytes, counts):
        if batch and isinstance(batch[0], str):
            yield _discovered_lines(batch, stream, log, counts)
        else:
            yield _discovered_events(cast("list[Raw]", batch), stream, log, counts)


def _discovered_lines(lines: list[str], stream: str, log: str, counts: Counts) -> list[Loose]:
    found: list[Loose] = []
    add = found.append
    for line in lines:
        json_text, time_ms, broken = discover(line)
        if broken or type(line) is not str:
            _count(line, broken, counts)
        add((line, time_ms, None, stream, log, json_text))
    return found


def _discovered_events(events: list[Raw], stream: str, log: str, counts: Counts) -> list[Loose]:
    found: list[Loose] = []
    for message, at_ms, ingested_ms, its_stream, its_log in events:
        if not message or message.isspace():
            continue
        json_text, time_ms, broken = discover(message)
        if broken or type(message) is not str:
            _count(message, broken, counts)
        time_ms = time_ms if at_ms is None else at_ms
        found.append((message, time_ms, ingested_ms, its_stream or stream, its_log or log, json_text))
    return found


def _count(message: str, broken: bool, counts: Counts) -> None:
    """Count a message that is not as it should be; a cut one is not broken by itself."""
    if isinstance(message, Cut):
        counts.too_long += 1
    elif broken or isinstance(message, Garbled):
        counts.broken += 1


def read_raw(file: LogFile, on_bytes: OnBytes | None, counts: Counts) -> Iterator[list[str] | list[Raw]]:
    """
    Yield the messages of a file: plain lines as texts, events of the other kinds with what their envelope says.

    Raises:
        GenaiObsError: The file cannot be read or unpacked.
    """

    def report(size: int) -> None:
        counts.bytes_read += size
        if on_bytes is not None:
            on_bytes(size)

    def report_broken() -> None:
        counts.broken += 1

    with open_to_read(str(file.path)) as opened:
        try:
            kind, chunks = find_kind(unpack(opened, file.name, report))
            yield from _by_kind(kind, chunks, report_broken)
        except OSError as error:
            raise cannot_read(file.name, error) from None


def read_messages(file: BinaryIO, name: str) -> Iterator[bytes]:
    """
    Yield the messages of a file or pipe: plain lines byte for byte with their breaks, those of other kinds as lines.

    Raises:
        GenaiObsError: It cannot be read or unpacked.
    """
    try:
        kind, chunks = find_kind(unpack(file, name))
        if kind == "lines":
            yield from _whole_lines(chunks)
            return
        for batch in _by_kind(kind, chunks, lambda: None):
            for raw in batch:
                yield (raw if isinstance(raw, str) else raw.message).encode() + b"\n"
    except OSError as error:
        raise cannot_read(name, error) from None


def _whole_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for chunk in chunks:
        end = chunk.rfind(b"\n") + 1
        if end:
            # Not `splitlines`: a "\r" inside a line ends none.
            yield from BytesIO(bytes(held) + chunk[:end])
            held.clear()
        held += chunk[end:]
    if held:
        yield bytes(held)


def find_kind(chunks: Iterator[bytes]) -> tuple[Kind, Iterator[bytes]]:
    """Return what a file is, and its chunks from the beginning again."""
    head: list[bytes] = []
    size = 0
    while size < HEAD and (chunk := next(chunks, None)) is not None:
        head.append(chunk)
        size += len(chunk)
    return detect(b"".join(head)[:HEAD].decode(errors="replace")), chain(head, chunks)


def _by_kind(kind: Kind, chunks: Iterator[bytes], report_broken: Callable[[], None]) -> Iterator[list[str] | list[Raw]]:
    if kind == "document":
        yield from read_documents(chunks, report_broken)
    elif kind == "lines":
        for lines in read_lines(chunks):
            yield [
                bare
                for line in lines
                if line
                and not line.isspace()
                and (bare := line if line[0] != "\x1b" and line[-1] != "m" else strip_outer_colours(line))
            ]
    else:
        yield from read_enveloped(read_lines(chunks), kind)


def _loose(event: LogEvent) -> Loose:
    stream, log = event.stream or "events", event.log or "local:events"
    return (event.message, event.timestamp_ms, event.ingested_ms, stream, log, event.json_text)
