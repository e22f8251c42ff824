"""
The sample deployed for real with ``sam deploy``, into an emulator of AWS that runs Lambda without containers.

Asks for two environments: one with aws-sam-cli (``GENAI_OBS_SAM_VENV`` or ``.venv-sam``), and one of Python 3.13, the
function's runtime, with ministack and aws-sam-translator (``GENAI_OBS_MINISTACK_VENV`` or ``.venv-ministack``). Without
them these tests are skipped. The emulator knows no metric math, no saved queries and no EMF, so what it says of alarms
counts for nothing but the way of a message: from a datapoint of ours over an alarm of ours into a queue.
"""

import base64
import gzip
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from genai_obs.schema import NAMESPACE
from genai_obs.tools.alarms.rule import MetricAlarm
from genai_obs.tools.cfn.options import TemplateOptions
from genai_obs.tools.cfn.template import render_template
from genai_obs.tools.definitions.model import Definitions, Settings
from genai_obs.tools.insights.engine import run_query
from genai_obs.tools.logs.inputs import find_inputs
from genai_obs.tools.metrics.extract import extract
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat

ROOT = Path(__file__).parents[2]
SAM_VENV = Path(os.environ.get("GENAI_OBS_SAM_VENV") or ROOT / ".venv-sam")
MINISTACK_VENV = Path(os.environ.get("GENAI_OBS_MINISTACK_VENV") or ROOT / ".venv-ministack")
REGION = "us-east-1"
STACK = "support"

pytestmark = [
    pytest.mark.skipif(not (SAM_VENV / "bin" / "sam").exists(), reason=f"no aws-sam-cli in {SAM_VENV}"),
    pytest.mark.skipif(not (MINISTACK_VENV / "bin" / "ministack").exists(), reason=f"no ministack in {MINISTACK_VENV}"),
    pytest.mark.timeout(300),
    # All tests look at one deployment.
    pytest.mark.xdist_group("deploy"),
]


@dataclass(frozen=True, slots=True)
class Cloud:
    """An emulator and what is deployed in it: the stack's outputs, and its resources' physical ids by logical id."""

    url: str
    outputs: Mapping[str, str]
    resources: Mapping[str, str]

    def client(self, service: str) -> Any:
        """Return a client of this cloud."""
        import boto3

        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until(what: str, found: Any, seconds: float = 60) -> Any:
    """Ask again and again until there is an answer."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = found()
        if answer:
            return answer
        time.sleep(0.2)
    raise AssertionError(f"no {what} within {seconds} s")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_ministack/health", timeout=1) as answer:
            return bool(answer.status)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _sam(*words: str, cwd: Path, **environ: str) -> str:
    path = f"{MINISTACK_VENV / 'bin'}:{os.environ['PATH']}"
    clean = {"PATH": path, "HOME": str(cwd.parent), "SAM_CLI_TELEMETRY": "0", **environ}
    done = subprocess.run(
        [str(SAM_VENV / "bin" / "sam"), *words],
        cwd=cwd,
        env=clean,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a running emulator, on loopback only."""
    port = _free_port()
    folder = tmp_path_factory.mktemp("ministack")
    environ = {**os.environ, "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [MINISTACK_VENV / "bin" / "ministack"], env=environ, cwd=folder, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _until("emulator", lambda: _answers(address))
        yield address
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def cloud(url: str, tmp_path_factory: pytest.TempPathFactory) -> Cloud:
    """Return the emulator with the sample built from this checkout and deployed."""
    folder = tmp_path_factory.mktemp("deploy")
    app, wheels = folder / "app", folder / "wheels"
    shutil.copytree(ROOT / "sam-example", app)
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", wheels, ROOT], check=True
    )
    configuration = {key: value for key, value in os.environ.items() if key.startswith("PIP_")}
    _sam("build", cwd=app, **{**configuration, "PIP_FIND_LINKS": str(wheels)})
    _sam(
        *("deploy", "--stack-name", STACK, "--resolve-s3", "--no-confirm-changeset", "--capabilities"),
        *("CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"),
        *("--parameter-overrides", "WithGuardrail=false", "WithAlarms=false", "BedrockInvocationLogging=on"),
        cwd=app,
        AWS_ENDPOINT_URL=url,
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_DEFAULT_REGION=REGION,
    )
    empty = Cloud(url, {}, {})
    stack = empty.client("cloudformation")
    outputs = stack.describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]
    resources = stack.describe_stack_resources(StackName=STACK)["StackResources"]
    return Cloud(
        url,
        {row["OutputKey"]: row["OutputValue"] for row in outputs},
        {row["LogicalResourceId"]: row["PhysicalResourceId"] for row in resources},
    )


def _invoke(cloud: Cloud, event: str) -> dict[str, Any]:
    payload = (ROOT / "sam-example" / "events" / f"{event}.json").read_bytes()
    answer = cloud.client("lambda").invoke(FunctionName=cloud.outputs["FunctionName"], Payload=payload)
    assert "FunctionError" not in answer
    body: dict[str, Any] = json.loads(answer["Payload"].read())
    return body


def _log(cloud: Cloud, folder: Path) -> Path:
    """Write the function's log as the AWS CLI would, and return the file."""
    events = cloud.client("logs").filter_log_events(logGroupName=cloud.outputs["LogGroupName"])["events"]
    path = folder / "events.json"
    path.write_text(json.dumps({"events": events}), encoding="utf-8")
    return path


def test_the_records_of_the_deployed_function_can_be_queried(cloud: Cloud, tmp_path: Path) -> None:
    """Each call of the deployed function left one record with its cost in the log group that the stack made."""
    _invoke(cloud, "answer")
    _invoke(cloud, "triage")
    _invoke(cloud, "summarise")

    log = find_inputs([str(_log(cloud, tmp_path))])
    question = (
        'filter metric = "AICost" | stats count(*) as calls, count(cost_usd) as priced by operation | sort operation'
    )
    rows = run_query(question, log, start_ms=None, end_ms=None, now_ms=0).as_objects()

    assert [row["operation"] for row in rows] == ["Converse", "ConverseStream", "InvokeModel"]
    assert all(row["calls"] == row["priced"] for row in rows)


def test_a_ticket_goes_through_the_deployed_workflow(cloud: Cloud) -> None:
    """The state machine calls the function for every step, and what it cannot answer waits for people."""
    client = cloud.client("stepfunctions")
    machine = cloud.resources["TicketWorkflow"]

    started = client.start_execution(stateMachineArn=machine, input=json.dumps({"tenant": "acme", "ticket": "hello"}))

    def ended() -> Any:
        found = client.describe_execution(executionArn=started["executionArn"])
        return None if found["status"] == "RUNNING" else found

    assert _until("end of the execution", ended)["status"] == "SUCCEEDED"
    queue = cloud.client("sqs")
    messages = queue.receive_message(QueueUrl=cloud.resources["PeopleQueue"])["Messages"]
    assert json.loads(messages[0]["Body"])["triage"] == {"label": "other"}


def test_the_stack_switches_invocation_logging_on_for_its_own_log_group(cloud: Cloud) -> None:
    """The opt-in was given: the account's one setting names the group of the stack, and keeps texts out."""
    found = cloud.client("bedrock").get_model_invocation_logging_configuration()["loggingConfig"]

    assert found["cloudWatchConfig"]["logGroupName"] == cloud.resources["InvocationLogs"]
    assert found["textDataDeliveryEnabled"] is False


def test_the_deployed_import_makes_a_record_of_somebody_elses_call(cloud: Cloud, tmp_path: Path) -> None:
    """A delivery as CloudWatch Logs makes it leaves one priced record with metrics; our own call leaves none."""
    ours = cloud.resources["AssistantFunctionRole"]
    calls = {"theirs": "legacy-batch", "ours": ours}
    entries = [_logged_call(f"{name}-request", role) for name, role in calls.items()]

    answer = cloud.client("lambda").invoke(FunctionName=cloud.resources["ImportFunction"], Payload=_delivery(entries))

    assert "FunctionError" not in answer
    events = cloud.client("logs").filter_log_events(logGroupName=cloud.resources["ImportLogs"])["events"]
    path = tmp_path / "imported.json"
    path.write_text(json.dumps({"events": events}), encoding="utf-8")
    log = find_inputs([str(path)])
    question = 'filter source = "invocation_log" | fields bedrock_request_id, cost_usd, service'
    rows = run_query(question, log, start_ms=None, end_ms=None, now_ms=0).as_objects()
    assert [row["bedrock_request_id"] for row in rows] == ["theirs-request"]
    assert float(rows[0]["cost_usd"]) > 0
    assert MetricId.of(NAMESPACE, "AICost", {"Environment": "dev"}) in extract(log).data.samples


def _logged_call(request_id: str, role: str) -> dict[str, Any]:
    """Return an entry of Bedrock's log, without bodies."""
    return {
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "accountId": "123456789012",
        "identity": {"arn": f"arn:aws:sts::123456789012:assumed-role/{role}/session"},
        "region": REGION,
        "requestId": request_id,
        "operation": "Converse",
        "modelId": "us.amazon.nova-lite-v1:0",
        "input": {"inputContentType": "application/json", "inputTokenCount": 42},
        "output": {"outputContentType": "application/json", "outputTokenCount": 240},
    }


def _delivery(entries: list[dict[str, Any]]) -> str:
    """Return the event of a subscription filter."""
    now_ms = int(time.time() * 1000)
    document = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "bedrock",
        "logStream": "aws/bedrock/modelinvocations",
        "subscriptionFilters": ["all"],
        "logEvents": [
            {"id": str(place), "timestamp": now_ms, "message": json.dumps(entry)} for place, entry in enumerate(entries)
        ],
    }
    packed = base64.b64encode(gzip.compress(json.dumps(document).encode(), mtime=0)).decode()
    return json.dumps({"awslogs": {"data": packed}})


def test_a_metric_of_a_deployed_line_alarms_into_a_queue(cloud: Cloud, tmp_path: Path) -> None:
    """A line is read back, its EMF becomes a datapoint, a generated alarm fires, and its message arrives."""
    _invoke(cloud, "answer")
    metric = MetricId.of(NAMESPACE, "InferenceLatencyMs", {"Environment": "dev"})
    latency = extract(find_inputs([str(_log(cloud, tmp_path))])).data.samples[metric][0]
    alarm = MetricAlarm(
        name="support-dev-any-call",
        description="A call was made.",
        queries=(MetricQuery("m1", stat=MetricStat(metric, "Maximum", 60)),),
        comparison="GreaterThanThreshold",
        threshold=0.0,
        evaluation_periods=1,
        datapoints_to_alarm=1,
        missing_data="notBreaching",
    )
    definitions = Definitions(Settings("support", "dev"), (alarm,), ())
    template = render_template(definitions, TemplateOptions(with_dashboard=False), "json")
    queue = _deploy_alarm(cloud, template)

    cloud.client("cloudwatch").put_metric_data(
        Namespace=metric.namespace,
        MetricData=[
            {
                "MetricName": metric.name,
                "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
                "Value": float(latency.maxima[-1]),
                "Unit": latency.unit,
            }
        ],
    )

    messages = _until("message", lambda: cloud.client("sqs").receive_message(QueueUrl=queue).get("Messages"))
    message = json.loads(json.loads(messages[0]["Body"])["Message"])
    assert (message["AlarmName"], message["NewStateValue"]) == (alarm.name, "ALARM")


def _deploy_alarm(cloud: Cloud, template: str) -> str:
    """Create a stack of a template, let a queue subscribe to its topic, and return the queue's address."""
    stack = cloud.client("cloudformation")
    stack.create_stack(StackName="watch", TemplateBody=template, Parameters=[])
    stack.get_waiter("stack_create_complete").wait(StackName="watch", WaiterConfig={"Delay": 1})
    rows = stack.describe_stack_resources(StackName="watch")["StackResources"]
    topics = [row["PhysicalResourceId"] for row in rows if row["ResourceType"] == "AWS::SNS::Topic"]
    queues = cloud.client("sqs")
    url: str = queues.create_queue(QueueName="alarms")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    for topic in topics:
        cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return url
