"""Failures of ours are counted, said once, and quote nothing."""

import sys

import pytest

from genai_obs._runtime import guard


def raise_it(error: Exception) -> None:
    """Raise."""
    raise error


def fail(error: Exception) -> None:
    """Have a failure of ours noted."""
    try:
        raise_it(error)
    except Exception as own:  # noqa: BLE001 - as the wrappers do
        guard.failed(own)


def test_failure_is_counted_and_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    """The line names kind and place; the message, which may quote a prompt, stays out."""
    for _ in range(3):
        fail(KeyError("the prompt"))
    fail(ValueError("the prompt"))

    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("genai_obs: KeyError at ")
    assert second.startswith("genai_obs: ValueError at ")
    assert "the prompt" not in first + second
    assert guard.take_failures() == 4
    assert guard.take_failures() == 0


def test_number_of_sentences_is_bounded(capsys: pytest.CaptureFixture[str]) -> None:
    """A message that changes each time cannot fill the log."""
    for number in range(100):
        guard.say_once(f"sentence {number}")

    assert len(capsys.readouterr().err.splitlines()) == 32


class Broken:
    """A stderr that is gone."""

    def write(self, text: str) -> None:
        """Raise."""
        raise ValueError("I/O operation on closed file")


@pytest.mark.parametrize("stderr", [None, Broken()], ids=["None", "closed"])
def test_nobody_to_tell(stderr: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a stderr the failure is still counted, and nothing is raised."""
    monkeypatch.setattr(sys, "stderr", stderr)

    fail(KeyError())

    assert guard.take_failures() == 1


def test_strict_guard_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under test a failure of ours is the test's."""
    monkeypatch.setattr(guard, "strict", True)

    with pytest.raises(KeyError):
        fail(KeyError())
