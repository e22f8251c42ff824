"""
Write AWS event-stream frames: the binary framing of every streamed Bedrock answer.

A frame is a prelude (total length, header length, CRC of both), headers, a payload and a CRC of all before it.
Layout and header types are those of the AWS event stream encoding, as botocore 1.44.5 reads them.
"""

import base64
import random
import string
from binascii import crc32
from collections.abc import Iterator, Mapping, Sequence
from struct import pack
from uuid import UUID

import orjson

HeaderValue = str | bytes | int | bool | UUID

_LENGTHS_AND_CRCS = 16
# Bedrock pads every event with a prefix of this text, so that a frame's length does not tell its token's.
_PADDING = string.ascii_lowercase + string.ascii_uppercase + string.digits


def encode_frame(headers: Mapping[str, HeaderValue], payload: bytes) -> bytes:
    """Return one frame; str, bytes, bool, int (64 bits) and UUID header values keep their type on the wire."""
    header_block = b"".join(_header(name, value) for name, value in headers.items())
    lengths = pack(">II", _LENGTHS_AND_CRCS + len(header_block) + len(payload), len(header_block))
    body = lengths + pack(">I", crc32(lengths)) + header_block + payload
    return body + pack(">I", crc32(body))


def event(event_type: str, body: object, *, padding: int | None = None) -> bytes:
    """
    Return the frame of a modelled event with a JSON payload.

    Args:
        event_type: Name of the union member, such as ``contentBlockDelta``.

        body: The member's value; a dict is padded with a member ``p`` as Bedrock does.

        padding: Length of that padding, 0 for none, None for a random one.
    """
    length = random.randrange(1, len(_PADDING)) if padding is None else padding  # noqa: S311 - no secret
    if length and isinstance(body, dict):
        body = body | {"p": _PADDING[:length]}
    return encode_frame(
        {":event-type": event_type, ":content-type": "application/json", ":message-type": "event"}, orjson.dumps(body)
    )


def chunk(body: object, *, padding: int | None = None) -> bytes:
    """Return the frame of one ``chunk`` of InvokeModelWithResponseStream, holding the provider's own JSON."""
    text = body if isinstance(body, bytes) else orjson.dumps(body)
    return event("chunk", {"bytes": base64.b64encode(text).decode()}, padding=padding)


def exception(exception_type: str, message: str, **members: object) -> bytes:
    """Return the frame of a modelled exception inside a stream; its name is lower camel, as ``throttlingException``."""
    headers = {":exception-type": exception_type, ":content-type": "application/json", ":message-type": "exception"}
    return encode_frame(headers, orjson.dumps({"message": message, **members}))


def error(code: str, message: str) -> bytes:
    """Return the frame of an error that no model describes."""
    return encode_frame({":error-code": code, ":error-message": message, ":message-type": "error"}, b"")


def with_bad_checksum(frame: bytes) -> bytes:
    """Return the frame with its last checksum flipped, as a damaged line would deliver it."""
    return frame[:-4] + bytes(byte ^ 0xFF for byte in frame[-4:])


def split(data: bytes, at: Sequence[int]) -> Iterator[bytes]:
    """Yield the data in pieces cut at the given offsets (ascending); the pieces add up to the data."""
    start = 0
    for end in (*at, len(data)):
        yield data[start:end]
        start = end


def _header(name: str, value: HeaderValue) -> bytes:
    """Return one header: name with its length in a byte, type in a byte, value."""
    raw = name.encode()
    return pack(">B", len(raw)) + raw + _header_value(value)


def _header_value(value: HeaderValue) -> bytes:
    # bool first: it is an int in Python but has types of its own on the wire.
    if isinstance(value, bool):
        return b"\x00" if value else b"\x01"
    if isinstance(value, int):
        return b"\x05" + pack(">q", value)
    if isinstance(value, bytes):
        return b"\x06" + pack(">H", len(value)) + value
    if isinstance(value, UUID):
        return b"\x09" + value.bytes
    text = value.encode()
    return b"\x07" + pack(">H", len(text)) + text
