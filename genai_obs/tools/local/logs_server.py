"""
A CloudWatch Logs-shaped server on loopback that speaks the JSON 1.1 protocol and answers queries with our own engine.

Real boto3 talks to it:

    with LogsServer() as server:
        server.add("/aws/lambda/chat", events)
        client = boto3.client("logs", endpoint_url=server.url, ...)
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import orjson

from genai_obs.tools.local.logs_groups import LogGroup, LogGroups, ServiceError, paged
from genai_obs.tools.local.logs_live import LiveSessions
from genai_obs.tools.local.logs_queries import Answer, LocalQueries, LocalQuery, Manners
from genai_obs.tools.local.replies import EVENT_STREAM
from genai_obs.tools.logs.events import LogEvent

_TARGET = "Logs_20140328."


@dataclass(frozen=True, slots=True)
class Call:
    """One request that arrived; each attempt of a retried call is a call of its own."""

    operation: str
    body: dict[str, Any]


class _Cut(Exception):  # noqa: N818 - no error: what a lost network does
    """The connection is closed without an answer."""


class LogsServer:
    """
    The server: a context manager, or `start` and `close`. It listens on 127.0.0.1 only, on a port the system chooses.
    A failure of its own is answered with InternalFailure, and raised again at the end of the ``with`` block.

    Args:
        groups: Log groups it begins with.

        answer: Answers queries; our own engine when None.
    """

    def __init__(self, groups: Iterable[LogGroup] = (), *, answer: Answer | None = None) -> None:
        self.groups = LogGroups(groups)
        self.calls: list[Call] = []
        self.definitions: list[dict[str, Any]] = []
        self.live = LiveSessions(self.groups)
        self._queries = LocalQueries(self.groups, answer)
        self._faults: dict[str, deque[ServiceError | _Cut]] = {}
        self._failures: list[Exception] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._http = _HttpServer(("127.0.0.1", 0), _Handler)
        self._http.logs = self
        # The accept loop polls for its end at this interval: it bounds the time that `close` takes.
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), name="logs", daemon=True)

    @property
    def url(self) -> str:
        """Address for ``endpoint_url`` or ``AWS_ENDPOINT_URL_CLOUDWATCH_LOGS``."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def manners(self) -> Manners:
        """How queries behave; set its members."""
        return self._queries.manners

    @property
    def queries(self) -> list[LocalQuery]:
        """The queries that were started, in order."""
        return self._queries.started

    @property
    def most_at_once(self) -> int:
        """How many queries were active together."""
        return self._queries.most_at_once

    def add(self, name: str, events: Iterable[LogEvent]) -> LogGroup:
        """Append events to a log group, made when missing, and send them to the live sessions that follow it."""
        new = list(events)
        group = self.groups.add(name, new)
        self.live.publish(group, new)
        return group

    def fail(self, operation: str, code: str, message: str = "", *, times: int = 1, status: int = 400) -> None:
        """Answer the next calls of an operation with an error."""
        self._queue(operation, ServiceError(code, message or code, status=status), times)

    def cut(self, operation: str, *, times: int = 1) -> None:
        """Close the connection of the next calls of an operation instead of answering."""
        self._queue(operation, _Cut(), times)

    def start(self) -> Self:
        """Begin to listen."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop listening; live sessions end."""
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

    def reply_to(self, operation: str, body: dict[str, Any]) -> dict[str, Any] | Iterator[bytes | None]:
        """Record a call and return its answer: a body, or the frames of a stream."""
        with self._lock:
            self.calls.append(Call(operation, body))
            faults = self._faults.get(operation)
            if faults:
                raise faults.popleft()
        if operation == "StartLiveTail":
            return self.live.frames(body, self._closing)
        answer = self._operations().get(operation)
        if answer is None:
            raise ServiceError("UnknownOperationException", f"the local server has no {operation}")
        try:
            return answer(body)
        except ServiceError:
            raise
        except Exception as failure:
            self._failures.append(failure)
            raise ServiceError("InternalFailure", repr(failure), status=500) from failure

    def _operations(self) -> Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]]:
        return {
            "StartQuery": self._queries.start,
            "GetQueryResults": self._queries.results,
            "StopQuery": self._queries.stop,
            "DescribeLogGroups": self.groups.described,
            "FilterLogEvents": self.groups.filtered,
            "DescribeQueryDefinitions": self._describe_definitions,
        }

    def _describe_definitions(self, body: dict[str, Any]) -> dict[str, Any]:
        prefix = body.get("queryDefinitionNamePrefix", "")
        found = [definition for definition in self.definitions if definition["name"].startswith(prefix)]
        page, token = paged(found, body.get("nextToken"), body.get("maxResults", 1000))
        return {"queryDefinitions": page, **token}

    def _queue(self, operation: str, fault: ServiceError | _Cut, times: int) -> None:
        with self._lock:
            self._faults.setdefault(operation, deque()).extend([fault] * times)


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    logs: LogsServer

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay quiet: clients that go away are part of what is being tried out."""


class _Handler(BaseHTTPRequestHandler):
    # Two small writes per answer: with Nagle's algorithm each costs a delayed acknowledgement of 40 ms.
    disable_nagle_algorithm = True
    protocol_version = "HTTP/1.1"
    server: _HttpServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        operation = self.headers.get("X-Amz-Target", "").removeprefix(_TARGET)
        try:
            answer = self.server.logs.reply_to(operation, orjson.loads(body or b"{}"))
        except ServiceError as error:
            self._send(error.status, {"__type": error.code, "message": str(error), **error.members})
        except _Cut:
            self.close_connection = True
        else:
            if isinstance(answer, dict):
                self._send(200, answer)
            else:
                self._stream(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Print nothing."""

    def _send(self, status: int, body: dict[str, Any]) -> None:
        data = orjson.dumps(body)
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, frames: Iterator[bytes | None]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", EVENT_STREAM)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        # A stream that is not ended stays open for nobody: the connection is closed with it in any case.
        self.close_connection = True
        for data in frames:
            if data is None:
                return
            self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
        self.wfile.write(b"0\r\n\r\n")
