"""A Bedrock server on loopback, a client that talks to it, and a Lambda context."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from runtime.lambda_side.support import THROTTLED, LambdaContext

from genai_obs.tools.local.answers import Answer, converse_reply, converse_stream_reply
from genai_obs.tools.local.bedrock import BedrockServer, Request
from genai_obs.tools.local.families import invoke_reply, invoke_stream_reply
from genai_obs.tools.local.replies import Reply, error_reply

ANSWER = Answer("Oslo is the capital of Norway.", 12, 7)


def answer(request: Request) -> Reply:
    """Answer any operation with the same few words, and one model with a throttle."""
    if request.model_id == THROTTLED:
        return error_reply("ThrottlingException")
    match request.operation:
        case "Converse":
            return converse_reply(ANSWER)
        case "ConverseStream":
            return converse_stream_reply(ANSWER)
        case "InvokeModel":
            return invoke_reply(request.model_id, ANSWER)
        case "InvokeModelWithResponseStream":
            return invoke_stream_reply(request.model_id, ANSWER)
    raise AssertionError(f"no answer for {request.operation}")


@pytest.fixture(scope="session")
def bedrock() -> Iterator[BedrockServer]:
    """A server that answers everything with the same words."""
    with BedrockServer(answer) as server:
        yield server


@pytest.fixture(scope="session")
def client(bedrock: BedrockServer) -> Iterator[Any]:
    """A client that never retries and may be used by many threads."""
    session = boto3.session.Session(
        aws_access_key_id="testing", aws_secret_access_key="testing", region_name="us-east-1"
    )
    config = Config(retries={"total_max_attempts": 1, "mode": "standard"}, read_timeout=5, max_pool_connections=40)
    client = session.client("bedrock-runtime", endpoint_url=bedrock.url, config=config)
    yield client
    client.close()


@pytest.fixture
def context() -> LambdaContext:
    """The context of one invocation with half a minute left."""
    return LambdaContext("request-1")


@pytest.fixture
def in_lambda(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set the variables that Lambda sets, and further ones given by name."""

    def enter(**variables: str) -> None:
        for name, value in {
            "AWS_LAMBDA_FUNCTION_NAME": "my-function",
            "AWS_LAMBDA_FUNCTION_VERSION": "7",
            "AWS_REGION": "us-east-1",
            **variables,
        }.items():
            monkeypatch.setenv(name, value)

    return enter
