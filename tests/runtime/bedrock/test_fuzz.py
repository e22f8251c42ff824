"""Whatever the service answers: no failure of ours, the caller's answer untouched, a valid line within limits."""

import functools
import io
import json
from typing import Any

import boto3
import orjson
import pytest
from botocore.eventstream import EventStream
from botocore.exceptions import UnknownServiceError
from botocore.response import StreamingBody
from hypothesis import given, settings
from hypothesis import strategies as st
from runtime.bedrock.support import recorded

from genai_obs import observe_inference, schema
from genai_obs._runtime import aws_calls, observation
from genai_obs._runtime.operations import OPERATIONS
from genai_obs.testing import capture_records

COUNTS = [field.name for field in schema.FIELDS if field.group == "usage" and field.kind == "integer"]
KNOWN = {field.name for field in schema.FIELDS}

FAST = settings(max_examples=60)


def _words(value: Any, found: set[str]) -> set[str]:
    """Collect every member name and short text of recorded answers: the vocabulary that our readers react to."""
    if isinstance(value, dict):
        for name, member in value.items():
            found.add(name)
            _words(member, found)
    elif isinstance(value, list):
        for member in value:
            _words(member, found)
    elif isinstance(value, str) and len(value) < 40:
        found.add(value)
    return found


CASES = recorded("converse") + recorded("invoke") + recorded("invoke_streams")
WORDS = sorted(_words([[case.get("body"), case.get("chunks")] for case in CASES], set()))

words = st.sampled_from([*WORDS, "\ud800"]) | st.text(max_size=8)
numbers = st.integers(-(2**70), 2**70) | st.integers(0, 5000) | st.floats()
leaves = st.none() | st.booleans() | numbers | words | st.binary(max_size=4)
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=5))
objects = st.dictionaries(words, values, max_size=6)


@st.composite
def damaged(draw: st.DrawFn, cases: list[Any]) -> Any:
    """Draw a recorded answer in which some members were replaced by anything."""
    value = json.loads(json.dumps(draw(st.sampled_from(cases))))
    for _ in range(draw(st.integers(1, 4))):
        place = value
        while isinstance(place, dict | list) and place:
            key: Any = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
            if not isinstance(place[key], dict | list) or not place[key] or draw(st.integers(0, 3)) == 0:
                place[key] = draw(values)
                break
            place = place[key]
    return value


@functools.cache
def client_of(service: str) -> Any:
    """Return a real client, which is never made to send anything."""
    session = boto3.session.Session("testing", "testing", region_name="us-east-1")
    try:
        return session.client(service)  # type: ignore[call-overload]
    except UnknownServiceError:
        pytest.skip(f"this botocore does not know {service}")


def leave_record(operation: str, params: Any, answer: Any, use: Any = None) -> dict[str, Any]:
    """Take one call through the hook's two halves and return its record, checked."""

    def handler() -> None:
        observed = observation.current.get()
        assert observed is not None
        call = aws_calls.begin(observed, client_of(OPERATIONS[operation].service), operation, params)
        assert call is not None
        aws_calls.answered(call, operation, answer)
        if use is not None:
            use()
        call.finish("abandoned")

    with capture_records() as records:
        observe_inference(handler)()
    assert len(records) == 1
    check(records[0])
    return records[0]


def check(record: dict[str, Any]) -> None:
    """Assert what must hold of any record: counts are whole and not negative, the line is small, cost is a price."""
    for name in COUNTS:
        assert name not in record or (type(record[name]) is int and 0 <= record[name] < 2**54), (name, record[name])
    assert record["status"] in schema.STATUSES
    assert record["cost_status"] in schema.COST_STATUSES
    assert (record["cost_usd"] is None) == (record["cost_status"] not in schema.PRICED_STATUSES)
    assert record["cost_usd"] is None or record["cost_usd"] >= 0
    assert len(orjson.dumps(record)) < 200_000
    assert not any(name.startswith("_") and name != "_aws" for name in record)


@FAST
@given(answer=objects | damaged([case["body"] for case in recorded("converse")]))
def test_any_converse_answer(answer: dict[str, Any]) -> None:
    """Converse may answer anything."""
    before = repr(answer)

    leave_record("Converse", {"modelId": "amazon.nova-lite-v1:0"}, answer)

    assert repr(answer) == before


@FAST
@given(
    body=values | damaged([case["body"] for case in recorded("invoke")]),
    headers=st.dictionaries(
        st.sampled_from(
            [
                f"x-amzn-bedrock-{kind}-token-count"
                for kind in ("input", "output", "cache-read-input", "cache-write-input")
            ]
        ),
        st.text(max_size=5) | st.integers(-1, 10**6).map(str),
    ),
)
def test_any_invocation_body(body: Any, headers: dict[str, str]) -> None:
    """InvokeModel may answer any JSON, with any headers."""
    text = orjson.dumps(body, default=lambda _: None, option=orjson.OPT_NON_STR_KEYS) if _fits(body) else b"{"
    stream = StreamingBody(io.BytesIO(text), len(text))
    answer = {"body": stream, "ResponseMetadata": {"HTTPHeaders": headers}}
    read: list[bytes] = []

    leave_record("InvokeModel", {"modelId": "x", "body": text}, answer, lambda: read.append(stream.read()))

    assert read == [text]


def _fits(body: Any) -> bool:
    try:
        orjson.dumps(body, default=lambda _: None)
    except (TypeError, orjson.JSONEncodeError):
        return False
    return True


@FAST
@given(params=objects | damaged([{"modelId": "m", **case["request"]} for case in recorded("converse")]))
@pytest.mark.parametrize("operation", OPERATIONS)
def test_any_request(operation: str, params: dict[str, Any]) -> None:
    """A request may be anything: refusing it is botocore's business."""
    leave_record(operation, params, {})


def _chunks(chunks: list[Any]) -> list[dict[str, Any]]:
    return [{"chunk": {"bytes": json.dumps(each, default=str).encode()}} for each in chunks]


@FAST
@given(
    chunks=st.lists(objects, max_size=6).map(_chunks)
    | damaged([case["chunks"] for case in recorded("invoke_streams")])
    .filter(lambda c: isinstance(c, list))
    .map(_chunks)
    | st.lists(objects | st.binary(max_size=9).map(lambda raw: {"chunk": {"bytes": raw}}), max_size=4)
)
def test_any_chunks(chunks: list[dict[str, Any]]) -> None:
    """A stream of InvokeModelWithResponseStream may carry anything, in any order."""
    _read_stream("InvokeModelWithResponseStream", chunks)


def _events(body: Any) -> list[dict[str, Any]]:
    message = body.get("output") if isinstance(body, dict) else None
    return [{"messageStart": {}}, {"contentBlockDelta": {"delta": message}}, {"messageStop": body}, {"metadata": body}]


@FAST
@given(
    events=st.lists(objects, max_size=6)
    | damaged([case["body"] for case in recorded("converse")]).map(_events)
    | st.lists(
        st.dictionaries(
            st.sampled_from(["trace", "chunk", "metadata", "messageStop", "contentBlockStart", "contentBlockDelta"]),
            values,
            max_size=2,
        ),
        max_size=6,
    )
)
@pytest.mark.parametrize("operation", ["ConverseStream", "InvokeAgent", "InvokeFlow", "RetrieveAndGenerateStream"])
def test_any_events(operation: str, events: list[dict[str, Any]]) -> None:
    """Other streams may carry any events."""
    _read_stream(operation, events)


class Frame:
    """One frame of a stream, as far as it is looked at."""

    def __init__(self, event: dict[str, Any]) -> None:
        self.event = event
        self.headers = {":event-type": next(iter(event), None)}
        self.payload = json.dumps(next(iter(event.values()), None), default=str).encode()


class Given(EventStream):  # type: ignore[type-arg]
    """botocore's stream, given its events."""

    def __init__(self, events: list[dict[str, Any]]) -> None:
        self._event_generator = map(Frame, events)

    def _parse_event(self, event: Any) -> Any:
        return event.event


def _read_stream(operation: str, events: list[dict[str, Any]]) -> None:
    before = repr(events)
    stream = Given(events)
    read: list[Any] = []

    record = leave_record(operation, {"modelId": "amazon.nova-lite-v1:0"}, {"x": stream}, lambda: read.extend(stream))

    assert repr(events) == before
    assert read == [each for each in events if each] or repr(read) == repr([each for each in events if each])
    assert record["stream"] in schema.STREAM_ENDS


SECRET = "4111-1111-1111-1111"
texts = st.just(SECRET) | st.sampled_from(["BLOCKED", "NONE", "ANONYMIZED", "gr1", "INPUT"])
entries = st.fixed_dictionaries(
    {"match": st.just(SECRET)},
    optional={"action": texts, "detected": st.booleans(), "regex": st.just(SECRET), "type": texts, "name": texts},
)
policies = st.fixed_dictionaries(
    {},
    optional={
        "topicPolicy": st.fixed_dictionaries({"topics": st.lists(entries, max_size=2)}),
        "wordPolicy": st.fixed_dictionaries({"customWords": st.lists(entries, max_size=2)}),
        "sensitiveInformationPolicy": st.fixed_dictionaries(
            {"piiEntities": st.lists(entries), "regexes": st.lists(entries)}
        ),
        "contextualGroundingPolicy": st.none(),
        "somethingNew": st.fixed_dictionaries({"matches": st.lists(entries, max_size=2)}),
    },
)


@FAST
@given(found=st.lists(policies, max_size=3), where=st.sampled_from(["converse", "invoke", "apply", "agent"]))
def test_matched_text_is_in_no_record(found: list[Any], where: str) -> None:
    """Whatever a guardrail matched, in whatever policy and on whatever surface: it is not in the record."""
    trace: dict[str, Any] = {"modelOutput": [SECRET], "actionReason": SECRET, "outputs": [{"text": SECRET}]}
    if where == "converse":
        trace |= {"outputAssessments": {"gr1": found}, "inputAssessment": {"gr1": found[0] if found else {}}}
        record = leave_record("Converse", {"modelId": "m"}, {"stopReason": "x", "trace": {"guardrail": trace}})
    elif where == "apply":
        record = leave_record("ApplyGuardrail", {}, trace | {"action": "GUARDRAIL_INTERVENED", "assessments": found})
    elif where == "invoke":
        inner = trace | {"input": {"gr1": {}}, "outputs": [{"gr1": each} for each in found]}
        text = orjson.dumps(
            {"amazon-bedrock-guardrailAction": "INTERVENED", "amazon-bedrock-trace": {"guardrail": inner}}
        )
        stream = StreamingBody(io.BytesIO(text), len(text))
        record = leave_record("InvokeModel", {"modelId": "m"}, {"body": stream}, stream.read)
    else:
        from genai_obs._runtime.agents import AgentEvents

        facts: dict[str, Any] = {}
        reader = AgentEvents(facts)
        reader.read(
            {"trace": {"trace": {"guardrailTrace": trace | {"action": "INTERVENED", "inputAssessments": found}}}}
        )
        reader.end()
        record = facts

    assert SECRET not in orjson.dumps(record).decode()
