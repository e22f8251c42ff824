"""Metrics that CloudWatch would make of log lines."""

from collections.abc import Callable
from dataclasses import dataclass

from genai_obs.tools.logs.inputs import Inputs
from genai_obs.tools.logs.reader import Counts, OnBytes, read_file
from genai_obs.tools.logs.settle import Loose
from genai_obs.tools.metrics.drops import Dropped, Drops
from genai_obs.tools.metrics.families import Cardinality, Families
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.plain import Moment, PlainReader
from genai_obs.tools.metrics.samples import MetricData

_IN_MEMORY = "events"


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
    del exact
    families, drops = Families(keep_values), Drops()
    reader = PlainReader(families, drops, start_ms, end_ms)
    counts = Counts()
    size = _read_all(inputs, reader, counts, on_bytes)
    data, cardinality = families.finish()
    return Extraction(
        data,
        drops.finish(),
        cardinality,
        lines=counts.events,
        emf_lines=reader.documents,
        values=reader.values,
        broken_lines=counts.broken,
        message_bytes=size,
    )


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
        if "_aws" in message or "\\u00" in message:
            reader.read(message, Moment(source, number, time_ms, ingested_ms))
    return size


def _size(message: str) -> int:
    return len(message) if message.isascii() else len(message.encode())
