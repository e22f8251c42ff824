"""Where lines go while the clock runs: a pipe that another process reads, as in Lambda, or the null device."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stdout_to_pipe() -> Iterator[None]:
    """Connect stdout to a pipe that a process of its own reads and throws away, as Lambda's does."""
    # Reading in a thread of ours would put the wait for the interpreter lock into the figures.
    with subprocess.Popen(
        [sys.executable, "-S", "-c", "import os\nwhile os.read(0, 1 << 20): pass"], stdin=subprocess.PIPE
    ) as reader:
        assert reader.stdin is not None
        with _stdout_to(reader.stdin.fileno()):
            yield
        reader.stdin.close()


@contextmanager
def stdout_to_null() -> Iterator[None]:
    """Connect stdout to the null device, where a write costs a system call and nothing else."""
    descriptor = os.open(os.devnull, os.O_WRONLY)
    try:
        with _stdout_to(descriptor):
            yield
    finally:
        os.close(descriptor)


@contextmanager
def _stdout_to(descriptor: int) -> Iterator[None]:
    """Replace file descriptor 1 and ``sys.stdout``, buffered as it is when it is no terminal."""
    sys.stdout.flush()
    saved, stream = os.dup(1), sys.stdout
    os.dup2(descriptor, 1)
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w", closefd=False)), encoding="utf-8")
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stdout = stream
        os.dup2(saved, 1)
        os.close(saved)
