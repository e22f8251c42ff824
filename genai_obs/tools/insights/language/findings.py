"""Where the rules put what they find in a query."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from genai_obs.tools.text.diagnostics import Diagnostic, TextError
from genai_obs.tools.text.source import Source, Span

# Of a text that is no query at all nobody reads more.
MOST_PROBLEMS = 100


def text_error(text: str, problems: Sequence[Diagnostic]) -> TextError:
    """Return the error of a query with its first problems in the order of the text."""
    return TextError(Source(text), sorted(problems, key=lambda problem: problem.span)[:MOST_PROBLEMS])


@dataclass(slots=True)
class Findings:
    """Errors and warnings about the text of a query."""

    text: str
    errors: list[Diagnostic] = field(default_factory=list)
    warnings: list[Diagnostic] = field(default_factory=list)

    def error(self, slug: str, message: str, span: Span, hint: str | None = None) -> None:
        """Keep an error."""
        self.errors.append(Diagnostic(slug, message, span, hint))

    def warn(self, slug: str, message: str, span: Span, hint: str | None = None) -> None:
        """Keep a warning."""
        self.warnings.append(Diagnostic(slug, message, span, hint))

    def written(self, span: Span) -> str:
        """Return the text at a place."""
        return self.text[span.start : span.end]
