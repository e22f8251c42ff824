"""Bytes of log files, unpacked: gzip (of several members too), zstd, UTF-16; told by the first bytes, not the name."""

import codecs
import contextlib
import importlib
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any, BinaryIO

from genai_obs.errors import GenaiObsError
from genai_obs.tools.logs.files import shown_name

GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"
CHUNK = 1 << 19

# What no log is, by its first bytes: naming it beats thousands of rows of noise.
_FOREIGN = {
    b"PK\x03\x04": "a zip archive",
    b"PAR1": "Parquet",
    b"\x7fELF": "a program",
    b"BZh": "packed with bzip2",
    b"\xfd7zXZ\x00": "packed with xz",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"SQLite format 3\x00": "a SQLite database",
    b"\x89PNG": "an image",
    b"%PDF-": "a PDF",
    b"ORC": "ORC",
    b"Obj\x01": "Avro",
}
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

# Modules that unpack zstd, the newest Python's own first, and how each opens a stream.
ZSTD_MODULES: tuple[tuple[str, Callable[[Any, Any], Any]], ...] = (
    ("compression.zstd", lambda module, file: module.open(file)),
    ("backports.zstd", lambda module, file: module.open(file)),
    ("pyzstd", lambda module, file: module.open(file)),
)


def foreign_format(head: bytes) -> str | None:
    """Return what a file is that certainly holds no log lines, by its first bytes; None for all others."""
    return next((name for magic, name in _FOREIGN.items() if head.startswith(magic)), None)


def unpack(file: BinaryIO, name: str, report: Callable[[int], None] = lambda _: None) -> Iterator[bytes]:
    """
    Yield the content in chunks, unpacked and in UTF-8 (not checked), without a byte order mark.

    Args:
        file: Opened to read bytes; a pipe will do.

        name: What errors call it.

        report: Told how many bytes of the file itself were read, portion by portion.

    Raises:
        GenaiObsError: A packed file is damaged or cut, nothing here unpacks zstd, or it is no log at all.
    """
    chunks = _decompress(_Reporting(file, report), name)
    first = next(chunks, b"")
    while len(first) < 4 and (more := next(chunks, b"")):
        first += more
    if first.startswith(_UTF16):
        yield from _from_utf16(first, chunks)
        return
    yield first.removeprefix(codecs.BOM_UTF8)
    yield from chunks


class _Reporting:
    """A file that tells how much is read of it, and takes back what was read: pipes cannot be wound back."""

    def __init__(self, file: BinaryIO, report: Callable[[int], None]) -> None:
        self._file = file
        self._report = report
        self._returned = b""

    def take_back(self, content: bytes) -> None:
        self._returned = content

    def read(self, size: int = -1) -> bytes:
        if self._returned:
            end = len(self._returned) if size < 0 else size
            found, self._returned = self._returned[:end], self._returned[end:]
            return found
        found = self._file.read(size)
        self._report(len(found))
        return found


def _decompress(file: _Reporting, name: str) -> Iterator[bytes]:
    first = _read_first(file)
    foreign = foreign_format(first)
    if foreign is not None:
        raise GenaiObsError("bad-file", f"{shown_name(name)} is {foreign}, not a log file")
    if first.startswith(GZIP):
        yield from _from_gzip(first, file, name)
    elif first.startswith(ZSTD):
        file.take_back(first)
        yield from _from_zstd(file, name)
    else:
        yield first
        while chunk := file.read(CHUNK):
            yield chunk


def _read_first(file: _Reporting) -> bytes:
    """Read until the format can be told: a pipe may give less than asked for."""
    first = b""
    while len(first) < 16 and (more := file.read(CHUNK)):
        first += more
    return first


def _from_utf16(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    # Windows PowerShell writes UTF-16 when a command's output goes to a file.
    decoder = codecs.getincrementaldecoder("utf-16")("replace")
    yield decoder.decode(first).encode()
    for chunk in chunks:
        yield decoder.decode(chunk).encode()
    yield decoder.decode(b"", final=True).encode()


def _from_gzip(first: bytes, file: _Reporting, name: str) -> Iterator[bytes]:
    # zlib itself and not the gzip module: chunks as large as ours, and half the time.
    member, data = zlib.decompressobj(31), first
    try:
        while data:
            # The bound keeps a megabyte that unpacks to a gigabyte from being held at once.
            yield member.decompress(data, CHUNK)
            if member.eof:
                # What writers on tape-like media fill up with is no further member.
                data = member.unused_data.lstrip(b"\0") or file.read(CHUNK).lstrip(b"\0")
                member = zlib.decompressobj(31)
            else:
                data = member.unconsumed_tail or file.read(CHUNK)
                if not data:
                    raise GenaiObsError("bad-file", f"{shown_name(name)} is no whole gzip file: it ends too early")
    except zlib.error as error:
        raise GenaiObsError("bad-file", f"{shown_name(name)} is no whole gzip file: {error}") from None


def _from_zstd(file: _Reporting, name: str) -> Iterator[bytes]:
    for module_name, open_stream in ZSTD_MODULES:
        try:
            module: Any = importlib.import_module(module_name)
        except ImportError:
            continue
        yield from _from_zstd_module(open_stream(module, file), module.ZstdError, name)
        return
    import shutil

    program = shutil.which("zstd")
    if program is None:
        message = (
            f"{shown_name(name)} is packed with zstd, which Python reads from 3.14 on, or with the package "
            "backports.zstd, or where the program zstd is installed"
        )
        raise GenaiObsError("bad-file", message)
    yield from _from_zstd_program(program, file, name)


def _from_zstd_module(stream: Any, error_class: type[Exception], name: str) -> Iterator[bytes]:
    try:
        while chunk := stream.read(CHUNK):
            yield chunk
    except (EOFError, error_class) as error:
        raise GenaiObsError("bad-file", f"{shown_name(name)} is no whole zstd file: {error}") from None


def _from_zstd_program(program: str, file: _Reporting, name: str) -> Iterator[bytes]:
    import subprocess
    import threading

    with subprocess.Popen(  # noqa: S603 - the program's own options only; the file goes in by a pipe
        [program, "-dcq"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        feeder = threading.Thread(target=_feed, args=(file, process.stdin), daemon=True)
        feeder.start()
        try:
            while chunk := process.stdout.read(CHUNK):
                yield chunk
        except BaseException:
            # Nobody wants the rest: with the program's end the feeder's pipe breaks, and it ends too.
            process.kill()
            raise
        finally:
            feeder.join()
        said = process.stderr.read().decode(errors="replace").strip()
    if process.returncode != 0:
        raise GenaiObsError("bad-file", f"{shown_name(name)} is no whole zstd file: {said}")


def _feed(file: _Reporting, pipe: IO[bytes]) -> None:
    # A program that has seen enough, or nothing of its own, closes the pipe first.
    with contextlib.suppress(BrokenPipeError), pipe:
        while chunk := file.read(CHUNK):
            pipe.write(chunk)
