"""A condition of the query language on events as they come."""

from collections.abc import Sequence

from genai_obs.errors import GenaiObsError
from genai_obs.tools.logs.events import LogEvent


class Condition:
    """
    What stands after ``filter`` in a query.

    Args:
        text: The condition.

        now_ms: What ``now()`` in it says.

    Raises:
        TextError: It is no condition.

        GenaiObsError: It is more than a condition.
    """

    def __init__(self, text: str, now_ms: int) -> None:
        from genai_obs.tools.insights.checks.query import check_query
        from genai_obs.tools.insights.language.parser import parse_query
        from genai_obs.tools.insights.language.syntax import Filter
        from genai_obs.tools.text.source import Source

        query = parse_query(f"filter {text}")
        if len(query.commands) != 1 or not isinstance(query.commands[0], Filter):
            raise GenaiObsError("bad-filter", "--filter takes one condition, what stands after filter in a query")
        self.warnings = tuple(warning.render(Source(query.text), "warning") for warning in check_query(query))
        # Without what follows the condition: a comment, a last |.
        self._query = f"{query.text[: query.commands[0].span.end]} | fields @timestamp, @message"
        self._now_ms = now_ms

    def chosen(self, events: Sequence[LogEvent]) -> list[LogEvent]:
        """Return the events for which the condition holds, in their order."""
        if not events:
            return []
        from genai_obs.tools.insights.engine import run_query
        from genai_obs.tools.logs.inputs import events_input

        result = run_query(
            self._query, events_input(events), start_ms=None, end_ms=None, now_ms=self._now_ms, limit=len(events)
        )
        # Rows come newest first and without a number of their own; equal messages of one time pass or fail together.
        kept = {row[-1] for row in result.rows}
        return [event for event in events if event.message in kept]
