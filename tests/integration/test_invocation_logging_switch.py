"""The sample's custom resource against a Bedrock-shaped control plane on loopback: it never takes a setting over."""

import importlib.util
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

APP = Path(__file__).parents[2] / "sam-example" / "invocation_logging" / "app.py"
GROUP = "/support/bedrock-invocations"
PATH = "/logging/modelinvocations"


class ControlPlane(ThreadingHTTPServer):
    """Bedrock's logging configuration of one account, and the place where CloudFormation waits for answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.configuration: dict[str, Any] | None = None
        self.answers: list[dict[str, Any]] = []
        self.content_types: list[str | None] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: ControlPlane
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
        """Say nothing."""

    def do_GET(self) -> None:
        """Tell the configuration."""
        self._reply({} if self.server.configuration is None else {"loggingConfig": self.server.configuration})

    def do_PUT(self) -> None:
        """Take the configuration, or CloudFormation's answer."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == PATH:
            self.server.configuration = body["loggingConfig"]
        else:
            self.server.answers.append(body)
            self.server.content_types.append(self.headers.get("Content-Type"))
        self._reply({})

    def do_DELETE(self) -> None:
        """Forget the configuration."""
        self.server.configuration = None
        self._reply({})

    def _reply(self, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def plane() -> Iterator[ControlPlane]:
    """Return a running control plane."""
    with ControlPlane() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def app(plane: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the handler's module, whose client talks to the control plane."""
    for name, value in {
        "AWS_ENDPOINT_URL_BEDROCK": plane.url,
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_DEFAULT_REGION": "us-east-1",
        "LOG_GROUP": GROUP,
        "LOGGING_ROLE_ARN": "arn:aws:iam::123456789012:role/bedrock-logs",
        "WITH_TEXT": "false",
    }.items():
        monkeypatch.setenv(name, value)
    spec = importlib.util.spec_from_file_location("invocation_logging_app", APP)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ask(app: Any, plane: ControlPlane, request_type: str) -> dict[str, Any]:
    """Send one request of CloudFormation's and return what it was answered."""
    event = {
        "RequestType": request_type,
        "ResponseURL": f"{plane.url}/answer",
        "StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/s/1",
        "RequestId": "r-1",
        "LogicalResourceId": "BedrockLogging",
    }
    app.handler(event, None)
    return plane.answers[-1]


THEIRS = {"s3Config": {"bucketName": "security-team"}, "textDataDeliveryEnabled": True}


def test_it_switches_logging_on_without_texts(app: Any, plane: ControlPlane) -> None:
    """Texts, images and embeddings stay out unless they are asked for."""
    answered = ask(app, plane, "Create")

    assert answered["Status"] == "SUCCESS"
    assert plane.configuration is not None
    assert plane.configuration["cloudWatchConfig"]["logGroupName"] == GROUP
    assert [value for name, value in plane.configuration.items() if name.endswith("Enabled")] == [False] * 3


def test_it_answers_as_cloudformation_wants(app: Any, plane: ControlPlane) -> None:
    """The ids come back, under one physical id, with an empty content type."""
    answered = ask(app, plane, "Create")

    assert answered["RequestId"] == "r-1"
    assert answered["PhysicalResourceId"] == ask(app, plane, "Update")["PhysicalResourceId"]
    assert set(plane.content_types) == {""}


def test_it_never_takes_a_setting_over(app: Any, plane: ControlPlane) -> None:
    """Somebody else's configuration fails the deployment, with a sentence that says where it writes."""
    plane.configuration = dict(THEIRS)

    answered = ask(app, plane, "Create")

    assert answered["Status"] == "FAILED"
    assert "bucket security-team" in answered["Reason"]
    assert plane.configuration == THEIRS


def test_deleting_the_stack_switches_off_what_is_ours(app: Any, plane: ControlPlane) -> None:
    """Nothing is left behind."""
    ask(app, plane, "Create")

    answered = ask(app, plane, "Delete")

    assert answered["Status"] == "SUCCESS"
    assert plane.configuration is None


def test_deleting_the_stack_leaves_what_became_somebody_elses(app: Any, plane: ControlPlane) -> None:
    """A setting that was changed since is not ours to remove, and the stack can still be deleted."""
    plane.configuration = {**THEIRS, "cloudWatchConfig": {"logGroupName": GROUP, "roleArn": "r"}}

    answered = ask(app, plane, "Delete")

    assert answered["Status"] == "SUCCESS"
    assert plane.configuration is not None


def test_an_unknown_request_is_answered_too(app: Any, plane: ControlPlane) -> None:
    """Without an answer CloudFormation would wait for an hour."""
    assert ask(app, plane, "Rename")["Status"] == "FAILED"
