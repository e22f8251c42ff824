"""A log event: one message with its time and where it comes from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogEvent:
    """
    One event, as CloudWatch would hold it.

    Args:
        message: The raw text (``@message``), without its final line break; it may hold breaks inside.

        timestamp_ms: Milliseconds since 1970 in UTC (``@timestamp``); None when nothing tells.

        stream: ``@logStream``.

        log: ``@log``: ``account:group``, or ``local:`` and the file's name.

        ingested_ms: ``@ingestionTime``; None when nothing tells.

        json_text: The JSON object whose leaves are the event's discovered fields: the message itself when it is one,
            the first embedded object of a text line, cut to 200 leaves; None when there is none.
    """

    message: str
    timestamp_ms: int | None
    stream: str | None = None
    log: str | None = None
    ingested_ms: int | None = None
    json_text: str | None = None
