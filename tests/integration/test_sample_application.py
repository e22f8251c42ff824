"""The sample's handler: under Lambda's runtime, and as a plain import."""

import importlib.util
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from genai_obs.testing import capture_records
from genai_obs.tools.local.answers import Answer
from genai_obs.tools.local.bedrock import BedrockServer
from genai_obs.tools.local.families import invoke_reply
from genai_obs.tools.local.replies import error_reply
from genai_obs.tools.local.world import World

pytest.importorskip("aws_xray_sdk", reason="the sample uses Powertools' Tracer: pip install aws-xray-sdk")

SAMPLE = Path(__file__).parents[2] / "sam-example"
_SONNET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
_LITE = "us.amazon.nova-lite-v1:0"


def _environ(server: BedrockServer) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": server.url,
        "AWS_MAX_ATTEMPTS": "1",
        "GENAI_OBS_ENVIRONMENT": "test",
        "POWERTOOLS_SERVICE_NAME": "support-assistant",
        "PRO_MODEL_ID": _SONNET,
        "ECONOMY_MODEL_ID": _LITE,
        "SUMMARY_MODEL_ID": "us.anthropic.claude-haiku-4-5-20251001-v1:0",
        "TRIAGE_MODEL_ID": "us.amazon.nova-micro-v1:0",
    }


def _event(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((SAMPLE / "events" / f"{name}.json").read_text(encoding="utf-8"))
    return event


def _records(log: str) -> list[dict[str, Any]]:
    documents = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    return [document for document in documents if document.get("metric") == "AICost"]


@pytest.fixture
def world(bedrock_server: BedrockServer) -> BedrockServer:
    """The server with a world of quick models behind it."""
    bedrock_server.respond_with(World(speed_up=1000))
    return bedrock_server


@pytest.mark.parametrize(
    ("name", "key", "operation", "status"),
    [
        ("answer", "answer", "Converse", "ok"),
        ("summarise", "summary", "ConverseStream", "ok"),
        ("preview", "preview", "ConverseStream", "abandoned"),
        ("triage", "label", "InvokeModel", "ok"),
    ],
)
def test_each_event_of_the_sample_leaves_one_record(
    world: BedrockServer, start_function: Any, name: str, key: str, operation: str, status: str
) -> None:
    """The events in the folder work as they stand, and every model call is on record."""
    function = start_function(SAMPLE / "src", environ=_environ(world), timeout_s=10)
    event = _event(name)

    result = function.invoke(event)

    [record] = _records(function.log_text())
    assert next(iter(result.json())) == key
    assert (record["operation"], record["status"]) == (operation, status)
    assert (record["tenant"], record["feature"]) == (event["tenant"], event["task"])
    assert record["request_id"] == result.request_id
    assert record["environment"] == "test"


def test_a_throttled_model_is_replaced_and_both_calls_are_recorded(world: BedrockServer, start_function: Any) -> None:
    """One invocation, two records: what failed and what served."""
    world.script(error_reply("ThrottlingException"), model=_SONNET)
    function = start_function(SAMPLE / "src", environ=_environ(world), timeout_s=10)

    result = function.invoke(_event("answer"))

    records = _records(function.log_text())
    assert result.status == "success"
    assert [(record["model_id"], record["status"]) for record in records] == [(_SONNET, "throttled"), (_LITE, "ok")]
    assert {record["request_id"] for record in records} == {result.request_id}


def test_the_records_tokens_are_the_servers(world: BedrockServer, start_function: Any) -> None:
    """The second answer reads what the first wrote to the cache."""
    function = start_function(SAMPLE / "src", environ=_environ(world), timeout_s=10)

    for _ in range(2):
        function.invoke(_event("answer"))

    first, second = _records(function.log_text())
    assert first["cache_write_tokens"] == second["cache_read_tokens"] > 1024
    assert second["cache_write_tokens"] == 0


def test_the_quality_score_is_a_metric_beside_the_record(world: BedrockServer, start_function: Any) -> None:
    """`log_metric` writes a line of its own with the same correlation."""
    function = start_function(SAMPLE / "src", environ=_environ(world), timeout_s=10)

    result = function.invoke(_event("answer"))

    [line] = [line for line in function.log_text().splitlines() if '"metric":"Faithfulness"' in line]
    score = json.loads(line)
    assert 0 < score["value"] <= 1
    assert (score["request_id"], score["feature"]) == (result.request_id, "answer")


def test_powertools_lines_and_ours_share_the_log(world: BedrockServer, start_function: Any) -> None:
    """The Logger's line names the same invocation and the same trace."""
    function = start_function(SAMPLE / "src", environ=_environ(world), timeout_s=10)

    result = function.invoke(_event("triage"))

    [line] = [line for line in function.log_text().splitlines() if '"message":"task"' in line]
    [record] = _records(function.log_text())
    assert json.loads(line)["function_request_id"] == result.request_id
    assert json.loads(line)["xray_trace_id"] == record["trace_id"]


class _Context:
    """What Powertools reads from Lambda's context."""

    function_name = "local"
    memory_limit_in_mb = 128
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:local"
    aws_request_id = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        """Return plenty."""
        return 60_000


@pytest.fixture
def sample_module(world: BedrockServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The handler's module, imported as a developer's own test would import it."""
    settings: Mapping[str, str] = {
        **_environ(world),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "POWERTOOLS_TRACE_DISABLED": "true",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    spec = importlib.util.spec_from_file_location("sample_app", SAMPLE / "src" / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    module.bedrock.close()


def test_the_handler_runs_outside_lambda(sample_module: ModuleType) -> None:
    """A developer can call it in a test of their own and look at the records."""
    with capture_records() as records:
        answer = sample_module.handler(_event("triage"), _Context())

    [record] = records
    assert answer["label"] in sample_module.LABELS
    assert (record["operation"], record["request_id"]) == ("InvokeModel", "request-1")


def test_a_label_that_is_none_is_other(sample_module: ModuleType, world: BedrockServer) -> None:
    """A model may say anything."""
    world.script(invoke_reply("us.amazon.nova-micro-v1:0", Answer("I think it is billing.", 1, 1)))

    with capture_records():
        answer = sample_module.handler(_event("triage"), _Context())

    assert answer == {"label": "other"}


def test_a_guardrail_is_sent_only_if_there_is_one(
    sample_module: ModuleType, world: BedrockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The template leaves the variable empty by default."""
    with capture_records() as records:
        sample_module.handler(_event("answer"), _Context())
        monkeypatch.setenv("GUARDRAIL_ID", "gr-1")
        sample_module.handler(_event("answer"), _Context())

    sent = [request.json().get("guardrailConfig", {}).get("guardrailIdentifier") for request in world.requests]
    assert sent == [None, "gr-1"]
    assert [record.get("guardrail_id") for record in records if record["metric"] == "AICost"] == [None, "gr-1"]
