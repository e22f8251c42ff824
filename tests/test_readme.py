"""The README's minute of use, run as it stands."""

import re
import types
from pathlib import Path

import orjson
import pytest

from genai_obs.testing import capture_records
from genai_obs.tools.local.bedrock import BedrockServer
from genai_obs.tools.local.replies import json_reply

README = Path(__file__).parent.parent / "README.md"


def test_the_example_of_the_readme_leaves_the_line_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The handler runs over loopback, and its record agrees with the printed one in every member that is not chance."""
    text = README.read_text("utf-8")
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    shown = re.search(r"```json\n(.*?)```", text, re.DOTALL)
    assert code is not None
    assert shown is not None
    printed = orjson.loads(shown.group(1))
    module = types.ModuleType("readme")
    answer = {
        "output": {"message": {"role": "assistant", "content": [{"text": "Oslo."}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 42, "outputTokens": 240, "totalTokens": 282},
        "metrics": {"latencyMs": 300},
    }

    with BedrockServer() as server, capture_records() as records:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
        server.script(json_reply(answer))
        exec(compile(code.group(1), str(README), "exec"), module.__dict__)
        result = module.handler({"question": "What is the capital of Norway?"}, None)

    assert result == "Oslo."
    chance = {"timestamp", "bedrock_request_id"}
    assert {name: records[0].get(name) for name in printed if name not in chance} == {
        name: value for name, value in printed.items() if name not in chance
    }
    assert records[0]["tenant"] == "acme"
