"""Lines out of a child's standard output and error, as they come, and all of them when asked for."""

import os
import select
import threading
from collections.abc import Callable


class OutputPipe:
    """
    One pipe for both outputs of a child, so that their order is kept.

    Args:
        on_line: Called with every whole line, without its end, and at the end with what is left of the last one. Never
            called by two threads at once.
    """

    def __init__(self, on_line: Callable[[str], None]) -> None:
        self._reader, self.writer = os.pipe()
        os.set_blocking(self._reader, False)
        self._on_line = on_line
        self._rest = b""
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._follow, name="output", daemon=True)
        self._thread.start()

    def drain(self) -> None:
        """Deliver all lines that have been written so far."""
        with self._lock:
            self._read_available()

    def finish(self, timeout_s: float) -> None:
        """Deliver the rest once the child is gone; a grandchild that keeps the pipe open is waited for no longer."""
        self._thread.join(timeout_s)
        self.drain()

    def _follow(self) -> None:
        open_ = True
        while open_:
            select.select([self._reader], [], [])
            with self._lock:
                open_ = self._read_available()
        with self._lock:
            if self._rest:
                self._deliver(self._rest)
            self._rest = b""
            os.close(self._reader)
            self._reader = -1

    def _read_available(self) -> bool:
        """Read until nothing is left for now; return False at the end of the pipe."""
        while self._reader >= 0:
            try:
                data = os.read(self._reader, 65536)
            except BlockingIOError:
                return True
            if not data:
                return False
            *lines, self._rest = (self._rest + data).split(b"\n")
            for line in lines:
                self._deliver(line)
        return False

    def _deliver(self, line: bytes) -> None:
        self._on_line(line.decode(errors="replace"))
