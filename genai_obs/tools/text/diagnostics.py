"""What is wrong with a text: each problem with its name, its place and a hint; all of them at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from genai_obs.errors import GenaiObsError
from genai_obs.tools.text.source import Source, Span


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """
    One problem or warning.

    Args:
        slug: Stable name, explained in ``docs/messages.md``.

        message: One sentence.

        span: The place in the source.

        hint: What would be right, such as ``did you mean pct()?``; None when nothing is near.
    """

    slug: str
    message: str
    span: Span
    hint: str | None = None

    def render(self, source: Source, severity: str = "error") -> str:
        """Return the problem as people read it: sentence, place, marked excerpt, hint."""
        line, column = source.line_column(self.span.start)
        marked = source.excerpt(self.span) + (f" {self.hint}" if self.hint else "")
        return f"{severity}[{self.slug}]: {self.message} (line {line}, column {column})\n{marked}"


class TextError(GenaiObsError):
    """
    A text that cannot be taken, with every problem found in it, in the order of the text.

    Its ``slug`` is that of the first problem; ``str()`` shows all of them, each with its marked excerpt.
    """

    def __init__(self, source: Source, diagnostics: Sequence[Diagnostic]) -> None:
        self.source = source
        self.diagnostics = tuple(sorted(diagnostics, key=lambda problem: problem.span))
        first = self.diagnostics[0]
        super().__init__(first.slug, first.message)

    def __str__(self) -> str:
        return "\n".join(problem.render(self.source) for problem in self.diagnostics)
