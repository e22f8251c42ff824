"""Times for lines that have none: those of their neighbours."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

# Message, time, ingestion time, stream, log, JSON text: a LogEvent before it is one, because making a tuple costs a
# quarter of it and files have millions.
Loose: TypeAlias = tuple[str, int | None, int | None, str, str, str | None]

# An invocation begins here, so what follows tells its time better than what came before.
_BEGINNINGS = ("START RequestId:", "INIT_START ")
# Characters of messages that wait for a time; past it the file is asked once for its first.
_MOST_WAITING = 4 << 20


def settle(
    batches: Iterator[list[Loose]], find_first_ms: Callable[[], int | None], count_timeless: Callable[[int], None]
) -> Iterator[list[Loose]]:
    """
    Yield the events of one file, those without a time with a neighbour's.

    ``START`` and ``INIT_START`` lines take the time of the next line that has one, every other line that of the
    line before it, or of the next where there is none before. None stays where the whole file has no time.

    Args:
        batches: The events in the order of the file.

        find_first_ms: Asked at most once, when too many events wait: reads the file again up to its first time.

        count_timeless: Told how many there were.
    """
    previous: int | None = None
    waiting: list[Loose] = []
    size = 0
    hopeless = False
    for batch in batches:
        settled: list[Loose] = []
        timeless = 0
        for event in batch:
            time_ms = event[1]
            if time_ms is not None:
                if waiting:
                    settled.extend(_with_time(each, time_ms) for each in waiting)
                    waiting, size = [], 0
                previous = time_ms
                settled.append(event)
                continue
            timeless += 1
            if not hopeless and (waiting or previous is None or event[0].startswith(_BEGINNINGS)):
                waiting.append(event)
                size += len(event[0]) + 100
                if size > _MOST_WAITING:
                    previous = find_first_ms() if previous is None else previous
                    hopeless = previous is None
                    settled.extend(_with_time(each, previous) for each in waiting)
                    waiting, size = [], 0
            else:
                settled.append(_with_time(event, previous))
        count_timeless(timeless)
        yield settled
    yield [_with_time(each, previous) for each in waiting]


def _with_time(event: Loose, time_ms: int | None) -> Loose:
    message, _, ingested_ms, stream, log, json_text = event
    return (message, time_ms, ingested_ms, stream, log, json_text)
