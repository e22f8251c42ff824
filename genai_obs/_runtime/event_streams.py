"""
Follows botocore's event streams as the caller reads them: never ahead, never a copy, one record whatever ends them.

The stream object stays the caller's own; only its class is replaced by a subclass, so that identity and ``isinstance``
hold. A ``break`` is not an end (a second loop continues); exhaustion, an error, ``close()``, the garbage collector and
the end of the invocation are.
"""

import weakref
from collections.abc import AsyncIterator, Iterator
from typing import Any, Protocol

from genai_obs._runtime import guard
from genai_obs._runtime.inference import Inference


class EventReader(Protocol):
    """Takes the events of one stream."""

    complete: bool

    def read(self, event: dict[str, object]) -> bool:
        """Take one event; return True if it carries content."""

    def exhausted(self) -> None:
        """Note that the stream came to its own end, for those that have no closing event."""

    def end(self) -> None:
        """Settle the facts after the last event."""


class StreamWatch:
    """Between a stream and its inference; holds no reference to the stream."""

    __slots__ = ("_inference", "_last_ms", "_reader", "_waits_for_content")

    def __init__(self, inference: Inference, reader: EventReader) -> None:
        self._inference = inference
        self._reader = reader
        self._waits_for_content = True
        self._last_ms: float | None = None

    def saw(self, event: object) -> None:
        """Take note of one event on its way to the caller."""
        inference = self._inference
        if not inference.is_open or not isinstance(event, dict):
            return
        self._last_ms = inference.elapsed_ms()
        if inference.content is not None:
            from genai_obs._runtime import content

            content.note_event(inference, event)
        if self._reader.read(event) and self._waits_for_content:
            self._waits_for_content = False
            inference.facts["time_to_first_token_ms"] = self._last_ms

    def ended(self, error: BaseException | None, *, exhausted: bool) -> None:
        """End the inference: with an error, at the stream's end, or before it."""
        inference = self._inference
        if not inference.is_open:
            return
        reader = self._reader
        try:
            if exhausted:
                reader.exhausted()
            reader.end()
        except Exception as own:
            guard.failed(own)
        facts = inference.facts
        facts["stream"] = "complete" if reader.complete else "abandoned"
        if error is not None:
            inference.fail(error)
        elif reader.complete:
            inference.finish("ok", self._last_ms)
        elif exhausted:
            # The body ended cleanly but early. botocore raises nothing: the missing last event is the only sign.
            facts["error_type"] = "StreamTruncated"
            inference.finish("error", self._last_ms)
        else:
            inference.finish("abandoned")

    def abandon(self) -> None:
        """End the inference of a stream that nobody will read on."""
        self.ended(None, exhausted=False)


def watch(stream: Any, inference: Inference, reader: EventReader) -> bool:
    """Follow this stream; return False, and leave it alone, if it is not one of botocore's."""
    try:
        stream.__class__ = _observed_class(type(stream))
    except TypeError:
        return False
    follower = StreamWatch(inference, reader)
    stream._genai_obs_watch = follower  # noqa: SLF001 - the attribute is ours
    inference.abandon = follower.abandon
    inference.watched = weakref.ref(stream)
    weakref.finalize(stream, _abandon, follower)
    return True


_classes: dict[type, type] = {}


def _observed_class(original: type) -> type:
    """Return the subclass that follows streams of this class: one for botocore's, one for aiobotocore's, and so on."""
    observed = _classes.get(original)
    if observed is None:
        mixin = _AsyncFollowed if hasattr(original, "__aiter__") else _Followed
        observed = type(original.__name__, (mixin, original), {"__module__": original.__module__})
        _classes[original] = observed
    return observed


class _Followed:
    # Every call of ours stands in a try of its own, with nothing else in it: what the caller's loop gets, an event or
    # an exception, must not depend on any code of ours.
    _genai_obs_watch: StreamWatch

    def __iter__(self) -> Iterator[Any]:
        follower = self._genai_obs_watch
        try:
            for event in super().__iter__():  # type: ignore[misc]
                try:
                    follower.saw(event)
                except Exception as own:
                    guard.failed(own)
                yield event
        except GeneratorExit:
            raise
        except BaseException as error:
            _end(follower, error)
            raise
        _end(follower, None)

    def close(self) -> None:
        try:
            super().close()  # type: ignore[misc]
        finally:
            _abandon(self._genai_obs_watch)


class _AsyncFollowed:
    _genai_obs_watch: StreamWatch

    async def __aiter__(self) -> AsyncIterator[Any]:
        follower = self._genai_obs_watch
        try:
            async for event in super().__aiter__():  # type: ignore[misc]
                try:
                    follower.saw(event)
                except Exception as own:
                    guard.failed(own)
                yield event
        except GeneratorExit:
            raise
        except BaseException as error:
            _end(follower, error)
            raise
        _end(follower, None)

    def close(self) -> None:
        try:
            super().close()  # type: ignore[misc]
        finally:
            _abandon(self._genai_obs_watch)


def _end(follower: StreamWatch, error: BaseException | None) -> None:
    try:
        follower.ended(error, exhausted=error is None)
    except Exception as own:
        guard.failed(own)


def _abandon(follower: StreamWatch) -> None:
    try:
        follower.abandon()
    except Exception as own:
        guard.failed(own)
