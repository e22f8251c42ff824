"""
Following other SDKs' live streams without touching what their caller gets.

The stream stays the object it was. Only the private iterator that it reads from is replaced, by one that passes every
event on as it comes, never ahead of the caller, and notes how the stream ends.
"""

import weakref
from collections.abc import Callable, Generator
from functools import wraps
from typing import Any

from genai_obs._runtime import guard
from genai_obs._runtime.answer_events import EventReader
from genai_obs._runtime.answer_places import read_http
from genai_obs._runtime.answer_values import attributes, is_finished, member, text

OnFacts = Callable[[dict[str, object], bool], None]
OnEnd = Callable[[BaseException | None, bool], None]


class StreamWatch:
    """What is known of one stream. Whatever ends it first ends it: its last event, an error, a close, its garbage."""

    __slots__ = ("_known", "_on_end", "_on_facts", "_open", "_reader", "_waits", "pulling", "source")

    def __init__(self, reader: EventReader, on_facts: OnFacts, on_end: OnEnd) -> None:
        self._reader = reader
        self._on_facts = on_facts
        self._on_end = on_end
        self._known: dict[str, object] = {}
        # Taking the one item out of a list is atomic: of two threads that end this stream, one succeeds.
        self._open = [True]
        self._waits = True
        # While an event is being fetched, the client may close its response on its own; that is not the caller's close.
        self.pulling = False
        # Which of the iterators in a chain is read: the one that an event came from first.
        self.source: object = None

    def read_call(self, response: object) -> None:
        """Read what the HTTP response tells before any event does."""
        facts = self._reader.facts
        read_http(response, facts)
        self._reader.request_id = text(facts.pop("bedrock_request_id", None))
        self._reader.settle_provider()

    def tell(self) -> None:
        """Hand over the facts that have changed; a fact that was withdrawn is handed over as None."""
        self._tell(first=False)

    def see(self, event: object) -> None:
        """Read one event as it passes."""
        if not self._open:
            return
        try:
            content = self._reader.read(event)
            first = content and self._waits
            if first:
                self._waits = False
            self._tell(first=first)
        except Exception as error:
            guard.failed(error)
        if self._reader.closed:
            self.end(None)

    def end(self, error: BaseException | None) -> None:
        """End the stream, unless it has ended."""
        try:
            self._open.pop()
        except IndexError:
            return
        try:
            self._on_end(error, self._reader.complete)
        except Exception as own:
            guard.failed(own)

    def _tell(self, *, first: bool) -> None:
        facts = self._reader.facts
        if first or facts != self._known:
            found = dict.fromkeys(self._known.keys() - facts.keys()) | facts
            self._known = dict(facts)
            self._on_facts(found, first)


class _Followed:
    """The iterator inside a stream, followed."""

    __slots__ = ("__weakref__", "_inner", "_watch")

    def __init__(self, inner: Any, watch: StreamWatch) -> None:
        self._inner = inner
        self._watch = watch

    def __iter__(self) -> "_Followed":
        return self

    def __next__(self) -> Any:
        watch = self._watch
        watch.pulling = True
        try:
            event = next(self._inner)
        except StopIteration:
            watch.end(None)
            raise
        except BaseException as error:
            watch.end(error)
            raise
        finally:
            watch.pulling = False
        _pass(watch, self, event)
        return event

    def __getattr__(self, name: str) -> Any:
        return _delegate(self, name)


class _AsyncFollowed:
    """The asynchronous iterator inside a stream, followed."""

    __slots__ = ("__weakref__", "_inner", "_watch")

    def __init__(self, inner: Any, watch: StreamWatch) -> None:
        self._inner = inner
        self._watch = watch

    def __aiter__(self) -> "_AsyncFollowed":
        return self

    async def __anext__(self) -> Any:
        watch = self._watch
        watch.pulling = True
        try:
            event = await self._inner.__anext__()
        except StopAsyncIteration:
            watch.end(None)
            raise
        except BaseException as error:
            watch.end(error)
            raise
        finally:
            watch.pulling = False
        _pass(watch, self, event)
        return event

    def __getattr__(self, name: str) -> Any:
        return _delegate(self, name)


def _pass(watch: StreamWatch, iterator: object, event: object) -> None:
    # A helper stream reads from a raw one; both are followed, and the innermost that delivers is the one to read.
    if watch.source is None:
        watch.source = id(iterator)
    if watch.source == id(iterator):
        watch.see(event)


def _delegate(iterator: Any, name: str) -> Any:
    if name in ("_inner", "_watch"):
        raise AttributeError(name)
    return getattr(iterator._inner, name)  # noqa: SLF001


def watch_raw(stream: Any, watch: StreamWatch) -> bool:
    """Follow a ``Stream`` or ``AsyncStream`` of the anthropic or the openai package; False if it cannot be followed."""
    followed = _replace(stream, "_iterator", watch)
    if followed is None:
        return False
    weakref.finalize(followed, watch.end, None)
    response = member(stream, "response")
    try:
        watch.read_call(response)
        _hook_close(response, "aclose" if type(followed) is _AsyncFollowed else "close", watch)
        watch.tell()
    except Exception as error:
        guard.failed(error)
    return True


def watch_helper(stream: Any, watch: StreamWatch) -> bool:
    """Follow a message, chat or response stream helper: its own iterator, and the raw stream that it reads from."""
    followed = _replace(stream, "_iterator", watch)
    if followed is None:
        return False
    # The helper's own errors (an answer that does not parse) come from the outer one, the details from the inner one.
    if not watch_raw(member(stream, "_raw_stream"), watch):
        weakref.finalize(followed, watch.end, None)
    return True


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
            followed = _replace(wrapper, name, watch)
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


def _replace(owner: object, name: str, watch: StreamWatch) -> object:
    """Put a followed iterator in the place of an iterator that has not ended; return it, None if that cannot be."""
    iterator = member(owner, name)
    kind = type(iterator)
    if kind in (_Followed, _AsyncFollowed) or is_finished(iterator):
        return None
    followed: object
    if hasattr(kind, "__anext__"):
        followed = _AsyncFollowed(iterator, watch)
    elif hasattr(kind, "__next__"):
        followed = _Followed(iterator, watch)
    else:
        return None
    try:
        setattr(owner, name, followed)
    except (AttributeError, TypeError):
        return None
    return followed


def _hook_close(response: Any, name: str, watch: StreamWatch) -> None:
    """
    Notice the close of an HTTP response: every way of closing one of these streams leads there.

    The hook holds the response weakly, as a cycle would leave a dropped one to the garbage collector.
    """
    close = getattr(type(response), name, None)
    if close is None or name in attributes(response):
        return
    reference = weakref.ref(response)

    def closed() -> None:
        if not watch.pulling:
            watch.end(None)

    if name == "close":

        @wraps(close)
        def hooked(*args: Any, **kwargs: Any) -> Any:
            target = reference()
            try:
                return None if target is None else close(target, *args, **kwargs)
            finally:
                closed()

        response.close = hooked
    else:

        @wraps(close)
        async def hooked_async(*args: Any, **kwargs: Any) -> Any:
            target = reference()
            try:
                return None if target is None else await close(target, *args, **kwargs)
            finally:
                closed()

        response.aclose = hooked_async


class _Opening:
    """A stream that is still to be opened: it ends here if that fails, or if nobody ever opens it."""

    __slots__ = ("__weakref__", "_dropped", "_request", "_watch")

    def __init__(self, request: Any, watch: StreamWatch) -> None:
        self._request = request
        self._watch = watch
        self._dropped = weakref.finalize(self, watch.end, None)

    def _opened(self, stream: object) -> None:
        self._dropped.detach()
        if not watch_raw(stream, self._watch):
            self._watch.end(None)


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
        return self._wait(stream) if hasattr(type(stream), "__await__") else self._follow(stream)

    async def _wait(self, stream: Any) -> Any:
        try:
            return self._follow(await stream)
        except BaseException as error:
            self._watch.end(error)
            raise

    def _follow(self, stream: Any) -> Any:
        self._dropped.detach()
        kind = type(stream)
        followed: object
        if hasattr(kind, "__anext__"):
            followed = _AsyncFollowed(stream, self._watch)
        elif hasattr(kind, "__next__"):
            followed = _Followed(stream, self._watch)
        else:
            self._watch.end(None)
            return stream
        weakref.finalize(followed, self._watch.end, None)
        return followed
