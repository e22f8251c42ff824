"""A Bedrock server on loopback and real boto3 clients that talk to it."""

import gc
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from genai_obs.tools.local.bedrock import BedrockServer

Clients = Callable[..., Any]

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Allow connections to be dropped: a stream that its caller forgets is what many of these tests are about."""
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"))


@pytest.fixture(scope="module", autouse=True)
def drop_connections() -> Iterator[None]:
    """Free what was dropped before another folder's tests can be blamed for it."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


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

    def make(
        service: str = "bedrock-runtime", *, attempts: int = 1, endpoint_url: str | None = None, **options: Any
    ) -> Any:
        return _make_client(endpoint_url or running_server.url, service, attempts, options)

    return make


def _make_client(url: str, service: str, attempts: int, options: dict[str, Any]) -> Any:
    retries = {"total_max_attempts": attempts, "mode": "standard"}
    config = Config(**{"retries": retries, "read_timeout": 5, **options})
    return _SESSION.client(service, endpoint_url=url, config=config)  # type: ignore[call-overload]


@pytest.fixture(scope="session")
def runtime(running_server: BedrockServer) -> Any:
    """A bedrock-runtime client that never retries."""
    return _make_client(running_server.url, "bedrock-runtime", 1, {})


@pytest.fixture(scope="session")
def agents(running_server: BedrockServer) -> Any:
    """A bedrock-agent-runtime client that never retries."""
    return _make_client(running_server.url, "bedrock-agent-runtime", 1, {})


@pytest.fixture
def no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries without the wait between them."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _seconds: None)
