"""``genai-obs alarms`` as a person runs it: what the options mean, and what is said beside the states."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from genai_obs.tools.cli import main

DAY = Path(__file__).parents[2] / "data" / "demo_day.log.gz"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs the command and gives exit code, stdout and stderr."""

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["alarms", *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_another_environment_of_the_lines_is_told_with_its_option(run: Run) -> None:
    """The day is of two environments: one is judged, and the way to the other is named."""
    code, out, err = run(str(DAY), "--only", "daily-spend")

    assert code == 0
    assert out.startswith("OK  genai-production-daily-spend\n")
    assert "the lines are of environment staging too: --environment staging judges it" in err


def test_an_environment_that_was_said_is_judged_although_no_line_has_it(run: Run) -> None:
    """No other stands in for it, and nothing says that one does."""
    code, out, err = run(str(DAY), "--environment", "prod", "--only", "daily-spend")

    assert code == 0
    assert out.startswith("OK  genai-prod-daily-spend\n")
    assert "the lines have no environment prod, they are of production, staging: --environment NAME judges one\n" in err
    assert "is judged" not in err


@pytest.mark.parametrize("option", ["--since", "--start", "--end"])
def test_a_range_without_a_back_test_is_refused(run: Run, option: str) -> None:
    """It would change nothing, and somebody meant something by it."""
    code, out, err = run(str(DAY), option, "2h")

    assert (code, out) == (2, "")
    assert f"error[bad-option]: {option} is of the range of a back-test: add --backtest, or take --at" in err
