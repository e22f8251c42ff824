"""
How the events of a query are read.

Either each line is read and understood (a spool: time, text, JSON, embedded JSON), or DuckDB reads just the wanted
keys of large files by itself, many times faster. The second way knows no text and no time of lines without JSON,
so it is taken only where they cannot matter.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from genai_obs.tools.insights.null_rows import drops_events_without_fields
from genai_obs.tools.insights.plan import Plan
from genai_obs.tools.insights.result import Statistics
from genai_obs.tools.insights.scan import ColumnScanner, Scanner, SpoolScanner
from genai_obs.tools.logs.columns import fit_for_columns
from genai_obs.tools.logs.inputs import Inputs
from genai_obs.tools.logs.reader import Counts
from genai_obs.tools.logs.spool import write_spool
from genai_obs.tools.logs.times import time_sql


@dataclass(frozen=True, slots=True)
class Reading:
    """
    Events ready to be queried.

    Args:
        scanner: Writes the first stage.

        statistics: What was read.

        warnings: What the reader wants said.
    """

    scanner: Scanner
    statistics: Statistics
    warnings: tuple[str, ...] = ()


def why_line_by_line(plan: Plan, inputs: Inputs) -> str | None:
    """Return why each line must be read, in a few words; None where DuckDB may read just the wanted keys."""
    demand = plan.demand
    if demand.platform or demand.system - {"t", "o"}:
        return "the query names the text of events or what only it tells"
    if _differ_in_case_only(demand.fields):
        return "two of its names differ in case only"
    if "t" in demand.system and not drops_events_without_fields(plan.query):
        return "events without fields count, and their times stand in other lines"
    return fit_for_columns(inputs)


def _differ_in_case_only(fields: dict[tuple[str, ...], str]) -> bool:
    tops = {".".join(pieces[:cut]) for pieces in fields for cut in range(1, len(pieces) + 1)}
    tops |= {"timestamp", "time", "@timestamp", "_aws"}
    return len({top.lower() for top in tops}) < len(tops)


def read(
    plan: Plan, inputs: Inputs, folder: Path, *, exact: bool, on_bytes: Callable[[int], None] | None
) -> Reading:
    """
    Make the events of a query ready.

    Args:
        plan: What the query reads.

        inputs: Files or events.

        folder: Where a spool may be written.

        exact: Whether to read each line in any case.

        on_bytes: Told of the bytes read as they are.
    """
    if not exact and why_line_by_line(plan, inputs) is None:
        return Reading(column_scanner(inputs), Statistics(bytes_scanned=inputs.bytes_total))
    counts = Counts()
    spool = write_spool(inputs, folder, counts, on_bytes)
    return Reading(
        SpoolScanner(spool),
        Statistics(
            bytes_scanned=counts.bytes_read,
            records_scanned=counts.events,
            broken_lines=counts.broken,
            timeless_lines=counts.timeless,
        ),
    )


def column_scanner(inputs: Inputs) -> ColumnScanner:
    """Return the scanner that lets DuckDB read files by itself."""
    return ColumnScanner(tuple(file.path for file in inputs.files), time_sql)
