"""
The record before the time-out: one sleeping thread that looks up shortly before a Lambda deadline.

When Lambda kills the process neither ``finally`` nor ``atexit`` runs; only what was written before is there.
The thread is started once, and sleeps until the earliest deadline it was ever told of: deadlines grow from one
invocation to the next, so arming costs no system call but once per function timeout.
"""

import math
import os
import threading
import time
from typing import TYPE_CHECKING

from genai_obs._runtime import guard

if TYPE_CHECKING:
    from genai_obs._runtime.observation import Observation

# Observation -> when to look up, in seconds of the monotonic clock.
_armed: dict["Observation", float] = {}
_condition = threading.Condition()
_thread: threading.Thread | None = None
# When the thread looks up next. Only ever too early.
_wakes_at = math.inf


def arm(observation: "Observation") -> None:
    """Have the calls of this invocation recorded before its deadline, if its context knows one."""
    remaining_ms = _remaining_ms(observation)
    if remaining_ms is None or remaining_ms <= 0:
        return
    at = time.monotonic() + (remaining_ms - _margin_ms(observation, remaining_ms)) / 1000
    _armed[observation] = at
    if at < _wakes_at:
        _wake(at)


def disarm(observation: "Observation") -> None:
    """Forget the deadline of an invocation that has ended."""
    _armed.pop(observation, None)


def _margin_ms(observation: "Observation", remaining_ms: float) -> float:
    return min(observation.settings.deadline_margin_ms, remaining_ms / 4)


def _remaining_ms(observation: "Observation") -> float | None:
    remaining = getattr(observation.lambda_context, "get_remaining_time_in_millis", None)
    if not callable(remaining):
        return None
    value = remaining()
    # A test's mock of the context returns anything; a year is no Lambda deadline either.
    return value if type(value) in (int, float) and value < 3.2e10 else None


def _wake(at: float) -> None:
    """Have the thread look up at this moment, earlier than it would."""
    global _thread, _wakes_at
    with _condition:
        _wakes_at = min(_wakes_at, at)
        if _thread is None or not _thread.is_alive():
            thread = threading.Thread(target=_watch, name="genai-obs-deadline", daemon=True)
            thread.start()
            _thread = thread
        else:
            _condition.notify()


def _watch() -> None:
    global _wakes_at
    condition = _condition
    while True:
        with condition:
            if _thread is not threading.current_thread():
                return
            delay = _wakes_at - time.monotonic()
            if delay > 0:
                # It sleeps on although that invocation may have ended: the next one's deadline is hardly ever earlier.
                condition.wait(None if delay == math.inf else min(delay, threading.TIMEOUT_MAX))
                continue
            # Infinity first: whoever arms from here on sees that nobody would wake for it.
            _wakes_at = math.inf
        now = time.monotonic()
        for observation, at in list(_armed.items()):
            if at <= now:
                try:
                    _look(observation)
                except Exception as error:
                    _armed.pop(observation, None)
                    guard.failed(error)
        with condition:
            _wakes_at = min([_wakes_at, *_armed.values()])


def _look(observation: "Observation") -> None:
    """Time the invocation out, unless its clock says that there is time left after all."""
    remaining_ms = _remaining_ms(observation)
    margin_ms = observation.settings.deadline_margin_ms
    if remaining_ms is not None and remaining_ms > margin_ms * 1.5:
        if observation in _armed:
            _armed[observation] = time.monotonic() + (remaining_ms - margin_ms) / 1000
        return
    if _armed.pop(observation, None) is not None:
        from genai_obs._runtime import ending

        ending.time_out(observation)


def _forget_in_child() -> None:
    """Threads do not survive a fork, and the parent's invocations are not the child's."""
    global _thread, _condition, _wakes_at
    _thread = None
    _condition = threading.Condition()
    _wakes_at = math.inf
    _armed.clear()


os.register_at_fork(after_in_child=_forget_in_child)
