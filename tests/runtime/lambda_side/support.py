"""What the tests of this folder share."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from genai_obs._runtime import settings

NOVA = "amazon.nova-lite-v1:0"
HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0"
THROTTLED = "amazon.nova-pro-v1:0"
PROMPT: list[dict[str, Any]] = [{"role": "user", "content": [{"text": "What is the capital of Norway?"}]}]
SECRET = "capital of Norway"

Record = dict[str, Any]


class LambdaContext:
    """Lambda's context object, with a clock of its own when ``remaining_ms`` is given as a function."""

    function_name = "my-function"
    function_version = "7"
    memory_limit_in_mb = "512"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:my-function"

    def __init__(self, request_id: str, remaining_ms: float = 30_000.0) -> None:
        self.aws_request_id = request_id
        self._deadline = time.monotonic() + remaining_ms / 1000

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the deadline, 0 after it."""
        return max(0, round((self._deadline - time.monotonic()) * 1000))


@contextmanager
def configured(**variables: Any) -> Iterator[None]:
    """Have these arguments of ``configure`` in force for a block."""
    settings.change(variables)
    try:
        yield
    finally:
        settings.reset()


def converse(client: Any, model: str = NOVA) -> Any:
    """Make one Converse call and return its answer."""
    return client.converse(modelId=model, messages=PROMPT)
