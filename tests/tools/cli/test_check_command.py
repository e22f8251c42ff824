"""``genai-obs check`` as a person or a pipeline runs it."""

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from genai_obs.tools.cli import main

BROKEN = """AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {KmsMasterKeyId: alias/aws/sns}
  Page:
    Type: AWS::CloudWatch::CompositeAlarm
    Properties: {AlarmName: c, AlarmRule: ALRM(x), AlarmActions: [!Ref Topic]}
"""
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return what runs the command, with a text on stdin, and gives exit code, stdout and stderr."""

    def run(*words: str, stdin: str = "") -> tuple[int, str, str]:
        pipe = io.BufferedReader(io.BytesIO(stdin.encode()))
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(pipe))
        code = main(["check", *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.mark.parametrize("before", ["", "# made by hand\n", "---\n"])
def test_a_template_may_come_over_a_pipe(run: Run, before: str) -> None:
    """No name says what it is, its first words do: it is no log without metrics."""
    code, out, err = run("-", stdin=before + BROKEN)

    assert code == 1
    assert "error[topic-key]" in out
    assert "in - (template)" in err


def test_a_dashboard_may_come_over_a_pipe(run: Run) -> None:
    """JSON is told by its members."""
    code, out, err = run("-", stdin='{"widgets": [{"type": "metrc"}]}')

    assert code == 1
    assert "error[dashboard-type]" in out
    assert "in - (dashboard)" in err


def test_lines_over_a_pipe_stay_lines(run: Run) -> None:
    """Nothing of them is lost by looking at how they begin."""
    code, out, err = run("-", stdin='{"message": "Resources: none"}\nDescription of nothing\n')

    assert code == 0
    assert "warning[no-metrics]" in out
    assert "in - (lines)" in err


def test_a_folder_of_templates_is_not_taken_for_checked(run: Run, tmp_path: Path) -> None:
    """A folder holds log lines; the templates in it are named, so that nobody believes in a clean bill."""
    template = tmp_path / "template.yaml"
    template.write_text(BROKEN, encoding="utf-8")

    _, _, err = run(str(tmp_path))

    assert f"templates are checked by their names: {template}" in err
