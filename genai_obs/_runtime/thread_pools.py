"""
Work handed to a thread pool belongs to the observation it was handed over in.

A pool's threads start with an empty context, so a handler that fans its calls out would lose them. Only our own
variable is carried; what else the submitted function sees is as before.
"""

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

from genai_obs._runtime import observation
from genai_obs._runtime.after_import import when_imported


def install() -> None:
    """Carry observations into ``concurrent.futures`` pools, as soon as these are loaded."""
    when_imported("concurrent.futures.thread", _patch)


def _patch(module: ModuleType) -> None:
    pool = module.ThreadPoolExecutor
    submit = pool.submit
    if getattr(submit, "_genai_obs", False):
        return

    @functools.wraps(submit)
    def carrying_submit(self: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        current = observation.current.get()
        if current is None:
            return submit(self, fn, *args, **kwargs)
        return submit(self, _Carried(current, fn), *args, **kwargs)

    carrying_submit._genai_obs = True  # type: ignore[attr-defined]
    pool.submit = carrying_submit


class _Carried:
    """The submitted function, run with the observation of the thread that submitted it."""

    __slots__ = ("_function", "_observation")

    def __init__(self, carried: observation.Observation, function: Callable[..., Any]) -> None:
        self._observation = carried
        self._function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        token = observation.current.set(self._observation)
        try:
            return self._function(*args, **kwargs)
        finally:
            observation.current.reset(token)
