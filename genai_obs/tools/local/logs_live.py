"""Live tail sessions of the local server: the frames of StartLiveTail's event stream, scripted or following a group."""

import queue
import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from genai_obs.tools.local.eventstream import event as frame
from genai_obs.tools.local.eventstream import exception as exception_frame
from genai_obs.tools.local.logs_groups import LogGroup, LogGroups, ServiceError, matches
from genai_obs.tools.logs.events import LogEvent

MAX_GROUPS = 10
# [documented] API reference, StartLiveTail: at most 500 events in an update; the rest of that second is left out.
MAX_EVENTS = 500


@dataclass(frozen=True, slots=True)
class Update:
    """One update of a session; ``sampled`` says that more events came in than are sent."""

    events: tuple[LogEvent, ...] = ()
    sampled: bool = False


@dataclass(frozen=True, slots=True)
class Broken:
    """The session ends with an exception in the stream, such as ``SessionTimeoutException``."""

    code: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection is cut."""


Step: TypeAlias = Update | Broken | Lost


class LiveSessions:
    """
    The live tail sessions of a server.

    A session plays the next script, if there is one, and ends; else it follows its groups until it is ended, and
    ``on_open`` is called when it has begun to.
    """

    def __init__(self, groups: LogGroups) -> None:
        self.interval_s = 0.02
        self.scripts: deque[Sequence[Step]] = deque()
        self.on_open: Callable[[], object] | None = None
        self.opened = 0
        self._groups = groups
        self._following: list[tuple[set[str], str, queue.Queue[Step]]] = []
        self._lock = threading.Lock()

    def publish(self, group: LogGroup, events: Sequence[LogEvent]) -> None:
        """Send events to the sessions that follow a group."""
        with self._lock:
            for arns, pattern, steps in self._following:
                wanted = tuple(event for event in events if matches(event.message, pattern))
                if group.arn in arns and wanted:
                    steps.put(Update(wanted[:MAX_EVENTS], len(wanted) > MAX_EVENTS))

    def end(self, step: Broken | Lost) -> None:
        """End the sessions that follow a group."""
        with self._lock:
            for _, _, steps in self._following:
                steps.put(step)

    def frames(self, body: dict[str, Any], closing: threading.Event) -> Iterator[bytes | None]:
        """Return the frames of a session after its parameters were checked; None cuts the connection."""
        arns = body["logGroupIdentifiers"]
        if len(arns) > MAX_GROUPS or not all(arn.startswith("arn:") for arn in arns):
            raise ServiceError("InvalidParameterException", f"1 to {MAX_GROUPS} ARNs of log groups are needed")
        groups = [self._groups.find(arn) for arn in arns]
        with self._lock:
            self.opened += 1
            script = self.scripts.popleft() if self.scripts else None
        pattern = body.get("logEventFilterPattern", "")
        steps = iter(script) if script is not None else self._follow({group.arn for group in groups}, pattern, closing)
        return _frames(body, groups, steps)

    def _follow(self, arns: set[str], pattern: str, closing: threading.Event) -> Iterator[Step]:
        steps: queue.Queue[Step] = queue.Queue()
        following = (arns, pattern, steps)
        with self._lock:
            self._following.append(following)
        if self.on_open is not None:
            self.on_open()
        try:
            while not closing.is_set():
                try:
                    yield steps.get(timeout=self.interval_s)
                except queue.Empty:
                    # [documented] API reference, StartLiveTail: without events an update is empty.
                    yield Update()
        finally:
            with self._lock:
                self._following.remove(following)


def _frames(body: dict[str, Any], groups: list[LogGroup], steps: Iterator[Step]) -> Iterator[bytes | None]:
    # The JSON protocols put an empty answer before the first event.
    yield frame("initial-response", {}, padding=0)
    started = {"requestId": str(uuid.uuid4()), "sessionId": str(uuid.uuid4()), **body}
    yield frame("sessionStart", started, padding=0)
    for step in steps:
        match step:
            case Update():
                yield frame("sessionUpdate", _update(step, groups[0]), padding=0)
            case Broken(code, message):
                yield exception_frame(code, message)
                return
            case Lost():
                yield None
                return


def _update(update: Update, group: LogGroup) -> dict[str, Any]:
    results = [
        {
            "logStreamName": event.stream or "local",
            "logGroupIdentifier": event.log or f"{group.account}:{group.name}",
            "message": event.message,
            "timestamp": event.timestamp_ms,
            "ingestionTime": event.ingested_ms or event.timestamp_ms,
        }
        for event in update.events
    ]
    return {"sessionMetadata": {"sampled": update.sampled}, "sessionResults": results}
