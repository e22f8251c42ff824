"""A CloudWatch Logs-shaped server on loopback, and real boto3 that talks to it."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from tools.cloudwatch.support import Waits

from genai_obs.tools.local.logs_server import LogsServer


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LogsServer]:
    """Run a server, and let the environment name it as the AWS SDKs want it."""
    with LogsServer() as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", running.url)
        yield running


@pytest.fixture(scope="session")
def session() -> boto3.Session:
    """Return a session for all tests: each new one reads the service's large model again."""
    return boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name="us-east-1")


@pytest.fixture
def client(server: LogsServer, session: boto3.Session) -> Any:
    """Return a client as `logs_client` makes it; that one has tests of its own."""
    config = Config(retries={"total_max_attempts": 1}, inject_host_prefix=False)
    return session.client("logs", endpoint_url=server.url, config=config)


@pytest.fixture
def waits() -> Waits:
    """Return time that passes only when somebody waits."""
    return Waits()
