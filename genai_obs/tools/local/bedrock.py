"""
A Bedrock-shaped server on loopback that speaks the true wire format: JSON, response headers, binary event streams.

Real boto3 (or any HTTP client) talks to it. Answers are scripted per request, or come from a responder:

    with BedrockServer() as server:
        server.script(throttled, throttled, json_reply(body), operation="Converse")
        client = boto3.client("bedrock-runtime", endpoint_url=server.url, ...)
"""

import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import orjson

from genai_obs.tools.local.operations import find_operation
from genai_obs.tools.local.replies import Cut, Hold, Pause, Reply, Silence, Step, error_reply


@dataclass(slots=True)
class Request:
    """
    One request as it arrived; each attempt of a retried call is a request of its own.

    ``operation`` is empty for a path that Bedrock does not have; ``model_id`` is decoded, and empty where the path has
    no model; ``broken`` turns true when the client went away before the answer was complete.
    """

    operation: str
    model_id: str
    path: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    broken: bool = False

    def json(self) -> Any:
        """Return the body as JSON, or an empty dict when there is none."""
        return orjson.loads(self.body) if self.body else {}


Responder = Callable[[Request], Reply]


class BedrockServer:
    """
    The server: a context manager, or `start` and `close`. It listens on 127.0.0.1 only, on a port the system chooses.

    A request is answered by the first rule that applies: replies scripted for its operation and model, then for its
    operation, then for its model, then for anything, then the responder. With none left it gets a ValidationException
    that says so; botocore does not retry those, so a test fails at once. An exception of the responder is answered in
    the same way, and raised again at the end of the ``with`` block.

    Args:
        responder: Answers whatever no script answers; called in the thread of the connection.
    """

    def __init__(self, responder: Responder | None = None) -> None:
        self.requests: list[Request] = []
        self._responder = responder
        self._failures: list[Exception] = []
        self._scripts: dict[tuple[str | None, str | None], deque[Reply]] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._http = _HttpServer(("127.0.0.1", 0), _Handler)
        self._http.bedrock = self
        # The accept loop polls for its end at this interval: it bounds the time that `close` takes.
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), name="bedrock", daemon=True)

    @property
    def url(self) -> str:
        """Address for ``endpoint_url`` or ``AWS_ENDPOINT_URL_BEDROCK_RUNTIME``."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def script(self, *replies: Reply, operation: str | None = None, model: str | None = None) -> None:
        """Queue answers, used up in this order, for an operation, a model id as it is called, both, or anything."""
        with self._lock:
            self._scripts.setdefault((operation, model), deque()).extend(replies)

    def respond_with(self, responder: Responder | None) -> None:
        """Answer what no script answers with this function from now on."""
        self._responder = responder

    def start(self) -> Self:
        """Begin to listen."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop listening; streams that hold or are silent end by losing their connection."""
        self._closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()
        if self._failures and error is None:
            raise self._failures[0]

    def reply_to(self, request: Request) -> Reply:
        """Record a request and return its answer."""
        scripted = self._next_scripted(request)
        if scripted is not None:
            return scripted
        what = f"{request.operation or request.path} {request.model_id}"
        if self._responder is None:
            return error_reply("ValidationException", f"no reply is scripted for {what}")
        try:
            return self._responder(request)
        except Exception as failure:  # noqa: BLE001 - kept, and raised where somebody sees it
            self._failures.append(failure)
            return error_reply("ValidationException", f"the responder failed at {what}: {failure!r}")

    def wait(self, event: threading.Event | None, seconds: float | None = None) -> bool:
        """Wait for an event or for some seconds; return False as soon as the server closes."""
        end = None if seconds is None else time.monotonic() + seconds
        while not self._closing.is_set():
            left = None if end is None else end - time.monotonic()
            if (left is not None and left <= 0) or (event is not None and event.is_set()):
                return True
            if event is None:
                self._closing.wait(left)
            else:
                event.wait(0.01)
        return False

    def _next_scripted(self, request: Request) -> Reply | None:
        keys = (
            (request.operation, request.model_id),
            (request.operation, None),
            (None, request.model_id),
            (None, None),
        )
        with self._lock:
            self.requests.append(request)
            queue = next((self._scripts[key] for key in keys if self._scripts.get(key)), None)
            return queue.popleft() if queue else None


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    bedrock: BedrockServer

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay quiet: clients that go away are part of what is being tried out."""


class _Handler(BaseHTTPRequestHandler):
    # Two small writes per answer: with Nagle's algorithm each costs a delayed acknowledgement of 40 ms.
    disable_nagle_algorithm = True
    protocol_version = "HTTP/1.1"
    server: _HttpServer

    def do_POST(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Print nothing."""

    def _answer(self) -> None:
        request = self._read_request()
        reply = self.server.bedrock.reply_to(request)
        try:
            self._send(reply, request)
        except OSError:
            request.broken = True
            self.close_connection = True

    def _read_request(self) -> Request:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0]
        match = find_operation(self.command, path)
        parameters = match.parameters if match else {}
        headers = {name.lower(): value for name, value in self.headers.items()}
        model = parameters.get("modelId", "")
        return Request(match.operation if match else "", model, self.path, parameters, headers, body)

    def _send(self, reply: Reply, request: Request) -> None:
        bedrock = self.server.bedrock
        if reply.cut or (reply.delay_s and not bedrock.wait(None, reply.delay_s)):
            self._drop()
            return
        self.send_response(reply.status)
        self.send_header("x-amzn-RequestId", request.request_id)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.steps is None:
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for step in reply.steps:
            if not self._take(step):
                self._drop()
                return
        self.wfile.write(b"0\r\n\r\n")

    def _take(self, step: Step) -> bool:
        """Do one step of a stream; return False when the connection is to be dropped."""
        bedrock = self.server.bedrock
        match step:
            case bytes():
                if step:  # an empty chunk would end the body
                    self.wfile.write(b"%x\r\n%b\r\n" % (len(step), step))
                return True
            case Pause(seconds):
                return bedrock.wait(None, seconds)
            case Hold(until):
                return bedrock.wait(until)
            case Silence():
                return bedrock.wait(threading.Event())
            case Cut():
                return False

    def _drop(self) -> None:
        self.close_connection = True
