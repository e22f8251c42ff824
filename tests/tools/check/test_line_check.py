"""Checks of log lines, and which files hold them."""

from pathlib import Path

import pytest
from bill_lines import NOON_MS, as_inputs, emf_line

from genai_obs.errors import GenaiObsError
from genai_obs.tools.check.checked import check_names
from genai_obs.tools.check.lines import check_lines
from genai_obs.tools.cli import main
from genai_obs.tools.metrics import families


def test_what_cloudwatch_drops_is_an_error_with_its_trace() -> None:
    """The sentence says how much is lost, and where CloudWatch counts it."""
    line = emf_line(NOON_MS, ["A"], A="x", M="text")

    findings, _ = check_lines(as_inputs((NOON_MS, line)))

    (finding,) = findings
    assert (finding.slug, finding.severity, finding.count) == ("emf-bad-value", "error", 1)
    assert "(1 metric of a line lost)" in finding.sentence
    assert "EMFValidationErrors of AWS/Logs" in finding.sentence


def test_metrics_beyond_the_limit_of_memory_are_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """CloudWatch publishes what is only counted here: the lines are right."""
    monkeypatch.setattr(families, "MOST_METRICS", 1)
    lines = [emf_line(NOON_MS, ["A"], metrics=[name], A="x", **{name: 1}) for name in ("M", "N")]

    findings, _ = check_lines(as_inputs(*((NOON_MS, line) for line in lines)))

    assert [(each.slug, each.severity, each.count) for each in findings] == [("too-many-metrics", "warning", 1)]
    assert "CloudWatch publishes" in findings[0].sentence


def test_the_command_counts_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One error is an error, none are errors; errors end with exit code 1."""
    file = tmp_path / "lines.log"
    file.write_text(emf_line(NOON_MS, ["A"], A="x", M="text") + "\n", "utf-8")

    code = main(["check", str(file)])

    assert code == 1
    assert "1 error, 0 warnings in" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ('{\n  "Resources": {\n    "A": {"Type": "AWS::SNS::Topic"},\n  }\n}\n', "json-broken"),
        ('{"widgets": [}', "dashboard-json"),
        ('{"widgets": 1}', "dashboard-member"),
        ('{"a": {"Resources": 1}}\n{"a": 2}\n', "no-metrics"),
        ('["Resources"]', "no-metrics"),
    ],
)
def test_a_slip_makes_no_log_of_a_template(text: str, slug: str, tmp_path: Path) -> None:
    """A template with a comma too many is a broken template, not lines; documents in lines are no template."""
    file = tmp_path / "file.json"
    file.write_text(text, "utf-8")

    try:
        (checked,) = check_names([str(file)])
    except GenaiObsError as error:
        found, sentence = [error.slug], str(error)
    else:
        found, sentence = [finding.slug for finding in checked.findings], checked.name

    assert slug in found
    assert "file.json" in sentence


def test_a_template_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Of several files, the message says which, and shows the place."""
    file = tmp_path / "b.yaml"
    file.write_text("Resources:\n  A: {Type: X}\n  A: {Type: Y}\n", "utf-8")

    with pytest.raises(GenaiObsError, match=r"b\.yaml: the key A stands here twice \(line 3, column 3\)\n") as error:
        check_names([str(file)])

    assert error.value.slug == "duplicate-key"
