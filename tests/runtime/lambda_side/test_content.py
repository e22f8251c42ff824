"""Prompt and completion, only where asked for and only through the user's redactor."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from runtime.lambda_side.support import HAIKU, NOVA, PROMPT, SECRET, Record, converse

from genai_obs import configure, observe_inference
from genai_obs.testing import assert_no_content, capture_records

QUESTION = "What is the capital of Norway?"
ANSWER = "Oslo is the capital of Norway."
BODY = json.dumps({"system": "Be brief.", "messages": [{"role": "user", "content": QUESTION}], "max_tokens": 9})


def keep(text: str) -> str:
    """Keep everything."""
    return text


def stream(client: Any) -> None:
    """Read a Converse stream."""
    for _ in client.converse_stream(modelId=NOVA, messages=PROMPT)["stream"]:
        pass


def chunks(client: Any) -> None:
    """Read an InvokeModel stream."""
    for _ in client.invoke_model_with_response_stream(modelId=HAIKU, body=BODY)["body"]:
        pass


CALLS: dict[str, Callable[[Any], object]] = {
    "Converse": converse,
    "ConverseStream": stream,
    "InvokeModel": lambda client: client.invoke_model(modelId=HAIKU, body=BODY)["body"].read(),
    "InvokeModelWithResponseStream": chunks,
}


def record_of(call: Callable[[Any], object], client: Any, redact: Any, *, strict: bool = True) -> Record:
    """Return the record of one call under a redactor."""
    with capture_records(strict=strict) as records, observe_inference(capture_content=redact):
        call(client)
    return records[0]


@pytest.mark.parametrize("name", CALLS)
def test_nothing_is_kept_unless_asked_for(name: str, client: Any) -> None:
    """By default no text of a prompt or answer is anywhere on a line."""
    with capture_records() as records, observe_inference():
        CALLS[name](client)

    assert_no_content(records, SECRET, "Oslo", "Be brief")


@pytest.mark.parametrize("name", CALLS)
def test_text_is_kept_where_asked_for(name: str, client: Any) -> None:
    """Both sides of a call pass the redactor and stand on its record."""
    record = record_of(CALLS[name], client, keep)

    assert (QUESTION in str(record["prompt"]), record["completion"]) == (True, ANSWER)


def test_redactor_decides(client: Any) -> None:
    """What it returns is logged; None is nothing; another type becomes text."""
    assert (
        record_of(converse, client, lambda text: text.replace("Norway", "…"))["completion"]
        == "Oslo is the capital of …."
    )
    assert not {"prompt", "completion"} & record_of(converse, client, lambda _: None).keys()
    assert record_of(converse, client, len)["prompt"] == str(len(QUESTION))


def test_redactor_that_fails_lets_nothing_through(client: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The call and its record are untouched; the text is gone; stderr does not quote it."""

    def fail(text: str) -> str:
        raise ValueError(text)

    record = record_of(converse, client, fail, strict=False)

    assert record["status"] == "ok"
    assert not {"prompt", "completion"} & record.keys()
    assert SECRET not in capsys.readouterr().err


def test_long_text_is_cut(client: Any) -> None:
    """A record stays below what Lambda's log takes, whatever the prompt."""
    messages = [{"role": "user", "content": [{"text": "é" * 60_000}, {"text": "more"}]}]
    record = record_of(lambda c: c.converse(modelId=NOVA, messages=messages), client, keep)

    assert len(str(record["prompt"])) == 16_384


def test_configured_redactor_counts_for_all_and_the_decorators_first(client: Any) -> None:
    """``configure(capture_content=)`` is the default of ``observe_inference(capture_content=)``."""
    configure(capture_content=lambda _: "configured")

    with capture_records() as records, observe_inference():
        converse(client)
    own = record_of(converse, client, lambda _: "own")

    assert (records[0]["prompt"], own["prompt"]) == ("configured", "own")


@pytest.mark.parametrize("body", ["no json", b"\xff", bytearray(b"{}"), io.BytesIO(b"{}"), "[1, 2]", '"text"', ""])
def test_any_request_body_is_sent_as_it_is(body: Any, client: Any, bedrock: Any) -> None:
    """A body that we cannot read, or must not, reaches the service; the record is there without a prompt."""
    record = record_of(lambda c: c.invoke_model(modelId=HAIKU, body=body)["body"].read(), client, keep)

    assert record["status"] == "ok"
    sent = bedrock.requests[-1].body
    assert sent == (
        body.getvalue() if isinstance(body, io.BytesIO) else body.encode() if isinstance(body, str) else body
    )
