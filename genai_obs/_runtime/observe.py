"""
The public decorator and context manager.

Wrong use raises here, where a developer sees it. Any other failure leaves the function as it was: a module of the
user's must not fail to load because of us.
"""

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from genai_obs._runtime import fields, guard, settings

if TYPE_CHECKING:
    from genai_obs._runtime.observation import Observation, Options

Function = TypeVar("Function", bound=Callable[..., Any])


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
    observer = object.__new__(Observer)
    observer._blocks = []
    try:
        observer._options = _options(texts, fields, capture_content, prices)
    except (TypeError, ValueError):
        raise
    except Exception as own:
        guard.failed(own)
    return observer if function is None else observer(function)


def _options(
    texts: dict[str, str | None],
    given: Mapping[str, object] | None,
    capture_content: Callable[[str], object] | None,
    prices: object,
) -> "Options":
    facts: dict[str, object] = {}
    for name, text in texts.items():
        if text is not None:
            fields.check_text(name, text)
            facts[name] = text
    if facts.get("processing") not in (None, "batch"):
        raise ValueError('processing= takes "batch" or nothing')
    user_fields = fields.check_fields(given)
    redact = settings.check_capture(capture_content)
    pricing = None
    if prices is not None:
        from genai_obs._runtime.pricing import Pricing

        pricing = Pricing(prices)
    from genai_obs._runtime.observation import Options

    return Options(facts, user_fields, redact, pricing)


class Observer:
    """What ``observe_inference(...)`` returns: a decorator and a context manager, both for as many uses as you like."""

    __slots__ = ("_blocks", "_options")

    # Blocks in progress, in all threads and tasks.
    _blocks: "list[Observation]"
    _options: "Options"

    def __call__(self, function: Function) -> Function:
        """Return the function, observed."""
        if isinstance(function, staticmethod | classmethod):
            return cast("Function", type(function)(self(function.__func__)))
        given: Any = function
        if isinstance(given, type) or not callable(given):
            what = f"the class {given.__name__}" if isinstance(given, type) else f"{type(given).__name__} objects"
            raise TypeError(f"observe_inference decorates functions and methods, not {what}; its options have names")
        try:
            if not settings.current().enabled:
                return function
            from genai_obs._runtime import wrappers

            _install()
            return cast("Function", wrappers.wrap(function, self._options))
        except Exception as own:
            guard.failed(own)
            return function

    def __enter__(self) -> "Observation":
        """Begin an observation and return it."""
        from genai_obs._runtime import observation

        try:
            if settings.current().enabled:
                _install()
                begun = observation.begin(self._options, (), {})
                begun.block = self
                begun.enter()
                self._blocks.append(begun)
                return begun
        except Exception as own:
            guard.failed(own)
        return observation.UNOBSERVED

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the observation that this block began."""
        try:
            if self._blocks:
                from genai_obs._runtime import ending

                ending.finish(_innermost(self, self._blocks), None, error)
        except Exception as own:
            guard.failed(own)

    async def __aenter__(self) -> "Observation":
        """Begin an observation and return it."""
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the observation that this block began."""
        self.__exit__(kind, error, traceback)


def _innermost(observer: Observer, blocks: "list[Observation]") -> "Observation":
    """
    Take the block that ends now out of those in progress and return it.

    It is the innermost one of this context; a block that is left in another context than it was entered in, as by an
    exit stack that a framework closes in a task of its own, is the latest one.
    """
    from genai_obs._runtime import observation

    block = observation.current.get()
    while block is not None and (block.block is not observer or block.is_over):
        block = block.parent
    if block is None or block not in blocks:
        return blocks.pop()
    blocks.remove(block)
    return block


def _install() -> None:
    """
    Hook the clients; here, and not at import, so that importing the package costs nothing.

    Asked again at every decoration, which costs next to nothing: a test of the user's that replaced the hooked method
    may have taken the hook away with it.
    """
    from genai_obs._runtime import aws_calls, thread_pools

    for install in (aws_calls.install, thread_pools.install):
        try:
            install()
        except Exception as own:
            guard.failed(own)
