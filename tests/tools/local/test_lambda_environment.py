"""How the process of a function ends with the process that started it, and only with it."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from genai_obs.tools.local.lambda_runtime import LambdaProcess

pytest.importorskip("awslambdaric")

# The function holds a pipe open for as long as it lives; whoever reads it sees the end.
_HANDLER = """
import os

if "ALIVE" in os.environ:
    alive = open(os.environ["ALIVE"], "wb", buffering=0)
calls = 0

def handler(event, context):
    global calls
    calls += 1
    return calls
"""
_PARENT = """
import sys, time
from genai_obs.tools.local.lambda_runtime import LambdaProcess

function = LambdaProcess("app.handler", sys.argv[1], environ={"ALIVE": sys.argv[2]})
function.invoke({})
print(function.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def code_dir(tmp_path: Path) -> Path:
    """Write the handler and return its folder."""
    (tmp_path / "app.py").write_text(_HANDLER, encoding="utf-8")
    return tmp_path


@pytest.fixture
def alive(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """Make a named pipe and open it for reading."""
    path = tmp_path / "alive"
    os.mkfifo(path)
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    yield path, descriptor
    os.close(descriptor)


def _ends_within(descriptor: int, seconds: float) -> bool:
    return bool(select.select([descriptor], [], [], seconds)[0]) and os.read(descriptor, 1) == b""


def test_a_frozen_process_ends_when_its_parent_is_killed(code_dir: Path, alive: tuple[Path, int]) -> None:
    """Nothing is left that sleeps for ever."""
    path, descriptor = alive
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(code_dir), str(path)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    try:
        before = _ends_within(descriptor, 0.05)

        parent.kill()
        parent.communicate()

        assert (before, _ends_within(descriptor, 5.0)) == (False, True)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def test_a_process_outlives_the_thread_that_started_it(code_dir: Path) -> None:
    """Functions may be invoked from several threads, one after the other."""
    with LambdaProcess("app.handler", code_dir) as function:
        first = threading.Thread(target=function.invoke, args=({},))
        first.start()
        first.join()

        result = function.invoke({})

    assert result.json() == 2


def test_a_closed_function_leaves_nobody_watching(code_dir: Path) -> None:
    """The watching shell goes by itself, and was reaped."""
    function = LambdaProcess("app.handler", code_dir)
    function.invoke({})
    environment = function._environment
    assert environment is not None

    function.close()

    assert environment._watchdog.returncode == 0
    assert environment.process.returncode == -signal.SIGKILL
