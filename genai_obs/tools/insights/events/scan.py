"""
The first stage of every query: events with their time, their text and the JSON values that the query names.

The stages above are the same whatever the events are read from; only this one knows. A discovered field has
two columns: ``f1`` is its text and ``n1`` its number. DuckDB computes only those that a later stage names.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Protocol

from genai_obs.tools.insights.events.platform import platform_fields_sql
from genai_obs.tools.insights.sql.values import quote_name, quote_text
from genai_obs.tools.logs.times_sql import time_sql

# Columns of the first stage that are no discovered fields, with their SQL types.
SYSTEM_COLUMNS = {
    "t": "BIGINT",  # @timestamp, milliseconds
    "i": "BIGINT",  # @ingestionTime, milliseconds
    "s": "VARCHAR",  # @logStream
    "l": "VARCHAR",  # @log
    "m": "VARCHAR",  # @message
    "o": "BIGINT",  # place in the order of reading; settles ties of time
}

# The milliseconds of a JSON value that tells a time, by the rule of the readers.
TIME_MACRO = f"CREATE OR REPLACE TEMP MACRO q_stamp(j) AS {time_sql('j')}"

# DuckDB fails with it where an event read by columns has wanted fields and no time under the names that were read.
NO_TIME = "the time of an event stands elsewhere"

# Dotted names are read as every mix of nesting and keys with dots; beyond this many pieces only the likely ones.
_MOST_PIECES = 6


@dataclass(slots=True)
class Demand:
    """
    What the stages of one query want from the first one.

    Args:
        fields: Pieces of each discovered field → its number, 1 for ``f1`` and ``n1``.

        system: Columns of ``SYSTEM_COLUMNS`` wanted.

        platform: Wanted fields of Lambda's platform lines, by name → column.

        used: Columns of fields that later stages name, such as ``f1``; None while that is not known.
    """

    fields: dict[tuple[str, ...], int] = field(default_factory=dict)
    system: set[str] = field(default_factory=set)
    platform: dict[str, str] = field(default_factory=dict)
    used: frozenset[str] | None = None

    def number_of(self, parts: tuple[str, ...]) -> int:
        """Return the number of a discovered field's columns, wanted from now on."""
        pieces = tuple(piece for part in parts for piece in part.split("."))
        return self.fields.setdefault(pieces, len(self.fields) + 1)

    def platform_column(self, name: str) -> str:
        """Return the column of a platform field such as ``@duration``, wanted from now on."""
        return self.platform.setdefault(name, f"p{len(self.platform) + 1}")


class Scanner(Protocol):
    """Writes the first stage for one way of reading events."""

    def relation(self, demand: Demand) -> str:
        """Return SQL that selects ``t i s l m o`` as far as wanted, and each ``fN``, ``nN`` and ``pN``."""


def field_columns(demand: Demand, number: int, text: str, value: str) -> list[str]:
    """Return the columns of a discovered field, its text and its number, as far as they are used."""
    columns = {f"f{number}": text, f"n{number}": value}
    return [f"{sql} AS {name}" for name, sql in columns.items() if demand.used is None or name in demand.used]


def json_columns(demand: Demand, number: int, json: str) -> list[str]:
    """Return the same out of a JSON value."""
    return field_columns(demand, number, f"q_json_text({json})", f"q_json_number({json})")


def candidate_paths(pieces: tuple[str, ...]) -> list[tuple[str, ...]]:
    """
    Return the key paths that a dotted name may stand for, the fully nested one first.

    ``a.b.c`` may be nested objects, a key with a dot inside, or a mix: CloudWatch reads all by one name.
    """
    count = len(pieces)
    if count > _MOST_PIECES:
        cuts: Iterable[tuple[int, ...]] = [tuple(range(1, count)), *((cut,) for cut in range(1, count)), ()]
    else:
        cuts = (cut for size in range(count - 1, -1, -1) for cut in combinations(range(1, count), size))
    return [
        tuple(".".join(pieces[start:end]) for start, end in zip((0, *cut), (*cut, count), strict=True)) for cut in cuts
    ]


def pointer(path: Iterable[str]) -> str:
    """Return a JSON pointer: a numeric piece finds an array element as well as a key."""
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in path)


def keys_of(pieces: tuple[str, ...]) -> tuple[str, ...]:
    """Return the pieces as JSON keys: results show a key ``@x`` as ``@@x``."""
    return (pieces[0].removeprefix("@"), *pieces[1:]) if pieces[0].startswith("@@") else pieces


@dataclass(frozen=True, slots=True)
class SpoolScanner:
    """
    Events in a spool: one JSON line an event, with its time already found.

    Args:
        path: The spool.
    """

    path: Path

    def relation(self, demand: Demand) -> str:
        """Return the first stage over the spool."""
        wanted = {name: kind for name, kind in SYSTEM_COLUMNS.items() if name in demand.system}
        if demand.fields or demand.platform:
            wanted |= {"m": "VARCHAR", "j": "VARCHAR", "k": "BIGINT"}
        if not wanted:
            wanted = {"o": "BIGINT"}
        spool = read_json([self.path], wanted)
        candidates = [(number, candidate_paths(keys_of(pieces))) for pieces, number in demand.fields.items()]
        paths = [path for _, some in candidates for path in some]
        columns = [name for name in SYSTEM_COLUMNS if name in demand.system]
        if paths:
            listed = ", ".join(quote_text(pointer(path)) for path in paths)
            spool = f"(SELECT *, json_extract(CASE WHEN k = 1 THEN m ELSE j END, [{listed}]) AS x\n  FROM {spool})"
        place = 0
        for number, some in candidates:
            values = [f"x[{place + offset}]" for offset in range(1, len(some) + 1)]
            columns += json_columns(demand, number, first_scalar(values))
            place += len(some)
        columns += platform_columns(demand, "m", "CASE WHEN k = 1 THEN m END")
        return f"SELECT {', '.join(columns) or '1 AS one'}\n  FROM {spool}"


def first_scalar(values: list[str]) -> str:
    """Return SQL of the first of some JSON values that is a scalar; a single one is left as it is."""
    if len(values) == 1:
        return values[0]
    scalars = [f"CASE WHEN json_type({value}) NOT IN ('NULL', 'OBJECT', 'ARRAY') THEN {value} END" for value in values]
    return f"coalesce({', '.join(scalars)})"


@dataclass(frozen=True, slots=True)
class ColumnScanner:
    """
    Files of JSON lines that DuckDB reads by itself, only the wanted keys of each line.

    A line that is no JSON object becomes a row without any field. So this way is taken only where such rows
    mean what the text line would: see ``reading.py``.

    Args:
        paths: Plain files, one event a line.

        only_timestamp: Whether a record's time is looked for under its usual name only, which is a quarter faster.
            Where that does not do the query fails with ``NO_TIME``, as it does without this where no name does.
    """

    paths: tuple[Path, ...]
    only_timestamp: bool = True

    def relation(self, demand: Demand) -> str:
        """Return the first stage over the files themselves."""
        tops = {path[0]: "JSON" for pieces in demand.fields for path in candidate_paths(keys_of(pieces))}
        columns = []
        if "t" in demand.system:
            columns.append(f"{self._time(tops)} AS t")
        tops = tops or {"timestamp": "JSON"}
        for pieces, number in demand.fields.items():
            values = [_below(path) for path in candidate_paths(keys_of(pieces))]
            columns += json_columns(demand, number, first_scalar(values))
        if "o" in demand.system:
            # No place is known; what is in the row settles ties, so that two runs give one answer.
            named = ", ".join(quote_name(name) for name in tops)
            columns.append(f"(hash({named}) >> 1)::BIGINT AS o")
        return f"SELECT {', '.join(columns) or '1 AS one'}\n  FROM {read_json(self.paths, tops, broken_lines=True)}"

    def _time(self, tops: dict[str, str]) -> str:
        """Return SQL of the time, whose keys join the wanted ones; it fails for an event with a wanted key only."""
        present = " OR ".join(f"{quote_name(name)} IS NOT NULL" for name in tops)
        elsewhere = f", CASE WHEN {present} THEN error({quote_text(NO_TIME)})::BIGINT END" if tops else ""
        if elsewhere and self.only_timestamp:
            tops["timestamp"] = "JSON"
            return f'coalesce(q_stamp("timestamp"){elsewhere})'
        tops |= {"timestamp": "JSON", "time": "JSON", "@timestamp": "JSON"}
        tops.setdefault("_aws", 'STRUCT("Timestamp" JSON)')
        stamp = "_aws.Timestamp" if tops["_aws"] != "JSON" else "json_extract(_aws, '/Timestamp')"
        names = ('"timestamp"', '"time"', '"@timestamp"', stamp)
        # CASE reads the first that is there before it looks at the next.
        stamps = ", ".join(f"q_stamp({name})" for name in names)
        return f"coalesce({stamps}{elsewhere})"


def _below(path: tuple[str, ...]) -> str:
    """Return SQL of the value at a path, whose first key is a column."""
    top = quote_name(path[0])
    return top if len(path) == 1 else f"json_extract({top}, {quote_text(pointer(path[1:]))})"


def platform_columns(demand: Demand, message: str, json: str) -> list[str]:
    """Return the wanted columns of Lambda's platform lines, out of an event's text and its JSON when it is all JSON."""
    if not demand.platform:
        return []
    known = platform_fields_sql(message, json)
    return [f"{known[name]} AS {column}" for name, column in demand.platform.items()]


def read_json(paths: Iterable[Path], columns: dict[str, str], *, broken_lines: bool = False) -> str:
    """Return a call of DuckDB's reader of JSON lines that is told exactly which keys to read."""
    files = ", ".join(quote_text(_literal_path(path)) for path in paths)
    named = ", ".join(f"{quote_name(name)}: {quote_text(kind)}" for name, kind in columns.items())
    # Without `records` DuckDB guesses from the first lines, and may give whole objects as the value of a single key.
    options = ", ignore_errors = true" if broken_lines else ""
    return f"read_json([{files}], format = 'newline_delimited', records = true, columns = {{{named}}}{options})"


def _literal_path(path: Path) -> str:
    """Return a path that DuckDB takes as it is: Lambda's stream names are full of brackets, which it would match."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path))
