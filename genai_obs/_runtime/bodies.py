"""
Follows the body of an InvokeModel answer while the caller reads it.

Tokens come with the headers; stop reason, tools, the cache's time to live and the guardrail's verdict only with the
body. The raw stream inside botocore's StreamingBody is replaced by a stand-in that hands everything on.
"""

import io
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from genai_obs._runtime import guard
from genai_obs._runtime.event_streams import fail
from genai_obs._runtime.inference import Inference

# Larger answers (images) are the headers' alone.
MAX_BYTES = 8 * 2**20


class BodyWatch:
    """What the caller has read so far, and what to do with it when all is read; holds no reference to the body."""

    __slots__ = ("_chunks", "_inference", "_latency_ms", "_length", "_read_body", "_size")

    def __init__(
        self, inference: Inference, read_body: Callable[[object, dict[str, object]], None], length: int | None
    ) -> None:
        self._inference = inference
        self._read_body = read_body
        self._length = length
        self._chunks: list[bytes] = []
        self._size = 0
        # The answer arrives whole: what the caller does before reading it is not the model's time.
        self._latency_ms = inference.elapsed_ms()

    def saw(self, data: object, *, all_of_it: bool) -> None:
        """
        Take note of bytes on their way to the caller; no bytes, or all that was announced, is the end.

        Args:
            data: What a reading method returned that was asked for at least one byte.

            all_of_it: Whether it was asked for everything.
        """
        if not self._inference.is_open:
            return
        if isinstance(data, bytes | bytearray | memoryview) and len(data):
            self._size += len(data)
            if self._size <= MAX_BYTES:
                self._chunks.append(bytes(data))
            else:
                self._chunks.clear()
            if not all_of_it and self._size != self._length:
                return
        if self._length is not None and self._size < self._length:
            self._inference.facts["error_type"] = "IncompleteReadError"  # as botocore is about to say
        self.ended()

    def saw_read(self, data: object, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Take note of what a call of ``read`` with these arguments gave the caller."""
        amount = asked_for(args, kwargs)
        if data or amount != 0:  # no bytes are no end where none were asked for
            self.saw(data, all_of_it=amount is None)

    def ended(self) -> None:
        """Read what there is of the body and write the record."""
        inference = self._inference
        if not inference.is_open:
            return
        # It leads back to here; without it all of this is freed at once, not by the cycle collector.
        inference.abandon = None
        chunks, self._chunks = self._chunks, []
        if chunks and self._size <= MAX_BYTES:
            try:
                self._read_body(orjson.loads(b"".join(chunks)), inference.facts)
            except orjson.JSONDecodeError:
                pass  # half a body, or none that is JSON: the headers stand
            except Exception as error:
                guard.failed(error)
        inference.finish("error" if "error_type" in inference.facts else "ok", self._latency_ms)

    def failed(self, error: BaseException) -> None:
        """End the inference with the error that reading the body raised."""
        self._inference.abandon = None
        self._chunks = []
        fail(self._inference, error)


def asked_for(args: tuple[Any, ...], kwargs: dict[str, Any]) -> int | None:
    """Return how many bytes a reading method was asked for, None for all."""
    amount = args[0] if args else kwargs.get("amt", kwargs.get("size", kwargs.get("hint")))
    return amount if isinstance(amount, int) and amount >= 0 else None


def watch(body: Any, inference: Inference, read_body: Callable[[object, dict[str, object]], None]) -> bool:
    """
    Follow this StreamingBody; return False, and leave it alone, if it is none.

    Args:
        body: botocore's StreamingBody.

        inference: Ends when the body has been read, is closed or dropped, or when the invocation ends.

        read_body: Given the parsed body and the facts to put its own into.
    """
    # Asked of the instance's own members, because a mock has any attribute one asks for.
    raw = getattr(body, "__dict__", {}).get("_raw_stream")
    if raw is None:
        return _watch_others(body, inference, read_body)
    follower = BodyWatch(inference, read_body, announced_length(getattr(body, "_content_length", None)))
    body._raw_stream = _Followed(raw, follower)  # noqa: SLF001 - the only place where every way of reading passes
    attach(body, inference, follower)
    return True


def attach(body: Any, inference: Inference, follower: BodyWatch) -> None:
    """Have the inference end when this body is dropped, or with its invocation."""
    inference.abandon = follower.ended
    inference.watched = weakref.ref(body)
    weakref.finalize(body, _end, follower)


def announced_length(header: object) -> int | None:
    """Return the length that the answer's ``content-length`` announced, if it did."""
    text = str(header)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _watch_others(body: Any, inference: Inference, read_body: Callable[[object, dict[str, object]], None]) -> bool:
    if type(body) is io.BytesIO:
        # A stubbed answer in somebody's tests: it is whole, and can be read without moving the caller's position.
        follower = BodyWatch(inference, read_body, None)
        follower.saw(body.getvalue(), all_of_it=True)
        return True
    if type(body).__module__ == "aiobotocore.response":
        from genai_obs._runtime import async_bodies

        return async_bodies.watch(body, inference, read_body)
    return False


def _end(follower: BodyWatch) -> None:
    try:
        follower.ended()
    except Exception as own:
        guard.failed(own)


class _Followed:
    """
    Stands for the raw stream. ``with body as raw`` hands this object out, so it answers for all that the raw one can.

    Reading methods of the raw stream call each other on the raw stream itself, so nothing is counted twice.
    """

    def __init__(self, raw: Any, follower: BodyWatch) -> None:
        self._raw = raw
        self._follower = follower

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        # isinstance() asks for this after the real type: code that looks for urllib3's response finds it.
        return type(self._raw)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    # In each of these, what is the caller's stands outside every try of ours: it gets what the raw stream gave.

    def read(self, *args: Any, **kwargs: Any) -> Any:
        try:
            data = self._raw.read(*args, **kwargs)
        except BaseException as error:
            try:
                self._follower.failed(error)
            except Exception as own:
                guard.failed(own)
            raise
        try:
            self._follower.saw_read(data, args, kwargs)
        except Exception as own:
            guard.failed(own)
        return data

    def read1(self, *args: Any, **kwargs: Any) -> Any:
        return self._read_some(self._raw.read1, args, kwargs)

    def readline(self, *args: Any, **kwargs: Any) -> Any:
        return self._read_some(self._raw.readline, args, kwargs)

    def _read_some(self, read: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        try:
            data = read(*args, **kwargs)
        except BaseException as error:
            try:
                self._follower.failed(error)
            except Exception as own:
                guard.failed(own)
            raise
        try:
            if data or asked_for(args, kwargs) != 0:
                self._follower.saw(data, all_of_it=False)
        except Exception as own:
            guard.failed(own)
        return data

    def __next__(self) -> Any:
        try:
            data = next(self._raw)
        except BaseException as error:
            try:
                if isinstance(error, StopIteration):
                    self._follower.ended()
                else:
                    self._follower.failed(error)
            except Exception as own:
                guard.failed(own)
            raise
        try:
            self._follower.saw(data, all_of_it=False)
        except Exception as own:
            guard.failed(own)
        return data

    def readinto(self, buffer: Any) -> Any:
        try:
            amount = self._raw.readinto(buffer)
        except BaseException as error:
            try:
                self._follower.failed(error)
            except Exception as own:
                guard.failed(own)
            raise
        try:
            view = memoryview(buffer)
            if view.nbytes:
                self._follower.saw(bytes(view[:amount]), all_of_it=False)
        except Exception as own:
            guard.failed(own)
        return amount

    def readlines(self, *args: Any, **kwargs: Any) -> Any:
        try:
            lines = self._raw.readlines(*args, **kwargs)
        except BaseException as error:
            try:
                self._follower.failed(error)
            except Exception as own:
                guard.failed(own)
            raise
        try:
            for line in lines:
                self._follower.saw(line, all_of_it=False)
            if asked_for(args, kwargs) is None:
                self._follower.ended()
        except Exception as own:
            guard.failed(own)
        return lines

    def stream(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        return self._iterate(self._raw.stream(*args, **kwargs))

    def read_chunked(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        return self._iterate(self._raw.read_chunked(*args, **kwargs))

    def __iter__(self) -> Iterator[Any]:
        return self._iterate(iter(self._raw))

    def _iterate(self, parts: Iterator[Any]) -> Iterator[Any]:
        try:
            for part in parts:
                try:
                    self._follower.saw(part, all_of_it=False)
                except Exception as own:
                    guard.failed(own)
                yield part
        except GeneratorExit:
            raise
        except BaseException as error:
            try:
                self._follower.failed(error)
            except Exception as own:
                guard.failed(own)
            raise
        try:
            self._follower.ended()
        except Exception as own:
            guard.failed(own)

    def close(self) -> None:
        try:
            self._raw.close()
        finally:
            try:
                self._follower.ended()
            except Exception as own:
                guard.failed(own)

    def __enter__(self) -> Any:
        self._raw.__enter__()
        return self

    def __exit__(self, *exception: object) -> Any:
        try:
            return self._raw.__exit__(*exception)
        finally:
            try:
                self._follower.ended()
            except Exception as own:
                guard.failed(own)
