"""
The scheduled query of a log alarm together with its aggregation, as one query for our engine.

Where each stage of the query looks at one row at a time, the rows of a run do not depend on those of another. One pass
over the whole range then answers all runs: aggregated once by a bin of time whose edges are those of all runs.
"""

import math
from dataclasses import dataclass

from genai_obs.tools.alarms.aggregation import Aggregation
from genai_obs.tools.alarms.rule import LogAlarm
from genai_obs.tools.insights.language.parser import parse_query
from genai_obs.tools.insights.language.syntax import (
    Call,
    Command,
    Display,
    Expand,
    Fields,
    Filter,
    LogGroupSource,
    ParseCsv,
    ParseGlob,
    ParseJson,
    ParseLogfmt,
    ParseRegex,
    Query,
    Sort,
    Unnest,
)
from genai_obs.tools.insights.language.tree import expressions, walk

# Names of the columns that are added; no field of a record begins like this.
BIN, ROWS, VALUES, SUM, LEAST, MOST, GROUP = (
    f"_alarm_{name}" for name in ("bin", "rows", "values", "sum", "least", "most", "group")
)

# A sort only orders rows, and no aggregation of an alarm asks for their order.
_ROW_BY_ROW = (
    Fields
    | Display
    | Filter
    | Sort
    | LogGroupSource
    | ParseGlob
    | ParseRegex
    | ParseLogfmt
    | ParseCsv
    | ParseJson
    | Unnest
    | Expand
)

# Functions whose value depends on when a query runs, or over what range.
_OF_THE_RUN = frozenset({"now", "querystarttime", "queryendtime", "querytimerange"})

_HOUR_S, _MINUTE_S = 3600, 60


@dataclass(frozen=True, slots=True)
class LogQuery:
    """
    A log alarm's query, ready to run.

    Args:
        text: The query up to its last command.

        aggregation: What is computed from its rows.

        row_by_row: Whether one pass may answer all runs.
    """

    text: str
    aggregation: Aggregation
    row_by_row: bool

    def over(self, bin_s: int | None) -> str:
        """Return the query whose rows are groups: all rows of each together, or those of each bin of time."""
        groups = [f"{field} as {GROUP}{place}" for place, field in enumerate(self.aggregation.groups)]
        if bin_s is not None:
            groups.insert(0, f"bin({_period(bin_s)}) as {BIN}")
        by = f" by {', '.join(groups)}" if groups else ""
        return f"{self.text}\n| stats {', '.join(self._aggregates())}{by}"

    def _aggregates(self) -> list[str]:
        counted = [f"count(*) as {ROWS}"]
        if self.aggregation.field is None:
            return counted
        # Only what reads as a number can be compared with a threshold: multiplied, any other text is absent.
        number = f"({self.aggregation.field} * 1)"
        wanted = {
            "sum": [("sum", SUM)],
            "avg": [("sum", SUM)],
            "min": [("min", LEAST)],
            "max": [("max", MOST)],
        }[self.aggregation.function]
        return [*counted, f"count({number}) as {VALUES}", *(f"{name}({number}) as {column}" for name, column in wanted)]


def log_query(alarm: LogAlarm, aggregation: Aggregation) -> LogQuery:
    """
    Return the query of an alarm.

    Raises:
        TextError: It is no query.
    """
    query = parse_query(alarm.query)
    # What follows the last command is a comment or a pipe too many.
    text = alarm.query[: query.commands[-1].span.end]
    return LogQuery(text, aggregation, is_row_by_row(query))


def is_row_by_row(query: Query) -> bool:
    """Return whether what a query makes of an event depends on that event alone."""
    return all(isinstance(command, _ROW_BY_ROW) and not _asks_for_the_run(command) for command in query.commands)


def bin_of(alarm: LogAlarm) -> int:
    """Return the longest bin, in seconds, that Logs Insights has and whose edges are those of every run's range."""
    shared = math.gcd(alarm.schedule_s, alarm.start_offset_s, alarm.end_offset_s)
    if shared % _HOUR_S == 0:
        return math.gcd(shared, 24 * _HOUR_S)
    return math.gcd(shared, _HOUR_S) if shared % _MINUTE_S == 0 else math.gcd(shared, _MINUTE_S)


def _asks_for_the_run(command: Command) -> bool:
    found = (node for expression in expressions(command) for node in walk(expression))
    if any(isinstance(node, Call) and node.function in _OF_THE_RUN for node in found):
        return True
    # Then the bin would be one of something else than the event's time.
    return "@timestamp" in _made_names(command)


def _made_names(command: Command) -> set[str]:
    match command:
        case Fields(items=items) | Display(items=items):
            return {item.alias.text for item in items if item.alias}
        case ParseGlob(names=names) | ParseRegex(names=names) | ParseCsv(names=names):
            return {name.text for name in names}
        case ParseLogfmt(name=name) | ParseJson(name=name) | Unnest(name=name):
            return {name.text}
        case _:
            return set()


def _period(seconds: int) -> str:
    if seconds % _HOUR_S == 0:
        return f"{seconds // _HOUR_S}h"
    return f"{seconds // _MINUTE_S}m" if seconds % _MINUTE_S == 0 else f"{seconds}s"
