"""What the process around a command does to it: no stdout, a full disk, a signal to end."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from genai_obs.tools.cli import main, query

LOG = str(Path(__file__).parent / "logs" / "day.log")


@pytest.fixture
def ends_at_sigterm() -> Iterator[None]:
    """Give the signal back to who had it."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def test_without_stdout_there_is_nobody_to_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """``>&-`` is no defect."""
    monkeypatch.setattr(sys, "stdout", None)

    code = main(["query", "fields @message | limit 1", LOG])
    sys.stdout.close()

    assert code == 0


def test_an_answer_that_finds_no_room_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A full disk is no defect of ours either."""
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)

        code = main(["query", "fields @message | limit 1", LOG])

    assert code == 2
    assert capsys.readouterr().err == "error[cannot-write]: cannot write the answer: No space left on device\n"


@pytest.mark.usefixtures("ends_at_sigterm")
def test_sigterm_unwinds_what_a_command_has_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """So temporary files go, as they do after Ctrl-C."""
    monkeypatch.setattr(query, "run", lambda _: signal.raise_signal(signal.SIGTERM))

    with pytest.raises(SystemExit) as ended:
        main(["query", "fields @message", LOG])

    assert ended.value.code == 143
