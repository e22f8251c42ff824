"""Events of any files as one file of JSON lines that a query engine reads in bulk."""

from collections.abc import Iterator
from pathlib import Path

import orjson

from genai_obs.tools.logs.inputs import Inputs
from genai_obs.tools.logs.reader import Counts, OnBytes, read_batches
from genai_obs.tools.logs.settle import Loose

__all__ = ["Counts", "write_spool"]

NAME = "events.ndjson"


def write_spool(inputs: Inputs, directory: Path, counts: Counts, on_bytes: OnBytes | None = None) -> Path:
    """
    Write all events into one file and return its path.

    A line is an object with ``o`` (the event's place from 0), ``t`` (ms or null), ``i`` (ingestion time in ms or null), ``s`` (stream),
    ``l`` (log), ``m`` (message); with ``k`` = 1 where the message itself is the JSON object of the discovered
    fields, or ``j`` where that is another text; with neither where there is none.

    Raises:
        GenaiObsError: A file cannot be read or unpacked.
    """
    path = directory / NAME
    with path.open("wb") as file:
        ordinal = 0
        for batch in read_batches(inputs, on_bytes, counts):
            file.write(b"".join(_lines(batch, ordinal)))
            ordinal += len(batch)
    return path


def _lines(batch: list[Loose], ordinal: int) -> Iterator[bytes]:
    dumps = orjson.dumps
    source: tuple[str, str] | None = None
    middle = b""
    for place, (message, time_ms, ingested_ms, stream, log, json_text) in enumerate(batch, ordinal):
        if (stream, log) != source:
            source = (stream, log)
            middle = b',"s":%b,"l":%b,"m":' % (dumps(stream), dumps(log))
        # The two forms that nearly all lines have are put together by hand: half the cost of a dict for each.
        if json_text is message:
            end = b',"k":1}\n'
        else:
            end = b"}\n" if json_text is None else b',"j":%b}\n' % dumps(json_text)
        time = b"null" if time_ms is None else b"%d" % time_ms
        ingested = b"null" if ingested_ms is None else b"%d" % ingested_ms
        yield b'{"o":%d,"t":%b,"i":%b%b%b%b' % (place, time, ingested, middle, dumps(message), end)
