"""Where the rules put what they find in a query."""

from dataclasses import dataclass, field

from genai_obs.tools.text.diagnostics import Diagnostic
from genai_obs.tools.text.source import Span


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
