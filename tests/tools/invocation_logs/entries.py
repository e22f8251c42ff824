"""Entries of the invocation log, laid over a common one."""

import json
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parents[2] / "data" / "invocation_logs" / "entries.json"

BASE: dict[str, Any] = {
    "schemaType": "ModelInvocationLog",
    "schemaVersion": "1.0",
    "timestamp": "2026-11-02T03:04:05Z",
    "accountId": "123456789012",
    "identity": {"arn": "arn:aws:sts::123456789012:assumed-role/shop-role/PRIVATE"},
    "region": "us-east-1",
    "requestId": "6e2b8f0a-0000-4000-8000-000000000001",
    "operation": "Converse",
}


def cases() -> list[dict[str, Any]]:
    """Return the cases of the data file: ``id``, ``entry``, ``expect``."""
    found: list[dict[str, Any]] = json.loads(_FILE.read_text("utf-8"))
    return found


def over_base(members: dict[str, Any]) -> dict[str, Any]:
    """Return the common entry with these members; None takes one away."""
    return {name: value for name, value in (BASE | members).items() if value is not None}


def entry(number: int = 1, **members: Any) -> dict[str, Any]:
    """Return a small priced Converse entry; the number makes its request id."""
    usage = {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15}
    answer = {"output": {"message": {"content": [{"text": "PRIVATE"}]}}, "stopReason": "end_turn", "usage": usage}
    return over_base(
        {
            "requestId": f"6e2b8f0a-0000-4000-8000-{number:012}",
            "modelId": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "input": {"inputBodyJson": {"messages": [{"role": "user", "content": [{"text": "PRIVATE"}]}]}},
            "output": {"outputBodyJson": answer, "outputTokenCount": 5},
        }
        | members
    )
