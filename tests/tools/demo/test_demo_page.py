"""The page on the demo says what is there, and its examples run as they stand."""

import inspect
import re
from pathlib import Path

import pytest

from genai_obs.tools.local import eventstream

_PAGE = (Path(__file__).parents[3] / "docs" / "demo.md").read_text(encoding="utf-8")
_EXAMPLES = re.findall(r"```python\n(.*?)```", _PAGE, re.DOTALL)


@pytest.mark.parametrize("example", _EXAMPLES, ids=["Bedrock", "Lambda"])
def test_an_example_runs_as_it_stands(example: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With its own imports, given credentials of any kind and a handler."""
    pytest.importorskip("boto3")
    pytest.importorskip("awslambdaric")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("def handler(event, context):\n    return event\n", encoding="utf-8")

    exec(compile(example, "demo.md", "exec"), {})


def test_every_frame_a_test_can_write_is_named() -> None:
    """Whoever looks for a broken stream finds how to make one."""
    found = inspect.getmembers(eventstream, inspect.isfunction)
    own = {name for name, function in found if function.__module__ == eventstream.__name__ and name[0] != "_"}

    missing = sorted(name for name in own - {"encode_frame", "split"} if not re.search(rf"[`.]{name}[`(]", _PAGE))

    assert "with_bad_checksum" in own
    assert missing == []
