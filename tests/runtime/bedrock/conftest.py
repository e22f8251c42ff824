"""A Bedrock server on loopback and real boto3 clients that talk to it."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from genai_obs.tools.local.bedrock import BedrockServer

Clients = Callable[..., Any]

_SESSION = boto3.session.Session(
    aws_access_key_id="testing",
    aws_secret_access_key="testing",
    region_name="us-east-1",
)


@pytest.fixture(scope="session")
def running_server() -> Iterator[BedrockServer]:
    """One server for the whole run: scripts are what differs from test to test."""
    with BedrockServer() as server:
        yield server


@pytest.fixture
def server(running_server: BedrockServer) -> BedrockServer:
    """A server that has no answers yet."""
    running_server._scripts.clear()
    running_server.requests.clear()
    running_server.respond_with(None)
    return running_server


@pytest.fixture
def make_client(running_server: BedrockServer) -> Clients:
    """A function that makes a client of any service, with as many attempts as asked for."""

    def make(service: str = "bedrock-runtime", *, attempts: int = 1, **options: Any) -> Any:
        return _make_client(running_server.url, service, attempts, options)

    return make


def _make_client(url: str, service: str, attempts: int, options: dict[str, Any]) -> Any:
    retries = {"total_max_attempts": attempts, "mode": "standard"}
    config = Config(retries=retries, read_timeout=5, **options)  # type: ignore[arg-type]
    return _SESSION.client(service, endpoint_url=url, config=config)  # type: ignore[call-overload]


@pytest.fixture(scope="session")
def runtime(running_server: BedrockServer) -> Any:
    """A bedrock-runtime client that never retries."""
    return _make_client(running_server.url, "bedrock-runtime", 1, {})


@pytest.fixture(scope="session")
def agents(running_server: BedrockServer) -> Any:
    """A bedrock-agent-runtime client that never retries."""
    return _make_client(running_server.url, "bedrock-agent-runtime", 1, {})
