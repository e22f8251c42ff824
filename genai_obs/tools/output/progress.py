"""A sign of life on a terminal for work that takes longer than a second; nothing anywhere else."""

import sys
import threading
from types import TracebackType
from typing import Any, Self

_PATIENCE_S = 1.0


class Waiting:
    """
    A context in which, after a second, a sentence and a bar appear on standard error, if that is a terminal.

    Args:
        sentence: What is being done.

        total: How much there is to do, in the unit of ``advance``; None when nobody knows.

        patience_s: Seconds before anything appears.
    """

    def __init__(self, sentence: str, *, total: int | None = None, patience_s: float = _PATIENCE_S) -> None:
        self._sentence = sentence
        self._total = total
        self._done = 0
        self._timer = threading.Timer(patience_s, self._show)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._bar: Any = None
        self._ended = False

    def say(self, sentence: str) -> None:
        """Replace the sentence."""
        with self._lock:
            self._sentence = sentence
            self._update()

    def advance(self, amount: int) -> None:
        """Say that so much more is done."""
        with self._lock:
            self._done += amount
            self._update()

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
            if self._bar is not None:
                self._bar.stop()

    def _show(self) -> None:
        # rich takes longer to load than most queries take to run.
        try:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
        except ImportError:
            return

        with self._lock:
            if self._ended:
                return
            columns = SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn()
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._bar.add_task(self._sentence, total=None)
            self._bar.start()
            self._update()

    def _update(self) -> None:
        if self._bar is None or self._ended:
            return
        # Work that never says how far it is gets a bar that only moves.
        progress = {"completed": self._done, "total": self._total} if self._done else {}
        self._bar.update(self._bar.task_ids[0], description=self._sentence, **progress)
