"""What a check found: how bad it is, where it stands, and what would be right."""

from dataclasses import dataclass
from typing import Literal

from genai_obs.tools.text.diagnostics import Diagnostic
from genai_obs.tools.text.source import Source, Span

# An error never works; a warning works otherwise than people think, or only by luck.
Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One finding.

    Args:
        slug: Stable name, explained in ``docs/messages.md``.

        severity: Whether it can work at all.

        sentence: What is wrong, and what follows from it.

        hint: What would be right; None when the sentence says it.

        span: Its place in the text that was checked; None for a whole file.

        count: How often it was found, for lines.
    """

    slug: str
    severity: Severity
    sentence: str
    hint: str | None = None
    span: Span | None = None
    count: int = 1

    def render(self, source: Source | None) -> str:
        """Return it as people read it, with the marked place where there is one."""
        if source is not None and self.span is not None:
            # A sentence may go on with marked places of a text inside the text.
            sentence, _, more = self.sentence.partition("\n")
            rendered = Diagnostic(self.slug, sentence, self.span, self.hint).render(source, self.severity)
            return f"{rendered}\n{more}" if more else rendered
        hint = "" if self.hint is None else f"\n  {self.hint}"
        return f"{self.severity}[{self.slug}]: {self.sentence}{hint}"
