"""What a query gives: columns of text, as CloudWatch's GetQueryResults gives them, with what was read for it."""

from dataclasses import dataclass, field
from typing import Literal

# How people read a column: numbers are aligned to the right, times may be shortened. Every value is text all the same.
ColumnKind = Literal["number", "time", "text"]


@dataclass(frozen=True, slots=True)
class Column:
    """A result column."""

    name: str
    kind: ColumnKind = "text"


@dataclass(frozen=True, slots=True)
class Statistics:
    """
    What was read.

    Args:
        bytes_scanned: Bytes of the inputs, as they lie on disk or as CloudWatch reports them.

        records_scanned: Events read; None where they were not counted.

        records_matched: Events left before the first aggregation; None where they were not counted.

        broken_lines: Lines that begin like JSON and are not, or that are no UTF-8 text; None where not counted.

        timeless_lines: Lines without a time of their own, which took that of a neighbour; None where not counted.
    """

    bytes_scanned: int = 0
    records_scanned: int | None = None
    records_matched: int | None = None
    broken_lines: int | None = None
    timeless_lines: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """
    Rows of a query.

    Args:
        columns: Names and kinds, in the order shown.

        rows: One tuple a row, as long as ``columns``; None where the event has no such field.

        statistics: What was read.

        warnings: Sentences for stderr; one about the query's text begins with ``warning[`` and marks its place below.
    """

    columns: tuple[Column, ...]
    rows: list[tuple[str | None, ...]]
    statistics: Statistics = field(default_factory=Statistics)
    warnings: tuple[str, ...] = ()

    def as_objects(self) -> list[dict[str, str]]:
        """Return each row as field → text; a field the row lacks is left out, as GetQueryResults does."""
        names = [column.name for column in self.columns]
        return [{name: value for name, value in zip(names, row, strict=True) if value is not None} for row in self.rows]

    def says_nothing(self) -> bool:
        """Return whether there are no rows, or a column in which nothing was found or counted."""
        columns = zip(*self.rows, strict=True)
        return not self.rows or any(all(value in {None, "0"} for value in values) for values in columns)
