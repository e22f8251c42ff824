"""Run a query on CloudWatch Logs Insights and return its rows, cut by time where a row limit would cut the answer."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from genai_obs.errors import GenaiObsError
from genai_obs.tools.cloudwatch.limits import MOST_ROWS, row_limit
from genai_obs.tools.cloudwatch.log_groups import find_groups
from genai_obs.tools.cloudwatch.patience import Patience
from genai_obs.tools.cloudwatch.rows import read_table
from genai_obs.tools.cloudwatch.scan_cost import scan_usd
from genai_obs.tools.cloudwatch.shapes import Exact, Inexact, judge, own_limit
from genai_obs.tools.cloudwatch.split import Run, Task
from genai_obs.tools.insights.language import syntax
from genai_obs.tools.insights.result import Result, Statistics
from genai_obs.tools.text.diagnostics import TextError

# Status, records matched, records scanned, bytes scanned, estimated price in USD or None where none is known.
Progress: TypeAlias = Callable[[str, int, int, int, float | None], None]


def query_cloudwatch(
    text: str,
    groups: Sequence[str],
    start_ms: int,
    end_ms: int,
    *,
    client: Any,
    limit: int | None = None,
    progress: Progress | None = None,
    at_once: int = 4,
    patience: Patience | None = None,
) -> Result:
    """
    Return the rows of a query.

    A query that no limit of its own cuts gives all its rows: when CloudWatch returns as many as it ever does, the time
    range is cut into pieces, where that is exact (`shapes.judge`); else a warning says what is missing and why.
    Whatever ends this function early, the queries that it started are stopped.

    Args:
        text: The query as written; sent as it is.

        groups: Names, prefixes with ``*`` and ARNs of log groups; empty when the query names them with SOURCE.

        start_ms: First millisecond; CloudWatch takes seconds, so its whole second belongs to the range.

        end_ms: Last millisecond; rounded up to a second.

        client: Of CloudWatch Logs, from `session.logs_client`.

        limit: Rows that are wanted at most; None for all that there are.

        progress: Called after each answer of the service, in this thread.

        at_once: Queries that run at a time when the range is cut.

        patience: How long throttling, limits and a lost network are waited out.

    Returns:
        The rows with columns as GetQueryResults gives them, ``@ptr`` last. ``statistics.bytes_scanned`` counts all
        queries that were started, as they are billed; the records are those of the answer.

    Raises:
        GenaiObsError: When AWS cannot be reached, does not take the query, or does not finish it.
    """
    waiting = patience or Patience()
    if end_ms < start_ms:
        raise GenaiObsError("bad-time", "the time range ends before it begins")
    if limit is not None and not 1 <= limit <= MOST_ROWS:
        raise GenaiObsError("bad-limit", f"a limit is from 1 to {MOST_ROWS:,}; without one all rows are fetched")
    query = _parsed(text)
    own = own_limit(query) if query else None
    asked = min((rows for rows in (limit, own) if rows is not None), default=None)
    task = Task(
        query=query,
        text=text,
        groups=find_groups(groups, client=client, patience=waiting),
        seconds=(start_ms // 1000, -(-end_ms // 1000)),
        limit=row_limit(client, limit, own),
        asked=asked,
        shape=Inexact("it has parts that are not understood here") if query is None else _shape(query, asked),
    )
    run = Run(task, client=client, patience=waiting, at_once=at_once, told=_teller(progress, client))
    leaves = run.all()
    columns, rows = read_table([row for leaf in leaves for row in leaf.rows])
    statistics = Statistics(
        bytes_scanned=run.bytes_scanned,
        records_scanned=sum(leaf.records_scanned for leaf in leaves),
        records_matched=sum(leaf.records_matched for leaf in leaves),
    )
    return Result(columns, rows, statistics, tuple(run.warnings))


def _parsed(text: str) -> syntax.Query | None:
    """Return the tree; None for what only CloudWatch understands, such as `join`."""
    from genai_obs.tools.insights.language.parser import parse_query

    try:
        return parse_query(text)
    except TextError:
        return None


def _shape(query: syntax.Query, asked: int | None) -> Exact | Inexact:
    return judge(query) if asked is None else Inexact("only so many rows were asked for")


def _teller(progress: Progress | None, client: Any) -> Callable[[str, int, int, int], None]:
    region = client.meta.region_name

    def tell(status: str, matched: int, scanned: int, size: int) -> None:
        if progress is not None:
            progress(status, matched, scanned, size, scan_usd(size, region))

    return tell
