"""Events of any files as one file of JSON lines that a query engine reads in bulk."""

from pathlib import Path

import orjson

from genai_obs.errors import GenaiObsError
from genai_obs.tools.logs.inputs import Inputs
from genai_obs.tools.logs.reader import Counts, OnBytes, read_batches
from genai_obs.tools.logs.settle import Loose

__all__ = ["Counts", "write_spool"]

NAME = "events.ndjson"


def write_spool(inputs: Inputs, directory: Path, counts: Counts, on_bytes: OnBytes | None = None) -> Path:
    """
    Write all events into one file and return its path.

    A line is an object with ``o`` (the event's place, from 0), ``t`` (ms or null), ``i`` (ingestion time in ms, where
    it is known), ``s`` (stream), ``l`` (log), ``m`` (message); with ``k`` = 1 where the message itself is the JSON
    object of the discovered fields, or ``j`` where that is another text; with neither where there is none.

    Raises:
        GenaiObsError: A file cannot be read or unpacked, or the disk is full.
    """
    path = directory / NAME
    ordinal = 0
    try:
        with path.open("wb") as file:
            for batch in read_batches(inputs, on_bytes, counts):
                file.write(b"".join(_lines(batch, ordinal)))
                ordinal += len(batch)
    except OSError as error:
        raise GenaiObsError("cannot-write", f"cannot write {path}: {error.strerror or error}") from None
    return path


def _lines(batch: list[Loose], ordinal: int) -> list[bytes]:
    """Render events, numbered from ``ordinal``. Put together by hand: half the cost of a dict for each."""
    dumps = orjson.dumps
    stream = log = None
    source = b""
    found: list[bytes] = []
    add = found.append
    for place, (message, time_ms, ingested_ms, its_stream, its_log, json_text) in enumerate(batch, ordinal):
        if its_stream is not stream or its_log is not log:
            stream, log = its_stream, its_log
            source = b',"s":%b,"l":%b,"m":' % (dumps(stream), dumps(log))
        if json_text is message:
            end = b',"k":1}\n'
        else:
            end = b"}\n" if json_text is None else b',"j":%b}\n' % dumps(json_text)
        time = b"null" if time_ms is None else b"%d" % time_ms
        ingested = b"" if ingested_ms is None else b',"i":%d' % ingested_ms
        add(b'{"o":%d,"t":%b%b%b%b%b' % (place, time, ingested, source, dumps(message), end))
    return found
