"""The two ranges of time that a ``diff`` compares."""

from dataclasses import dataclass
from datetime import UTC, datetime

from genai_obs.tools.insights.language.syntax import Diff
from genai_obs.tools.insights.sql.expressions import CompileProblem

_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Ranges:
    """A range of time and the earlier one it is compared with, all ends inclusive, in milliseconds."""

    start_ms: int
    end_ms: int
    earlier_start_ms: int
    earlier_end_ms: int


def ranges_of(command: Diff, start_ms: int | None, end_ms: int | None) -> Ranges:
    """
    Return what a ``diff`` compares.

    Raises:
        CompileProblem: The query has no range of time.
    """
    if start_ms is None or end_ms is None:
        raise CompileProblem(
            "diff-needs-range",
            "diff compares a range of time with an earlier one",
            command.span,
            "give --start and --end",
        )
    if command.against is None:
        back = end_ms - start_ms + 1
        return Ranges(start_ms, end_ms, start_ms - back, end_ms - back)
    if command.against == "previousMonth":
        return Ranges(start_ms, end_ms, _month_earlier(start_ms), _month_earlier(end_ms))
    back = _DAY_MS * (7 if command.against == "previousWeek" else 1)
    return Ranges(start_ms, end_ms, start_ms - back, end_ms - back)


def _month_earlier(time_ms: int) -> int:
    """Return the same time of day a calendar month earlier, on its last day if the month is shorter."""
    then = datetime.fromtimestamp(time_ms // 1000, UTC)
    year, month = (then.year, then.month - 1) if then.month > 1 else (then.year - 1, 12)
    for day in range(then.day, 27, -1):
        try:
            return int(then.replace(year=year, month=month, day=day).timestamp()) * 1000 + time_ms % 1000
        except ValueError:
            continue
    return int(then.replace(year=year, month=month).timestamp()) * 1000 + time_ms % 1000
