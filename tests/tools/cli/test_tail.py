"""``genai-obs tail`` as a person or a program runs it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from genai_obs.tools.cli import main

LOG = str(Path(__file__).parent / "logs" / "day.log")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what reads a log to its end and gives exit code, stdout and stderr."""

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["tail", "--no-follow", *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def call_lines() -> list[str]:
    """Return the lines of the log that record an inference."""
    return [line for line in Path(LOG).read_text("utf-8").splitlines() if line.startswith('{"metric":"AICost"')]


def test_the_last_calls_come_one_a_line(run: Run) -> None:
    """In the order of the log, and what they cost at the end, on stderr."""
    code, out, err = run(LOG, "-n", "3")

    last = [json.loads(line) for line in call_lines()[-3:]]
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == [record["timestamp"][11:19] for record in last]
    assert err.startswith("genai-obs: 3 calls, ")


def test_ten_are_shown_unless_something_else_is_said(run: Run) -> None:
    """All of them with `--since all`, none with `-n 0`."""
    assert len(run(LOG)[1].splitlines()) == 10
    assert len(run(LOG, "--since", "all")[1].splitlines()) == len(call_lines())
    assert run(LOG, "-n", "0")[1:] == ("", "genai-obs: 0 calls, 0.000000 USD\n")


def test_since_begins_at_a_time(run: Run) -> None:
    """Whatever the file holds before."""
    _, out, _ = run(LOG, "--since", "2026-11-21 14:00")

    late = [line for line in call_lines() if json.loads(line)["timestamp"] >= "2026-11-21T14"]
    assert len(out.splitlines()) == len(late)


def test_json_is_the_records_as_they_were_written(run: Run) -> None:
    """Byte for byte, one a line."""
    _, out, _ = run(LOG, "--since", "all", "--json")

    assert out.splitlines() == call_lines()


def test_a_filter_is_a_condition_of_the_query_language(run: Run) -> None:
    """The same as after `filter` in a query."""
    _, out, err = run(LOG, "--since", "all", "--json", "--filter", 'status != "ok" and latency_ms < 100')

    expected = [line for line in call_lines() if (r := json.loads(line))["status"] != "ok" and r["latency_ms"] < 100]
    assert out.splitlines() == expected
    assert err.startswith(f"genai-obs: {len(expected)} calls, {len(expected)} unpriced, ")


def test_all_shows_the_other_lines_too(run: Run) -> None:
    """The platform's among them; they count as no calls."""
    _, out, err = run(LOG, "--all", "-n", "2")

    assert out.splitlines()[-1].startswith("--:--:--  REPORT RequestId: ")
    assert err == "genai-obs: 0 calls, 0.000000 USD\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "error[no-place]: name the log to ask"),
        (("none.log",), "error[no-file]: there is no file none.log"),
        ((LOG, "--filter", "status = 1 | limit 1"), "error[bad-filter]: --filter takes one condition"),
        ((LOG, "--filter", "nope(status)"), 'error[unknown-function]: Logs Insights has no function "nope"'),
        ((LOG, "--log-group", "g"), "error[two-places]: give files or --log-group"),
        (("--log-group", "g"), "error[two-ways]: --no-follow reads a file to its end"),
    ],
)
def test_a_mistake_ends_with_exit_code_2(run: Run, words: tuple[str, ...], sentence: str) -> None:
    """Before anything is shown."""
    code, out, err = run(*words)

    assert (code, out) == (2, "")
    assert err.startswith(sentence)


def test_following_shows_what_is_written_and_ends_with_the_sum(tmp_path: Path) -> None:
    """A process of its own follows a file, its successor after a rotation, and ends at Ctrl-C with exit code 0."""
    path = tmp_path / "app.log"
    first, second, third = call_lines()[:3]
    path.write_text(first + "\n")
    command = [sys.executable, "-m", "genai_obs", "tail", str(path), "--json"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}

    with subprocess.Popen(command, text=True, env=environment, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == first + "\n"
        with path.open("a") as log:
            log.write(second + "\n")
        assert process.stdout.readline() == second + "\n"
        path.rename(tmp_path / "app.log.1")
        path.write_text(third + "\n")
        assert process.stdout.readline() == third + "\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)

    assert (process.returncode, out) == (0, "")
    assert err.startswith("genai-obs: 3 calls, 1 unpriced, ")


def test_stdin_is_followed_to_its_end() -> None:
    """As in `aws logs tail --follow … | genai-obs tail -`; prefixes before the records do not matter."""
    lines = "".join(f"2026-11-21T00:00:00.000000+00:00 2026/11/21/[$LATEST]abc {line}\n" for line in call_lines())
    command = [sys.executable, "-m", "genai_obs", "tail", "-"]

    done = subprocess.run(command, input=lines, capture_output=True, check=True, text=True)

    assert len(done.stdout.splitlines()) == len(call_lines())
    assert done.stderr.startswith("genai-obs: 20 calls, 9 unpriced, 0.017027 USD")


def test_a_closed_stdin_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """``-`` names something that is not there."""
    monkeypatch.setattr(sys, "stdin", None)

    assert run("-") == (2, "", "error[bad-file]: cannot read -: standard input is closed\n")
