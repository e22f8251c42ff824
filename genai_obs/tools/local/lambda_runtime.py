"""
Run a handler as Lambda does: the real ``awslambdaric`` in a process of its own, and a log as CloudWatch would show it.

    with LambdaProcess("app.handler", code_dir, environ={"STAGE": "test"}) as function:
        result = function.invoke({"question": "…"})
        print(function.log_text())
"""

import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import orjson

from genai_obs.errors import MissingExtraError
from genai_obs.tools.local.lambda_environment import (
    ACCOUNT,
    REGION,
    ExecutionEnvironment,
    exit_reason,
    function_environ,
)
from genai_obs.tools.local.platform_log import LogFormat, PlatformLog, Report, keeps
from genai_obs.tools.local.runtime_api import Invocation, Message


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One line of the log, the time it was read (seconds since the epoch), its invocation ("" while starting)."""

    at: float
    request_id: str
    text: str


@dataclass(frozen=True, slots=True)
class InvokeResult:
    """
    How one invocation ended.

    ``payload`` is what the caller of the function would get: its JSON result, or the JSON of the error. ``status`` is
    ``error`` both for an exception of the handler and for a process that ended or never came up.
    """

    request_id: str
    status: Literal["success", "error", "timeout"]
    payload: bytes
    error_type: str
    duration_ms: float

    def json(self) -> Any:
        """Return the payload as Python values."""
        return orjson.loads(self.payload)


class LambdaProcess:
    """
    One Lambda function with one execution environment, which starts at the first invocation.

    Between two invocations the process is frozen. At the deadline it is killed; after that, or when it ends by itself,
    the next invocation gets a new one. Only processes started here are ever signalled.

    Args:
        handler: ``module.function`` inside the code directory.

        code_dir: Directory of the code, first on the function's import path.

        environ: The function's own variables. Nothing else of this process's environment gets through but PATH.

        timeout_s: The function's timeout.

        memory_mb: The function's memory; it is told to the function, not enforced.

        log_format: Lambda's log format.

        log_level: Lambda's application log level, for the JSON format only; None is INFO there.

        function_name: Name in the ARN, the environment and the log group.

        tracing: Whether the REPORT line names the trace, as with active tracing. The header is always sent.

        freeze: Whether to stop the process between invocations.
    """

    def __init__(
        self,
        handler: str,
        code_dir: Path | str,
        *,
        environ: Mapping[str, str] | None = None,
        timeout_s: float = 3.0,
        memory_mb: int = 512,
        log_format: LogFormat = "Text",
        log_level: str | None = None,
        function_name: str = "local-function",
        tracing: bool = False,
        freeze: bool = True,
    ) -> None:
        _require_runtime_client()
        self.log: list[LogEvent] = []
        self.timeout_s = timeout_s
        self.memory_mb = memory_mb
        self.function_arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function_name}"
        self._log_level = (log_level or "INFO") if log_format == "JSON" else None
        reserved = function_environ(
            handler,
            code_dir,
            memory_mb=memory_mb,
            name=function_name,
            log_format=log_format,
            log_level=self._log_level,
        )
        self._environ = {**reserved, **(environ or {})}
        self._handler = handler
        self._code_dir = code_dir
        self._platform = PlatformLog(log_format)
        self._tracing = tracing
        self._freeze = freeze
        self._environment: ExecutionEnvironment | None = None
        self._started_before = False
        self._request_id = ""
        self._log_lock = threading.Lock()

    def invoke(self, event: object, *, trace_id: str | None = None) -> InvokeResult:
        """
        Run the handler once and wait until it is over.

        Args:
            event: Anything JSON can carry.

            trace_id: Trace header; None makes a new sampled one.
        """
        request_id = str(uuid.uuid4())
        trace_id = new_trace_header() if trace_id is None else trace_id
        init_ms, failure = self._come_up()
        self._request_id = request_id
        self._write(self._platform.start(time.time(), request_id))
        if failure is not None:
            result = InvokeResult(request_id, "error", failure.body, failure.error_type, 0.0)
            used_mb = 0
        else:
            assert self._environment is not None
            result = self._run(self._environment, request_id, orjson.dumps(event), trace_id)
            used_mb = self._environment.peak_mb
        self._settle(result)
        shown_error = result.error_type if result.status == "error" else ""
        shown_trace = trace_id if self._tracing else ""
        report = Report(
            request_id, result.duration_ms, self.memory_mb, used_mb, init_ms, result.status, shown_error, shown_trace
        )
        self._write(self._platform.end(time.time(), report))
        self._request_id = ""
        return result

    def log_text(self) -> str:
        """Return the log so far, one line each, platform lines included."""
        with self._log_lock:
            return "".join(event.text + "\n" for event in self.log)

    @property
    def pid(self) -> int | None:
        """Process id of the execution environment, None while there is none."""
        return self._environment.process.pid if self._environment else None

    def close(self) -> None:
        """End the process, if there is one, and keep its last lines."""
        if self._environment is not None:
            self._environment.kill()
            self._environment = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def _come_up(self) -> tuple[float | None, Message | None]:
        """
        Return the time of a reported initialisation and why it failed, both None for an environment that is up.

        Lambda tries a failed initialisation once more at the invocation. After a timeout or a crash it initialises
        again without reporting it; unlike there, that time is not the invocation's, for the sake of slow laptops.
        """
        if self._environment is not None:
            return None, None
        first = not self._started_before
        self._started_before = True
        if first:
            self._write(self._platform.init_start(time.time()))
        failure: Message | None = None
        for phase in ("init", "invoke"):
            environment = ExecutionEnvironment(self._handler, self._code_dir, self._environ, self._write_line)
            failure, took_ms = environment.wait_until_up()
            if failure is None:
                self._environment = environment
                return (took_ms if first else None), None
            environment.kill()
            self._write(self._platform.init_failed(time.time(), phase, took_ms, failure.error_type))
        return None, failure

    def _run(self, environment: ExecutionEnvironment, request_id: str, body: bytes, trace_id: str) -> InvokeResult:
        """Hand out one event and follow it to its end, at the latest to the deadline."""
        environment.thaw()
        started = time.monotonic()
        deadline_ms = int((time.time() + self.timeout_s) * 1000)
        environment.api.hand_out(Invocation(request_id, deadline_ms, self.function_arn, trace_id, body))
        answer: Message | None = None
        while True:
            message = environment.next_message(started + self.timeout_s)
            duration_ms = (time.monotonic() - started) * 1000
            if message is None:
                return self._timed_out(request_id, duration_ms)
            if message.kind == "exit":
                return self._exited(environment, request_id, message, duration_ms)
            if message.kind == "next":
                break
            answer = message
        assert answer is not None, "the runtime asked for work before it answered"
        status: Literal["success", "error"] = "success" if answer.kind == "response" else "error"
        return InvokeResult(request_id, status, answer.body, _error_type(answer), duration_ms)

    def _timed_out(self, request_id: str, duration_ms: float) -> InvokeResult:
        sentence = f"Task timed out after {self.timeout_s:.2f} seconds"
        payload = {"errorType": "Sandbox.Timedout", "errorMessage": f"RequestId: {request_id} Error: {sentence}"}
        return InvokeResult(request_id, "timeout", orjson.dumps(payload), "Sandbox.Timedout", duration_ms)

    def _exited(
        self, environment: ExecutionEnvironment, request_id: str, message: Message, duration_ms: float
    ) -> InvokeResult:
        environment.output.finish(1.0)
        reason = exit_reason(message.code)
        self._write(self._platform.exited(request_id, reason))
        payload = {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {request_id} Error: {reason}"}
        return InvokeResult(request_id, "error", orjson.dumps(payload), "Runtime.ExitError", duration_ms)

    def _settle(self, result: InvokeResult) -> None:
        """Bring the environment into the state it has between invocations, and the log up to date."""
        environment = self._environment
        if environment is None:
            return
        if result.status == "timeout" or result.error_type == "Runtime.ExitError":
            self.close()
            if result.status == "timeout":
                self._write(self._platform.timed_out(time.time(), result.request_id, self.timeout_s))
            return
        environment.output.drain()
        if self._freeze:
            environment.freeze()

    def _write_line(self, line: str) -> None:
        if keeps(line, self._log_level):
            self._write([line])

    def _write(self, lines: list[str]) -> None:
        now = time.time()
        with self._log_lock:
            self.log.extend(LogEvent(now, self._request_id, line) for line in lines)


def new_trace_header() -> str:
    """Return a sampled X-Ray trace header as Lambda would send it."""
    token = uuid.uuid4().hex
    return f"Root=1-{int(time.time()):08x}-{token[:24]};Parent={uuid.uuid4().hex[:16]};Sampled=1"


def _require_runtime_client() -> None:
    import importlib.util

    if importlib.util.find_spec("awslambdaric") is None:
        raise MissingExtraError("awslambdaric", "tools")


def _error_type(answer: Message) -> str:
    """Return the error's name out of the body that the runtime posted, empty for a result."""
    if answer.kind == "response":
        return ""
    return str(orjson.loads(answer.body).get("errorType", "Unhandled"))
