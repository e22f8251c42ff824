"""The life of Logs Insights queries on the local server: started, run slowly, answered by our own engine, stopped."""

import re
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from genai_obs.tools.insights.result import Result
from genai_obs.tools.local.logs_groups import LogGroup, LogGroups, ServiceError, paged
from genai_obs.tools.logs.events import LogEvent
from genai_obs.tools.text.diagnostics import TextError

# Query text, the events in range, first and last millisecond, rows at most.
Answer: TypeAlias = Callable[[str, Sequence[LogEvent], int, int, int], Result]

MAX_TEXT = 10_000
MAX_GROUPS = 50
MAX_PAGE = 10_000
DEFAULT_ROWS = 10_000
MOST_ROWS = 100_000
# Times from here on are milliseconds: the service was seen to take both, and as seconds this is the year 5138.
_FIRST_MILLISECONDS = 100_000_000_000


# A query that names its log groups itself (CloudWatch Logs query language: SOURCE).
_SOURCE = re.compile(r"\s*source\b", re.IGNORECASE)


@dataclass(slots=True)
class Manners:
    """
    How the service behaves.

    Args:
        scheduled_polls: How often a query is still ``Scheduled`` when its results are asked for.

        running_polls: How often it is then ``Running``, with half of its rows.

        outcome: The status at which it arrives.

        default_rows: Rows of a query that says no limit.

        max_rows: Rows of any query.

        concurrent: Queries at a time.

        whole_seconds: Whether the last second of a range belongs to it with all its milliseconds. AWS documents
            that both ends are inclusive; a maintainer of the SDKs reported in 2022 (aws/aws-sdk issue 280) that
            the service turns the end into milliseconds and includes only that one. Nothing says which holds today.
    """

    scheduled_polls: int = 0
    running_polls: int = 0
    outcome: str = "Complete"
    default_rows: int = DEFAULT_ROWS
    max_rows: int = MOST_ROWS
    concurrent: int = 100
    whole_seconds: bool = False


@dataclass(slots=True)
class LocalQuery:
    """One query that was started."""

    text: str
    body: dict[str, Any]
    result: Result
    limit: int
    polls_left: list[str]
    outcome: str
    bytes_scanned: int
    records_scanned: int
    status: str = "Scheduled"
    query_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def active(self) -> bool:
        """Whether it takes one of the places that the account has."""
        return self.status in ("Scheduled", "Running")

    def advance(self) -> None:
        """Go one step further, as time does on the real service."""
        if self.active:
            self.status = self.polls_left.pop(0) if self.polls_left else self.outcome


class LocalQueries:
    """All queries of a server, and the operations on them."""

    def __init__(self, groups: LogGroups, answer: Answer | None) -> None:
        self.manners = Manners()
        self.started: list[LocalQuery] = []
        self.most_at_once = 0
        self._groups = groups
        self._answer = answer or answer_with_engine
        self._lock = threading.Lock()

    def start(self, body: dict[str, Any]) -> dict[str, Any]:
        """Answer StartQuery."""
        first_ms, last_ms = self._range(body)
        groups = self._named(body)
        _check(body, groups, last_ms)
        with self._lock:
            self._take_place()
            query = self._run(body, groups, first_ms, last_ms)
            self.started.append(query)
            self.most_at_once = max(self.most_at_once, sum(other.active for other in self.started))
        return {"queryId": query.query_id}

    def results(self, body: dict[str, Any]) -> dict[str, Any]:
        """Answer GetQueryResults."""
        query = self._find(body)
        query.advance()
        rows = _rows(query)
        page, token = paged(rows, body.get("nextToken"), min(body.get("maxItems") or MAX_PAGE, MAX_PAGE))
        return {"results": page, "statistics": _statistics(query, len(rows)), "status": query.status, **token}

    def stop(self, body: dict[str, Any]) -> dict[str, Any]:
        """Answer StopQuery."""
        query = self._find(body)
        if not query.active:
            raise ServiceError("InvalidParameterException", f"Query {query.query_id} is not running")
        query.status = "Cancelled"
        return {"success": True}

    def _find(self, body: dict[str, Any]) -> LocalQuery:
        for query in self.started:
            if query.query_id == body.get("queryId"):
                return query
        raise ServiceError("ResourceNotFoundException", f"Query {body.get('queryId')} does not exist")

    def _take_place(self) -> None:
        most = self.manners.concurrent
        if sum(query.active for query in self.started) >= most:
            message = f"Account maximum query concurrency limit of [{most}] reached."
            raise ServiceError("LimitExceededException", message)

    def _named(self, body: dict[str, Any]) -> list[LogGroup]:
        given = [key for key in ("logGroupName", "logGroupNames", "logGroupIdentifiers") if key in body]
        if len(given) > 1:
            raise ServiceError("InvalidParameterException", f"only one of {', '.join(given)} may be given")
        if not given and _SOURCE.match(body["queryString"]):
            return self._groups.of_source(body["queryString"])
        named = body[given[0]] if given else []
        names = [named] if isinstance(named, str) else named
        if len(names) > MAX_GROUPS:
            raise ServiceError("InvalidParameterException", f"at most {MAX_GROUPS} log groups")
        return [self._groups.find(name) for name in names]

    def _range(self, body: dict[str, Any]) -> tuple[int, int]:
        first, last = body["startTime"], body["endTime"]
        if last < first:
            raise ServiceError("InvalidParameterException", "End time should not be before start time")
        if first >= _FIRST_MILLISECONDS:
            return first, last
        return first * 1000, last * 1000 + (999 if self.manners.whole_seconds else 0)

    def _run(self, body: dict[str, Any], groups: list[LogGroup], first_ms: int, last_ms: int) -> LocalQuery:
        events = [event for group in groups for event in group.between(first_ms, last_ms)]
        manners = self.manners
        try:
            result = self._answer(body["queryString"], events, first_ms, last_ms, MOST_ROWS)
        except TextError as error:
            raise _malformed(error) from error
        return LocalQuery(
            text=body["queryString"],
            body=body,
            result=result,
            limit=min(body.get("limit") or manners.default_rows, manners.max_rows),
            polls_left=["Scheduled"] * manners.scheduled_polls + ["Running"] * manners.running_polls,
            outcome=manners.outcome,
            bytes_scanned=sum(len(event.message.encode()) for event in events),
            records_scanned=len(events),
        )


def answer_with_engine(text: str, events: Sequence[LogEvent], start_ms: int, end_ms: int, limit: int) -> Result:
    """Answer a query with our own engine."""
    from genai_obs.tools.insights.engine import run_query
    from genai_obs.tools.insights.language import syntax
    from genai_obs.tools.insights.language.parser import parse_query
    from genai_obs.tools.logs.inputs import events_input

    if not any(isinstance(command, syntax.Limit) for command in parse_query(text).commands):
        # The engine keeps to the default of 10,000 rows unless the query itself asks for more.
        text = f"{text}\n| limit {limit}"
    now_ms = time.time_ns() // 1_000_000
    return run_query(text, events_input(events), start_ms=start_ms, end_ms=end_ms, now_ms=now_ms, limit=limit)


def _check(body: dict[str, Any], groups: list[LogGroup], last_ms: int) -> None:
    if len(body["queryString"]) > MAX_TEXT:
        raise ServiceError("InvalidParameterException", f"queryString has more than {MAX_TEXT} characters")
    if groups and last_ms < min(group.created_ms for group in groups):
        message = "Query's end date and time is either before the log groups creation time or exceeds its retention"
        raise ServiceError("MalformedQueryException", message)


def _malformed(error: TextError) -> ServiceError:
    first = error.diagnostics[0]
    line, column = error.source.line_column(first.span.start)
    place = {"startCharOffset": first.span.start, "endCharOffset": first.span.end}
    message = f"{first.message} at line {line} and position {column}"
    compiled = {"location": place, "message": message}
    return ServiceError("MalformedQueryException", message, queryCompileError=compiled)


def _rows(query: LocalQuery) -> list[list[dict[str, str]]]:
    """Return the rows as the service writes them; half of them while the query runs."""
    names = [column.name for column in query.result.columns]
    rows = query.result.rows[: query.limit]
    if query.status == "Running":
        rows = rows[: len(rows) // 2]
    elif query.status != "Complete":
        return []
    pointed = not _aggregates(query.text) and "@ptr" not in names
    return [
        [
            *({"field": name, "value": value} for name, value in zip(names, row, strict=True) if value is not None),
            *([{"field": "@ptr", "value": f"{query.query_id}:{place}"}] if pointed else []),
        ]
        for place, row in enumerate(rows)
    ]


def _aggregates(text: str) -> bool:
    """Return whether a query's rows are no longer events, so that they have no ``@ptr``."""
    from genai_obs.tools.insights.language import syntax
    from genai_obs.tools.insights.language.parser import parse_query

    grouping = (syntax.Stats, syntax.Pattern, syntax.Diff, syntax.CountFrequent)
    try:
        return any(isinstance(command, grouping) for command in parse_query(text).commands)
    except TextError:
        # Answered by something else than our engine.
        return False


def _statistics(query: LocalQuery, rows: int) -> dict[str, float]:
    share = {"Scheduled": 0.0, "Running": 0.5}.get(query.status, 1.0)
    matched = query.result.statistics.records_matched
    if matched is None and not _aggregates(query.text):
        matched = len(query.result.rows)
    return {
        # Left out where the engine does not count it: nothing is better than a wrong number.
        **({} if matched is None else {"recordsMatched": matched * share}),
        "recordsScanned": query.records_scanned * share,
        "bytesScanned": query.bytes_scanned * share,
        "resultCount": float(rows),
    }
