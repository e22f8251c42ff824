"""
How the events of a query are read.

Either each line is read and understood (a spool: time, text, JSON, embedded JSON), or DuckDB reads just the wanted
keys of large files by itself, many times faster. The second way knows no text and no time of lines without JSON,
so it is taken only where they cannot matter.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from genai_obs.tools.insights.events.database import Database
from genai_obs.tools.insights.events.null_rows import drops_events_without_fields
from genai_obs.tools.insights.events.scan import ColumnScanner, Scanner, SpoolScanner, keys_of
from genai_obs.tools.insights.result import Statistics
from genai_obs.tools.insights.stages.plan import Plan
from genai_obs.tools.logs.columns import fit_for_columns
from genai_obs.tools.logs.inputs import Inputs
from genai_obs.tools.logs.reader import Counts
from genai_obs.tools.logs.spool import write_spool


@dataclass(frozen=True, slots=True)
class Reading:
    """
    Events ready to be queried.

    Args:
        scanner: Writes the first stage.

        statistics: What was read.

        warnings: What the reader wants said.

        from_store: Whether it comes out of a store.
    """

    scanner: Scanner
    statistics: Statistics
    warnings: tuple[str, ...] = ()
    from_store: bool = False


@dataclass(slots=True)
class Workshop:
    """
    Where events are made ready.

    Args:
        folder: Takes spools; removed after the last query.

        database: Where queries run.

        spooled: What the spool in the folder holds: the inputs, its path, what was read; None before there is one.
    """

    folder: Path
    database: Database
    spooled: tuple[Inputs, Path, Counts] | None = None

    def spool(self, inputs: Inputs, on_bytes: Callable[[int], None] | None) -> tuple[Path, Counts]:
        """Return the spool of inputs and what was read for it, now or for an earlier query."""
        if self.spooled is None or self.spooled[0] is not inputs:
            self.spooled = None
            counts = Counts()
            self.spooled = (inputs, write_spool(inputs, self.folder, counts, on_bytes), counts)
        return self.spooled[1:]


def why_line_by_line(plan: Plan, inputs: Inputs) -> str | None:
    """Return why each line must be read, in a few words; None where DuckDB may read just the wanted keys."""
    demand = plan.demand
    if demand.platform or demand.system - {"t", "o"}:
        return "the query names the text of events or what only it tells"
    tops = {".".join(keys[:cut]) for keys in map(keys_of, demand.fields) for cut in range(1, len(keys) + 1)}
    if "" in tops:
        return "a name begins with a dot"
    if _differ_in_case_only(tops):
        return "two of its names differ in case only"
    if "t" in demand.system and not drops_events_without_fields(plan.query):
        return "events without fields count, and their times stand in other lines"
    return fit_for_columns(inputs)


def _differ_in_case_only(tops: set[str]) -> bool:
    names = tops | {"timestamp", "time", "@timestamp", "_aws"}
    return len({name.lower() for name in names}) < len(names)


def read(
    plan: Plan,
    inputs: Inputs,
    workshop: Workshop,
    *,
    exact: bool = False,
    store: Path | None = None,
    on_bytes: Callable[[int], None] | None = None,
) -> Reading:
    """
    Make the events of a query ready.

    Args:
        plan: What the query reads.

        inputs: Files or events.

        workshop: Where the work is done.

        exact: Whether to read each line in any case.

        store: Where to keep what was read, and to find it; None for nowhere.

        on_bytes: Told of the bytes read as they are.

    Raises:
        GenaiObsError: A file cannot be read.
    """
    if store is not None and inputs.files:
        return _read_store(plan, inputs, workshop, store, on_bytes)
    if not exact and why_line_by_line(plan, inputs) is None:
        return Reading(column_scanner(inputs), Statistics(bytes_scanned=inputs.bytes_total))
    spool, counts = workshop.spool(inputs, on_bytes)
    return Reading(
        SpoolScanner(spool),
        Statistics(
            bytes_scanned=counts.bytes_read,
            records_scanned=counts.events,
            broken_lines=counts.broken,
            timeless_lines=counts.timeless,
        ),
    )


def _read_store(
    plan: Plan, inputs: Inputs, workshop: Workshop, store: Path, on_bytes: Callable[[int], None] | None
) -> Reading:
    """Use what a store has of the inputs, after putting into it what it lacks."""
    from genai_obs.tools.insights.events.ingest import ingest
    from genai_obs.tools.insights.events.stored import PartUse, StoreScanner
    from genai_obs.tools.store.catalog import drop_outdated, identify, read_parts

    parts = list(read_parts(store))
    drop_outdated(store, parts)
    held = {file.identity: (part, number) for part in parts for number, file in enumerate(part.files)}
    identities = [identify(file.path).identity for file in inputs.files]
    missing = [place for place, identity in enumerate(identities) if identity not in held]
    if missing:
        files = tuple(inputs.files[place] for place in missing)
        part = ingest(workshop.database, files, store, workshop.folder, on_bytes)
        held |= {identities[place]: (part, number) for number, place in enumerate(missing)}
    places: dict[Path, PartUse] = {}
    used = []
    for place, identity in enumerate(identities):
        part, number = held[identity]
        places.setdefault(part.folder, PartUse(part, {})).places[number] = place
        used.append(part.files[number])
    scanner = StoreScanner(tuple(places.values()), plan.read_range.start_ms, plan.read_range.end_ms)
    statistics = Statistics(
        bytes_scanned=sum(file.size for file in used),
        records_scanned=sum(file.events for file in used),
        broken_lines=sum(file.broken for file in used),
        timeless_lines=sum(file.timeless for file in used),
    )
    return Reading(scanner, statistics, from_store=True)


def column_scanner(inputs: Inputs) -> ColumnScanner:
    """Return the scanner that lets DuckDB read files by itself."""
    return ColumnScanner(tuple(file.path for file in inputs.files))
