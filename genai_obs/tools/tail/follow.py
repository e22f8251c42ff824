"""The lines of a file as they are written, whatever becomes of the file meanwhile."""

import io
import os
from collections.abc import Callable, Iterator
from typing import BinaryIO

from genai_obs.errors import GenaiObsError
from genai_obs.tools.logs.files import open_to_read, shown_name

_CHUNK = 1 << 20
# CloudWatch takes events up to this size (PutLogEvents: 1 MB); of a longer line the beginning is kept.
_LONGEST_LINE = 1 << 20
_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")


class LineBuffer:
    """Bytes as they come, made into whole lines."""

    def __init__(self) -> None:
        self._held = bytearray()

    def add(self, chunk: bytes) -> list[str]:
        """Return the lines that a chunk completes."""
        end = chunk.rfind(b"\n") + 1
        if not end:
            self._hold(chunk)
            return []
        first, *others = chunk[:end].split(b"\n")[:-1]
        self._hold(first)
        lines = [_text(bytes(self._held)), *map(_text, others)]
        self._held.clear()
        self._hold(chunk[end:])
        return lines

    def rest(self) -> list[str]:
        """Return the line that still waits for its end, if there is one."""
        line = [_text(bytes(self._held))] if self._held else []
        self._held.clear()
        return line

    def _hold(self, part: bytes) -> None:
        self._held += part[: _LONGEST_LINE - len(self._held)]


class FollowedFile:
    """
    A file that grows.

    One that is cut short is read again from its start; one that is renamed or removed is read to its end and then,
    as soon as there is a new one of this name, the new one from its start. A last line without its break waits.

    Args:
        name: The file, which must be there to begin with.

        tail_bytes: Begin so far before the end, at the start of a line; None for the start of the file.

    Raises:
        GenaiObsError: The file cannot be read, or is packed.
    """

    def __init__(self, name: str, *, tail_bytes: int | None = None) -> None:
        self._name = name
        self._lines = LineBuffer()
        file = open_to_read(name)
        self._file: BinaryIO | None = file
        if file.read(4).startswith(_PACKED):
            raise GenaiObsError("bad-file", f"{shown_name(name)} is packed; tail follows plain text, query reads both")
        file.seek(0)
        if tail_bytes is not None:
            _skip_to_last(file, tail_bytes)

    def new_lines(self) -> Iterator[list[str]]:
        """Yield what was written since the last time, in lists of whole lines; nothing if there is nothing."""
        if self._file is not None:
            yield from self._rest_of(self._file)
            if not self._is_replaced(self._file):
                return
            if line := self._lines.rest():
                yield line
            self._file.close()
        self._file = self._opened()
        if self._file is not None:
            yield from self._rest_of(self._file)

    def last_line(self) -> list[str]:
        """Return the line that still waits for its end, for when nobody waits any longer."""
        return self._lines.rest()

    def _rest_of(self, file: BinaryIO) -> Iterator[list[str]]:
        if os.fstat(file.fileno()).st_size < file.tell():
            file.seek(0)
            self._lines = LineBuffer()
        while chunk := file.read(_CHUNK):
            if lines := self._lines.add(chunk):
                yield lines

    def _is_replaced(self, file: BinaryIO) -> bool:
        try:
            there = os.stat(self._name)  # noqa: PTH116 - beside os.fstat
        except OSError:
            return True
        return not os.path.samestat(there, os.fstat(file.fileno()))

    def _opened(self) -> BinaryIO | None:
        try:
            return open_to_read(self._name)
        except GenaiObsError:
            # Between two files there is none for a moment, or for a night.
            return None


def follow_file(file: FollowedFile, pause: Callable[[], None] | None) -> Iterator[list[str]]:
    """
    Yield lists of lines; an empty one whenever all that is there has been read.

    Args:
        file: The file.

        pause: What waits between two looks; None ends after the first.
    """
    while True:
        yield from file.new_lines()
        if pause is None:
            yield file.last_line()
            return
        yield []
        pause()


def follow_stream(stream: io.BufferedReader) -> Iterator[list[str]]:
    """Yield the lines of a pipe as they come, those that come together in one list, until it ends."""
    buffer = LineBuffer()
    while chunk := stream.read1(_CHUNK):
        yield buffer.add(chunk)
    yield buffer.rest()


def _skip_to_last(file: BinaryIO, tail_bytes: int) -> None:
    size = file.seek(0, os.SEEK_END)
    if size <= tail_bytes:
        file.seek(0)
        return
    # From the byte before: a line that begins just there is whole.
    file.seek(size - tail_bytes - 1)
    file.readline()


def _text(line: bytes) -> str:
    return line.removesuffix(b"\r").decode(errors="replace")
