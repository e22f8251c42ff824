"""The sample's templates, by our own checks: they look where AWS's linters do not."""

import shlex
from pathlib import Path

import pytest

from genai_obs.tools.check.template import check_template
from genai_obs.tools.cli import main

SAMPLE = Path(__file__).parents[2] / "sam-example"


def _documented_command() -> list[str]:
    """Return the command that the sample's definitions say their template is made by, without its program."""
    lines = (SAMPLE / "observability.toml").read_text("utf-8").splitlines()
    commented = [line.removeprefix("#").strip() for line in lines if line.startswith("#")]
    start = next(place for place, line in enumerate(commented) if line.startswith("genai-obs template"))
    end = commented.index("", start)
    return shlex.split(" ".join(line.removesuffix("\\") for line in commented[start:end]))[1:]


def test_the_observability_stack_is_what_its_command_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody edits it by hand, and nobody forgets to write it again."""
    monkeypatch.chdir(SAMPLE)
    command = _documented_command()
    written = tmp_path / "observability.yaml"
    command[command.index("--out") + 1] = str(written)

    assert main(command) == 0

    assert written.read_text("utf-8") == (SAMPLE / "observability.yaml").read_text("utf-8")


@pytest.mark.parametrize("name", ["template.yaml", "observability.yaml"])
def test_our_own_checks_find_no_error(name: str) -> None:
    """Alarms, queries, dashboard, topics, log groups: nothing that cannot work."""
    _, findings = check_template((SAMPLE / name).read_text("utf-8"))

    assert [finding.sentence for finding in findings if finding.severity == "error"] == []
    assert {finding.slug for finding in findings} <= {"math-in-alarm"}


def test_the_checks_would_find_a_broken_query() -> None:
    """One word of a saved query is made wrong: the check is not blind."""
    text = (SAMPLE / "observability.yaml").read_text("utf-8")
    assert "| stats " in text

    _, findings = check_template(text.replace("| stats ", "| statz ", 1))

    assert [finding.slug for finding in findings if finding.severity == "error"] == ["bad-query"]
