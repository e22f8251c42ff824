"""Stopping the demo on its way."""

import signal
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from genai_obs.tools.cli import EXIT_INTERRUPTED, main
from genai_obs.tools.demo import play
from genai_obs.tools.demo.scenario import FunctionPlan, Step, plan_day

pytest.importorskip("awslambdaric")

_SLOW = """
import os, time

def handler(event, context):
    time.sleep(0.02)
    if event.get("end"):
        os._exit(3)
"""


@pytest.fixture
def slow_sample(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Put a handler that only takes its time in the place of the sample's."""
    folder = tmp_path / "sample"
    folder.mkdir()
    (folder / "app.py").write_text(_SLOW, encoding="utf-8")
    monkeypatch.setattr(play, "find_sample", lambda: folder)


def _press_ctrl_c_at_the_first(steps: list[int]) -> None:
    steps.append(len(steps))
    ident = threading.main_thread().ident
    assert ident is not None
    if len(steps) == 1:
        signal.pthread_kill(ident, signal.SIGINT)


@pytest.mark.usefixtures("slow_sample")
def test_ctrl_c_ends_every_function_after_the_invocation_it_is_at() -> None:
    """Of a hundred invocations only the first few happen."""
    steps: list[int] = []

    def on_step() -> None:
        _press_ctrl_c_at_the_first(steps)

    with pytest.raises(KeyboardInterrupt):
        play.play(plan_day(100), on_step=on_step)

    assert 1 <= len(steps) < 20


@pytest.mark.usefixtures("slow_sample")
def test_an_error_in_one_function_ends_the_other() -> None:
    """It reaches the caller at once, although the longer plan is the first."""
    steps: list[int] = []
    long = plan_day(100)[0]
    broken = FunctionPlan("broken", {}, 1.0, (Step({"end": True}),))

    with pytest.raises(play.SampleFailedError):
        play.play((long, broken), on_step=lambda: steps.append(1))

    assert len(steps) < len(long.steps) // 2


@pytest.mark.usefixtures("slow_sample")
def test_ctrl_c_on_the_command_line_is_one_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """No traceback, no log, and the exit code that a shell expects."""
    real = play.play
    steps: list[int] = []

    def interrupted(plans: Sequence[FunctionPlan], **_: Any) -> play.Played:
        return real(plans, on_step=lambda: _press_ctrl_c_at_the_first(steps))

    monkeypatch.setattr(play, "play", interrupted)

    code = main(["demo", "--out", str(tmp_path / "x.log")])

    said = capsys.readouterr()
    assert code == EXIT_INTERRUPTED
    assert (said.out, said.err) == ("", "interrupted\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sample"]
