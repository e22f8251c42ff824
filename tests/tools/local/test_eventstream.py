"""Frames as botocore reads them back."""

import itertools
from typing import Any
from uuid import UUID

import orjson
import pytest
from botocore.eventstream import ChecksumMismatch, EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from genai_obs.tools.local import eventstream

_VALUES = st.one_of(
    st.text(alphabet="aZ0 :\n\u00e9\u2713\U0001f600", max_size=50),
    st.binary(max_size=50),
    st.booleans(),
    st.integers(min_value=-(2**63), max_value=2**63 - 1),
)
_NAMES = st.text(alphabet="abcxyz:-_ 09", min_size=1, max_size=20)


def _read(*pieces: bytes) -> list[Any]:
    """Return what botocore makes of these pieces."""
    buffer = EventStreamBuffer()
    messages: list[Any] = []
    for piece in pieces:
        buffer.add_data(piece)
        messages += list(buffer)
    return messages


def _body(message: Any) -> dict[str, Any]:
    body: dict[str, Any] = orjson.loads(message.payload)
    return body


@given(st.dictionaries(_NAMES, _VALUES, max_size=5), st.binary(max_size=200))
def test_botocore_reads_back_any_headers_and_payload(headers: dict[str, Any], payload: bytes) -> None:
    """Whatever goes into a frame comes out of botocore's own reader."""
    [message] = _read(eventstream.encode_frame(headers, payload))

    assert (headers, payload) == (message.headers, message.payload)


def test_a_uuid_keeps_its_sixteen_bytes() -> None:
    """UUIDs have a header type of their own."""
    value = UUID("0a1b2c3d-0000-4000-8000-123456789abc")

    [message] = _read(eventstream.encode_frame({"id": value}, b""))

    assert value.bytes == message.headers["id"]


def test_an_event_names_its_type_and_its_content() -> None:
    """The event type is what botocore picks the member by."""
    [message] = _read(eventstream.event("messageStop", {"stopReason": "end_turn"}, padding=0))

    expected = {":event-type": "messageStop", ":content-type": "application/json", ":message-type": "event"}
    assert expected == message.headers
    assert _body(message) == {"stopReason": "end_turn"}


def test_events_are_padded_to_changing_lengths() -> None:
    """Bedrock hides the length of its tokens, so two equal events need not be equally long."""
    lengths = {len(eventstream.event("metadata", {})) for _ in range(50)}

    assert len(lengths) > 5


def test_the_padding_can_be_fixed() -> None:
    """A test that counts bytes asks for a certain padding."""
    [message] = _read(eventstream.event("metadata", {}, padding=3))

    assert _body(message) == {"p": "abc"}


@pytest.mark.parametrize("body", [{"type": "ping"}, b'{"type":"ping"}'], ids=["values", "bytes"])
def test_a_chunk_holds_the_providers_json_as_base64(body: object) -> None:
    """InvokeModel's streams wrap the provider's own bytes."""
    [message] = _read(eventstream.chunk(body, padding=0))

    assert _body(message) == {"bytes": "eyJ0eXBlIjoicGluZyJ9"}


def test_an_exception_carries_its_members_beside_the_message() -> None:
    """A modelled exception inside a stream has a type and may have members."""
    [message] = _read(eventstream.exception("modelStreamErrorException", "no", originalStatusCode=500))

    assert message.headers[":message-type"] == "exception"
    assert message.headers[":exception-type"] == "modelStreamErrorException"
    assert _body(message) == {"message": "no", "originalStatusCode": 500}


def test_an_error_has_code_and_message_in_its_headers() -> None:
    """An error that no model describes has no body at all."""
    [message] = _read(eventstream.error("InternalFailure", "oops"))

    expected = {":error-code": "InternalFailure", ":error-message": "oops", ":message-type": "error"}
    assert expected == message.headers


def test_a_damaged_frame_is_noticed() -> None:
    """A frame whose checksum was flipped does not pass as data."""
    with pytest.raises(ChecksumMismatch):
        _read(eventstream.with_bad_checksum(eventstream.event("metadata", {})))


def test_frames_survive_any_cut_between_two_pieces() -> None:
    """The reader does not care where the network cut the bytes."""
    data = eventstream.event("messageStart", {"role": "assistant"}, padding=0) + eventstream.error("E", "m")
    whole = [(message.headers, message.payload) for message in _read(data)]

    for cut in range(len(data)):
        pieces = eventstream.split(data, [cut])
        assert whole == [(message.headers, message.payload) for message in _read(*pieces)]


@given(st.binary(min_size=1, max_size=60), st.lists(st.integers(min_value=0, max_value=60), max_size=5))
def test_split_loses_nothing(data: bytes, offsets: list[int]) -> None:
    """The pieces add up to what was split, whatever the offsets."""
    at = sorted(min(offset, len(data)) for offset in offsets)

    pieces = list(eventstream.split(data, at))

    assert data == b"".join(pieces)
    assert [end - start for start, end in itertools.pairwise([0, *at, len(data)])] == [len(piece) for piece in pieces]
