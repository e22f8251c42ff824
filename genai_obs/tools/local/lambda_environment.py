"""One execution environment of a Lambda function: a process running ``awslambdaric``, its Runtime API, its output."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

import orjson

from genai_obs.tools.local.output_pipe import OutputPipe
from genai_obs.tools.local.platform_log import LogFormat
from genai_obs.tools.local.runtime_api import Message, RuntimeApi

ACCOUNT = "123456789012"
REGION = "us-east-1"
_INIT_TIMEOUT_S = 10.0
# A line means "all is over"; the end of the pipe without one means that its only writer was killed.
_WATCHDOG = 'read -r _ || kill -s KILL -- "-$1"'


class ExecutionEnvironment:
    """
    A process in a session of its own, so that its children can be stopped and ended with it.

    A frozen process would outlive this one if this one were killed: a shell that waits at a pipe ends it then. (Linux
    can signal a child at its parent's death, but means the thread that started it.)

    Args:
        handler: ``module.function``.

        code_dir: Working directory.

        environ: All variables of the process but the address of its Runtime API.

        on_line: Called with every line the process writes.
    """

    def __init__(
        self, handler: str, code_dir: Path | str, environ: Mapping[str, str], on_line: Callable[[str], None]
    ) -> None:
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
        self._watchdog = subprocess.Popen(  # noqa: S603 - a fixed script and a number
            ["/bin/sh", "-c", _WATCHDOG, "sh", str(self.process.pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # Away from Ctrl-C and from the signals of the process it watches.
            start_new_session=True,
        )
        self._exit_watch = threading.Thread(target=self._watch, name="exit-watch", daemon=True)
        self._exit_watch.start()

    def wait_until_up(self) -> tuple[Message | None, float]:
        """Return why the environment did not come up (None: it did) and how long it took in milliseconds."""
        message = self.next_message(self._started + _INIT_TIMEOUT_S)
        took_ms = (time.monotonic() - self._started) * 1000
        if message is None:
            return _init_failure("Sandbox.Timedout", f"Init timed out after {_INIT_TIMEOUT_S:.2f} seconds"), took_ms
        if message.kind == "exit":
            return _init_failure("Runtime.ExitError", exit_reason(message.code)), took_ms
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
        self._exit_watch.join()
        self.output.finish(1.0)
        self.api.close()

    def _watch(self) -> None:
        code = self.process.wait()
        # At once: the number may soon be that of another process.
        self._watchdog.communicate(b"\n")
        self.api.messages.put(Message("exit", code=code))

    def _signal(self, number: int) -> None:
        if self.process.returncode is None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                return


def function_environ(
    handler: str, code_dir: Path | str, *, memory_mb: int, name: str, log_format: LogFormat, log_level: str | None
) -> dict[str, str]:
    """Return the variables that Lambda reserves (AWS page "Defined runtime environment variables"), and paths."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    environ = {
        "PATH": os.environ.get("PATH", os.defpath),
        # The function sees the packages that this process sees, as if they had been built into it.
        "PYTHONPATH": os.pathsep.join(filter(None, (str(code_dir), os.environ.get("PYTHONPATH")))),
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
        # The discard port: trace segments must not reach a daemon that happens to run on this machine.
        "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:9",
    }
    if log_level is not None:
        environ["AWS_LAMBDA_LOG_LEVEL"] = log_level
    return environ


def exit_reason(code: int | None) -> str:
    """Return how the platform words the end of a runtime process, given its return code."""
    if not code:
        return "Runtime exited without providing a reason"
    if code < 0:
        return f"Runtime exited with error: signal: {(signal.strsignal(-code) or str(-code)).lower()}"
    return f"Runtime exited with error: exit status {code}"


def _init_failure(error_type: str, message: str) -> Message:
    body = orjson.dumps({"errorType": error_type, "errorMessage": message})
    return Message("init_error", body=body, error_type=error_type)


def _peak_mb(pid: int) -> int | None:
    """Return the peak resident memory of a process, None once it is gone or where the system does not say."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return None
    peak = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")), None)
    return int(peak) // 1024 if peak else None
