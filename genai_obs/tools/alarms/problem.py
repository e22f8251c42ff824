"""What is wrong with an alarm."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from genai_obs.errors import GenaiObsError
from genai_obs.tools.text.diagnostics import Diagnostic, TextError
from genai_obs.tools.text.source import Source

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """
    One problem of an alarm.

    Args:
        slug: Stable name, explained in ``docs/messages.md``.

        sentence: What is wrong and what would be right; for a faulty text with its marked excerpt, over several lines.

        severity: ``error`` where CloudWatch refuses the alarm or it can never work, ``warning`` where it does something
            else than people expect.

        query_id: The query it is about; None for the alarm as a whole.
    """

    slug: str
    sentence: str
    severity: Severity = "error"
    query_id: str | None = None


# CloudWatch takes it, and only CloudWatch can compute it: nothing is wrong with the alarm.
NEEDS_AWS = "math-needs-aws"


def problems_of_error(error: GenaiObsError, query_id: str | None = None) -> Iterator[Problem]:
    """Return the problems that an error reports: for a text each of them, with its place."""
    if not isinstance(error, TextError):
        yield Problem(error.slug, str(error), query_id=query_id)
        return
    for diagnostic in error.diagnostics:
        severity: Severity = "warning" if diagnostic.slug == NEEDS_AWS else "error"
        yield Problem(diagnostic.slug, _told(diagnostic, error.source), severity, query_id)


def _told(diagnostic: Diagnostic, source: Source) -> str:
    """Return a problem of a text: whoever prints it says severity and slug, and has a place of its own."""
    told = diagnostic.render(source).partition(": ")[2]
    # In a text of one line the marks alone say where.
    return told if "\n" in source.text else re.sub(r" \(line 1, column \d+\)(?=\n|$)", "", told, count=1)
