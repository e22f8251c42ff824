"""Lines into a store: each file read once, its events written as Parquet by day, one column a top-level key."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from genai_obs.tools.insights.events.database import Database
from genai_obs.tools.insights.events.scan import SYSTEM_COLUMNS, pointer, read_json
from genai_obs.tools.insights.sql.values import quote_text
from genai_obs.tools.logs.inputs import Inputs, LogFile
from genai_obs.tools.logs.reader import Counts
from genai_obs.tools.logs.spool import write_spool
from genai_obs.tools.store.catalog import Part, StoredColumn, StoredFile, finish, identify, new_folder

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
    spools, stored = zip(*(_spool(file, folder, place, on_bytes) for place, file in enumerate(files)), strict=True)
    lines = "\n UNION ALL ".join(
        f"SELECT {place} AS src, * FROM {read_json([spool], _SPOOL_COLUMNS)}" for place, spool in enumerate(spools)
    )
    # In a file of its own, so that a store of any size is made in little memory.
    database.execute(f"ATTACH {quote_text(str(folder / 'staged.duckdb'))} AS staged")
    keys, all_keys = _keys(database, lines)
    columns = _split_keys(database, lines, keys)
    days = _write_days(database, part_folder, columns)
    database.execute("DETACH staged")
    for spool in spools:
        spool.unlink()
    return finish(Part(part_folder, stored, columns, all_keys, days))


def _spool(file: LogFile, folder: Path, place: int, on_bytes: Callable[[int], None] | None) -> tuple[Path, StoredFile]:
    identity, counts = identify(file.path), Counts()
    spool = write_spool(Inputs((file,)), folder, counts, on_bytes).rename(folder / f"stored-{place}.ndjson")
    return spool, replace(identity, events=counts.events, broken=counts.broken, timeless=counts.timeless)


# The JSON object of a line whose leaves are its fields.
_OBJECT = "CASE WHEN k = 1 THEN m ELSE j END"


def _keys(database: Database, lines: str) -> tuple[list[str], bool]:
    """Return the most frequent top-level keys, and whether they are all there are."""
    rows = database.execute(
        f"SELECT key FROM (SELECT unnest(json_keys({_OBJECT})) AS key FROM ({lines}))"
        f" GROUP BY key ORDER BY count(*) DESC, key LIMIT {_MOST_COLUMNS + 1}"
    ).fetchall()
    keys = [row[0] for row in rows]
    return keys[:_MOST_COLUMNS], len(keys) <= _MOST_COLUMNS


# Values that a column of numbers gives back as they were: JSON numbers, whole ones as far as a double counts.
_IS_NUMBER = "json_type({j}) IN ('BIGINT', 'UBIGINT', 'DOUBLE') AND abs(q_json_number({j})) < 9007199254740992"


def _split_keys(database: Database, lines: str, keys: list[str]) -> dict[str, StoredColumn]:
    """Make a table with a column for each key and return how each one is kept."""
    if not keys:
        database.execute(f"CREATE OR REPLACE TABLE staged.events AS {lines}")
        return {}
    paths = ", ".join(quote_text(pointer([key])) for key in keys)
    values = ", ".join(f"x[{place}] AS c{place}" for place in range(1, len(keys) + 1))
    database.execute(
        f"CREATE OR REPLACE TABLE staged.events AS SELECT * EXCLUDE (x), {values} FROM (SELECT *,"
        f" json_extract({_OBJECT}, [{paths}]) AS x FROM ({lines}))"
    )
    columns = {}
    # One statement a key keeps the memory of a wide log bounded.
    for place, key in enumerate(keys, 1):
        value = f"c{place}"
        numbers, strings = database.execute(
            f"SELECT bool_and(coalesce({_IS_NUMBER.format(j=value)}, false)), bool_and(json_type({value}) = 'VARCHAR')"
            f" FROM staged.events WHERE {value} IS NOT NULL AND json_type({value}) <> 'NULL'"
        ).fetchone()
        columns[key] = StoredColumn(value, "number" if numbers else "string" if strings else "json")
    return columns


_WRITTEN_AS = {"number": "q_json_number({0})", "string": "q_json_text({0})", "json": "{0}::VARCHAR"}


def _write_days(
    database: Database, folder: Path, columns: dict[str, StoredColumn]
) -> dict[str, tuple[int, int] | None]:
    """Write one file a UTC day and return the times in each."""
    day = "strftime(make_timestamp_ms(t), '%Y-%m-%d')"
    found = database.execute(
        f"SELECT coalesce({day}, 'no-time') AS day, min(t), max(t) FROM staged.events GROUP BY 1 ORDER BY 1"
    ).fetchall()
    if len(found) > _MOST_DAYS:
        found, day = [("all", None, None)], "'all'"
    values = "".join(
        f", {_WRITTEN_AS[column.kind].format(column.name)} AS {column.name}" for column in columns.values()
    )
    names = ", ".join(("src", *_SPOOL_COLUMNS))
    days: dict[str, tuple[int, int] | None] = {}
    for name, first, last in found:
        target = folder / f"{name}.parquet"
        database.execute(
            f"COPY (SELECT {names}{values} FROM staged.events WHERE coalesce({day}, 'no-time') = {quote_text(name)}"
            f") TO {quote_text(str(target))} (FORMAT parquet, COMPRESSION zstd)"
        )
        days[target.name] = None if first is None else (first, last)
    return days
