"""Wall-clock time as records write it."""

import time

# The text of the current second is kept: records come in bursts, and the calendar is most of the work.
# One tuple, replaced whole, so that threads never see the second of one and the text of another.
_latest = (-1, b"")


def now_ms() -> int:
    """Return milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000


def rfc3339(at_ms: int) -> bytes:
    """Return a time as ``2026-01-02T03:04:05.678Z``, in ASCII."""
    global _latest
    second, millisecond = divmod(at_ms, 1000)
    latest = _latest
    if latest[0] != second:
        _latest = latest = (second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second)).encode())
    return b"%b.%03dZ" % (latest[1], millisecond)
