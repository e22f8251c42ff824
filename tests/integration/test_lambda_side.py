"""A decorated handler under Lambda's own runtime client: what is on stdout when the platform stops the process."""

import os
import signal
import textwrap
import time
from pathlib import Path
from typing import Any

import orjson
import pytest
from runtime.lambda_side.emf_lines import read_emf

from genai_obs.tools.local.answers import Answer, converse_reply
from genai_obs.tools.local.bedrock import BedrockServer
from genai_obs.tools.local.lambda_runtime import LambdaProcess

HEAD = """
import time
import boto3
from genai_obs import log_metric, observe_inference

client = boto3.client("bedrock-runtime")

def ask():
    return client.converse(modelId="amazon.nova-lite-v1:0", messages=[{"role": "user", "content": [{"text": "Hi"}]}])

"""

# Half a second before the deadline, so that a machine that is busy with other things is no reason to be late.
EARLY = {"GENAI_OBS_DEADLINE_MARGIN_MS": "500"}


def answering() -> BedrockServer:
    """Return a server that answers every call with one word."""
    return BedrockServer(lambda _: converse_reply(Answer("Hello", 3, 4)))


def make_function(code_dir: Path, body: str, bedrock: BedrockServer, **options: Any) -> LambdaProcess:
    """Return a function with this code, whose Bedrock is on loopback."""
    (code_dir / "app.py").write_text(HEAD + textwrap.dedent(body))
    environ = {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": bedrock.url, **options.pop("environ", {})}
    return LambdaProcess("app.handler", code_dir, environ=environ, **options)


def records(function: LambdaProcess) -> list[dict[str, Any]]:
    """Return the records in the function's log, each checked as CloudWatch would take it."""
    return [read_emf(event.text + "\n") for event in function.log if '"metric"' in event.text]


def test_line_is_out_when_the_process_is_killed_after_the_handler(tmp_path: Path) -> None:
    """Killed at the moment it has answered, the process has written all its lines."""
    body = """
        @observe_inference
        def handler(event, context):
            ask()
            log_metric("Answers", 1)
            return "done"
    """
    with answering() as bedrock, make_function(tmp_path, body, bedrock, freeze=False) as function:
        result = function.invoke({}, trace_id="Root=1-abc-def;Sampled=1")
        assert function.pid is not None
        os.kill(function.pid, signal.SIGKILL)

    first, second = records(function)
    assert result.json() == "done"
    assert (first["metric"], first["input_tokens"], second["metric"]) == ("AICost", 3, "Answers")
    assert {first["request_id"], second["request_id"]} == {result.request_id}
    assert (first["trace_id"], first["cold_start"]) == ("1-abc-def", True)
    assert first["function_name"] == "local-function"


def test_time_out_leaves_a_record(tmp_path: Path) -> None:
    """The function is killed in the middle of a call: the record was written before, and the next one is clean."""
    body = """
        @observe_inference
        def handler(event, context):
            return ask()["stopReason"]
    """
    late = converse_reply(Answer("Hello", 3, 4)).after(5)
    with BedrockServer() as bedrock:
        bedrock.script(late, converse_reply(Answer("Hello", 3, 4)))
        with make_function(tmp_path, body, bedrock, timeout_s=2.0, environ=EARLY) as function:
            results = [function.invoke({}), function.invoke({})]

    assert [result.status for result in results] == ["timeout", "success"]
    assert [(r["status"], r["request_id"]) for r in records(function)] == [
        ("timeout", results[0].request_id),
        ("ok", results[1].request_id),
    ]
    assert 1000 < records(function)[0]["latency_ms"] < 2000


def test_time_out_in_a_loop_that_never_waits_leaves_a_record(tmp_path: Path) -> None:
    """Code that keeps the interpreter busy does not keep our thread from its record."""
    body = """
        @observe_inference
        def handler(event, context):
            while True:
                pass
    """
    with BedrockServer() as bedrock, make_function(tmp_path, body, bedrock, timeout_s=2.0, environ=EARLY) as function:
        result = function.invoke({})

    assert result.status == "timeout"
    assert [r["status"] for r in records(function)] == ["timeout"]


def test_frozen_process_loses_nothing_and_mixes_nothing_up(tmp_path: Path) -> None:
    """Between two invocations the process stands still, longer than its deadline was: no record of a time-out."""
    body = """
        @observe_inference
        def handler(event, context):
            ask()
    """
    with answering() as bedrock, make_function(tmp_path, body, bedrock, timeout_s=0.5) as function:
        ids = []
        for _ in range(2):
            ids.append(function.invoke({}).request_id)
            time.sleep(0.55)
        ids.append(function.invoke({}).request_id)

    assert [(r["status"], r["request_id"]) for r in records(function)] == [("ok", one) for one in ids]
    assert [r["cold_start"] for r in records(function)] == [True, False, False]


@pytest.mark.parametrize("level", ["INFO", "WARN", "ERROR"])
def test_line_passes_lambdas_level_filter(tmp_path: Path, level: str) -> None:
    """In JSON format Lambda drops lines below its level: ours are stamped so that they pass."""
    body = """
        @observe_inference
        def handler(event, context):
            ask()
    """
    with answering() as bedrock, make_function(tmp_path, body, bedrock, log_format="JSON", log_level=level) as function:
        function.invoke({})

    assert [r.get("level") for r in records(function)] == [None if level == "INFO" else level]


def test_exit_and_error_of_the_handler_reach_the_platform(tmp_path: Path) -> None:
    """``sys.exit`` and exceptions are what they were, and each leaves its record."""
    body = """
        import sys

        @observe_inference
        def handler(event, context):
            if event["exit"]:
                sys.exit(3)
            raise KeyError("gone")
    """
    with BedrockServer() as bedrock, make_function(tmp_path, body, bedrock) as function:
        failed, ended = function.invoke({"exit": False}), function.invoke({"exit": True})

    assert (failed.status, failed.error_type, ended.error_type) == ("error", "KeyError", "Runtime.ExitError")
    assert orjson.loads(failed.payload)["errorMessage"] == "'gone'"
    assert [r["error_type"] for r in records(function)] == ["KeyError", "SystemExit"]
