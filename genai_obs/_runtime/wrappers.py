"""
The four wrappers of the decorator: one is chosen at decoration, so that a call decides nothing.

In each, the user's function stands outside all ``try`` blocks of ours, and every call of ours in one of its own: value
and exception of the user pass through whatever becomes of the observation.
"""

import functools
import inspect
import types
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any

from genai_obs._runtime import ending, guard, observation
from genai_obs._runtime.observation import Options

Wrapped = Callable[..., Any]


def wrap(function: Wrapped, options: Options) -> Wrapped:
    """Return the function, observed."""
    if _is(inspect.isasyncgenfunction, function):
        wrapper = wrap_async_generator(function, options)
    elif _is(inspect.iscoroutinefunction, function):
        wrapper = wrap_coroutine(function, options)
    elif _is(inspect.isgeneratorfunction, function):
        wrapper = wrap_generator(function, options)
        if getattr(getattr(function, "__code__", None), "co_flags", 0) & inspect.CO_ITERABLE_COROUTINE:
            # A generator that can be awaited, as types.coroutine makes them.
            wrapper = types.coroutine(wrapper)
    else:
        wrapper = wrap_plain(function, options)
    return functools.update_wrapper(wrapper, function)


def _is(kind: Callable[[object], bool], function: Any) -> bool:
    """Tell whether this is a function of a kind, or an object, perhaps in a partial, that is called like one."""
    while isinstance(function, functools.partial):
        function = function.func
    return kind(function) or kind(getattr(type(function), "__call__", None))  # noqa: B004 - its kind is asked, not whether


def wrap_plain(function: Wrapped, options: Options) -> Wrapped:
    """Observe from call to return."""

    def observed(*args: Any, **kwargs: Any) -> Any:
        begun = None
        try:
            begun = observation.begin(options, args, kwargs)
            begun.enter()
        except Exception as own:
            guard.failed(own)
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            if begun is not None:
                try:
                    ending.finish(begun, None, error)
                except Exception as own:
                    observation.current.set(begun.parent)  # it is over, whatever failed
                    guard.failed(own)
            raise
        if begun is not None:
            try:
                ending.finish(begun, result, None)
            except Exception as own:
                observation.current.set(begun.parent)
                guard.failed(own)
        return result

    return observed


def wrap_coroutine(function: Wrapped, options: Options) -> Wrapped:
    """Observe from the first step of the coroutine to its last."""

    async def observed(*args: Any, **kwargs: Any) -> Any:
        begun = None
        try:
            begun = observation.begin(options, args, kwargs)
            begun.enter()
        except Exception as own:
            guard.failed(own)
        try:
            result = await function(*args, **kwargs)
        except BaseException as error:
            if begun is not None:
                try:
                    ending.finish(begun, None, error)
                except Exception as own:
                    observation.current.set(begun.parent)  # it is over, whatever failed
                    guard.failed(own)
            raise
        if begun is not None:
            try:
                ending.finish(begun, result, None)
            except Exception as own:
                observation.current.set(begun.parent)
                guard.failed(own)
        return result

    return observed


# A generator's body runs in its caller's context, a step at a time: the observation is entered for each step only, so
# that what the caller does between two steps is not taken for ours. What the caller throws in, the closing
# GeneratorExit included, is thrown into the body, which alone decides what becomes of it.


def wrap_generator(function: Wrapped, options: Options) -> Wrapped:
    """Observe from the first step of the generator to its last."""

    def observed(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        generator = function(*args, **kwargs)
        begun = None
        try:
            begun = observation.begin(options, args, kwargs)
        except Exception as own:
            guard.failed(own)
        step, value = generator.send, None
        while True:
            if begun is not None:
                try:
                    begun.enter()
                except Exception as own:
                    guard.failed(own)
            try:
                value = step(value)
            except StopIteration as stop:
                if begun is not None:
                    try:
                        ending.finish(begun, stop.value, None)
                    except Exception as own:
                        guard.failed(own)
                return stop.value
            except BaseException as error:
                # Kept in a variable of this frame, the exception would be a cycle with its own traceback.
                step = value = None
                if begun is not None:
                    try:
                        # A consumer that stops early closes the generator: that is no failure of the inference.
                        ending.finish(begun, None, None if isinstance(error, GeneratorExit) else error)
                    except Exception as own:
                        guard.failed(own)
                raise
            if begun is not None:
                try:
                    begun.leave()
                except Exception as own:
                    guard.failed(own)
            try:
                value = yield value
                step = generator.send
            except BaseException as error:
                if error.__traceback__ is not None:
                    error.__traceback__ = error.__traceback__.tb_next  # without the frame of ours
                step, value = generator.throw, error

    return observed


def wrap_async_generator(function: Wrapped, options: Options) -> Wrapped:
    """Observe from the first step of the asynchronous generator to its last."""

    async def observed(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        generator = function(*args, **kwargs)
        begun = None
        try:
            begun = observation.begin(options, args, kwargs)
        except Exception as own:
            guard.failed(own)
        step, value = generator.asend, None
        while True:
            if begun is not None:
                try:
                    begun.enter()
                except Exception as own:
                    guard.failed(own)
            try:
                value = await step(value)
            except StopAsyncIteration:
                if begun is not None:
                    try:
                        ending.finish(begun, None, None)
                    except Exception as own:
                        guard.failed(own)
                return
            except BaseException as error:
                step = value = None
                if begun is not None:
                    try:
                        # A consumer that stops early closes the generator: that is no failure of the inference.
                        ending.finish(begun, None, None if isinstance(error, GeneratorExit) else error)
                    except Exception as own:
                        guard.failed(own)
                raise
            if begun is not None:
                try:
                    begun.leave()
                except Exception as own:
                    guard.failed(own)
            try:
                value = yield value
                step = generator.asend
            except BaseException as error:
                if error.__traceback__ is not None:
                    error.__traceback__ = error.__traceback__.tb_next  # without the frame of ours
                step, value = generator.athrow, error

    return observed
