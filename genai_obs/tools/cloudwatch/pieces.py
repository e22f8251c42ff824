"""
Pieces of a query's time range that never share an event.

StartQuery takes seconds, both ends inclusive, and it is not known whether the last second belongs to the range with all
its milliseconds (a maintainer of the SDKs said in 2022 that only the first one does: aws/aws-sdk issue 280). So pieces
overlap in the seconds that are sent, and a filter on the millisecond, put before the query's first command, decides
to which piece an event belongs. ``toMillis(@timestamp)`` in a filter is documented (Logs Insights QL, operations and
functions).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from genai_obs.tools.insights.language import syntax


@dataclass(frozen=True, slots=True)
class Piece:
    """
    A part of the time range, in milliseconds, both ends inclusive.

    Args:
        first_ms: First millisecond.

        last_ms: Last millisecond.

        opens: Whether it begins where the whole range begins; then nothing is filtered there.

        closes: Likewise for the end.
    """

    first_ms: int
    last_ms: int
    opens: bool = True
    closes: bool = True

    @classmethod
    def of_seconds(cls, start_s: int, end_s: int) -> "Piece":
        """Return the whole range of a query from one second to another."""
        return cls(start_s * 1000, end_s * 1000 + 999)

    def seconds(self) -> tuple[int, int]:
        """Return the times for StartQuery."""
        last_s = self.last_ms // 1000 if self.closes else -(-self.last_ms // 1000)
        return self.first_ms // 1000, last_s

    def cut(self, parts: int, step_ms: int) -> "list[Piece]":
        """
        Return about so many pieces in the order of time, the piece itself if it cannot be cut.

        Args:
            parts: How many are wished for, at least 2.

            step_ms: A piece begins only at a multiple of this.
        """
        length = self.last_ms + 1 - self.first_ms
        wished = (self.first_ms + length * part // parts for part in range(1, parts))
        begins = sorted({at for at in (-(-time // step_ms) * step_ms for time in wished) if self._holds(at)})
        if not begins and self._holds(self._first_step(step_ms)):
            begins = [self._first_step(step_ms)]
        return list(self._between([self.first_ms, *begins]))

    def filtered(self, query: syntax.Query) -> str:
        """Return the query's text with the filter that keeps the events of this piece."""
        conditions = [] if self.opens else [f"toMillis(@timestamp) >= {self.first_ms}"]
        conditions += [] if self.closes else [f"toMillis(@timestamp) <= {self.last_ms}"]
        if not conditions:
            return query.text
        begin = next(c for c in query.commands if not isinstance(c, syntax.LogGroupSource)).span.start
        return f"{query.text[:begin]}filter {' and '.join(conditions)}\n| {query.text[begin:]}"

    def shown(self) -> str:
        """Return the range as people read it."""
        return f"{_shown(self.first_ms)} to {_shown(self.last_ms)}"

    def _first_step(self, step_ms: int) -> int:
        return (self.first_ms // step_ms + 1) * step_ms

    def _holds(self, begin_ms: int) -> bool:
        return self.first_ms < begin_ms <= self.last_ms

    def _between(self, begins: list[int]) -> "Iterator[Piece]":
        for begin, after in zip(begins, [*begins[1:], None], strict=True):
            yield replace(
                self,
                first_ms=begin,
                last_ms=self.last_ms if after is None else after - 1,
                opens=self.opens and begin == self.first_ms,
                closes=self.closes and after is None,
            )


def _shown(time_ms: int) -> str:
    time = datetime.fromtimestamp(time_ms // 1000, tz=UTC)
    return f"{time:%Y-%m-%d %H:%M:%S}.{time_ms % 1000:03d}"
