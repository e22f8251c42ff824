"""A text that somebody wrote, and the places in it that errors and plans point at."""

from dataclasses import dataclass


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

        A tab or another control character is shown as one blank, so that the marks stand where they belong.
        """
        start = self.text.rfind("\n", 0, span.start) + 1
        end = self.text.find("\n", span.start)
        line = self.text[start : len(self.text) if end < 0 else end]
        shown = "".join(character if character.isprintable() else " " for character in line)
        width = max(1, min(span.end, start + len(line)) - span.start)
        return f"  {shown}\n  {' ' * (span.start - start)}{'^' * width}"
