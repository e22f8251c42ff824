"""The pages on prices, messages and words say each thing once, and what the code says."""

import re
from collections import Counter
from pathlib import Path

import pytest

from genai_obs.schema import COST_STATUSES

ROOT = Path(__file__).parents[3]


def rows(page: str) -> list[list[str]]:
    """Return the cells of every table row of a page, heads and rules left out."""
    lines = (ROOT / "docs" / page).read_text("utf-8").splitlines()
    kept = [
        line
        for line, below in zip(lines, [*lines[1:], ""], strict=True)
        if line.startswith("|") and not line.startswith("|-") and not below.startswith("|-")
    ]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in kept]


def test_the_page_has_every_cost_status_and_no_other() -> None:
    """Each status once, in the table under its heading."""
    section = (ROOT / "docs" / "prices.md").read_text("utf-8").split("## `cost_status`")[1].split("## ")[0]

    cells = re.findall(r"^\| (`.*?`) \|", section, re.MULTILINE)
    named = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]

    assert sorted(named) == sorted(COST_STATUSES)


@pytest.mark.parametrize("status", COST_STATUSES)
def test_every_cost_status_is_written_by_the_runtime(status: str) -> None:
    """A status that nothing writes is not part of the table."""
    sources = (ROOT / "genai_obs" / "_runtime").glob("*.py")

    assert any(f'"{status}"' in source.read_text("utf-8") for source in sources)


def test_a_word_has_one_meaning() -> None:
    """No word stands in two rows of the glossary."""
    words = Counter(word for row in rows("glossary.md") for word in row[0].split(", "))

    assert words["price book"] == 1
    assert [word for word, count in words.items() if count > 1] == []


def test_every_message_says_what_to_do() -> None:
    """No cell is empty; a mistake in a query is marked with what would be right, so its rows need no third cell."""
    found = rows("messages.md")
    commands = [row for row in found if len(row) == 3]

    assert len(commands) > 30
    assert [row for row in found if len(row) not in {2, 3} or not all(row)] == []


def test_every_exit_code_is_explained() -> None:
    """The codes that the command line ends with, besides 0."""
    text = (ROOT / "docs" / "messages.md").read_text("utf-8")

    assert [code for code in (1, 2, 70, 130) if not re.search(rf"\b{code}\b", text.split("\n| slug")[0])] == []
