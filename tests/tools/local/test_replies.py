"""Scripted replies."""

from typing import Any

import botocore.session
import pytest

from genai_obs.tools.local.replies import (
    ERROR_STATUS,
    Pause,
    bytes_reply,
    cut_reply,
    error_reply,
    json_reply,
    stream_reply,
)


def test_json_is_sent_with_its_length_and_type() -> None:
    """The ordinary answer."""
    reply = json_reply({"a": 1}, {"X-Amzn-Bedrock-Input-Token-Count": "3"})

    assert reply.body == b'{"a":1}'
    assert reply.headers == {"Content-Type": "application/json", "X-Amzn-Bedrock-Input-Token-Count": "3"}


# Refused before any operation is reached, so no operation models them.
_NOT_MODELLED = {"ExpiredTokenException": 403, "UnrecognizedClientException": 403}


def _modelled_status() -> dict[str, int]:
    """Return the HTTP status of every error that the two services declare; where they differ, the runtime's."""
    session: Any = botocore.session.Session()
    models = [session.get_service_model(name) for name in ("bedrock-agent-runtime", "bedrock-runtime")]
    return {shape.name: shape.metadata["error"]["httpStatusCode"] for model in models for shape in model.error_shapes}


def test_errors_have_the_status_of_the_service_models() -> None:
    """The table is botocore's, and lacks none."""
    assert _modelled_status() | _NOT_MODELLED == ERROR_STATUS


@pytest.mark.parametrize("code", sorted(ERROR_STATUS))
def test_an_error_names_its_code_in_a_header(code: str) -> None:
    """There botocore looks for it first."""
    reply = error_reply(code)

    assert reply.status == ERROR_STATUS[code]
    assert reply.headers["x-amzn-ErrorType"].startswith(f"{code}:")


def test_an_unknown_error_is_the_services_own_fault() -> None:
    """A code that no model has is sent with status 500, and its members in the body."""
    reply = error_reply("NewException", "why", hint=1)

    assert reply.status == 500
    assert reply.body == b'{"message":"why","hint":1}'


def test_a_paced_stream_waits_before_and_between_its_frames() -> None:
    """The wait before the first frame is another than the ones between frames."""
    reply = stream_reply([b"a", b"b", b"c"], first_s=0.5, pace_s=0.1)

    assert (Pause(0.5), b"a", Pause(0.1), b"b", Pause(0.1), b"c") == reply.steps


def test_a_stream_without_a_pace_has_no_pauses() -> None:
    """Tests that do not care about time lose none."""
    assert stream_reply([b"a", b"b"]).steps == (b"a", b"b")


def test_a_reply_is_refined_without_changing_the_first() -> None:
    """Copies share nothing that changes."""
    plain = bytes_reply(b"<html>", "text/html", status=503)

    refined = plain.after(0.2).with_headers(Retry_After="1")

    assert (refined.delay_s, refined.headers["Retry-After"]) == (0.2, "1")
    assert (plain.delay_s, "Retry-After" in plain.headers) == (0.0, False)


def test_a_cut_reply_says_nothing() -> None:
    """It only closes the connection."""
    assert cut_reply().cut
