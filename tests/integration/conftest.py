"""The local Bedrock and the local Lambda, and real clients for them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from genai_obs.tools.local.bedrock import BedrockServer
from genai_obs.tools.local.lambda_runtime import LambdaProcess

MakeClient = Callable[..., Any]
StartFunction = Callable[..., LambdaProcess]


@pytest.fixture
def bedrock_server() -> Iterator[BedrockServer]:
    """A Bedrock-shaped server on loopback, waiting for its script."""
    with BedrockServer() as server:
        yield server


@pytest.fixture(scope="session")
def session() -> Any:
    """One boto3 session for all clients: it reads botocore's service models once."""
    import boto3

    return boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")


@pytest.fixture
def make_client(bedrock_server: BedrockServer, session: Any) -> Iterator[MakeClient]:
    """Real boto3 clients of that server (or another): a service name and botocore's own Config options."""
    from botocore.config import Config

    clients = []

    def make(service: str = "bedrock-runtime", *, endpoint: BedrockServer = bedrock_server, **config: Any) -> Any:
        # Retries wait up to a second each; a test that wants them says so.
        options: dict[str, Any] = {"retries": {"total_max_attempts": 1}, "read_timeout": 5, **config}
        client = session.client(service, endpoint_url=endpoint.url, config=Config(**options))
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def start_function(tmp_path: Path) -> Iterator[StartFunction]:
    """Real runtime processes: a handler's source, or a directory that has one, and `LambdaProcess` options."""
    with ExitStack() as running:

        def start(source: str | Path, **options: Any) -> LambdaProcess:
            folder = source if isinstance(source, Path) else tmp_path
            if isinstance(source, str):
                (tmp_path / "app.py").write_text(source, encoding="utf-8")
            return running.enter_context(LambdaProcess("app.handler", folder, **options))

        yield start
