"""Lines into a store: each file read once, its events written as Parquet by day, one column a top-level key."""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from genai_obs.tools.insights.events.database import Database
from genai_obs.tools.insights.events.scan import SYSTEM_COLUMNS, pointer, read_json
from genai_obs.tools.insights.sql.values import quote_text
from genai_obs.tools.logs.inputs import Inputs, LogFile
from genai_obs.tools.logs.reader import Counts
from genai_obs.tools.logs.spool import write_spool
from genai_obs.tools.store.catalog import ColumnKind, Part, StoredColumn, StoredFile, finish, identify, new_folder

# Keys with a column of their own, the most frequent first; rarer ones stay in the JSON.
_MOST_COLUMNS = 400

# Files of a part at most; more days than this share one.
_MOST_DAYS = 366

_SPOOL_COLUMNS = {**SYSTEM_COLUMNS, "j": "VARCHAR", "k": "BIGINT"}


def ingest(
    database: Database, files: tuple[LogFile, ...], store: Path, folder: Path, on_bytes: Callable[[int], None] | None
) -> Part:
    """
    Read files into a new part of a store.

    Args:
        database: Where the work is done.

        files: What to read; each is identified before it is read, so that a line written meanwhile is read again.

        store: Where the part goes.

        folder: A place for what is needed on the way.

        on_bytes: Told of the bytes read as they are.

    Raises:
        GenaiObsError: A file cannot be read, or the store cannot be written.
    """
    part_folder = new_folder(store)
    try:
        spools, stored = zip(*(_spool(file, folder, place, on_bytes) for place, file in enumerate(files)), strict=True)
        # In a file of its own, so that a store of any size is made in little memory.
        database.execute(f"ATTACH {quote_text(str(folder / 'staged.duckdb'))} AS staged")
        # One reader of all spools: one a file would take longer to plan than to run.
        lines = f"SELECT {_PLACE_OF_SPOOL} AS src, * FROM {read_json(spools, _SPOOL_COLUMNS)}"
        database.execute(f"CREATE OR REPLACE TABLE staged.events AS {lines}")
        keys, all_keys = _keys(database)
        columns = _columns(database, keys)
        days = _write_days(database, part_folder, columns)
        database.execute("DETACH staged")
        for spool in spools:
            spool.unlink()
        return finish(Part(part_folder, stored, columns, all_keys, days))
    except BaseException:
        shutil.rmtree(part_folder, ignore_errors=True)
        raise


def _spool(file: LogFile, folder: Path, place: int, on_bytes: Callable[[int], None] | None) -> tuple[Path, StoredFile]:
    identity, counts = identify(file.path), Counts()
    spool = write_spool(Inputs((file,)), folder, counts, on_bytes).rename(folder / f"stored-{place}.ndjson")
    return spool, replace(identity, events=counts.events, broken=counts.broken, timeless=counts.timeless)


_PLACE_OF_SPOOL = r"CAST(regexp_extract(filename, 'stored-(\d+)[.]ndjson$', 1) AS INTEGER)"

# The JSON object of a line whose leaves are its fields, and whether there is one: lines of text have none, and
# computing nothing for them saves half of the work.
_OBJECT = "CASE WHEN k = 1 THEN m ELSE j END"
_HAS_OBJECT = "(k IS NOT NULL OR j IS NOT NULL)"


def _keys(database: Database) -> tuple[list[str], bool]:
    """Return the most frequent top-level keys, and whether they are all there are."""
    rows = database.execute(
        f"SELECT key FROM (SELECT unnest(json_keys({_OBJECT})) AS key FROM staged.events WHERE {_HAS_OBJECT})"
        f" GROUP BY key ORDER BY count(*) DESC, key LIMIT {_MOST_COLUMNS + 1}"
    ).fetchall()
    keys = [row[0] for row in rows]
    return keys[:_MOST_COLUMNS], len(keys) <= _MOST_COLUMNS


# What a value is, by its first character: a text; a number that a column of doubles gives back as it was, that is, a
# whole one only as far as doubles count; or something else. ``null`` fits anywhere.
_TEXT, _NUMBER, _OTHER = 1, 2, 4
_KIND = f"""CASE WHEN {{0}} IS NULL THEN NULL WHEN starts_with({{0}}, '"') THEN {_TEXT}
    WHEN {{0}} BETWEEN '-' AND ':' AND abs(TRY_CAST({{0}} AS DOUBLE)) < 9007199254740992 THEN {_NUMBER}
    WHEN {{0}} = 'null' THEN 0 ELSE {_OTHER} END"""

_KINDS: dict[int | None, ColumnKind] = {_TEXT: "string", _NUMBER: "number"}


def _columns(database: Database, keys: list[str]) -> dict[str, StoredColumn]:
    """Return how each key is kept."""
    if not keys:
        return {}
    names = [f"c{place}" for place in range(1, len(keys) + 1)]
    found = ", ".join(f"bit_or(({_KIND.format(name)})::UTINYINT)" for name in names)
    kinds = database.execute(f"SELECT {found} FROM ({_values(keys, _HAS_OBJECT)})").fetchone()
    return {
        key: StoredColumn(name, _KINDS.get(kind, "json")) for key, name, kind in zip(keys, names, kinds, strict=True)
    }


def _values(keys: Iterable[str], where: str) -> str:
    """Return SQL of the events with the JSON text of each key, ``c1`` and so on, which is NULL where it is missing."""
    paths = ", ".join(quote_text(pointer([key])) for key in keys)
    values = "".join(f", x[{place}]::VARCHAR AS c{place}" for place, _ in enumerate(keys, 1))
    found = f"SELECT *, json_extract({_OBJECT}, [{paths}]) AS x FROM staged.events WHERE {where}"
    return f"SELECT * EXCLUDE (x){values} FROM ({found})"


# For each kind of column: how a JSON text of the key is written, and as what.
_WRITTEN_AS = {
    "number": ("TRY_CAST({0} AS DOUBLE)", "DOUBLE"),
    "string": ("json_extract_string({0}, '$')", "VARCHAR"),
    "json": ("{0}", "VARCHAR"),
}

_DAY_MS = 86_400_000


def _write_days(
    database: Database, folder: Path, columns: dict[str, StoredColumn]
) -> dict[str, tuple[int, int] | None]:
    """Write one file a UTC day and return the times in each."""
    spans = database.execute(
        f"SELECT min(t), max(t) FROM staged.events GROUP BY floor(t / {_DAY_MS}) ORDER BY 1 NULLS LAST"
    ).fetchall()
    if len(spans) > _MOST_DAYS:
        _write(database, folder / "all.parquet", columns, "true")
        return {"all.parquet": None}
    days: dict[str, tuple[int, int] | None] = {}
    for first, last in spans:
        name = "no-time.parquet" if first is None else f"{_day_name(first)}.parquet"
        where = "t IS NULL" if first is None else f"t BETWEEN {first} AND {last}"
        _write(database, folder / name, columns, where)
        days[name] = None if first is None else (first, last)
    return days


def _day_name(time_ms: int) -> str:
    """Return the day of a time as ``2026-11-21``; beyond the calendar its number."""
    try:
        return (date(1970, 1, 1) + timedelta(milliseconds=time_ms)).isoformat()
    except OverflowError:
        return f"day{time_ms // _DAY_MS}"


def _write(database: Database, target: Path, columns: dict[str, StoredColumn], where: str) -> None:
    """Write some of the events into a file."""
    names = ", ".join(("src", *_SPOOL_COLUMNS))
    written = [(column.name, *_WRITTEN_AS[column.kind]) for column in columns.values()]
    values = "".join(f", {value.format(name)} AS {name}" for name, value, _ in written)
    nothing = "".join(f", NULL::{kind} AS {name}" for name, _, kind in written)
    source = (
        _values(columns, f"{where} AND {_HAS_OBJECT}")
        if columns
        else f"FROM staged.events WHERE {where} AND {_HAS_OBJECT}"
    )
    database.execute(
        f"COPY (SELECT {names}{values} FROM ({source})"
        f" UNION ALL SELECT {names}{nothing} FROM staged.events WHERE {where} AND NOT {_HAS_OBJECT}"
        f") TO {quote_text(str(target))} (FORMAT parquet, COMPRESSION zstd)"
    )
