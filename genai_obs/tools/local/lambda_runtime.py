"""
Run a handler as Lambda does: the real ``awslambdaric`` in a process of its own, and a log as CloudWatch would show it.

    with LambdaProcess("app.handler", code_dir, environ={"STAGE": "test"}) as function:
        result = function.invoke({"question": "…"})
        print(function.log_text())
"""

import os
import queue
import signal
import subprocess
import sys
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
from genai_obs.tools.local.output_pipe import OutputPipe
from genai_obs.tools.local.platform_log import LogFormat, PlatformLog, Report, keeps
from genai_obs.tools.local.runtime_api import Invocation, Message, RuntimeApi

ACCOUNT = "123456789012"
REGION = "us-east-1"
_INIT_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One line of the log with the time it was read (seconds since the epoch) and its invocation ("" while starting)."""

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
        self._environ = _function_environ(handler, code_dir, memory_mb, function_name, log_format, self._log_level)
        self._environ |= environ or {}
        self._handler = handler
        self._code_dir = code_dir
        self._platform = PlatformLog(log_format)
        self._tracing = tracing
        self._freeze = freeze
        self._environment: _Environment | None = None
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
        again without reporting it; unlike there, that time is not the invocation's, so that a slow laptop is not a timeout.
        """
        if self._environment is not None:
            return None, None
        first = not self._started_before
        self._started_before = True
        if first:
            self._write(self._platform.init_start(time.time()))
        failure: Message | None = None
        for phase in ("init", "invoke"):
            environment = _Environment(self._handler, self._code_dir, self._environ, self._write_line)
            failure, took_ms = environment.wait_until_up()
            if failure is None:
                self._environment = environment
                return (took_ms if first else None), None
            environment.kill()
            self._write(self._platform.init_failed(time.time(), phase, took_ms, failure.error_type))
        return None, failure

    def _run(self, environment: "_Environment", request_id: str, body: bytes, trace_id: str) -> InvokeResult:
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
        self, environment: "_Environment", request_id: str, message: Message, duration_ms: float
    ) -> InvokeResult:
        environment.output.finish(1.0)
        reason = _exit_reason(message.code)
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


class _Environment:
    """One execution environment: a process in a session of its own, its Runtime API, its output."""

    def __init__(self, handler: str, code_dir: Path | str, environ: Mapping[str, str], on_line: Any) -> None:
        self.api = RuntimeApi().start()
        self.output = OutputPipe(on_line)
        self.peak_mb = 0
        self._started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter, the caller's own code
            [sys.executable, "-m", "awslambdaric", handler],
            cwd=code_dir,
            env={**environ, "AWS_LAMBDA_RUNTIME_API": self.api.address},
            stdin=subprocess.DEVNULL,
            stdout=self.output.writer,
            stderr=self.output.writer,
            start_new_session=True,
        )
        os.close(self.output.writer)
        threading.Thread(target=self._watch, name="exit-watch", daemon=True).start()

    def wait_until_up(self) -> tuple[Message | None, float]:
        """Return why the environment did not come up (None: it did) and how long it took in milliseconds."""
        message = self.next_message(self._started + _INIT_TIMEOUT_S)
        took_ms = (time.monotonic() - self._started) * 1000
        if message is None:
            return _init_failure("Sandbox.Timedout", f"Init timed out after {_INIT_TIMEOUT_S:.2f} seconds"), took_ms
        if message.kind == "exit":
            return _init_failure("Runtime.ExitError", _exit_reason(message.code)), took_ms
        return (message if message.kind == "init_error" else None), took_ms

    def next_message(self, until: float) -> Message | None:
        """Return what the runtime says next, None at that moment of the monotonic clock."""
        try:
            message = self.api.messages.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            message = None
        self.peak_mb = _peak_mb(self.process.pid) or self.peak_mb
        return message

    def freeze(self) -> None:
        """Stop the process where it stands."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once, as Lambda does, and deliver what it had written."""
        self._signal(signal.SIGKILL)
        self.process.wait()
        self.output.finish(1.0)
        self.api.close()

    def _watch(self) -> None:
        self.api.messages.put(Message("exit", code=self.process.wait()))

    def _signal(self, number: int) -> None:
        if self.process.returncode is None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                return


def new_trace_header() -> str:
    """Return a sampled X-Ray trace header as Lambda would send it."""
    token = uuid.uuid4().hex
    return f"Root=1-{int(time.time()):08x}-{token[:24]};Parent={uuid.uuid4().hex[:16]};Sampled=1"


def _function_environ(
    handler: str,
    code_dir: Path | str,
    memory_mb: int,
    name: str,
    log_format: LogFormat,
    log_level: str | None,
) -> dict[str, str]:
    """Return the variables that Lambda reserves (AWS page "Defined runtime environment variables"), and a way to run."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    environ = {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(code_dir),
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "_HANDLER": handler,
        "LAMBDA_TASK_ROOT": str(code_dir),
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{version}",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory_mb),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": log_format,
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": f"{time.strftime('%Y/%m/%d')}/[$LATEST]{uuid.uuid4().hex}",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        # Signing needs some credentials; nobody checks them here, and the user's own must never be read.
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    if log_level is not None:
        environ["AWS_LAMBDA_LOG_LEVEL"] = log_level
    return environ


def _require_runtime_client() -> None:
    import importlib.util

    if importlib.util.find_spec("awslambdaric") is None:
        raise MissingExtraError("awslambdaric", "tools")


def _peak_mb(pid: int) -> int | None:
    """Return the peak resident memory of a process, None once it is gone or where the system does not say."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return None
    peak = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")), None)
    return int(peak) // 1024 if peak else None


def _error_type(answer: Message) -> str:
    """Return the error's name out of the body that the runtime posted, empty for a result."""
    if answer.kind == "response":
        return ""
    return str(orjson.loads(answer.body).get("errorType", "Unhandled"))


def _exit_reason(code: int | None) -> str:
    if not code:
        return "Runtime exited without providing a reason"
    if code < 0:
        return f"Runtime exited with error: signal: {signal.strsignal(-code) or -code}".lower().replace(
            "runtime", "Runtime", 1
        )
    return f"Runtime exited with error: exit status {code}"


def _init_failure(error_type: str, message: str) -> Message:
    body = orjson.dumps({"errorType": error_type, "errorMessage": message})
    return Message("init_error", body=body, error_type=error_type)
