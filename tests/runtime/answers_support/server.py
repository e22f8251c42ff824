"""A server on loopback that gives scripted answers to the SDKs' own HTTP clients, and nothing that they did not ask."""

import json
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

JSON = "application/json"
SSE = "text/event-stream"


class Reply:
    """One answer: chunks of a body; ``cut`` drops the connection where they end, ``hold`` waits before the last one."""

    def __init__(
        self,
        chunks: Sequence[bytes],
        content_type: str,
        *,
        headers: Mapping[str, str] | None = None,
        status: int = 200,
        cut: bool = False,
        hold: threading.Event | None = None,
    ) -> None:
        self.chunks = chunks
        self.headers = {"Content-Type": content_type, **(headers or {})}
        self.status = status
        self.cut = cut
        self.hold = hold


def json_reply(body: object, **options: object) -> Reply:
    """Return a whole JSON answer."""
    return Reply([json.dumps(body).encode()], JSON, **options)  # type: ignore[arg-type]


def sse_reply(events: Sequence[Mapping[str, object]], *, done: bool = False, **options: object) -> Reply:
    """Return server-sent events, named by their ``type`` where they have one; ``done`` adds OpenAI's last line."""
    chunks = []
    for event in events:
        name = f"event: {event['type']}\n" if "type" in event else ""
        chunks.append(f"{name}data: {json.dumps(event)}\n\n".encode())
    if done:
        chunks.append(b"data: [DONE]\n\n")
    return Reply(chunks, SSE, **options)  # type: ignore[arg-type]


class Server:
    """A context manager; ``script`` queues answers, ``paths`` tells what was asked for."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.replies: deque[Reply] = deque()
        self._http = _Http(("127.0.0.1", 0), _Handler)
        self._http.owner = self
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """Base address, without a path."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def script(self, *replies: Reply) -> None:
        """Queue answers."""
        self.replies.extend(replies)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    owner: Server

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay quiet: clients that go away are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    disable_nagle_algorithm = True
    protocol_version = "HTTP/1.1"
    server: _Http

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Print nothing."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        owner = self.server.owner
        owner.paths.append(self.path)
        reply = owner.replies.popleft()
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for index, chunk in enumerate(reply.chunks):
            if reply.hold is not None and index == len(reply.chunks) - 1:
                reply.hold.wait(5)
            self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        if reply.cut:
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")
