"""Messages as a table that DuckDB reads by itself: lines of plain files, or a spool of what else was read."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from genai_obs.tools.insights.events.database import Database
from genai_obs.tools.insights.events.scan import read_json
from genai_obs.tools.insights.sql.values import quote_text
from genai_obs.tools.logs.columns import LEAST_BYTES, fit_for_columns
from genai_obs.tools.logs.inputs import Inputs, LogFile
from genai_obs.tools.logs.lines import MOST_BYTES
from genai_obs.tools.logs.reader import Counts, OnBytes
from genai_obs.tools.logs.spool import write_spool

# Packed logs are about this much smaller than what they hold.
_TIMES_LARGER = 8

# A byte that no text holds stands for "one column": each line is one value, whatever is on it.
_LINES = (
    "columns = {'m': 'VARCHAR'}, delim = '\\x01', quote = '', escape = '', header = false, auto_detect = false,"
    " new_line = '\\n', strict_mode = false, ignore_errors = true, max_line_size = 2000000"
)


@dataclass(frozen=True, slots=True)
class Source:
    """
    Messages in a form that DuckDB reads.

    Args:
        relation: SQL of a table with ``m`` (message), ``t`` (time in ms or NULL) and ``i`` (ingestion time or NULL).

        knows_times: Whether ``t`` is the time of the event; where not, only the message itself can tell it.

        counts: What was read so far; None where only DuckDB reads.

        message_bytes: Bytes of all messages.
    """

    relation: str
    knows_times: bool
    counts: Counts | None
    message_bytes: int


def is_large(inputs: Inputs) -> bool:
    """Tell whether inputs are worth starting DuckDB for; what is packed counts for what it may hold."""
    return not inputs.events and sum(_likely_size(file) for file in inputs.files) >= LEAST_BYTES


def _likely_size(file: LogFile) -> int:
    return file.size * (_TIMES_LARGER if file.name.endswith((".gz", ".zst")) else 1)


def open_source(inputs: Inputs, folder: Path, database: Database, on_bytes: OnBytes | None) -> Source | None:
    """
    Return the messages of inputs; None where they are better read one by one.

    Files of lines are read as they lie, all others (packed, with times before the message, answers of the API) are
    written into a spool first.

    Raises:
        GenaiObsError: A file cannot be read.
    """
    lines = _lines(inputs, database, on_bytes) if fit_for_columns(inputs) is None else None
    if lines is not None:
        return lines
    counts = Counts()
    spool = read_json([write_spool(inputs, folder, counts, on_bytes)], {"m": "VARCHAR", "t": "BIGINT", "i": "BIGINT"})
    if counts.too_long:
        # A spool does not tell which lines were cut.
        return None
    ((size,),) = database.execute(f"SELECT coalesce(sum(strlen(m)), 0) FROM {spool}").fetchall()  # noqa: S608
    return Source(spool, True, counts, int(size))


def lines_relation(paths: Iterable[Path]) -> str:
    """Return SQL of a table of the lines of files."""
    files = ", ".join(quote_text(str(path)) for path in paths)
    return f"(SELECT m, NULL::BIGINT AS t, NULL::BIGINT AS i FROM read_csv([{files}], {_LINES}))"  # noqa: S608


def _lines(inputs: Inputs, database: Database, on_bytes: OnBytes | None) -> Source | None:
    """Return the lines of files, where DuckDB sees every byte of them; it passes over lines that are no UTF-8."""
    relation = lines_relation(file.path for file in inputs.files)
    counted = f"SELECT count(*), coalesce(sum(strlen(m)), 0), coalesce(max(strlen(m)), 0) FROM {relation}"  # noqa: S608
    ((rows, size, longest),) = database.execute(counted).fetchall()
    # The last line of a file may lack its break.
    missing = int(size) + int(rows) - inputs.bytes_total
    if longest > MOST_BYTES or not 0 <= missing <= len(inputs.files):
        return None
    if on_bytes is not None:
        on_bytes(inputs.bytes_total)
    return Source(relation, False, None, int(size))
