"""A sign of life on a terminal for work that takes longer than a second; nothing anywhere else."""

import sys
import threading
from types import TracebackType
from typing import Any, Self

_PATIENCE_S = 1.0


class Waiting:
    """A context in which, after a second, a spinner with a sentence turns on standard error."""

    def __init__(self, sentence: str, *, patience_s: float = _PATIENCE_S) -> None:
        self._sentence = sentence
        self._timer = threading.Timer(patience_s, self._show)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._status: Any = None
        self._ended = False

    def say(self, sentence: str) -> None:
        """Replace the sentence."""
        with self._lock:
            self._sentence = sentence
            if self._status is not None and not self._ended:
                self._status.update(sentence)

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._ended = True
            if self._status is not None:
                self._status.stop()

    def _show(self) -> None:
        # rich takes longer to load than most queries take to run.
        from rich.console import Console
        from rich.markup import escape
        from rich.status import Status

        with self._lock:
            if not self._ended:
                self._status = Status(escape(self._sentence), console=Console(stderr=True))
                self._status.start()
