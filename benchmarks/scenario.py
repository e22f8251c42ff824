"""One typical call, the same in all benchmarks: a Converse call with cache use and a guardrail, in Lambda, EMF on."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson

from genai_obs._runtime import configure, inference, output
from genai_obs._runtime.observation import Observation, Options
from genai_obs.tools.local import eventstream

MODEL_ID = "us.anthropic.claude-sonnet-4-6"
REGION = "us-east-1"

LAMBDA_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "benchmark",
    "AWS_SECRET_ACCESS_KEY": "benchmark",  # the stubs and the loopback server accept any
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.11",
    "AWS_LAMBDA_FUNCTION_NAME": "support-assistant",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/21/[$LATEST]0123456789abcdef0123456789abcdef",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_REGION": REGION,
    "GENAI_OBS_ENVIRONMENT": "prod",
    "POWERTOOLS_METRICS_NAMESPACE": "AI/LLMMetrics",
    "POWERTOOLS_SERVICE_NAME": "support",
    "_X_AMZN_TRACE_ID": "Root=1-6740a1b2-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0",
}

FACTS: dict[str, object] = {
    "operation": "Converse",
    "provider": "aws.bedrock",
    "region": REGION,
    "model_id": MODEL_ID,
    "guardrail_id": "gr0123456789",
    "guardrail_version": "1",
    "bedrock_request_id": "0a1b2c3d-aaaa-4bbb-8ccc-ddddeeeeffff",
    "attempts": 1,
    "input_tokens": 1200,
    "output_tokens": 350,
    "cache_read_tokens": 4096,
    "cache_write_tokens": 512,
    "server_latency_ms": 842,
    "guardrail_triggered": False,
    "guardrail_action": "NONE",
    "guardrail_latency_ms": 210,
    "guardrail_units": {"contentPolicyUnits": 2},
    "guardrail_coverage": {"guarded": 1200, "total": 1200},
    "stop_reason": "end_turn",
    "status": "ok",
    "latency_ms": 870.1,
}

ANSWER: dict[str, Any] = {
    "ResponseMetadata": {
        "RequestId": "0a1b2c3d-aaaa-4bbb-8ccc-ddddeeeeffff",
        "HTTPStatusCode": 200,
        "HTTPHeaders": {"content-type": "application/json"},
        "RetryAttempts": 0,
    },
    "output": {"message": {"role": "assistant", "content": [{"text": "Your parcel is on its way. " * 40}]}},
    "stopReason": "end_turn",
    "usage": {
        "inputTokens": 1200,
        "outputTokens": 350,
        "totalTokens": 6158,
        "cacheReadInputTokens": 4096,
        "cacheWriteInputTokens": 512,
        "cacheDetails": [{"ttl": "5m", "inputTokens": 512}],
    },
    "metrics": {"latencyMs": 842},
}

REQUEST: dict[str, Any] = {
    "modelId": MODEL_ID,
    "messages": [{"role": "user", "content": [{"text": "Where is my parcel? " * 40}]}],
    "inferenceConfig": {"maxTokens": 400},
}

STREAM_EVENTS = 100


def stream_frames() -> bytes:
    """Return the event stream of a ConverseStream answer: ``STREAM_EVENTS`` pieces of text and what surrounds them."""
    delta = {"contentBlockIndex": 0, "delta": {"text": "Your parcel is on its way. "}}
    events: list[tuple[str, dict[str, Any]]] = [
        ("messageStart", {"role": "assistant"}),
        *[("contentBlockDelta", delta)] * STREAM_EVENTS,
        ("contentBlockStop", {"contentBlockIndex": 0}),
        ("messageStop", {"stopReason": ANSWER["stopReason"]}),
        ("metadata", {"usage": ANSWER["usage"], "metrics": ANSWER["metrics"]}),
    ]
    return b"".join(eventstream.event(kind, body, padding=20) for kind, body in events)


class LambdaContext:
    """What Lambda hands to a handler, with a clock that always has time left."""

    aws_request_id = "8f5b2c1e-1111-4222-8333-444455556666"
    function_name = LAMBDA_ENVIRONMENT["AWS_LAMBDA_FUNCTION_NAME"]
    function_version = LAMBDA_ENVIRONMENT["AWS_LAMBDA_FUNCTION_VERSION"]
    invoked_function_arn = f"arn:aws:lambda:{REGION}:123456789012:function:support-assistant"
    memory_limit_in_mb = 512

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds left of the invocation."""
        return 29_000


@contextmanager
def in_lambda() -> Iterator[None]:
    """Have the environment variables that Lambda sets, and our settings read from them."""
    before = dict(os.environ)
    os.environ.update(LAMBDA_ENVIRONMENT)
    configure.configure()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        configure.configure()


def new_observation() -> Observation:
    """Return an observation of one invocation, as the decorator begins it."""
    return Observation(Options({}, {}, None, None), None, LambdaContext())


def write_record(observation: Observation, facts: dict[str, object] | None = None) -> None:
    """Build, price and write the record of these facts, as the end of every observed call does."""
    inference.write_inference(dict(FACTS if facts is None else facts), observation)


def line_of(facts: dict[str, object] | None = None) -> bytes:
    """Return the line that these facts become."""
    lines: list[bytes] = []
    with _written_to(lines.append):
        write_record(new_observation(), facts)
    return lines[0]


def record_of(facts: dict[str, object] | None = None) -> dict[str, Any]:
    """Return the parsed line that these facts become."""
    record: dict[str, Any] = orjson.loads(line_of(facts))
    return record


@contextmanager
def _written_to(write: Callable[[bytes], None]) -> Iterator[None]:
    before = output.write
    output.write = write
    try:
        yield
    finally:
        output.write = before
