"""Lines and single events, made into lists of events as a tail shows them."""

import queue
import threading
from collections.abc import Iterable, Iterator, Sequence

from genai_obs.schema import INFERENCE_METRIC
from genai_obs.tools.logs.events import LogEvent
from genai_obs.tools.logs.inputs import events_input

_MOST_AT_ONCE = 1000
_END = object()


def events_of(lines: Iterable[str], *, calls_only: bool) -> list[LogEvent]:
    """
    Return the events of lines, each with the JSON object and the time that its text holds; blank lines are none.

    Args:
        lines: Whole lines.

        calls_only: Whether lines that can be no inference are left out, which spares reading them.
    """
    wanted = (line for line in lines if (INFERENCE_METRIC in line if calls_only else line.strip()))
    return _completed(LogEvent(line, None) for line in wanted)


def in_batches(events: Iterable[LogEvent]) -> Iterator[list[LogEvent]]:
    """Yield what has come since the last time, as soon as there is an event; raise what the source raises."""
    waiting: queue.Queue[object] = queue.Queue(_MOST_AT_ONCE)
    # A generator that waits for the network cannot be asked what it has by now, so another thread waits for it.
    threading.Thread(target=_pass_on, args=(events, waiting), daemon=True).start()
    while True:
        found = [waiting.get()]
        while len(found) < _MOST_AT_ONCE and not waiting.empty():
            found.append(waiting.get())
        if batch := _completed(event for event in found if isinstance(event, LogEvent)):
            yield batch
        for last in found:
            if isinstance(last, BaseException):
                raise last
            if last is _END:
                return


def newer_than(events: Sequence[LogEvent], since_ms: int | None) -> list[LogEvent]:
    """Return the events from a time on; those without a time are kept, because they may be."""
    if since_ms is None:
        return list(events)
    return [event for event in events if event.timestamp_ms is None or event.timestamp_ms >= since_ms]


def _completed(events: Iterable[LogEvent]) -> list[LogEvent]:
    """Return events with the JSON object of their message, and with the time in it where they came without."""
    return list(events_input(events).events)


def _pass_on(events: Iterable[LogEvent], waiting: "queue.Queue[object]") -> None:
    try:
        for event in events:
            waiting.put(event)
    except BaseException as error:  # noqa: BLE001 - raised again where somebody can catch it
        waiting.put(error)
    waiting.put(_END)
