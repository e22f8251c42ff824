"""Follow log groups by asking for new events every few seconds, for those who may not use live tail."""

import heapq
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from genai_obs.tools.cloudwatch.patience import Patience
from genai_obs.tools.logs.events import LogEvent

_PAUSE_S = 2.0
# Events reach CloudWatch out of order and late: each question looks back so far, and what was seen is left out.
_LOOK_BACK_MS = 60_000


@dataclass(slots=True)
class _Follower:
    """One log group: what was seen of it."""

    arn: str
    pattern: str
    since_ms: int
    seen: dict[str, int] = field(default_factory=dict)

    def ask(self, client: Any, patience: Patience) -> list[LogEvent]:
        """Return the events that are new, oldest first."""
        parameters: dict[str, Any] = {"logGroupIdentifier": self.arn, "startTime": self.since_ms}
        if self.pattern:
            parameters["filterPattern"] = self.pattern
        new: list[LogEvent] = []
        while True:
            answer = patience.call(client.filter_log_events, **parameters)
            new += [self._event(found) for found in answer.get("events", ()) if found["eventId"] not in self.seen]
            self.seen |= {found["eventId"]: found["timestamp"] for found in answer.get("events", ())}
            if not answer.get("nextToken"):
                break
            parameters["nextToken"] = answer["nextToken"]
        self._forget()
        return sorted(new, key=_time)

    def _forget(self) -> None:
        """Move on, and drop what can no longer come again."""
        latest_ms = max(self.seen.values(), default=self.since_ms)
        self.since_ms = max(self.since_ms, latest_ms - _LOOK_BACK_MS)
        self.seen = {key: at for key, at in self.seen.items() if at >= self.since_ms}

    def _event(self, found: dict[str, Any]) -> LogEvent:
        _, _, _, _, account, _, name = self.arn.split(":", 6)
        return LogEvent(
            message=found.get("message", "").rstrip("\n"),
            timestamp_ms=found.get("timestamp"),
            stream=found.get("logStreamName"),
            log=f"{account}:{name}",
            ingested_ms=found.get("ingestionTime"),
        )


_time = attrgetter("timestamp_ms")


def follow_groups(
    client: Any,
    group_arns: Sequence[str],
    filter_pattern: str = "",
    *,
    since_ms: int | None = None,
    patience: Patience | None = None,
) -> Iterator[LogEvent]:
    """
    Yield events as they come in, until the caller stops.

    Args:
        client: Of CloudWatch Logs.

        group_arns: ARNs of log groups.

        filter_pattern: A filter pattern of CloudWatch Logs, empty for all events.

        since_ms: First millisecond; None for now.

        patience: How long throttling and a lost network are waited out; its ``sleep`` also waits between questions.

    Raises:
        GenaiObsError: When AWS cannot be reached or refuses.
    """
    waiting = patience or Patience()
    begin_ms = time.time_ns() // 1_000_000 if since_ms is None else since_ms
    followers = [_Follower(arn, filter_pattern, begin_ms) for arn in group_arns]
    while True:
        yield from heapq.merge(*[follower.ask(client, waiting) for follower in followers], key=_time)
        waiting.sleep(_PAUSE_S)
