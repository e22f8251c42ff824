"""Lines that a stranger wrote, or a clock that went wrong: the commands stay whole, quick and quiet on the terminal."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from genai_obs.tools.cli import main

NOON_MS = 1_763_812_800_000
DAY_MS = 86_400_000


def line(at_ms: int, name: str = "M", value: object = 1) -> str:
    """Return a document of one metric."""
    directive = {"Namespace": "AI/LLMMetrics", "Dimensions": [["Environment"]], "Metrics": [{"Name": name}]}
    members: dict[str, Any] = {"Environment": "production", name: value}
    return json.dumps({"_aws": {"Timestamp": at_ms, "CloudWatchMetrics": [directive]}, **members})


def write(folder: Path, *lines: str) -> str:
    """Return the name of a file of lines."""
    file = folder / "lines.log"
    file.write_text("".join(f"{each}\n" for each in lines), "utf-8")
    return str(file)


def test_an_error_quotes_names_of_lines_without_obeying_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A metric may be called like an escape sequence, and errors say which metrics there are."""
    code = main(["metrics", write(tmp_path, line(NOON_MS, "\x1b[2J\u202eM")), "--plot", "Other"])

    assert code == 2
    err = capsys.readouterr().err
    assert "\\x1b[2J\\u202eM" in err
    assert "\x1b" not in err
    assert "\u202e" not in err


def test_half_a_character_is_shown_as_the_mark_for_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Cutting a text in the middle of an emoji leaves half of it, which no UTF-8 can say; a whole one stays."""
    code = main(["metrics", write(tmp_path, line(NOON_MS, "M\ud83d"), line(NOON_MS, "\U0001f600", 10**30)), "--json"])

    assert code == 0
    names = {metric["name"] for metric in json.loads(capsys.readouterr().out)["metrics"]}
    assert names == {"M\ufffd", "\U0001f600"}


@pytest.mark.parametrize("wrong_ms", [NOON_MS // 1000, 253_402_300_799_000], ids=["seconds", "the end of time"])
def test_one_wrong_time_makes_no_replay_of_decades(
    wrong_ms: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Seconds instead of milliseconds are 1970: the states are told all the same, with a word of warning."""
    log = write(tmp_path, line(wrong_ms), line(NOON_MS))

    code = main(["alarms", log, "--only", "daily-spend"])

    assert code == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("OK  genai-production-daily-spend\n")
    assert "warning: the lines are from " in captured.err
    assert "If a line has a wrong time, give --at" in captured.err


def test_a_back_test_of_decades_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """455 days are the most, for CloudWatch keeps no older datapoint."""
    log = write(tmp_path, line(NOON_MS - 455 * DAY_MS - 60_000), line(NOON_MS))

    code = main(["alarms", log, "--backtest", "--only", "daily-spend"])

    assert code == 2
    err = capsys.readouterr().err
    assert (
        "error[too-many-datapoints]: from 2024-08-24 11:59 to 2025-11-22 12:01 is too long to replay, 455 days" in err
    )


def test_a_check_without_its_library_names_the_extra(tmp_path: Path) -> None:
    """One sentence instead of a traceback; in a process of its own, because modules that are loaded stay so."""
    code = "import sys; sys.modules['numpy'] = None; from genai_obs.tools.cli import main; sys.exit(main(sys.argv[1:]))"
    words = [sys.executable, "-c", code, "check", write(tmp_path, "line")]

    ended = subprocess.run(words, capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("error[missing-extra]: this needs numpy")
