"""What a query reads: files that the user named, folders and patterns expanded, pipes kept; or events in memory."""

import glob
import os
import stat
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from genai_obs.errors import GenaiObsError
from genai_obs.tools.logs.events import LogEvent
from genai_obs.tools.logs.files import cannot_read, open_to_read, shown_name

# Names that people and tools give to logs; in a folder these are read first.
LOG_SUFFIXES = (".log", ".json", ".jsonl", ".ndjson", ".txt", ".gz", ".zst")
# CloudWatch puts this beside what it exports, to see that it may; "Permission Check Successful" is no event.
_WRITE_TEST = "aws-logs-write-test"
_HEAD = 4096
_COPY = 1 << 20


@dataclass(frozen=True, slots=True)
class LogFile:
    """
    A regular file to read.

    Args:
        name: What the user calls it, ``-`` for standard input.

        path: Where it lies; a temporary copy for pipes.

        size: Its bytes when it was found.
    """

    name: str
    path: Path
    size: int

    @property
    def shown(self) -> str:
        """The name as ``@logStream`` and ``@log`` show it: always text that UTF-8 can hold."""
        return "stdin" if self.name == "-" else self.name.encode("utf-8", "replace").decode()


@dataclass(frozen=True, slots=True)
class Inputs:
    """Files and events to read, in this order: events, then files. Copies of pipes live as long as this value."""

    files: tuple[LogFile, ...] = ()
    events: tuple[LogEvent, ...] = ()
    _copies: tuple[object, ...] = field(default=(), repr=False, compare=False)

    @property
    def bytes_total(self) -> int:
        """Bytes of the files, as they lay on disk when they were found."""
        return sum(file.size for file in self.files)

    def describe(self) -> str:
        """Return the inputs in a few words: ``demo.log (0.3 MB)``, ``12 files (4.1 GB)``."""
        if not self.files:
            return f"{len(self.events)} events"
        what = shown_name(self.files[0].shown) if len(self.files) == 1 else f"{len(self.files)} files"
        return f"{what} ({_size(self.bytes_total)})"


def events_input(events: Iterable[LogEvent]) -> Inputs:
    """Return events as an input; one without JSON gets that of its message, one without a time the time it states."""
    return Inputs(events=tuple(_completed(event) for event in events))


def find_inputs(names: Sequence[str]) -> Inputs:
    """
    Return the files behind names: paths, folders, patterns that no shell expanded, and ``-`` for standard input.

    A folder gives its files and those of its folders, log-like names first, without what is hidden, empty or binary.
    The same file named twice is read once. A pipe is copied to a temporary file, because it can be read only once.

    Raises:
        GenaiObsError: A name leads to nothing that can be read.
    """
    found = _Finder()
    for name in names:
        found.add(name)
    return Inputs(tuple(found.files), (), tuple(found.copies))


def _completed(event: LogEvent) -> LogEvent:
    from genai_obs.tools.logs.discover import discover

    if event.json_text is not None and event.timestamp_ms is not None:
        return event
    json_text, time_ms, _ = discover(event.message)
    return replace(
        event,
        json_text=json_text if event.json_text is None else event.json_text,
        timestamp_ms=time_ms if event.timestamp_ms is None else event.timestamp_ms,
    )


class _Finder:
    """Collects files, each once by its identity on disk."""

    def __init__(self) -> None:
        self.files: list[LogFile] = []
        self.copies: list[object] = []
        self._seen: set[tuple[int, int]] = set()

    def add(self, name: str) -> None:
        if name == "-":
            # A parent may start a program without one; then there is no object either.
            if sys.stdin is None:
                raise GenaiObsError("bad-file", "cannot read -: standard input is closed")
            self._add_pipe(name, sys.stdin.buffer)
            return
        try:
            status = os.stat(name)  # noqa: PTH116 - names stay texts: 100,000 Paths cost seconds
        except (OSError, ValueError) as error:
            matches = sorted(glob.glob(name, recursive=True)) if glob.has_magic(name) else []  # noqa: PTH207
            if not matches:
                raise cannot_read(name, error) from None
            for match in matches:
                self.add(match)
            return
        if stat.S_ISDIR(status.st_mode):
            self._add_folder(name)
        elif stat.S_ISREG(status.st_mode):
            self._add_file(name, status)
        else:
            with open_to_read(name) as file:
                self._add_pipe(name, file)

    def _add_folder(self, name: str) -> None:
        before = len(self.files)
        entries = sorted(_walk(name, self._seen), key=_log_like_first)
        for path, status in entries:
            if status.st_size > 0 and not _is_binary(path):
                self._add_file(path, status)
        if len(self.files) == before and not entries:
            raise GenaiObsError("no-file", f"there is no log file in the folder {shown_name(name)}")

    def _add_file(self, name: str, status: os.stat_result) -> None:
        identity = (status.st_dev, status.st_ino)
        if identity not in self._seen:
            self._seen.add(identity)
            self.files.append(LogFile(name, Path(name), status.st_size))

    def _add_pipe(self, name: str, file: BinaryIO) -> None:
        import tempfile

        copy = tempfile.NamedTemporaryFile(prefix="genai-obs-")  # noqa: SIM115 - lives as long as the Inputs
        size = 0
        try:
            while chunk := file.read(_COPY):
                size += copy.write(chunk)
            copy.flush()
        except OSError as error:
            raise cannot_read(name, error) from None
        self.copies.append(copy)
        self.files.append(LogFile(name, Path(copy.name), size))


def _walk(folder: str, seen: set[tuple[int, int]]) -> Iterator[tuple[str, os.stat_result]]:
    """Yield the regular files under a folder; links are followed, each folder once."""
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        try:
            status = os.stat(current)  # noqa: PTH116 - as above
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(current) as entries:
                for entry in entries:
                    if entry.name.startswith(".") or entry.name == _WRITE_TEST:
                        continue
                    if entry.is_dir():
                        waiting.append(entry.path)
                    elif entry.is_file():
                        yield entry.path, entry.stat()
        except OSError as error:
            raise cannot_read(current, error) from None


def _log_like_first(entry: tuple[str, os.stat_result]) -> tuple[bool, str]:
    return not entry[0].lower().endswith(LOG_SUFFIXES), entry[0]


def _is_binary(name: str) -> bool:
    """Tell whether a file of a folder holds no text, by its beginning; a packed one is looked into."""
    from genai_obs.tools.logs.packed import GZIP, ZSTD, foreign_format

    with open_to_read(name) as file:
        head = file.read(_HEAD)
    if head.startswith(GZIP):
        try:
            head = zlib.decompressobj(31).decompress(head, _HEAD)
        except zlib.error:
            # Damaged: reading it says so; passing over it in silence would lose its lines.
            return False
    if head.startswith((ZSTD, b"\xff\xfe", b"\xfe\xff")):
        return False
    # A few NULs are what a crash leaves in a log; a program, an image or an archive is full of such bytes.
    return foreign_format(head) is not None or len(head.translate(None, _TEXT_BYTES)) > len(head) // 10


_TEXT_BYTES = bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100)) + b"\t\n\r\x1b"


def _size(count: int) -> str:
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= scale:
            return f"{count / scale:.1f} {unit}"
    return f"{count} bytes"
