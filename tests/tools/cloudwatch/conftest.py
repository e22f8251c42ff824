"""A CloudWatch Logs-shaped server on loopback, and real boto3 that talks to it."""

from collections.abc import Iterator
from typing import Any

import pytest
from tools.cloudwatch.support import Waits

from genai_obs.tools.cloudwatch.session import logs_client
from genai_obs.tools.local.logs_server import LogsServer


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LogsServer]:
    """Run a server, and let the environment name it as the AWS SDKs want it."""
    with LogsServer() as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", running.url)
        yield running


@pytest.fixture
def client(server: LogsServer) -> Any:
    """Return the client that the tool itself uses."""
    return logs_client()


@pytest.fixture
def waits() -> Waits:
    """Return time that passes only when somebody waits."""
    return Waits()
