"""The same call with and without observation, and what was recorded of it."""

import gc
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from genai_obs import observe_inference
from genai_obs.testing import capture_records

Record = dict[str, Any]
Call = Callable[[], Any]

HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0"
NOVA = "amazon.nova-lite-v1:0"
PROMPT: list[dict[str, Any]] = [{"role": "user", "content": [{"text": "What is the capital of Norway?"}]}]

_RECORDED = Path(__file__).parents[2] / "recorded" / "bedrock"


def skip_if_unknown(error: BaseException | None) -> None:
    """Skip a test whose request this botocore is too old to send."""
    if type(error).__name__ == "ParamValidationError" and "Unknown parameter" in str(error):
        pytest.skip("this botocore does not know a parameter of the request")


class Outcome:
    """What a caller got, and what was logged: ``value`` or ``error``, and ``records``."""

    def __init__(self, value: Any, error: BaseException | None, records: list[Record]) -> None:
        self.value = value
        self.error = error
        self.records = records

    @property
    def record(self) -> Record:
        """The record, of which there must be exactly one."""
        assert len(self.records) == 1, self.records
        return self.records[0]


def observe(call: Call, **options: Any) -> Outcome:
    """Run a call inside an observed function."""
    with capture_records() as records:
        value, error = attempt(observe_inference(**options)(call))
    return Outcome(value, error, records)


def attempt(call: Call) -> tuple[Any, BaseException | None]:
    """Return the value or the exception of a call."""
    try:
        return call(), None
    except Exception as error:  # noqa: BLE001 - any, to compare them
        return None, error


def recorded(name: str) -> list[dict[str, Any]]:
    """Return the cases of a file in ``tests/recorded/bedrock``."""
    cases: list[dict[str, Any]] = json.loads((_RECORDED / f"{name}.json").read_text("utf-8"))
    return cases


def ids(case: Mapping[str, Any]) -> str:
    """Return the name of a recorded case."""
    return str(case["id"])


def shown(record: Record, expected: Mapping[str, Any]) -> Record:
    """Return the members of a record that a test expects, None for those that are absent."""
    return {name: record.get(name) for name in expected}


def comparable(value: Any) -> Any:
    """Return an answer without what differs from one request to the next: request id, date."""
    if not isinstance(value, dict):
        return value
    members = {name: member for name, member in value.items() if name != "ResponseMetadata"}
    metadata = value.get("ResponseMetadata")
    if isinstance(metadata, dict):
        headers = {k: v for k, v in metadata["HTTPHeaders"].items() if k not in ("date", "x-amzn-requestid")}
        members["ResponseMetadata"] = {**metadata, "RequestId": "", "HTTPHeaders": headers}
    return members


def collect(stream: Any) -> tuple[list[Any], BaseException | None]:
    """Return all events of a stream and the exception that ended it, if one did."""
    events: list[Any] = []
    try:
        events.extend(stream)
    except Exception as error:  # noqa: BLE001 - any, to compare them
        return events, error
    return events, None


def body(value: object) -> bytes:
    """Return a request body."""
    return orjson.dumps(value)


def garbage_of(call: Call) -> int:
    """Return how many objects a call leaves to the cycle collector, not counting what only the first call leaves."""
    call()
    gc.collect()
    gc.disable()
    try:
        call()
        return gc.collect()
    finally:
        gc.enable()


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for another thread to get somewhere."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.002)
