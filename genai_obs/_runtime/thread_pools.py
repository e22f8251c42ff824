"""
Work handed to a thread pool belongs to the observation it was handed over in.

A pool's threads start with an empty context, so a handler that fans its calls out would lose them. Only our own
variable is carried; what else the submitted function sees is as before.
"""

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

from genai_obs._runtime import guard, observation
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
        carried = fn
        try:
            current = observation.current.get()
            if current is not None:
                carried = _carrying(current, fn)
        except Exception as own:
            guard.failed(own)
        return submit(self, carried, *args, **kwargs)

    carrying_submit._genai_obs = True  # type: ignore[attr-defined]  # noqa: SLF001 - a mark of ours
    pool.submit = carrying_submit


def _carrying(carried: observation.Observation, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the submitted function so that it runs with the observation of the thread that submitted it."""

    def run(*args: Any, **kwargs: Any) -> Any:
        token = observation.current.set(carried)
        try:
            return function(*args, **kwargs)
        finally:
            observation.current.reset(token)

    return run
