"""A Bedrock server on loopback and a real boto3 client of it, and entries as Bedrock documents them."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from genai_obs.tools.local.bedrock import BedrockServer


@pytest.fixture(scope="module")
def server() -> Iterator[BedrockServer]:
    """One server for the tests of a module."""
    with BedrockServer() as running:
        yield running


@pytest.fixture(scope="module")
def runtime(server: BedrockServer) -> Iterator[Any]:
    """A bedrock-runtime client that never retries."""
    session = boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
    config = Config(retries={"total_max_attempts": 1}, read_timeout=5)
    client = session.client("bedrock-runtime", endpoint_url=server.url, config=config)
    yield client
    client.close()
