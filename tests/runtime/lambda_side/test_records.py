"""Which records an observation leaves, and what stands on them."""

import os
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import orjson
import pytest
from aws_lambda_powertools import Logger
from runtime.lambda_side.support import NOVA, PROMPT, THROTTLED, LambdaContext, Record, configured, converse

from genai_obs import annotate, observe_inference
from genai_obs.testing import capture_records

InLambda = Callable[..., None]


def test_calls_are_recorded_and_the_handler_adds_nothing(client: Any, context: LambdaContext) -> None:
    """Three calls in one invocation: three records with one request id."""

    @observe_inference
    def handler(event: object, context: object) -> None:
        for _ in range(3):
            converse(client)

    with capture_records() as records:
        handler({}, context)

    assert [(r["operation"], r["request_id"]) for r in records] == [("Converse", "request-1")] * 3


def test_innermost_observation_owns_the_call(client: Any) -> None:
    """A call belongs to the function it is made in; the functions around it leave no record of their own."""

    @observe_inference(fields={"feature": "inner", "depth": 2})
    def inner() -> None:
        converse(client)

    @observe_inference(fields={"feature": "outer", "team": "blue"})
    def outer() -> None:
        inner()

    with capture_records() as records:
        outer()

    assert [(r["feature"], r["depth"], r["team"]) for r in records] == [("inner", 2, "blue")]


def test_inner_observation_without_a_call_leaves_the_record() -> None:
    """Where nothing was seen the innermost function says so, once."""

    @observe_inference(fields={"feature": "inner"})
    def inner() -> None: ...

    @observe_inference(fields={"feature": "outer"})
    def outer() -> None:
        inner()

    with capture_records() as records:
        outer()

    assert [r["feature"] for r in records] == ["inner"]


def test_handler_that_fails_after_a_call_keeps_the_calls_record(client: Any) -> None:
    """The model call went well; the user's own error is not its."""

    @observe_inference
    def handler() -> None:
        converse(client)
        raise KeyError

    with capture_records() as records, pytest.raises(KeyError):
        handler()

    assert [r["status"] for r in records] == ["ok"]


def test_failed_call_is_recorded_although_the_handler_goes_on(client: Any) -> None:
    """A throttle that the user catches is still a throttle."""

    @observe_inference
    def handler() -> str:
        try:
            converse(client, THROTTLED)
        except client.exceptions.ThrottlingException:
            return "later"
        return "now"

    with capture_records() as records:
        assert handler() == "later"

    assert [(r["status"], r["error_type"], r["http_status"]) for r in records] == [
        ("throttled", "ThrottlingException", 429)
    ]


def test_returned_answer_is_read() -> None:
    """When no client was seen, an answer that the function returns tells the tokens."""
    answer = {
        "output": {"message": {"role": "assistant", "content": [{"text": "Oslo"}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 5, "outputTokens": 2, "totalTokens": 7},
    }

    @observe_inference(model_id=NOVA)
    def handler() -> object:
        return answer

    with capture_records() as records:
        assert handler() is answer

    assert [(r["input_tokens"], r["output_tokens"], r["total_tokens"]) for r in records] == [(5, 2, 7)]


@pytest.mark.parametrize(
    "value",
    [None, "text", {"statusCode": 200, "body": "{}"}, {"usage": "many"}, [], object(), MagicMock(), b"", 3.5],
    ids=lambda value: type(value).__name__,
)
def test_other_return_values_tell_nothing(value: object) -> None:
    """A web response, a mock or anything else leaves latency and status; tokens stay unknown."""

    @observe_inference
    def handler() -> object:
        return value

    with capture_records() as records:
        assert handler() is value

    assert [r["status"] for r in records] == ["ok"]
    assert "input_tokens" not in records[0]


def test_numbers_that_the_user_gives_are_recorded() -> None:
    """``record_usage`` is for calls that nobody could see; each leaves a record."""
    with capture_records() as records, observe_inference(provider="custom") as block:
        block.record_usage(
            model_id=NOVA,
            input_tokens=10,
            output_tokens=20,
            cache_read_tokens=5,
            cache_write_tokens=1,
            stop_reason="stop",
        )
        block.record_usage(input_tokens=None, output_tokens=-1)  # type: ignore[arg-type,unused-ignore]

    first, second = records
    assert (first["total_tokens"], first["stop_reason"], first["provider"]) == (36, "stop", "custom")
    assert "output_tokens" not in second


def test_answer_that_is_handed_over_counts_once(client: Any) -> None:
    """An answer that boto3 brought and that is handed over as well is one inference."""
    with capture_records() as records, observe_inference() as block:
        block.record_response(converse(client))

    assert len(records) == 1


def test_answer_that_is_handed_over_is_read() -> None:
    """An answer that came by other means is recorded with its tokens."""
    with capture_records() as records, observe_inference(model_id=NOVA) as block:
        block.record_response({"usage": {"inputTokens": 5, "outputTokens": 2}, "output": {"message": {}}})

    assert [r["total_tokens"] for r in records] == [7]


def test_decorators_model_is_for_calls_that_tell_none(client: Any) -> None:
    """``model_id=`` names the model of other SDKs' calls; what boto3 says of its own calls stands."""

    @observe_inference(model_id="my-model")
    def handler() -> None:
        converse(client)

    with capture_records() as records:
        handler()

    assert [r["model_id"] for r in records] == [NOVA]


# -- who says what ---------------------------------------------------------------------------------------------------


def test_more_specific_fields_win(client: Any) -> None:
    """Configuration, logger, outer decorator, inner decorator, annotations: the later one wins."""
    logger = Logger(service="support", level="CRITICAL")
    logger.append_keys(a="logger", b="logger", order_id=7)

    @observe_inference(fields={"c": "inner", "d": "inner"})
    def inner() -> None:
        annotate(d="annotated")
        converse(client)

    @observe_inference(fields={"b": "outer", "c": "outer"})
    def outer() -> None:
        inner()

    with configured(fields=dict.fromkeys("zabcd", "configured"), logger=logger), capture_records() as records:
        outer()

    record = records[0]
    assert {name: record[name] for name in "zabcd"} == {
        "z": "configured",
        "a": "logger",
        "b": "outer",
        "c": "inner",
        "d": "annotated",
    }
    assert record["order_id"] == 7
    assert "message" not in record
    assert "service" not in record


def test_annotations_are_for_later_records_of_this_invocation(client: Any) -> None:
    """A record that was written before does not change, and the next invocation starts anew."""

    @observe_inference
    def handler(event: object, context: object) -> None:
        converse(client)
        annotate(tenant="acme", user_id="u1")
        converse(client)

    with capture_records() as records:
        handler({}, LambdaContext("request-1"))
        handler({}, LambdaContext("request-2"))

    assert [r.get("tenant") for r in records] == [None, "acme", None, "acme"]


def test_annotation_of_an_inner_function_holds_for_the_rest_of_the_invocation(client: Any) -> None:
    """Whoever learns the tenant says so once; calls after it, further out, carry it too."""

    @observe_inference
    def inner() -> None:
        annotate(tenant="acme")

    @observe_inference
    def outer() -> None:
        inner()
        converse(client)

    with capture_records() as records:
        outer()

    assert [r.get("tenant") for r in records] == ["acme", "acme"]


def test_annotation_outside_an_observation_is_said_and_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    """Where there is no invocation there is nothing to annotate: one word on stderr, no exception."""
    annotate(tenant="acme")
    annotate(tenant="acme")

    assert capsys.readouterr().err.count("annotate() was called outside an observation") == 1


def test_number_of_annotations_is_bounded(capsys: pytest.CaptureFixture[str]) -> None:
    """A name that changes each time cannot grow the records of an invocation without end; known names still change."""
    with capture_records() as records, observe_inference():
        for number in range(500):
            annotate(**{f"n{number}": 1, "last": number})

    assert len([name for name in records[0] if name.startswith("n")]) < 128
    assert records[0]["last"] == 499
    assert capsys.readouterr().err.count("more than 128 annotations") == 1


def test_users_fields_never_replace_ours(client: Any, context: LambdaContext) -> None:
    """Names of the record's own are left out wherever the user says them; annotate never raises."""
    names = ["metric", "cost_usd", "model_id", "status", "timestamp", "_aws", "AICost", "Environment", "prompt"]

    @observe_inference
    def handler(event: object, context: object) -> None:
        annotate(**dict.fromkeys(names, "mine"))
        converse(client)

    with configured(emf=True), capture_records() as records:
        handler({}, context)

    assert not [name for name in names if records[0].get(name) == "mine"]


def test_request_metadata_becomes_fields(client: Any) -> None:
    """What a Converse request says of itself stands on its record."""
    if "requestMetadata" not in client.meta.service_model.operation_model("Converse").input_shape.members:
        pytest.skip("this botocore does not know requestMetadata")
    with capture_records() as records, observe_inference():
        client.converse(modelId=NOVA, messages=PROMPT, requestMetadata={"tenant": "acme", "status": "mine"})

    assert (records[0]["tenant"], records[0]["status"]) == ("acme", "ok")


# -- the invocation --------------------------------------------------------------------------------------------------


class Method:
    """A handler that is a method."""

    @observe_inference
    def handle(self, event: object, context: object) -> None:
        """Do nothing."""


@observe_inference
def plain(event: object, context: object, extra: object = None) -> None:
    """Do nothing."""


@observe_inference
def record_handler(record: object, lambda_context: object = None) -> None:
    """Do nothing, as one of Powertools' batch processor."""


@pytest.mark.parametrize(
    "call",
    [
        lambda context: plain({}, context),
        lambda context: plain({}, context, {"more": 1}),
        lambda context: plain(event={}, context=context),
        lambda context: plain(MagicMock(), context),
        lambda context: Method().handle({}, context),
        lambda context: Method().handle({}, context=context),
        lambda context: record_handler({}, lambda_context=context),
    ],
    ids=["second", "second of three", "keyword", "mock event", "method", "method keyword", "lambda_context"],
)
def test_context_is_found(call: Callable[[object], None], context: LambdaContext) -> None:
    """Wherever a handler takes its context, the record has its request id."""
    with capture_records() as records:
        call(context)

    assert [r["request_id"] for r in records] == ["request-1"]


class Raising:
    """A proxy that may not be touched here."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError("working outside of request context")


@pytest.mark.parametrize(
    "argument",
    [None, "text", {}, MagicMock(), SimpleNamespace(), SimpleNamespace(aws_request_id=None), Raising(), object],
    ids=["None", "text", "dict", "MagicMock", "nothing", "None inside", "raising proxy", "class"],
)
def test_what_is_no_context_is_none(argument: object) -> None:
    """Tests pass all kinds of things as context: the record has no request id, and nothing fails."""
    with capture_records() as records:
        plain({}, argument)

    assert "request_id" not in records[0]


def test_powertools_test_double_of_the_context() -> None:
    """A data class with Lambda's attributes is a context."""
    double = SimpleNamespace(
        function_name="test",
        memory_limit_in_mb=128,
        invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:test",
        aws_request_id="52fdfc07-2182-154f-163f-5f0f9a621d72",
        get_remaining_time_in_millis=lambda: 1000,
    )

    with capture_records() as records:
        plain({}, double)

    assert records[0]["request_id"] == "52fdfc07-2182-154f-163f-5f0f9a621d72"
    assert records[0]["function_name"] == "test"


def test_first_invocation_is_a_cold_start(in_lambda: InLambda) -> None:
    """All records of the first invocation say so, later ones say no."""
    in_lambda(AWS_LAMBDA_INITIALIZATION_TYPE="provisioned-concurrency")

    @observe_inference
    def handler(event: object, context: object) -> None:
        with observe_inference() as block:
            block.record_usage(input_tokens=1)
            block.record_usage(input_tokens=2)

    with capture_records() as records:
        handler({}, LambdaContext("request-1"))
        handler({}, LambdaContext("request-2"))

    assert [r["cold_start"] for r in records] == [True, True, False, False]
    assert {r["initialization_type"] for r in records} == {"provisioned-concurrency"}


def test_call_while_the_function_is_initialised_uses_up_no_cold_start(in_lambda: InLambda) -> None:
    """What runs at import, and is kept in a SnapStart snapshot, belongs to no invocation."""
    in_lambda(AWS_LAMBDA_INITIALIZATION_TYPE="snap-start")

    with capture_records() as records:
        with observe_inference():
            pass
        plain({}, LambdaContext("request-1"))

    assert [r.get("cold_start") for r in records] == [None, True]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_forked_child_has_its_own_cold_start(in_lambda: InLambda, context: LambdaContext) -> None:
    """Lambda's multi-concurrency forks after the import: each process has a first invocation."""
    in_lambda()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        with capture_records() as records:
            plain({}, context)
        os.write(writer, orjson.dumps(records[0]["cold_start"]))
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(reader, 10) == b"true"


def test_names_and_trace(in_lambda: InLambda, context: LambdaContext, monkeypatch: pytest.MonkeyPatch) -> None:
    """Function, service and stage come from the environment; the trace id is read at each invocation."""
    in_lambda(GENAI_OBS_SERVICE="support", GENAI_OBS_ENVIRONMENT="prod")

    with capture_records() as records:
        for root in ("1-a-b", "1-c-d"):
            monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Parent=1;Root={root};Sampled=1")
            plain({}, context)

    assert [r["trace_id"] for r in records] == ["1-a-b", "1-c-d"]
    expected: Record = {
        "function_name": "my-function",
        "function_version": "7",
        "service": "support",
        "environment": "prod",
    }
    assert expected.items() <= records[0].items()
