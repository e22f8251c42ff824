"""The subscription: what CloudWatch delivers, under the real runtime client of Lambda."""

import base64
import gzip
import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tools.invocation_logs.entries import entry

from genai_obs._runtime import output, settings
from genai_obs.testing import capture_records
from genai_obs.tools.invocation_logs.convert import Converter
from genai_obs.tools.invocation_logs.subscription import read_payload, subscription_handler
from genai_obs.tools.local.lambda_runtime import LambdaProcess

ROOT = Path(__file__).parents[3]
CONTROL = "CWL CONTROL MESSAGE: Checking health of destination Lambda function."


def event_of(*messages: str, kind: str = "DATA_MESSAGE") -> dict[str, Any]:
    """Return messages as CloudWatch Logs delivers them."""
    payload = {
        "messageType": kind,
        "owner": "123456789012",
        "logGroup": "/aws/bedrock/modelinvocations",
        "logStream": "aws/bedrock/modelinvocations",
        "subscriptionFilters": ["records"],
        "logEvents": [
            {"id": str(number), "timestamp": 1_793_588_646_000, "message": message}
            for number, message in enumerate(messages)
        ],
    }
    return {"awslogs": {"data": base64.b64encode(gzip.compress(json.dumps(payload).encode())).decode()}}


def deliver(event: object, **options: Any) -> tuple[dict[str, int], list[Any]]:
    """Hand an event to a new handler; return its summary and the lines."""
    records: list[Any]
    with capture_records(strict=False) as records:
        summary = subscription_handler(**options)(event, None)
    return summary, records


@pytest.fixture
def in_lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look like Lambda to the settings: metrics are on there."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "importer")
    monkeypatch.setenv("GENAI_OBS_ENVIRONMENT", "prod")
    settings.reset()


@pytest.mark.usefixtures("in_lambda")
def test_each_call_becomes_a_line_with_its_metrics() -> None:
    """Metrics stand at the time of the call, under the dimensions that dashboards and alarms know."""
    _, (line,) = deliver(event_of(json.dumps(entry(1))))

    block = line["_aws"]
    assert block["Timestamp"] == 1_793_588_645_000
    assert block["CloudWatchMetrics"][0]["Dimensions"] == [["Environment"], ["ModelId", "Environment"]]
    names = [metric["Name"] for metric in block["CloudWatchMetrics"][0]["Metrics"]]
    assert names == ["InputTokens", "OutputTokens", "AICost", "InferenceErrors", "GuardrailInterventions"]
    assert {name: line[name] for name in names} == {
        "InputTokens": 10,
        "OutputTokens": 5,
        "AICost": 0.0001155,
        "InferenceErrors": 0,
        "GuardrailInterventions": 0,
    }
    assert (line["Environment"], line["environment"], line["source"]) == ("prod", "prod", "invocation_log")
    assert "function_name" not in line


@pytest.mark.usefixtures("in_lambda")
def test_a_failed_call_counts_as_an_error_and_has_no_cost() -> None:
    """What is unknown is no metric: a zero would lower an average."""
    _, (line,) = deliver(event_of(json.dumps(entry(1, errorCode="ThrottlingException", output=None))))

    names = [metric["Name"] for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
    assert names == ["InferenceErrors", "GuardrailInterventions"]
    assert line["InferenceErrors"] == 1


def test_metrics_follow_the_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who switches metrics off gets lines without them."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "importer")
    monkeypatch.setenv("GENAI_OBS_EMF", "false")
    settings.reset()

    _, (line,) = deliver(event_of(json.dumps(entry(1))))

    assert "_aws" not in line


@pytest.mark.usefixtures("in_lambda")
def test_model_ids_past_the_cap_share_a_dimension(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cap holds over several deliveries: each value is a metric that is billed by the hour."""
    monkeypatch.setenv("GENAI_OBS_MAX_DIMENSION_VALUES", "1")
    settings.reset()
    handler = subscription_handler()

    with capture_records() as lines:
        handler(event_of(json.dumps(entry(1, modelId="acme.a"))), None)
        handler(event_of(json.dumps(entry(2, modelId="acme.b")), json.dumps(entry(3, modelId="acme.a"))), None)

    assert [line["ModelId"] for line in lines] == ["acme.a", "other", "acme.a"]
    assert [line["model_id"] for line in lines] == ["acme.a", "acme.b", "acme.a"]


def test_the_question_whether_anybody_is_there_is_answered_with_nothing() -> None:
    """CONTROL_MESSAGE is no data."""
    summary, lines = deliver(event_of(CONTROL, json.dumps(entry(1)), kind="CONTROL_MESSAGE"))

    assert lines == []
    assert not any(summary.values())


def test_one_bad_message_loses_no_other() -> None:
    """Each thing that cannot be read is counted, and the count travels with the next line."""
    good, damaged = json.dumps(entry(1)), json.dumps(entry(2))[:-9]
    handler = subscription_handler()

    with capture_records(strict=False) as lines:
        summary = handler(event_of(damaged, good, json.dumps(entry(3, modelId=None)), good, "text"), None)
        handler(event_of(json.dumps(entry(4))), None)

    assert summary == {"imported": 1, "duplicates": 1, "skipped": 0, "unpriced": 0, "unreadable": 2, "others": 1}
    assert [str(line["bedrock_request_id"])[-1] for line in lines] == ["1", "4"]
    assert [line.get("observation_errors") for line in lines] == [None, 2]


def test_a_line_that_cannot_be_written_loses_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """So is a line that we fail to write."""
    written: list[bytes] = []

    def fail_first(line: bytes) -> None:
        written.append(line)
        if len(written) == 1:
            raise OSError

    monkeypatch.setattr(output, "write", fail_first)

    summary = subscription_handler()(event_of(json.dumps(entry(1)), json.dumps(entry(2))), None)

    assert len(written) == 2
    assert (summary["imported"], summary["unreadable"]) == (1, 1)


def test_roles_that_record_themselves_are_skipped() -> None:
    """The names of roles may have wildcards; all other calls are taken."""
    other = entry(2, identity={"arn": "arn:aws:sts::123456789012:assumed-role/desk/x"})
    event = event_of(json.dumps(entry(1)), json.dumps(other))

    summary, lines = deliver(event, skip_roles=" checkout, shop-* ,", service_from_role=True)

    assert summary["skipped"] == 1
    assert [line["service"] for line in lines] == ["desk"]


def packed(content: bytes) -> dict[str, Any]:
    """Return bytes as the data of an event."""
    return {"awslogs": {"data": base64.b64encode(content).decode()}}


@pytest.mark.parametrize(
    "event",
    [
        None,
        {},
        [],
        {"awslogs": None},
        {"awslogs": {"data": 5}},
        {"awslogs": {"data": "*"}},
        {"awslogs": {"data": "é"}},
        packed(b"plain"),
        packed(gzip.compress(b"no json")),
        packed(gzip.compress(b"[1]")),
        packed(gzip.compress(b'{"a":1}')[:-6]),
        packed(b""),
    ],
)
def test_a_wrong_payload_is_counted_and_raises_nothing(event: object, capsys: pytest.CaptureFixture[str]) -> None:
    """Raising would only have it delivered again."""
    summary, lines = deliver(event)

    assert lines == []
    assert summary["unreadable"] == 1
    assert capsys.readouterr().err.count("genai_obs:") == 1


@pytest.mark.parametrize("events", [None, {}, "x", [None, 1, {}, {"message": 5}]])
def test_a_payload_of_another_shape_raises_nothing(events: object) -> None:
    """Events that are none are counted."""
    payload = {"messageType": "DATA_MESSAGE", "logEvents": events}

    summary, lines = deliver(packed(gzip.compress(json.dumps(payload).encode())))

    assert lines == []
    assert summary["unreadable"] == (4 if isinstance(events, list) else 0)


def test_a_payload_that_unpacks_without_end_is_refused() -> None:
    """A few kilobytes cannot fill the function's memory."""
    bomb = gzip.compress(b" " * (70 << 20), 9)

    with pytest.raises(ValueError, match="too long"):
        read_payload(packed(bomb))


# -- under the real runtime client ------------------------------------------------------------------------------------


@pytest.fixture
def function(tmp_path: Path) -> Iterator[LambdaProcess]:
    """The sample's own function, in a process of Lambda's runtime client."""
    pytest.importorskip("awslambdaric")
    shutil.copy(ROOT / "sam-example" / "subscription" / "app.py", tmp_path / "app.py")
    environ = {
        "GENAI_OBS_ENVIRONMENT": "prod",
        "SKIP_ROLES": "checkout-*",
        "SERVICE_FROM_ROLE": "true",
        "PYTHONPATH": str(ROOT),
    }
    with LambdaProcess("app.handler", tmp_path, environ=environ, log_format="JSON", timeout_s=20) as running:
        yield running


def records_in(log: str) -> list[dict[str, Any]]:
    """Return the inference records of a log."""
    parsed = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    return [line for line in parsed if line.get("metric") == "AICost"]


def test_the_sample_writes_what_it_is_delivered(function: LambdaProcess) -> None:
    """A control message, a delivery with all that can go wrong, and one of a megabyte, in one environment."""
    skipped = entry(3, identity={"arn": "arn:aws:sts::123456789012:assumed-role/checkout-eu/x"})
    noise = base64.b64encode(random.Random(7).randbytes(1_250_000)).decode()
    large = [
        entry(10 + n, input={"inputBodyJson": {"prompt": noise[n * 90_000 : (n + 1) * 90_000]}}) for n in range(18)
    ]
    delivery = event_of(*map(json.dumps, large))

    control = function.invoke(event_of(CONTROL, kind="CONTROL_MESSAGE"))
    mixed = function.invoke(event_of(json.dumps(entry(1)), "{", json.dumps(entry(1)), json.dumps(skipped)))
    megabyte = function.invoke(delivery)

    assert len(delivery["awslogs"]["data"]) > 1_000_000
    assert [result.status for result in (control, mixed, megabyte)] == ["success"] * 3
    assert mixed.json() == {"imported": 1, "duplicates": 1, "skipped": 1, "unpriced": 0, "unreadable": 0, "others": 1}
    assert megabyte.json()["imported"] == 18
    lines = records_in(function.log_text())
    assert len(lines) == 19
    assert all("_aws" in line and line["service"] == "shop-role" for line in lines)
    assert noise[:50] not in function.log_text()


def test_a_record_is_the_same_behind_a_subscription_and_at_a_desk(function: LambdaProcess) -> None:
    """Both ways lead through one conversion."""
    function.invoke(event_of(json.dumps(entry(1))))

    (line,) = records_in(function.log_text())
    at_desk = Converter(service_from_role=True).convert(entry(1))

    assert at_desk is not None
    assert at_desk.keys() <= line.keys()
    assert line["cost_usd"] == 0.0001155
