"""An event as a file holds it, before its fields and its time are looked for."""

from typing import NamedTuple


class Raw(NamedTuple):
    """A message with what its envelope says: times in ms, stream, log group; None for what it does not say."""

    message: str
    timestamp_ms: int | None = None
    ingested_ms: int | None = None
    stream: str | None = None
    log: str | None = None
