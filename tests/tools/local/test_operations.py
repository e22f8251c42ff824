"""Paths to operations, compared with the paths in botocore's own models."""

from typing import Any
from urllib.parse import quote

import botocore.session
import pytest

from genai_obs.tools.local.operations import ROUTES, find_operation

_ARN = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0"
# HTTP APIs that botocore does not know, because other SDKs call them.
_NOT_IN_BOTOCORE = {"ChatCompletions", "Responses"}


def _modelled() -> list[Any]:
    session = botocore.session.Session()
    models = [session.get_service_model(name) for name in ("bedrock-runtime", "bedrock-agent-runtime")]
    return [model.operation_model(name) for model in models for name in model.operation_names]


@pytest.mark.parametrize("operation", [route.operation for route in ROUTES if route.operation not in _NOT_IN_BOTOCORE])
def test_every_route_is_where_botocore_sends_it(operation: str) -> None:
    """A table row that disagrees with the service model would answer the wrong call."""
    model = next(model for model in _modelled() if model.name == operation)
    path = "/".join(quote(_ARN, safe="") if part[:1] == "{" else part for part in model.http["requestUri"].split("/"))

    found = find_operation(model.http["method"], path)

    assert found is not None
    assert operation == found.operation


def test_a_model_arn_is_decoded() -> None:
    """ARNs arrive percent-encoded in the path."""
    found = find_operation("POST", f"/model/{quote(_ARN, safe='')}/converse")

    assert found is not None
    assert found.parameters["modelId"] == _ARN


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/model/m/converse"), ("POST", "/model/m/nothing"), ("POST", "/")]
)
def test_a_path_that_bedrock_does_not_have_is_nobodys(method: str, path: str) -> None:
    """Method and path both count."""
    assert find_operation(method, path) is None
