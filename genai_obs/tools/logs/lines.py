"""Lines out of chunks of bytes, in bounded memory whatever the content."""

from collections.abc import Iterator

# CloudWatch takes events up to this size (PutLogEvents: 1 MB); a longer line is no event that it could hold.
MOST_BYTES = 1 << 20


class Garbled(str):
    """A line that was no UTF-8; what could not be read stands as replacement characters."""

    __slots__ = ()


class Cut(str):
    """A line longer than an event may be, of which this is the beginning."""

    __slots__ = ()


def read_lines(chunks: Iterator[bytes]) -> Iterator[list[str]]:
    r"""
    Yield the lines in lists, a list for each chunk or so, without their breaks (``\n`` or ``\r\n``).

    A ``\r`` inside a line stays: Python's Lambda runtime writes the lines of one traceback so. No more than one
    chunk and one event are held.
    """
    held = bytearray()
    for chunk in chunks:
        end = chunk.rfind(b"\n")
        if end < 0:
            # One byte more than an event may have marks the line as too long; the rest of it is never kept.
            held += chunk[: MOST_BYTES + 1 - len(held)]
            continue
        start = chunk.find(b"\n") if len(held) > MOST_BYTES else 0
        block = bytes(held) + chunk[start:end]
        held = bytearray(chunk[end + 1 :])
        yield _split(block)
    if held:
        yield _split(bytes(held))


def _split(block: bytes) -> list[str]:
    if len(block) > MOST_BYTES:
        return [_line(line) for line in block.split(b"\n")]
    try:
        text = block.decode()
    except UnicodeDecodeError:
        return [_line(line) for line in block.split(b"\n")]
    lines = text.split("\n")
    return [line.removesuffix("\r") for line in lines] if "\r" in text else lines


def _line(line: bytes) -> str:
    if len(line) > MOST_BYTES:
        # A character that the cut goes through is dropped, so that the cut alone makes no line garbled.
        return Cut(line[:MOST_BYTES].decode(errors="ignore"))
    line = line.removesuffix(b"\r")
    try:
        return line.decode()
    except UnicodeDecodeError:
        return Garbled(line.decode(errors="replace"))
