"""
The decorator: its kind of wrapper is chosen once, at decoration, so that a call decides nothing.

In every wrapper the user's function stands outside all ``try`` blocks of ours, and each of ours has one statement:
value and exception of the user pass through whatever becomes of the observation.
"""

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, TypeVar, cast, overload

from genai_obs._runtime import aws_calls, fields, guard, observation, settings, thread_pools
from genai_obs._runtime.observation import Observation, Options

Function = TypeVar("Function", bound=Callable[..., Any])

_NOTHING = Options({}, {}, None, None)


@overload
def observe_inference(function: Function, /) -> Function: ...


@overload
def observe_inference(
    *,
    model_id: str | None = None,
    provider: str | None = None,
    operation: str | None = None,
    processing: str | None = None,
    fields: Mapping[str, object] | None = None,
    capture_content: Callable[[str], object] | None = None,
    prices: object = None,
) -> "Observer": ...


def observe_inference(
    function: Function | None = None,
    /,
    *,
    model_id: str | None = None,
    provider: str | None = None,
    operation: str | None = None,
    processing: str | None = None,
    fields: Mapping[str, object] | None = None,
    capture_content: Callable[[str], object] | None = None,
    prices: object = None,
) -> "Function | Observer":
    """
    Record every model call made while the decorated function or the ``with`` block runs: one JSON line each.

    Works bare or with options, on plain, ``async``, generator and async generator functions, on methods and Lambda
    handlers, and as ``with observe_inference() as observation:``. The function's value, exceptions and signature
    stay as they are.

    Args:
        function: What to observe, when used without parentheses.

        model_id: The model, for calls that no client tells us about; also decides their price.

        provider: Such as ``openai``, for the same calls.

        operation: Such as ``chat``, for the same calls.

        processing: ``"batch"`` prices the calls as batch inference.

        fields: More fields for the records, such as ``{"feature": "summary"}``.

        capture_content: A function that is given each text and returns what of it may be logged as ``prompt`` and
            ``completion`` (None for nothing). Without it no content is logged.

        prices: Prices that precede the configured ones: a dict in the override format or a function.

    Raises:
        TypeError: What is decorated is not a function, or an option is of the wrong kind.
        ValueError: An option has a value that cannot work.
    """
    texts = {"model_id": model_id, "provider": provider, "operation": operation, "processing": processing}
    options = _options(texts, fields, capture_content, prices)
    observer = Observer(options)
    return observer if function is None else observer(function)


def _options(
    texts: dict[str, str | None],
    given: Mapping[str, object] | None,
    capture_content: Callable[[str], object] | None,
    prices: object,
) -> Options:
    facts: dict[str, object] = {}
    for name, text in texts.items():
        if text is not None:
            fields.check_text(name, text)
            facts[name] = text
    if facts.get("processing") not in (None, "batch"):
        raise ValueError('processing= takes "batch" or nothing')
    if not facts and given is None and capture_content is None and prices is None:
        return _NOTHING
    pricing = None
    if prices is not None:
        from genai_obs._runtime.pricing import Pricing

        pricing = Pricing(prices)
    return Options(
        facts, fields.plain_fields(fields.check_fields(given)), settings.check_capture(capture_content), pricing
    )


class Observer:
    """What ``observe_inference(...)`` returns: a decorator and a context manager, free of state and so reusable."""

    __slots__ = ("_options",)

    def __init__(self, options: Options) -> None:
        self._options = options

    def __call__(self, function: Function) -> Function:
        """Return the function, observed."""
        if isinstance(function, staticmethod | classmethod):
            return cast("Function", type(function)(self(function.__func__)))
        if inspect.isclass(function) or not callable(function):
            raise TypeError(f"observe_inference decorates functions and methods, not {type(function).__name__} objects")
        if not settings.current().enabled:
            return function
        _install()
        if inspect.isasyncgenfunction(function):
            wrapper = _wrap_async_generator(function, self._options)
        elif inspect.iscoroutinefunction(function):
            wrapper = _wrap_coroutine(function, self._options)
        elif inspect.isgeneratorfunction(function):
            wrapper = _wrap_generator(function, self._options)
        else:
            wrapper = _wrap_plain(function, self._options)
        return cast("Function", functools.update_wrapper(wrapper, function))

    def __enter__(self) -> Observation:
        """Begin an observation and return it."""
        begun = _begin(self._options, (), {}) if settings.current().enabled else None
        if begun is not None:
            _install()
            begun.enter()
            return begun
        return Observation(self._options, None, None)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the observation that this block began."""
        entered = observation.current.get()
        if entered is not None and entered.options is self._options:
            entered.leave()
            _finish(entered, None, error)

    async def __aenter__(self) -> Observation:
        """Begin an observation and return it."""
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the observation that this block began."""
        self.__exit__(kind, error, traceback)


_installed = False


def _install() -> None:
    """Hook the clients, once; here, and not at import, so that importing the package costs nothing."""
    global _installed
    if not _installed:
        _installed = True
        try:
            aws_calls.install()
            thread_pools.install()
        except Exception as own:
            guard.failed(own)


def _begin(options: Options, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Observation | None:
    try:
        return observation.begin(options, args, kwargs)
    except Exception as own:
        guard.failed(own)
        return None


def _finish(begun: Observation, result: object, error: BaseException | None) -> None:
    try:
        observation.finish(begun, result, error)
    except Exception as own:
        guard.failed(own)


def _wrap_plain(function: Callable[..., Any], options: Options) -> Callable[..., Any]:
    def observed(*args: Any, **kwargs: Any) -> Any:
        try:
            begun = observation.begin(options, args, kwargs)
            begun.enter()
        except Exception as own:
            begun = None
            guard.failed(own)
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            if begun is not None:
                try:
                    begun.leave()
                    observation.finish(begun, None, error)
                except Exception as own:
                    guard.failed(own)
            raise
        if begun is not None:
            try:
                begun.leave()
                observation.finish(begun, result, None)
            except Exception as own:
                guard.failed(own)
        return result

    return observed


def _wrap_coroutine(function: Callable[..., Any], options: Options) -> Callable[..., Any]:
    async def observed(*args: Any, **kwargs: Any) -> Any:
        try:
            begun = observation.begin(options, args, kwargs)
            begun.enter()
        except Exception as own:
            begun = None
            guard.failed(own)
        try:
            result = await function(*args, **kwargs)
        except BaseException as error:
            if begun is not None:
                try:
                    begun.leave()
                    observation.finish(begun, None, error)
                except Exception as own:
                    guard.failed(own)
            raise
        if begun is not None:
            try:
                begun.leave()
                observation.finish(begun, result, None)
            except Exception as own:
                guard.failed(own)
        return result

    return observed


def _wrap_generator(function: Callable[..., Any], options: Options) -> Callable[..., Any]:
    # The body runs in its caller's context, a step at a time: the observation is entered for each step only, so that
    # what the caller does between two steps is not taken for ours.
    def observed(*args: Any, **kwargs: Any) -> Iterator[Any]:
        generator = function(*args, **kwargs)
        begun = _begin(options, args, kwargs)
        step, value = generator.send, None
        while True:
            _enter(begun)
            try:
                produced = step(value)
            except StopIteration as stop:
                _leave_and_finish(begun, None)
                return stop.value
            except BaseException as error:
                _leave_and_finish(begun, error)
                raise
            _leave(begun)
            try:
                value = yield produced
                step = generator.send
            except GeneratorExit as closed:
                _enter(begun)
                try:
                    generator.close()
                except BaseException as error:
                    _leave_and_finish(begun, error)
                    raise
                _leave_and_finish(begun, closed)
                raise
            except BaseException as error:
                step, value = generator.throw, error

    return observed


def _wrap_async_generator(function: Callable[..., Any], options: Options) -> Callable[..., Any]:
    async def observed(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        generator = function(*args, **kwargs)
        begun = _begin(options, args, kwargs)
        step, value = generator.asend, None
        while True:
            _enter(begun)
            try:
                produced = await step(value)
            except StopAsyncIteration:
                _leave_and_finish(begun, None)
                return
            except BaseException as error:
                _leave_and_finish(begun, error)
                raise
            _leave(begun)
            try:
                value = yield produced
                step = generator.asend
            except GeneratorExit as closed:
                _enter(begun)
                try:
                    await generator.aclose()
                except BaseException as error:
                    _leave_and_finish(begun, error)
                    raise
                _leave_and_finish(begun, closed)
                raise
            except BaseException as error:
                step, value = generator.athrow, error

    return observed


def _enter(begun: Observation | None) -> None:
    if begun is not None:
        try:
            begun.enter()
        except Exception as own:
            guard.failed(own)


def _leave(begun: Observation | None) -> None:
    if begun is not None:
        try:
            begun.leave()
        except Exception as own:
            guard.failed(own)


def _leave_and_finish(begun: Observation | None, error: BaseException | None) -> None:
    if begun is not None:
        _leave(begun)
        # A consumer that stops early closes the generator: that is no failure of the inference.
        _finish(begun, None, None if isinstance(error, GeneratorExit) else error)
