"""Where the times of a result stand on a line of terminal cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import gcd
from typing import NamedTuple

_WIDEST_COLUMN = 8
_MOST_SLOTS = 100_000


class Series(NamedTuple):
    """A title, and points of time text and value; None is a value that is missing."""

    title: str
    points: list[tuple[str | None, float | None]]


@dataclass(frozen=True, slots=True)
class Timeline:
    """
    Columns of equal width from the first time to the last.

    Args:
        places: Time text → column.

        columns: How many there are.

        column_width: Cells of each.

        merged: How many times share a column at most; 0 where each has its own.

        first: Text of the first time.

        last: Text of the last.
    """

    places: dict[str, int]
    columns: int
    column_width: int
    merged: int
    first: str
    last: str

    def place(self, series: Series) -> list[float | None]:
        """Return one value a column: the highest where several fall into one, None where none does."""
        values: list[float | None] = [None] * self.columns
        for time, value in series.points:
            if time is None or value is None:
                continue
            before = values[self.places[time]]
            values[self.places[time]] = value if before is None else max(before, value)
        return values

    def axis(self, width: int) -> str:
        """Return the first and the last time, as far apart as the columns are, if both fit."""
        first, last = self.first, self.last
        if first == last or len(first) + len(last) + 2 > width:
            return first[:width]
        reach = max(self.columns * self.column_width, len(first) + len(last) + 2)
        return f"{first}{last:>{min(reach, width) - len(first)}}"


def lay_out(times: Sequence[str | None], width: int) -> Timeline:
    """Return the columns for times (``2026-01-01 00:00:00.000``, in any order) on so many cells."""
    known = sorted({time for time in times if time is not None})
    if not known:
        return Timeline({}, 0, 1, 0, "", "")
    slots = _slots([datetime.fromisoformat(time) for time in known])
    count = slots[-1] + 1
    columns = min(count, width)
    columns_of = [slot * columns // count for slot in slots]
    places = dict(zip(known, columns_of, strict=True))
    merged = max(columns_of.count(column) for column in set(columns_of)) if columns < count else 0
    first, last = _short(known)
    return Timeline(places, columns, max(1, min(_WIDEST_COLUMN, width // columns)), merged, first, last)


def _slots(moments: Sequence[datetime]) -> list[int]:
    """Return the place of each time on the finest even grid that holds them all: months for calendar bins."""
    if all(moment.day == 1 and moment.time() == datetime.min.time() for moment in moments) and len(moments) > 1:
        steps = [(moment.year - moments[0].year) * 12 + moment.month - moments[0].month for moment in moments]
    else:
        steps = [round((moment - moments[0]).total_seconds() * 1000) for moment in moments]
    unit = gcd(*steps) or 1
    # Times that are no bins may have no common step worth drawing.
    unit = max(unit, steps[-1] // _MOST_SLOTS)
    return [step // unit for step in steps]


def _short(known: Sequence[str]) -> tuple[str, str]:
    """Return the first and last time to the minute, or to the day where all are midnights."""
    length = len("2026-01-01") if all(" 00:00:00.000" in time for time in known) else len("2026-01-01 00:00")
    return known[0][:length], known[-1][:length]
