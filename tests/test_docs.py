"""The docs say what the code does: made tables are fresh, and nothing that users can type is missing."""

import argparse
import inspect
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from slugs import read_slugs

from genai_obs import configure, observe_inference
from genai_obs.tools import reference
from genai_obs.tools.cli import COMMANDS
from genai_obs.tools.cloudwatch import faults
from genai_obs.tools.metrics.rules import RULES

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md")), ROOT / ".github" / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
SOURCES = sorted((ROOT / "genai_obs").rglob("*.py"))


def all_docs() -> str:
    """Return the text of all pages."""
    return "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("records.md", ["| `cost_usd` |", "| `AICost` |"]),
        ("query-language.md", ["| `strcontains` |", "| `countDistinct` |"]),
        ("metrics.md", ["| `emf-nested` |", "| `emf-no-values` |"]),
    ],
)
def test_made_tables_are_fresh(name: str, rows: list[str]) -> None:
    """The reference of fields, metrics, functions and dropped EMF is what the code's own tables make."""
    text = (DOCS / name).read_text("utf-8")

    assert text == reference.refresh(text)
    assert all(row in text for row in rows)


def test_every_environment_variable_is_documented() -> None:
    """A variable that the package reads stands in the guide or in the page on prices."""
    read = {name for source in SOURCES for name in re.findall(r'"(GENAI_OBS_[A-Z_]+)"', source.read_text("utf-8"))}
    documented = (DOCS / "guide.md").read_text("utf-8") + (DOCS / "prices.md").read_text("utf-8")

    missing = sorted(name for name in read if name not in documented)

    assert read
    assert missing == []


def explained_slugs() -> set[str]:
    """Return every slug that a row of the docs explains: of messages.md, or of the table of dropped EMF."""
    drops = re.search(r"<!-- made: drops -->\n(.*?)<!-- end -->", (DOCS / "metrics.md").read_text("utf-8"), re.DOTALL)
    assert drops is not None
    tables = (DOCS / "messages.md").read_text("utf-8") + drops.group(1)
    cells = re.findall(r"^\| (`[^|]*`) \|", tables, re.MULTILINE)
    return {slug for cell in cells for slug in re.findall(r"`([a-z-]+)`", cell)}


def test_every_slug_is_explained() -> None:
    """Each error or warning of the command line has a row in the docs, and no row is of nothing."""
    # The slugs of AWS's errors stand in tables of their codes, and one error has a class of its own.
    tables = (*faults.SENTENCES.values(), *faults.CLIENT_SENTENCES.values())
    others = {slug for slug, _ in tables} | {"aws-error", "missing-extra"}

    said = read_slugs()

    assert said.unread == []
    assert sorted((said.slugs.keys() | others) - explained_slugs()) == []
    assert sorted(explained_slugs() - (said.slugs.keys() | others)) == []


@pytest.mark.parametrize(
    "slug",
    [
        "unknown-function",  # Findings.error(slug, …)
        "return-data",  # Problem(slug, …) of an alarm
        "topic-fifo",  # Resource.finding(severity, slug, …)
        "no-metrics",  # Finding(slug, severity, …)
        "dashboard-gauge",  # Report.error(slug, …)
        "math-number",  # a row of a lexer's table
        "merge-key",  # a method of the reader of YAML
        "math-needs-aws",  # in a constant elsewhere
        "emf-nested",  # a rule of EMF
        "not-a-list",  # a class that a module passes on
    ],
)
def test_slugs_are_found_however_they_are_said(slug: str) -> None:
    """Each way in which the package says a slug is read."""
    assert slug in read_slugs().slugs


def test_a_slug_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """Constants, their names and choices are read; what is passed on is nobody's own; the rest is told."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "kit.py").write_text("class Fault:\n    span: int\n    slug: str\n")
    text = """
        from own.kit import Fault
        OURS = "by-name"
        def say(fault, slug, made):
            Fault(1, OURS), Fault(1, "one" if made else "two-words"), Fault(1, slug="by-keyword")
            Fault(1, slug), Fault(1, fault.slug), Fault("no-slug", made())
            made.add("nobodys-slug"), Fault(1, "Not a slug")
    """
    (tmp_path / "own" / "uses.py").write_text(textwrap.dedent(text))

    said = read_slugs(tmp_path / "own")

    assert said.slugs.keys() == {"by-name", "one", "two-words", "by-keyword"}
    assert said.unread == ["own.uses:6: Fault('no-slug', made())", "own.uses:7: 'Not a slug'"]


def test_rules_of_emf_are_the_ones_that_are_applied() -> None:
    """What the extraction calls a fault of EMF is one of the rules, and every rule is used."""
    sources = [
        source for source in SOURCES if source.parts[-2:] != ("metrics", "rules.py") and "metrics" in source.parts
    ]
    named = {slug for source in sources for slug in re.findall(r'"(emf-[a-z-]+)"', source.read_text("utf-8"))}

    assert named == {slug for slug in RULES if slug.startswith("emf-")}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_and_its_options_are_documented(name: str) -> None:
    """Each command, and each long option that its help shows, stands somewhere in the docs."""
    shown = subprocess.run(
        [sys.executable, "-m", "genai_obs", name, "--help"], capture_output=True, text=True, check=True
    ).stdout
    options = set(re.findall(r"(--[a-z][a-z-]+)", shown)) - {"--help"}
    docs = all_docs()

    missing = sorted(option for option in options if option not in docs)

    assert f"genai-obs {name}" in docs
    assert missing == []


@pytest.mark.parametrize("function", [observe_inference, configure], ids=lambda function: function.__name__)
def test_every_option_of_the_public_functions_is_in_the_guide(function: object) -> None:
    """An option that code can pass stands in the guide as `name=`."""
    guide = (DOCS / "guide.md").read_text("utf-8")
    names = [
        parameter.name
        for parameter in inspect.signature(function).parameters.values()  # type: ignore[arg-type]
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    ]

    missing = [name for name in names if f"{name}=" not in guide]

    assert names
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """A relative link names a file of the project."""
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text("utf-8"))

    dead = [link for link in links if not (page.parent / link).resolve().exists()]

    assert dead == []


def test_the_readme_has_its_two_commands_each_on_one_line() -> None:
    """Both commands make their own environment, so that either may be the first one typed."""
    text = (ROOT / "README.md").read_text("utf-8")

    commands = re.findall(r"^python3 -m venv .*$", text, re.MULTILINE)

    assert len(commands) == 2
    assert commands[0].endswith("genai-obs demo")
    assert "pytest" in commands[1]


def test_help_names_every_command() -> None:
    """`genai-obs` alone lists what there is and ends with the exit code of a mistake."""
    shown = subprocess.run([sys.executable, "-m", "genai_obs"], capture_output=True, text=True, check=False)

    assert shown.returncode == 2
    assert all(name in shown.stdout for name in COMMANDS)


def test_a_command_module_declares_what_the_frame_calls() -> None:
    """Every row of COMMANDS leads to a module with add_arguments and run."""
    from genai_obs.tools import cli

    for name in COMMANDS:
        parser, command = cli._parser(name)

        assert isinstance(parser, argparse.ArgumentParser)
        assert callable(getattr(command, "run", None))
