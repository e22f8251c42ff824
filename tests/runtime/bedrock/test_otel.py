"""Next to OpenTelemetry's botocore instrumentation, whichever of the two came first; skipped where it is missing."""

import subprocess
import sys

import orjson
import pytest
from runtime.bedrock.frames import ANSWER, answer
from runtime.bedrock.support import HAIKU, PROMPT, recorded

from genai_obs.tools.local.bedrock import BedrockServer
from genai_obs.tools.local.eventstream import chunk
from genai_obs.tools.local.replies import json_reply, stream_reply

pytest.importorskip("opentelemetry.instrumentation.botocore", reason="OpenTelemetry's instrumentation is not installed")

PROGRAM = """
import sys
import boto3
from opentelemetry.instrumentation.botocore import BotocoreInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from genai_obs import observe_inference

def handler():
    options = {"endpoint_url": sys.argv[2], "region_name": "us-east-1"}
    client = boto3.client("bedrock-runtime", **options)
    ask = {"modelId": MODEL, "messages": PROMPT}
    client.converse(**ask)
    list(client.converse_stream(**ask)["stream"])
    client.invoke_model(modelId=MODEL, body=b"{}")["body"].read()
    list(client.invoke_model_with_response_stream(modelId=MODEL, body=b"{}")["body"])

instrument = lambda: BotocoreInstrumentor().instrument(tracer_provider=TracerProvider())
if sys.argv[1] == "before":
    instrument()
observed = observe_inference(handler)
if sys.argv[1] == "after":
    instrument()
observed()
"""


@pytest.mark.parametrize("order", ["before", "after"])
def test_both_see_every_call(order: str, server: BedrockServer) -> None:
    """Whichever wrapped the client first, every call leaves its record with all its counts."""
    body, chunks = recorded("invoke")[0], recorded("invoke_streams")[0]["chunks"]
    server.script(json_reply(answer(7)), operation="Converse")
    server.script(stream_reply(ANSWER), operation="ConverseStream")
    server.script(json_reply(body["body"], body["headers"]), operation="InvokeModel")
    server.script(stream_reply([chunk(each) for each in chunks]), operation="InvokeModelWithResponseStream")
    program = f"MODEL = {HAIKU!r}\nPROMPT = {PROMPT!r}\n{PROGRAM}"

    command = [sys.executable, "-W", "ignore", "-c", program, order, server.url]
    lines = subprocess.run(command, check=True, capture_output=True).stdout.splitlines()

    records = [orjson.loads(line) for line in lines]
    assert [(record["input_tokens"], record["status"]) for record in records] == [
        (7, "ok"),
        (9, "ok"),
        (14, "ok"),
        (9, "ok"),
    ]
    assert ["time_to_first_token_ms" in record for record in records] == [False, True, False, True]
