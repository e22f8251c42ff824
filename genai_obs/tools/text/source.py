"""A text that somebody wrote, and the places in it that errors and plans point at."""

from dataclasses import dataclass

# Characters shown before a place in a long line; twice as many are shown after it.
_AROUND = 80


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of a source text, in code points."""

    start: int
    end: int

    def to(self, other: "Span") -> "Span":
        """Return the range from the start of this one to the end of the other."""
        return Span(self.start, other.end)


@dataclass(frozen=True, slots=True)
class Source:
    """A text with its lines; lines and columns count from 1."""

    text: str

    def line_column(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset; one past the end is allowed."""
        before = self.text[:offset]
        return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1

    def excerpt(self, span: Span) -> str:
        """
        Return the line in which a span starts, and below it the span marked with carets.

        A tab or another control character is shown as one blank, so that the marks stand where they belong. Of a
        very long line only what stands around the span is shown.
        """
        start = self.text.rfind("\n", 0, span.start) + 1
        end = self.text.find("\n", span.start)
        end = len(self.text) if end < 0 else end
        before = "…" if span.start - start > _AROUND else ""
        start = max(start, span.start - _AROUND) if before else start
        after = "…" if end - span.start > 2 * _AROUND else ""
        end = min(end, span.start + 2 * _AROUND) if after else end
        shown = "".join(character if character.isprintable() else " " for character in self.text[start:end])
        width = max(1, min(span.end, end) - span.start)
        return f"  {before}{shown}{after}\n  {' ' * (len(before) + span.start - start)}{'^' * width}"
