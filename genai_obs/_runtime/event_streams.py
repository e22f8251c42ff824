"""
Follows botocore's event streams as the caller reads them: never ahead, never a copy, one record whatever ends them.

The stream object stays the caller's own; only its class is replaced by a subclass, so that identity and ``isinstance``
hold. A ``break`` is not an end (a second loop continues); exhaustion, an error, ``close()``, the garbage collector and
the end of the invocation are.
"""

import sys
import weakref
from collections.abc import AsyncIterator, Iterator
from typing import Any, Protocol

from genai_obs._runtime import guard, old_botocore
from genai_obs._runtime.inference import Inference, describe_error


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

    __slots__ = ("_inference", "_last_ms", "_reader", "_waits_for_content", "_wire")

    def __init__(self, inference: Inference, reader: EventReader) -> None:
        self._inference = inference
        self._reader = reader
        self._waits_for_content = True
        # When the caller was last given something: what it does between the events and after is not the model's time.
        self._last_ms = inference.elapsed_ms()
        # The closing event as it stood on the wire, where an old botocore drops members of it.
        self._wire: bytes | None = None

    def saw(self, event: object) -> None:
        """Take note of one event on its way to the caller."""
        inference = self._inference
        if not inference.is_open or not isinstance(event, dict):
            return
        self._last_ms = inference.elapsed_ms()
        if self._wire is not None and isinstance(event.get("metadata"), dict):
            event = {**event, "metadata": old_botocore.completed(event["metadata"], self._wire)}
        if inference.content is not None:
            from genai_obs._runtime import content

            content.note_event(inference, event)
        if self._reader.read(event) and self._waits_for_content:
            self._waits_for_content = False
            inference.facts["time_to_first_token_ms"] = self._last_ms

    def saw_frame(self, frame: Any) -> None:
        """Keep the closing event as it was sent."""
        if frame.headers.get(":event-type") == "metadata":
            self._wire = frame.payload

    def ended(self, error: BaseException | None, *, exhausted: bool) -> None:
        """End the inference: with an error, at the stream's end, or before it."""
        inference = self._inference
        if not inference.is_open:
            return
        # It leads back to here; without it all of this is freed at once, not by the cycle collector.
        inference.abandon = None
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
            fail(inference, error)
        elif "error_type" in facts:  # a provider's own error event
            inference.finish("error", self._last_ms)
        elif reader.complete:
            inference.finish("ok", self._last_ms)
        elif exhausted:
            # The body ended cleanly but early. botocore raises nothing: the missing last event is the only sign.
            facts["error_type"] = "StreamTruncated"
            inference.finish("error")
        else:
            inference.finish("abandoned", self._last_ms)

    def abandon(self) -> None:
        """End the inference of a stream that nobody will read on."""
        self.ended(None, exhausted=False)


def fail(inference: Inference, error: BaseException) -> None:
    """End an inference with an exception; a cancelled task is no failure of the model, it gave up on it."""
    if type(error).__name__ == "CancelledError":
        describe_error(error, inference.facts)
        inference.finish("abandoned")
    else:
        inference.fail(error)


def find_stream(answer: dict[str, Any]) -> Any:
    """Return the member of an answer that is an event stream, or None; its name differs between the operations."""
    module = sys.modules.get("botocore.eventstream")
    if module is None:
        return None
    for member in answer.values():
        if unwrapped(member, module.EventStream) is not None:
            return member
    return None


def unwrapped(member: Any, kind: type) -> Any:
    """Return an object of this class, taken out of the proxies that other observers put around it, or None."""
    for _ in range(8):
        if issubclass(type(member), kind):
            return member
        # Seen in opentelemetry-instrumentation-botocore: proxies whose class claims to be that of what they hold.
        member = getattr(member, "__wrapped__", None)
    return None


def watch(member: Any, inference: Inference, reader: EventReader, *, on_wire: bool = False) -> bool:
    """
    Follow this stream; return False, and leave it alone, if that cannot be.

    Args:
        member: What `find_stream` returned.

        inference: Ends when the stream does, is closed or dropped, or when the invocation ends.

        reader: Given every event that the caller is given.

        on_wire: Read the closing event as it was sent, because this botocore drops members that it does not know.
    """
    stream = unwrapped(member, sys.modules["botocore.eventstream"].EventStream)
    follower = StreamWatch(inference, reader)
    try:
        stream._genai_obs_watch = follower  # noqa: SLF001 - the attribute is ours
        stream.__class__ = _observed_class(type(stream), on_wire=on_wire)
    except (AttributeError, TypeError):
        return False
    inference.abandon = follower.abandon
    inference.watched = weakref.ref(member)
    weakref.finalize(stream, _abandon, follower)
    return True


_classes: dict[tuple[type, bool], type] = {}


def _observed_class(original: type, *, on_wire: bool) -> type:
    """Return the subclass that follows streams of this class: one for botocore's, one for aiobotocore's, and so on."""
    observed = _classes.get((original, on_wire))
    if observed is None:
        bases: tuple[type, ...]
        if hasattr(original, "__aiter__"):
            bases = (_AsyncOnWire, _AsyncFollowed, original) if on_wire else (_AsyncFollowed, original)
        else:
            bases = (_OnWire, _Followed, original) if on_wire else (_Followed, original)
        observed = type(original.__name__, bases, {"__module__": original.__module__, "__doc__": original.__doc__})
        _classes[original, on_wire] = observed
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
            try:
                follower.ended(error, exhausted=False)
            except Exception as own:
                guard.failed(own)
            raise
        try:
            follower.ended(None, exhausted=True)
        except Exception as own:
            guard.failed(own)

    def close(self) -> None:
        try:
            super().close()  # type: ignore[misc]
        finally:
            try:
                self._genai_obs_watch.abandon()
            except Exception as own:
                guard.failed(own)


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
            try:
                follower.ended(error, exhausted=False)
            except Exception as own:
                guard.failed(own)
            raise
        try:
            follower.ended(None, exhausted=True)
        except Exception as own:
            guard.failed(own)

    def close(self) -> None:
        try:
            super().close()  # type: ignore[misc]
        finally:
            try:
                self._genai_obs_watch.abandon()
            except Exception as own:
                guard.failed(own)


class _OnWire:
    _genai_obs_watch: StreamWatch

    def _parse_event(self, event: Any) -> Any:
        try:
            self._genai_obs_watch.saw_frame(event)
        except Exception as own:
            guard.failed(own)
        return super()._parse_event(event)  # type: ignore[misc]


class _AsyncOnWire:
    _genai_obs_watch: StreamWatch

    async def _parse_event(self, event: Any) -> Any:
        try:
            self._genai_obs_watch.saw_frame(event)
        except Exception as own:
            guard.failed(own)
        return await super()._parse_event(event)  # type: ignore[misc]


def _abandon(follower: StreamWatch) -> None:
    try:
        follower.abandon()
    except Exception as own:
        guard.failed(own)
