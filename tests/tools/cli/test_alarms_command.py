"""``genai-obs alarms`` as a person runs it: what the options mean, and what is said beside the states."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from genai_obs.tools.cli import main
from genai_obs.tools.cli.alarms_output import _wrapped

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
    assert "production is judged" not in err


@pytest.mark.parametrize("option", ["--since", "--start", "--end"])
def test_a_range_without_a_back_test_is_refused(run: Run, option: str) -> None:
    """It would change nothing, and somebody meant something by it."""
    code, out, err = run(str(DAY), option, "2h")

    assert (code, out) == (2, "")
    assert f"error[bad-option]: {option} is of a back-test's range: add --backtest, or take --at" in err


def test_explanations_are_json_for_programs(run: Run) -> None:
    """They need no file, and --json holds for them too."""
    code, out, _ = run("--explain", "--json", "--only", "daily-spend")

    assert code == 0
    (alarm,) = json.loads(out)["alarms"]
    assert alarm["alarm"] == "genai-production-daily-spend"
    assert "Fires when the spend is above 50 USD" in alarm["explanation"]


def test_lines_without_metrics_say_why_nothing_alarms(run: Run, tmp_path: Path) -> None:
    """Records without EMF leave every metric alarm silent, which looks like peace."""
    log = tmp_path / "records.log"
    log.write_text('{"metric": "AICost", "value": 1.0, "timestamp": "2026-11-21T10:00:00.000Z"}\n', encoding="utf-8")

    _, _, err = run(str(log), "--only", "daily-spend")

    assert "no line is an EMF document, so no metric alarm has data" in err


@pytest.mark.parametrize(
    ("words", "note"),
    [
        (("--backtest", "--start", "2020-01-01", "--end", "2020-01-02"), "the lines begin at "),
        (("--at", "2020-01-01"), "the lines begin at "),
        (("--at", "2030-01-01"), "the lines end at "),
        (("--backtest",), None),
        ((), None),
    ],
)
def test_silence_where_no_lines_are_is_said(run: Run, words: tuple[str, ...], note: str | None) -> None:
    """A range that the file does not cover is judged as silence, which nobody should take for what happened."""
    code, _, err = run(str(DAY), "--only", "daily-spend", *words)

    assert code == 0
    assert ("silence" in err) == (note is not None)
    assert note is None or note in err


@pytest.mark.parametrize("width", range(24, 60))
def test_a_number_is_never_parted_from_its_unit(width: int) -> None:
    """However narrow the terminal is."""
    lines = list(
        _wrapped("the error rate was 0, 0 and 4.17 % in the last three periods, not above 5 % or 10,000 ms", width)
    )

    assert not [line for line in lines if line.split()[0] in {"%", "ms"}]
    assert " ".join(" ".join(lines).split()).endswith("not above 5 % or 10,000 ms")
