"""Metrics that CloudWatch would make of log lines."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from genai_obs.tools.insights.events.database import open_database
from genai_obs.tools.logs.inputs import Inputs
from genai_obs.tools.logs.reader import Counts, OnBytes, read_file
from genai_obs.tools.logs.settle import Loose
from genai_obs.tools.metrics.drops import Dropped, Drops, Moment
from genai_obs.tools.metrics.emf import may_be_document
from genai_obs.tools.metrics.families import Cardinality, Families
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.plain import PlainReader
from genai_obs.tools.metrics.samples import MetricData

_IN_MEMORY = "events"
# So many events are looked at for examples of what was left out, when large inputs were read in bulk.
_MOST_LOOKED_AT = 200_000


@dataclass(frozen=True, slots=True, eq=False)
class Extraction:
    """
    What CloudWatch would make of log lines.

    Args:
        data: The metrics.

        dropped: What was left out and why, in the order of the rules; empty where all is well.

        cardinality: How many metrics each set of dimensions makes, by namespace and names.

        lines: Events that were read; None where that was not counted.

        emf_lines: How many of them are EMF documents within the range of time.

        values: Values published, once for each dimension set.

        broken_lines: Lines that begin like JSON and are none, or are no UTF-8.

        message_bytes: Bytes of all events, unpacked: what the log group would be billed for.

        is_exact: Whether each line was read by itself; otherwise large files were read by columns, which takes a
            name that stands twice on a line by its first value.
    """

    data: MetricData
    dropped: tuple[Dropped, ...] = ()
    cardinality: tuple[Cardinality, ...] = ()
    lines: int | None = None
    emf_lines: int = 0
    values: int = 0
    broken_lines: int = 0
    message_bytes: int = 0
    is_exact: bool = True


def extract(
    inputs: Inputs,
    *,
    start_ms: int | None = None,
    end_ms: int | None = None,
    keep_values: Callable[[MetricId], bool] = lambda _: False,
    exact: bool = False,
    on_bytes: OnBytes | None = None,
) -> Extraction:
    """
    Return the metrics of log lines.

    Args:
        inputs: Files or events.

        start_ms: Only documents whose own time is this or later, in milliseconds; None for all.

        end_ms: Only documents whose own time is this or earlier; None for all.

        keep_values: Of which metrics the single values are wanted: percentiles and trimmed statistics need them.

        exact: Read each line by itself, also of large files.

        on_bytes: Told of the bytes read as they are.

    Raises:
        GenaiObsError: The input cannot be read, or DuckDB is not installed.
    """
    if not exact:
        found = _extract_in_bulk(inputs, start_ms, end_ms, keep_values, on_bytes)
        if found is not None:
            return found
    reader = PlainReader(Families(keep_values), Drops(), start_ms, end_ms)
    counts = Counts()
    size = _read_all(inputs, reader, counts, on_bytes)
    return _finish(reader, counts.events, counts.broken, size, is_exact=True)


def _extract_in_bulk(
    inputs: Inputs,
    start_ms: int | None,
    end_ms: int | None,
    keep_values: Callable[[MetricId], bool],
    on_bytes: OnBytes | None,
) -> Extraction | None:
    """Let DuckDB read large inputs; None where they are better read one by one."""
    from genai_obs.tools.metrics.bulk.reading import NeedsNeighboursError, read_in_bulk
    from genai_obs.tools.metrics.bulk.source import is_large, open_source

    if not is_large(inputs):
        return None
    reader = PlainReader(Families(keep_values), Drops(), start_ms, end_ms)
    with tempfile.TemporaryDirectory(prefix="genai-obs-") as folder, open_database(Path(folder)) as database:
        source = open_source(inputs, Path(folder), database, on_bytes)
        if source is None:
            return None
        try:
            read_in_bulk(source, database, reader)
        except NeedsNeighboursError:
            return None
    _find_places(inputs, reader)
    counts = source.counts
    return _finish(
        reader,
        None if counts is None else counts.events,
        0 if counts is None else counts.broken,
        source.message_bytes,
        is_exact=False,
    )


def _finish(reader: PlainReader, lines: int | None, broken: int, size: int, *, is_exact: bool) -> Extraction:
    data, cardinality = reader.families.finish()
    return Extraction(
        data, reader.drops.finish(), cardinality, lines, reader.documents, reader.values, broken, size, is_exact
    )


def _find_places(inputs: Inputs, found: PlainReader) -> None:
    """Look for where something was left out, in the beginning of the inputs."""
    wanted = found.drops.unplaced()
    if not wanted:
        return
    placed = Drops()
    reader = PlainReader(Families(lambda _: False), placed, found.start_ms, found.end_ms)
    for events in _first_events(inputs):
        for moment, message in events:
            reader.read(message, moment)
        if wanted <= placed.examples().keys():
            break
    found.drops.take_places(placed.examples())


def _first_events(inputs: Inputs) -> Iterator[list[tuple[Moment, str]]]:
    """Yield the first events of files that may be documents, in lists."""
    total = 0
    for file in inputs.files:
        number = 0
        for batch in read_file(file, None, Counts()):
            yield [
                (Moment(file.shown, place, event[1], event[2]), event[0])
                for place, event in enumerate(batch, number + 1)
                if may_be_document(event[0])
            ]
            number += len(batch)
            total += len(batch)
            if total > _MOST_LOOKED_AT:
                return


def _read_all(inputs: Inputs, reader: PlainReader, counts: Counts, on_bytes: OnBytes | None) -> int:
    """Read every event of the inputs and return the bytes of their messages."""
    size = 0
    for number, event in enumerate(inputs.events, 1):
        counts.events += 1
        size += _size(event.message)
        reader.read(event.message, Moment(event.log or _IN_MEMORY, number, event.timestamp_ms, event.ingested_ms))
    for file in inputs.files:
        number = 0
        for batch in read_file(file, on_bytes, counts):
            size += _read_batch(batch, reader, file.shown, number)
            number += len(batch)
        counts.events += number
    return size


def _read_batch(batch: list[Loose], reader: PlainReader, source: str, before: int) -> int:
    size = 0
    for number, (message, time_ms, ingested_ms, *_) in enumerate(batch, before + 1):
        size += _size(message)
        if may_be_document(message):
            reader.read(message, Moment(source, number, time_ms, ingested_ms))
    return size


def _size(message: str) -> int:
    return len(message) if message.isascii() else len(message.encode())
