"""
Lambda's Runtime API on loopback, for one execution environment.

Paths, headers and status codes are those of the AWS page "Using the Lambda runtime API" (version 2018-06-01). What the
runtime says arrives in a queue; the supervisor in `lambda_runtime` decides what it means.
"""

import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal, Self

_BASE = "/2018-06-01/runtime/"

Kind = Literal["next", "response", "error", "init_error", "exit"]


@dataclass(frozen=True, slots=True)
class Message:
    """
    What the runtime did: asked for work, answered, failed, failed to initialise, or ended.

    ``code`` is the return code of an ended process as `subprocess` gives it (negative: a signal), else None.
    """

    kind: Kind
    request_id: str = ""
    body: bytes = b""
    error_type: str = ""
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Invocation:
    """One event for the runtime; times are milliseconds since the epoch."""

    request_id: str
    deadline_ms: int
    function_arn: str
    trace_id: str
    body: bytes

    def headers(self) -> Mapping[str, str]:
        """Return the headers by which the runtime learns what it is working for."""
        return {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": self.request_id,
            "Lambda-Runtime-Deadline-Ms": str(self.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": self.function_arn,
            "Lambda-Runtime-Trace-Id": self.trace_id,
        }


class RuntimeApi:
    """The API of one execution environment. `messages` is what the runtime said, in order."""

    def __init__(self) -> None:
        self.messages: queue.Queue[Message] = queue.Queue()
        self._work: queue.Queue[Invocation | None] = queue.Queue()
        self._http = _HttpServer(("127.0.0.1", 0), _Handler)
        self._http.api = self
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), name="runtime-api", daemon=True)

    @property
    def address(self) -> str:
        """Host and port, as ``AWS_LAMBDA_RUNTIME_API`` wants them."""
        return f"127.0.0.1:{self._http.server_address[1]}"

    def start(self) -> Self:
        """Begin to listen."""
        self._thread.start()
        return self

    def hand_out(self, invocation: Invocation) -> None:
        """Give the runtime its next event."""
        self._work.put(invocation)

    def wait_for_work(self) -> Invocation | None:
        """Return the next event, or None when the environment is closing."""
        return self._work.get()

    def close(self) -> None:
        """Stop listening and let a waiting request go."""
        self._work.put(None)
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    api: RuntimeApi

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay quiet: a runtime that is killed while it waits is part of the plan."""


class _Handler(BaseHTTPRequestHandler):
    disable_nagle_algorithm = True
    protocol_version = "HTTP/1.1"
    server: _HttpServer

    def do_GET(self) -> None:
        if self.path != _BASE + "invocation/next":
            self._reply(404, b"")
            return
        self.server.api.messages.put(Message("next"))
        invocation = self.server.api.wait_for_work()
        if invocation is None:
            self.close_connection = True
            return
        self._reply(200, invocation.body, invocation.headers())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        error_type = self.headers.get("Lambda-Runtime-Function-Error-Type", "")
        match self.path.removeprefix(_BASE).split("/"):
            case ["init", "error"]:
                message = Message("init_error", body=body, error_type=error_type)
            case ["invocation", request_id, "response"]:
                message = Message("response", request_id, body)
            case ["invocation", request_id, "error"]:
                message = Message("error", request_id, body, error_type)
            case _:
                self._reply(404, b"")
                return
        self.server.api.messages.put(message)
        self._reply(202, b'{"status":"OK"}')

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Print nothing."""

    def _reply(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
