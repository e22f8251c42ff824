"""
Following other SDKs' live streams without touching what their caller gets.

The stream stays the object it was. Only the private iterator that it reads from is replaced, by one that passes every
event on as it comes, never ahead of the caller, and notes how the stream ends.
"""

import weakref
from collections.abc import Callable
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
    # A helper stream reads from a raw one; both are followed. The raw one's events say more, but pass by the follower
    # where the helper had begun to read before: then the helper's own are the ones to read.
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
    followed = replace(stream, "_iterator", watch)
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
    followed = replace(stream, "_iterator", watch)
    if followed is None:
        return False
    # The helper's own errors (an answer that does not parse) come from the outer one, the details from the inner one.
    if not watch_raw(member(stream, "_raw_stream"), watch):
        weakref.finalize(followed, watch.end, None)
    return True


def follow(iterator: object, watch: StreamWatch) -> object:
    """Return an iterator that passes on what this one yields; None if it is none, has ended or is followed already."""
    kind = type(iterator)
    if kind in (_Followed, _AsyncFollowed) or is_finished(iterator):
        return None
    if hasattr(kind, "__anext__"):
        return _AsyncFollowed(iterator, watch)
    return _Followed(iterator, watch) if hasattr(kind, "__next__") else None


def replace(owner: object, name: str, watch: StreamWatch) -> object:
    """Put a followed iterator in the place of an iterator that has not ended; return it, None if that cannot be."""
    followed = follow(member(owner, name), watch)
    if followed is None:
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
