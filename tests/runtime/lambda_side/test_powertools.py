"""Next to Powertools for AWS Lambda: its decorators in any order, its routes, its batch processor, its Logger."""

import io
import itertools
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.logging.correlation_paths import API_GATEWAY_REST
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.middleware_factory import lambda_handler_decorator
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes import SQSEvent, event_source
from runtime.lambda_side.support import PROMPT, LambdaContext, converse

from genai_obs import annotate, configure, observe_inference
from genai_obs.testing import capture_records
from genai_obs.tools.local.bedrock import BedrockServer

Decorator = Callable[[Any], Any]


@pytest.fixture(autouse=True)
def powertools(in_lambda: Callable[..., None]) -> None:
    """A function in Lambda, tracing off as in tests."""
    in_lambda(POWERTOOLS_TRACE_DISABLED="1", POWERTOOLS_SERVICE_NAME="support")


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))), ids=str)
def test_decorators_in_any_order(order: tuple[int, ...], client: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Logger, Tracer, Metrics and we do what each does alone, whoever stands on top."""
    log = io.StringIO()
    logger = Logger(service=f"support-{order}", stream=log)
    metrics = Metrics(namespace="Shop", service="support")
    decorators: list[Decorator] = [
        logger.inject_lambda_context(correlation_id_path=API_GATEWAY_REST),
        Tracer(service="support").capture_lambda_handler,
        metrics.log_metrics,
        observe_inference,
    ]

    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        metrics.add_metric("Orders", MetricUnit.Count, 1)
        logger.info("asked")
        converse(client)
        return {"statusCode": 200}

    for index in order:
        handler = decorators[index](handler)
    with capture_records() as records:
        result = handler({"requestContext": {"requestId": "corr"}}, LambdaContext("request-1"))

    assert result == {"statusCode": 200}
    assert [(r["request_id"], r["service"]) for r in records] == [("request-1", "support")]
    assert json.loads(log.getvalue())["function_request_id"] == "request-1"
    assert json.loads(capsys.readouterr().out)["Orders"] == [1.0]


def test_keys_of_the_logger_travel_with_the_records(client: Any) -> None:
    """What was appended to the Logger for log lines stands on our records too, and goes when it is cleared there."""
    logger = Logger(service="orders", level="CRITICAL", stream=None)
    configure(logger=logger)

    @logger.inject_lambda_context(clear_state=True)
    @observe_inference
    def handler(event: dict[str, Any], context: LambdaContext) -> None:
        if event["order"]:
            logger.append_keys(order_id=event["order"])
        logger.set_correlation_id("corr")
        converse(client)

    with capture_records() as records:
        handler({"order": 7}, LambdaContext("request-1"))
        handler({"order": None}, LambdaContext("request-2"))

    assert [r.get("order_id") for r in records] == [7, None]
    assert [r["correlation_id"] for r in records] == ["corr", "corr"]
    assert [r["request_id"] for r in records] == ["request-1", "request-2"]
    assert not {"message", "location", "function_arn", "function_memory_size", "sampling_rate"} & records[0].keys()


def route_event(path: str, body: str = "{}") -> dict[str, Any]:
    """Return an API Gateway event."""
    return {
        "path": path,
        "httpMethod": "POST",
        "requestContext": {"requestId": "227b78aa-779d-47d4-a48e-ce62120393b8", "path": path, "stage": "$default"},
        "queryStringParameters": {"limit": "3"},
        "headers": {"content-type": "application/json"},
        "body": body,
        "isBase64Encoded": False,
    }


@pytest.mark.parametrize("validation", [False, True], ids=["plain", "validated"])
def test_route_of_the_event_handler(validation: bool, client: Any) -> None:
    """A decorated route keeps its signature: path and query arguments arrive, converted where validation is on."""
    app = APIGatewayRestResolver(enable_validation=validation)
    seen: list[object] = []

    if validation:

        @app.post("/ask/<name>")
        @observe_inference(fields={"feature": "ask"})
        def ask(name: str, limit: int) -> dict[str, str]:
            seen.append((name, limit))
            converse(client)
            return {"answer": "Oslo"}

    else:

        @app.post("/ask/<name>")
        @observe_inference(fields={"feature": "ask"})
        def ask_plain(name: str) -> dict[str, str]:
            seen.append(name)
            converse(client)
            return {"answer": "Oslo"}

    @observe_inference
    def handler(event: dict[str, Any], context: LambdaContext) -> Any:
        return app.resolve(event, context)  # type: ignore[arg-type]

    with capture_records() as records:
        response = handler(route_event("/ask/bob"), LambdaContext("request-1"))

    assert (response["statusCode"], json.loads(response["body"])) == (200, {"answer": "Oslo"})
    assert seen == [("bob", 3) if validation else "bob"]
    assert [(r["feature"], r["request_id"]) for r in records] == [("ask", "request-1")]


def test_error_of_a_route_is_handled_by_the_resolver() -> None:
    """Exceptions pass us on their way to the application's own handlers."""
    app = APIGatewayRestResolver()

    @app.exception_handler(KeyError)  # type: ignore[untyped-decorator]
    def gone(error: KeyError) -> Response[str]:
        return Response(status_code=410, content_type="text/plain", body=str(error))

    @app.post("/ask")
    @observe_inference
    def ask() -> None:
        raise KeyError("bob")

    with capture_records() as records:
        response = app.resolve(route_event("/ask"), LambdaContext("request-1"))  # type: ignore[arg-type]

    assert (response["statusCode"], response["body"]) == (410, "'bob'")
    assert [r["error_type"] for r in records] == ["KeyError"]


def test_batch_processor(client: Any) -> None:
    """A decorated record handler leaves one record for each message, with its annotations; failures stay partial."""
    processor = BatchProcessor(event_type=EventType.SQS)

    @observe_inference(fields={"feature": "batch"})
    def record_handler(record: Any) -> None:
        annotate(tenant=record.body)
        if record.body == "bad":
            raise ValueError
        converse(client)

    @observe_inference
    def handler(event: dict[str, Any], context: LambdaContext) -> Any:
        return process_partial_response(event, record_handler, processor, context)  # type: ignore[arg-type]

    messages = [{"messageId": f"m{n}", "body": body, "attributes": {}} for n, body in enumerate(["a", "bad", "c"])]
    with capture_records() as records:
        response = handler({"Records": messages}, LambdaContext("request-1"))

    assert response == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert [(r["tenant"], r["status"]) for r in records] == [("a", "ok"), ("bad", "error"), ("c", "ok")]
    assert {r["request_id"] for r in records} == {"request-1"}


def test_data_class_events_and_own_middleware() -> None:
    """Decorators that change the event, above ours and below, find what they expect."""

    @lambda_handler_decorator
    def middleware(handler: Any, event: Any, context: Any) -> Any:
        return handler(event, context)

    @middleware
    @observe_inference
    @event_source(data_class=SQSEvent)
    def handler(event: SQSEvent, context: Any) -> list[str]:
        return [record.body for record in event.records]

    with capture_records() as records:
        bodies = handler({"Records": [{"body": "a"}]}, LambdaContext("request-1"))

    assert bodies == ["a"]
    assert [r["request_id"] for r in records] == ["request-1"]


def test_captured_methods(client: Any) -> None:
    """Tracer's ``capture_method`` above and below ours, on functions and coroutines."""
    import asyncio

    tracer = Tracer(service="support")

    @tracer.capture_method
    @observe_inference
    def above() -> str:
        return "above"

    @observe_inference
    @tracer.capture_method
    async def below() -> str:
        return "below"

    with capture_records() as records:
        assert (above(), asyncio.run(below())) == ("above", "below")

    assert len(records) == 2


XRAY = """
import os
import boto3
from aws_xray_sdk.core import patch, xray_recorder
from genai_obs import observe_inference

xray_recorder.configure(sampling=False, context_missing="IGNORE_ERROR")
if {first}:
    patch(["botocore"])

@observe_inference
def handler():
    with xray_recorder.in_segment("s") as segment:
        segment.sampled = False
        client = boto3.client("bedrock-runtime", endpoint_url={url!r})
        return client.converse(modelId="amazon.nova-lite-v1:0", messages={prompt!r})["stopReason"]

patch(["botocore"])
assert handler() == "end_turn"
"""


@pytest.mark.parametrize("first", [True, False], ids=["X-Ray first", "X-Ray second"])
def test_botocore_that_xray_has_patched(first: bool, bedrock: BedrockServer) -> None:
    """The X-Ray SDK wraps the very method that we do: both see the call, in either order."""
    script = XRAY.format(first=first, url=bedrock.url, prompt=PROMPT)
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["operation"] for line in done.stdout.splitlines()] == ["Converse"]
