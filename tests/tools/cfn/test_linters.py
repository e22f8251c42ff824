"""
AWS's own linters on generated templates.

They live in an environment of their own: ``GENAI_OBS_SAM_VENV`` names it, or ``.venv-sam`` beside the project. Without
one these tests are skipped.
"""

import os
import subprocess
from pathlib import Path

import pytest
from cfn_support import EVERYTHING, everything

from genai_obs.tools.cfn.options import TemplateOptions
from genai_obs.tools.cfn.template import render_template

SAM_VENV = Path(os.environ.get("GENAI_OBS_SAM_VENV") or Path(__file__).parents[3] / ".venv-sam")

pytestmark = [
    pytest.mark.skipif(not (SAM_VENV / "bin" / "sam").exists(), reason=f"no aws-sam-cli in {SAM_VENV}"),
    pytest.mark.timeout(300),
]


def run(*command: str | Path) -> tuple[int, str]:
    """Run a tool offline and without credentials."""
    environ = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "SAM_CLI_TELEMETRY": "0"}
    done = subprocess.run([str(word) for word in command], env=environ, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("options", [TemplateOptions(), EVERYTHING], ids=["least", "most"])
@pytest.mark.parametrize("form", ["yaml", "json"])
def test_cfn_lint_finds_nothing(tmp_path: Path, options: TemplateOptions, form: str) -> None:
    """Warnings and informational rules included."""
    template = tmp_path / f"template.{form}"
    template.write_text(render_template(everything(), options, form), encoding="utf-8")

    assert run(SAM_VENV / "bin" / "cfn-lint", "--include-checks", "I", "--template", template) == (0, "")


def test_sam_finds_nothing(tmp_path: Path) -> None:
    """`sam validate --lint`, offline."""
    template = tmp_path / "template.yaml"
    template.write_text(render_template(everything(), EVERYTHING), encoding="utf-8")

    code, said = run(SAM_VENV / "bin" / "sam", "validate", "--lint", "--template", template)

    assert code == 0, said
    assert "is a valid SAM Template" in said
