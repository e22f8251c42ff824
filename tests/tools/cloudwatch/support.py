"""Time that passes only when somebody waits, and log events."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import botocore
import orjson
import pytest

from genai_obs.tools.cloudwatch.patience import Patience
from genai_obs.tools.logs.events import LogEvent

GROUP = "/aws/lambda/chat"
# 14 November 2023, 22:13:20 UTC.
START_MS = 1_700_000_000_000


# Pages of results and the language of a query are not in the models of older ones.
needs_new_botocore = pytest.mark.skipif(
    tuple(map(int, botocore.__version__.split(".")[:2])) < (1, 40), reason="an old botocore cannot send it"
)


@dataclass(slots=True)
class Waits:
    """Seconds that were waited; the clock shows their sum. Each wait may do something."""

    slept: list[float] = field(default_factory=list)
    then: Callable[[float], object] | None = None

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        if self.then:
            self.then(seconds)

    def clock(self) -> float:
        """Return the time."""
        return sum(self.slept)

    def patience(self, busy_s: float = 600.0, network_s: float = 60.0) -> Patience:
        """Return a patience that waits in this time, not spread by chance."""
        return Patience(busy_s, network_s, clock=self.clock, sleep=self.sleep, chance=lambda: 0.5)


def events(times_ms: Iterable[int]) -> list[LogEvent]:
    """Return an event for each time, with its number and one of three names."""
    return [
        LogEvent(orjson.dumps({"n": n, "name": f"name{n % 3}"}).decode(), at, stream="s", log=f"123456789012:{GROUP}")
        for n, at in enumerate(times_ms)
    ]


def every(step_ms: int, count: int) -> list[LogEvent]:
    """Return so many events, one every few milliseconds."""
    return events(START_MS + step_ms * n for n in range(count))
