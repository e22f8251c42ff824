"""What is wrong with an alarm."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from genai_obs.errors import GenaiObsError
from genai_obs.tools.text.diagnostics import TextError

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
        yield Problem(diagnostic.slug, _without_head(diagnostic.render(error.source)), severity, query_id)


def _without_head(rendered: str) -> str:
    # Whoever prints the problem says its severity and slug.
    return rendered.partition(": ")[2]
