"""
Follows the body of an InvokeModel answer that aiobotocore hands out.

It is a proxy of aiohttp's response, and ``async with body`` hands out that response itself: what every way of reading
has in common is the response's ``content``, which is replaced by a stand-in.
"""

from collections.abc import AsyncIterator, Callable
from typing import Any

from genai_obs._runtime import guard
from genai_obs._runtime.bodies import BodyWatch, announced_length, attach
from genai_obs._runtime.inference import Inference


def watch(body: Any, inference: Inference, read_body: Callable[[object, dict[str, object]], None]) -> bool:
    """Follow this body of aiobotocore's; return False, and leave it alone, if its response is not aiohttp's."""
    response = getattr(body, "__wrapped__", None)
    content = getattr(response, "content", None)
    if not callable(getattr(content, "iter_chunked", None)):
        return False
    follower = BodyWatch(inference, read_body, announced_length(getattr(body, "_self_content_length", None)))
    response.content = _Followed(content, follower)  # type: ignore[union-attr]
    # The proxy and not the response, which its connection keeps alive; `async with body` holds on to the proxy too.
    attach(body, inference, follower)
    return True


class _Followed:
    """Stands for aiohttp's StreamReader; what it does not have itself, it hands on."""

    def __init__(self, content: Any, follower: BodyWatch) -> None:
        self._content = content
        self._follower = follower

    def __getattr__(self, name: str) -> Any:
        return getattr(self._content, name)

    async def _pass(self, reading: Any, *, asked_for: int, all_of_it: bool = False) -> Any:
        try:
            data = await reading
        except BaseException as error:
            try:
                self._follower.failed(error)
            except Exception as own:
                guard.failed(own)
            raise
        if data or asked_for:  # no bytes are no end where none were asked for
            self._saw(data, all_of_it=all_of_it)
        return data

    def _saw(self, data: Any, *, all_of_it: bool = False) -> None:
        try:
            self._follower.saw(data, all_of_it=all_of_it)
        except Exception as own:
            guard.failed(own)

    async def read(self, n: int = -1) -> Any:
        return await self._pass(self._content.read(n), asked_for=n, all_of_it=n < 0)

    async def readany(self) -> Any:
        return await self._pass(self._content.readany(), asked_for=-1)

    async def readline(self, *args: Any, **kwargs: Any) -> Any:
        return await self._pass(self._content.readline(*args, **kwargs), asked_for=-1)

    async def readuntil(self, *args: Any, **kwargs: Any) -> Any:
        return await self._pass(self._content.readuntil(*args, **kwargs), asked_for=-1)

    async def readexactly(self, n: int) -> Any:
        return await self._pass(self._content.readexactly(n), asked_for=n)

    async def readchunk(self) -> Any:
        data, end_of_chunk = await self._content.readchunk()
        if data or not end_of_chunk:
            self._saw(data)
        return data, end_of_chunk

    def read_nowait(self, n: int = -1) -> Any:
        data = self._content.read_nowait(n)
        if data:
            self._saw(data)
        return data

    def iter_chunked(self, n: int) -> AsyncIterator[Any]:
        return self._iterate(lambda: self.read(n))

    def iter_any(self) -> AsyncIterator[Any]:
        return self._iterate(self.readany)

    def iter_chunks(self) -> AsyncIterator[Any]:
        return self._iterate_chunks()

    def __aiter__(self) -> AsyncIterator[Any]:
        return self._iterate(self.readline)

    async def _iterate(self, read: Callable[[], Any]) -> AsyncIterator[Any]:
        while data := await read():
            yield data

    async def _iterate_chunks(self) -> AsyncIterator[Any]:
        while True:
            data, end_of_chunk = await self.readchunk()
            if not data and not end_of_chunk:
                return
            yield data, end_of_chunk
