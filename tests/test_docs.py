"""The docs say what the code does: made tables are fresh, and nothing that users can type is missing."""

import argparse
import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from genai_obs import configure, observe_inference
from genai_obs.tools import reference
from genai_obs.tools.cli import COMMANDS
from genai_obs.tools.cloudwatch import faults

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
    ],
)
def test_made_tables_are_fresh(name: str, rows: list[str]) -> None:
    """The reference of fields, metrics and functions is what the code's own tables make."""
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


# What is called with a slug first: errors, and the collectors of problems of a query.
_SAYS = {"GenaiObsError", "CompileProblem", "Diagnostic", "Fault", "_Refused", "_accept_pipe"}
_SAYS |= {"error", "problem", "note", "warn", "_note", "_warn"}
_SLUG = re.compile(r"[a-z]+(-[a-z]+)*")


def said_slugs() -> set[str]:
    """Return every slug that the package can say."""
    found = set()
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in _SAYS and node.args:
                chosen = node.args[0]
                either = (chosen.body, chosen.orelse) if isinstance(chosen, ast.IfExp) else (chosen,)
                found |= {part.value for part in either if isinstance(part, ast.Constant)}
    return {slug for slug in found if isinstance(slug, str) and _SLUG.fullmatch(slug)}


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_every_slug_is_explained() -> None:
    """Each error or warning of the command line has a row in docs/messages.md, and no row is of nothing."""
    page = (DOCS / "messages.md").read_text("utf-8")
    cells = re.findall(r"^\| (`[^|]*`) \|", page, re.MULTILINE)
    explained = {slug for cell in cells for slug in re.findall(r"`([a-z-]+)`", cell)}
    # The slugs of AWS's errors stand in tables of their codes, and one error has a class of its own.
    tables = (*faults.SENTENCES.values(), *faults.CLIENT_SENTENCES.values())
    others = {slug for slug, _ in tables} | {"aws-error", "missing-extra"}

    said = said_slugs() | others

    assert "unknown-function" in said
    assert said - explained == set()
    assert explained - said == set()


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
