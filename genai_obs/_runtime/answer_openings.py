"""Following streams that are still to be opened: by the caller's ``with`` block, or by LiteLLM at the first read."""

import weakref
from collections.abc import Generator
from typing import Any

from genai_obs._runtime import guard
from genai_obs._runtime.answer_streams import StreamWatch, follow, replace, watch_raw
from genai_obs._runtime.answer_values import attributes, member


def watch_manager(manager: Any, watch: StreamWatch) -> bool:
    """Follow the stream that ``with client.messages.stream(...)`` and its like will open."""
    for name, request in attributes(manager).items():
        if isinstance(name, str) and name.endswith("__api_request"):
            if callable(request):
                setattr(manager, name, _Request(request, watch))
                return True
            if hasattr(type(request), "__await__"):
                setattr(manager, name, _AsyncRequest(request, watch))
                return True
    return False


def watch_litellm(wrapper: Any, watch: StreamWatch) -> bool:
    """Follow what LiteLLM's stream wrapper reads from: the provider's stream, which some providers open late."""
    # The router's wrappers read from a generator that tries one deployment after the other.
    for name in ("_async_generator", "_sync_generator", "completion_stream"):
        if member(wrapper, name) is not None:
            followed = replace(wrapper, name, watch)
            if followed is not None:
                weakref.finalize(followed, watch.end, None)
                watch.tell()
            return followed is not None
    call = member(wrapper, "make_call")
    if not callable(call):
        return False
    wrapper.make_call = _LateCall(call, watch)
    watch.tell()
    return True


class _Opening:
    """A stream that is still to be opened: it ends here if that fails, or if nobody ever opens it."""

    __slots__ = ("__weakref__", "_dropped", "_request", "_watch")

    def __init__(self, request: Any, watch: StreamWatch) -> None:
        self._request = request
        self._watch = watch
        self._dropped = weakref.finalize(self, watch.end, None)

    def _opened(self, stream: object) -> None:
        try:
            self._dropped.detach()
            if not watch_raw(stream, self._watch):
                self._watch.end(None)
        except Exception as error:
            guard.failed(error)


class _Request(_Opening):
    __slots__ = ()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            stream = self._request(*args, **kwargs)
        except BaseException as error:
            self._watch.end(error)
            raise
        self._opened(stream)
        return stream


class _AsyncRequest(_Opening):
    __slots__ = ()

    def __await__(self) -> Generator[Any, Any, Any]:
        try:
            stream = yield from self._request.__await__()
        except BaseException as error:
            self._watch.end(error)
            raise
        self._opened(stream)
        return stream


class _LateCall(_Opening):
    """LiteLLM's ``make_call``: gives the provider's stream, or an awaitable of it."""

    __slots__ = ()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            stream = self._request(*args, **kwargs)
        except BaseException as error:
            self._watch.end(error)
            raise
        return self._wait(stream) if hasattr(type(stream), "__await__") else self._followed(stream)

    async def _wait(self, stream: Any) -> Any:
        try:
            opened = await stream
        except BaseException as error:
            self._watch.end(error)
            raise
        return self._followed(opened)

    def _followed(self, stream: Any) -> Any:
        try:
            self._dropped.detach()
            followed = follow(stream, self._watch)
            if followed is not None:
                weakref.finalize(followed, self._watch.end, None)
                return followed
            self._watch.end(None)
        except Exception as error:
            guard.failed(error)
        return stream
