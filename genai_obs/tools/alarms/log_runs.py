"""What the runs of a log alarm's scheduled query find, group by group: in one pass where that is exact."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from genai_obs.errors import GenaiObsError
from genai_obs.tools.alarms.log_query import BIN, GROUP, LEAST, MOST, ROWS, SUM, VALUES, LogQuery, bin_of
from genai_obs.tools.alarms.log_windows import Bins, Runs, aggregate_windows
from genai_obs.tools.alarms.rule import LogAlarm
from genai_obs.tools.insights.engine import Session
from genai_obs.tools.metrics.samples import Integers

# Runs of a query that must be made one by one: each reads all the lines.
MOST_SINGLE_RUNS = 500

_AGGREGATE = {"sum": SUM, "avg": SUM, "min": LEAST, "max": MOST}

_Columns = Mapping[str, Any]


def runs_of(alarm: LogAlarm, query: LogQuery, session: Session, runs_s: Integers) -> dict[str, Runs]:
    """
    Return what each run finds of each group, by the group's name; without ``by`` of the one group ``""``.

    A run looks at ``[run - start_offset, run - end_offset)``; that the end is left out is unknown, so ours.

    Args:
        alarm: Its schedule and offsets.

        query: Its query.

        session: Queries of the lines.

        runs_s: When it runs, in seconds since 1970; ascending, at least one, multiples of its schedule.

    Raises:
        GenaiObsError: The lines cannot be read, or there are more runs than can be made one by one.
    """
    if query.row_by_row:
        return _in_one_pass(alarm, query, session, runs_s)
    if runs_s.size > MOST_SINGLE_RUNS:
        hours = MOST_SINGLE_RUNS * alarm.schedule_s / 3600
        raise GenaiObsError(
            "too-many-runs",
            f"the query of {alarm.name} looks at several rows at a time (stats, limit, dedup) or at the clock, "
            f"so each of {runs_s.size:,} runs would read all lines again; at most {MOST_SINGLE_RUNS} are made: "
            f"choose a range of at most {hours:,.0f} hours, or write the query with fields, filter and parse only",
        )
    return _one_by_one(alarm, query, session, runs_s)


def _in_one_pass(alarm: LogAlarm, query: LogQuery, session: Session, runs_s: Integers) -> dict[str, Runs]:
    columns = session.fetch_columns(
        query.over(bin_of(alarm)),
        start_ms=int(runs_s[0] - alarm.start_offset_s) * 1000,
        end_ms=int(runs_s[-1] - alarm.end_offset_s) * 1000 - 1,
        now_ms=int(runs_s[-1]) * 1000,
    )
    starts_s = np.asarray(columns[BIN], dtype=np.int64) // 1000
    found = {}
    for name, places in _groups(query, columns).items():
        ordered = places[np.argsort(starts_s[places], kind="stable")]
        bins = _bins(query, columns, starts_s, ordered)
        found[name] = aggregate_windows(
            query.aggregation.function, bins, runs_s - alarm.start_offset_s, runs_s - alarm.end_offset_s
        )
    return found


def _one_by_one(alarm: LogAlarm, query: LogQuery, session: Session, runs_s: Integers) -> dict[str, Runs]:
    text = query.over(None)
    found: dict[str, list[tuple[int, Runs]]] = {}
    here, behind = np.zeros(1, np.int64), np.ones(1, np.int64)
    for place, run_s in enumerate(runs_s.tolist()):
        start_ms, end_ms = (run_s - alarm.start_offset_s) * 1000, (run_s - alarm.end_offset_s) * 1000 - 1
        columns = session.fetch_columns(text, start_ms=start_ms, end_ms=end_ms, now_ms=run_s * 1000)
        starts_s = np.zeros(len(columns[ROWS]), np.int64)
        for name, places in _groups(query, columns).items():
            bins = _bins(query, columns, starts_s, places)
            found.setdefault(name, []).append(
                (place, aggregate_windows(query.aggregation.function, bins, here, behind))
            )
    return {name: _spread(query, single, runs_s.size) for name, single in found.items()}


def _spread(query: LogQuery, single: list[tuple[int, Runs]], runs: int) -> Runs:
    """Return the runs of a group that was found in some of them only."""
    rows = np.zeros(runs, np.int64)
    results = np.full(runs, 0.0 if query.aggregation.function == "count" else np.nan)
    for place, run in single:
        rows[place], results[place] = run.rows[0], run.results[0]
    return Runs(rows, results)


def _bins(query: LogQuery, columns: _Columns, starts_s: Integers, places: Integers) -> Bins:
    rows = _filled(columns[ROWS])[places].astype(np.int64)
    if query.aggregation.field is None:
        return Bins(starts_s[places], rows, rows, np.zeros(places.size))
    values = _filled(columns[VALUES])[places].astype(np.int64)
    aggregates = _filled(columns[_AGGREGATE[query.aggregation.function]])[places].astype(np.float64)
    return Bins(starts_s[places], rows, values, aggregates)


def _filled(column: Any) -> Any:
    return np.ma.filled(column, 0)


def _groups(query: LogQuery, columns: _Columns) -> dict[str, Integers]:
    """Return where the rows of each group are, by its name; without ``by`` always the one group ``""``."""
    fields = query.aggregation.groups
    if not fields:
        return {"": np.arange(len(columns[ROWS]))}
    places: dict[tuple[str | None, ...], list[int]] = {}
    listed = [np.ma.asarray(columns[f"{GROUP}{number}"]).tolist() for number in range(len(fields))]
    for place, key in enumerate(zip(*listed, strict=True)):
        places.setdefault(key, []).append(place)
    names = _names(fields, sorted(places, key=_order))
    return {names[key]: np.asarray(found, dtype=np.int64) for key, found in places.items()}


def _order(key: tuple[str | None, ...]) -> tuple[tuple[bool, str], ...]:
    return tuple((part is None, str(part)) for part in key)


def _names(fields: tuple[str, ...], keys: list[tuple[str | None, ...]]) -> dict[tuple[str | None, ...], str]:
    """Return a name for each group, and for no two the same."""
    names: dict[tuple[str | None, ...], str] = {}
    taken: set[str] = set()
    for key in keys:
        shown = ", ".join(
            f"(no {field})" if part is None else str(part) for field, part in zip(fields, key, strict=True)
        )
        name, number = shown, 2
        while name in taken:
            name, number = f"{shown} ({number})", number + 1
        taken.add(name)
        names[key] = name
    return names
