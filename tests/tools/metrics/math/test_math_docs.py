"""The page on metric math says what the evaluator's own tables say."""

import re
from pathlib import Path

from genai_obs.tools.metrics.math.choices import CHOICES
from genai_obs.tools.metrics.math.functions import FUNCTIONS, NEEDS_AWS
from genai_obs.tools.metrics.math.reference import TABLES

PAGE = Path(__file__).parents[4] / "docs" / "metric-math.md"


def test_the_made_tables_are_fresh() -> None:
    """Each table between the marks is the one that the code makes."""
    text = PAGE.read_text("utf-8")

    made = dict(re.findall(r"<!-- made: (\w+) -->\n(.*?)\n<!-- end -->", text, re.DOTALL))

    assert made == {name: render() for name, render in TABLES.items()}


def test_every_function_and_choice_is_on_the_page() -> None:
    """Nothing that can be written, and nothing that was decided, is missing."""
    text = PAGE.read_text("utf-8")

    assert all(f"| `{name}` |" in text for name in [*FUNCTIONS, *NEEDS_AWS])
    assert all(choice.question in text for choice in CHOICES)
    assert all(function.mark in {"documented", "derived"} for function in FUNCTIONS.values())
