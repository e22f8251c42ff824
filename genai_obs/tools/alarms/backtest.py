"""What a replay comes to: when an alarm fired, for how long, how often it flapped, how many alerts a week it sent."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from genai_obs.tools.alarms.state import State, StateHistory
from genai_obs.tools.metrics.samples import Integers

WEEK_S = 604_800

# An alarm that comes back within this long of having left is said to flap.
FLAP_S = 1_800

# Of less than a day nobody should conclude how a week will be.
LEAST_SPAN_S = 86_400


@dataclass(frozen=True, slots=True)
class Firing:
    """
    A time in ALARM.

    Args:
        start_s: The evaluation that entered it, in seconds since 1970.

        end_s: The evaluation that left it; the last one of the replay when none did.

        is_over: Whether one did.
    """

    start_s: int
    end_s: int
    is_over: bool = True

    @property
    def minutes(self) -> float:
        """How long it lasted, as far as the replay shows."""
        return (self.end_s - self.start_s) / 60


@dataclass(frozen=True, slots=True)
class Backtest:
    """
    A replay in numbers. A state lasts until the next evaluation; what follows the last one is not counted.

    Args:
        alarm: Its name.

        start_s: The first evaluation; None when there was none.

        end_s: The last one.

        firings: Every time in ALARM, in order; one that began before the replay begins with it.

        flaps: How often ALARM was entered again at most ``flap_s`` after it was left.

        flap_s: What counts as at once.

        alarm_s: Seconds in ALARM.

        insufficient_s: Seconds in INSUFFICIENT_DATA.
    """

    alarm: str
    start_s: int | None
    end_s: int | None
    firings: tuple[Firing, ...]
    flaps: int
    flap_s: int
    alarm_s: int
    insufficient_s: int

    @property
    def span_s(self) -> int:
        """Seconds from the first evaluation to the last."""
        return 0 if self.start_s is None or self.end_s is None else self.end_s - self.start_s

    @property
    def longest(self) -> Firing | None:
        """The longest time in ALARM, the first of equals; None when there was none."""
        return max(self.firings, key=lambda firing: firing.end_s - firing.start_s, default=None)

    @property
    def alarm_share(self) -> float | None:
        """The share of the time in ALARM, 0 to 1; None where no time passed."""
        return self.alarm_s / self.span_s if self.span_s else None

    @property
    def alerts_per_week(self) -> float | None:
        """How many times a week it fired; None where less than a day was replayed."""
        return len(self.firings) * WEEK_S / self.span_s if self.span_s >= LEAST_SPAN_S else None


def summarise(history: StateHistory, *, flap_s: int = FLAP_S) -> Backtest:
    """
    Return what a replay comes to.

    Args:
        history: The replay; its moments may lie apart unevenly.

        flap_s: How soon after leaving ALARM an alarm must be back in it to count as flapping.
    """
    times = history.times_s
    if not times.size:
        return Backtest(history.alarm, None, None, (), 0, flap_s, 0, 0)
    firings = _firings(history)
    flaps = sum(later.start_s - earlier.end_s <= flap_s for earlier, later in pairwise(firings))
    return Backtest(
        history.alarm,
        int(times[0]),
        int(times[-1]),
        firings,
        flaps,
        flap_s,
        _seconds_in(history, State.ALARM),
        _seconds_in(history, State.INSUFFICIENT_DATA),
    )


def _firings(history: StateHistory) -> tuple[Firing, ...]:
    times, in_alarm = history.times_s, history.states == State.ALARM
    edges = np.diff(in_alarm.astype(np.int8), prepend=np.int8(0), append=np.int8(0))
    entered, left = np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist()
    last = times.size - 1
    return tuple(
        Firing(int(times[start]), int(times[min(end, last)]), is_over=end <= last)
        for start, end in zip(entered, left, strict=True)
    )


def _seconds_in(history: StateHistory, state: State) -> int:
    lasting: Integers = np.asarray(np.diff(history.times_s), dtype=np.int64)
    return int(lasting.sum(where=history.states[:-1] == state))
