"""DuckDB in memory: reads files only, installs nothing, spills to disk, learns macros as statements need them."""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from genai_obs.errors import MissingExtraError
from genai_obs.tools.insights.events.scan import TIME_MACRO
from genai_obs.tools.insights.sql.macros import MACROS

# DuckDB spills to disk beyond this; with its buffers the process stays under 1 GB.
MEMORY_LIMIT = "500MB"

_MOST_THREADS = 8

_MACRO_NAME = re.compile(r"\bq_[a-z0-9_]+(?=\()")


class Database:
    """
    A connection that creates each macro before the first statement that calls it.

    All of them would cost every small query more than its own work.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._macros = {_MACRO_NAME.findall(macro)[0]: macro for macro in (*MACROS, TIME_MACRO)}

    def execute(self, sql: str) -> Any:
        """
        Run one statement and return what DuckDB does.

        Ctrl-C stops it at once: the statement runs in a thread, because one that runs in the main thread keeps
        Python from hearing of the signal for seconds.
        """
        self._learn(sql)
        done: list[Any] = []
        failed: list[BaseException] = []
        # Not Thread.join: interrupted once, it says of a running thread that it has ended (bpo-45274).
        finished = threading.Event()

        def run() -> None:
            try:
                done.append(self._connection.execute(sql))
            except BaseException as error:  # noqa: BLE001 - it is raised where the statement was asked for
                failed.append(error)
            finally:
                finished.set()

        threading.Thread(target=run, daemon=True).start()
        try:
            finished.wait()
        except BaseException:
            self._stop(finished)
            raise
        if failed:
            raise failed[0]
        return done[0]

    def _stop(self, finished: threading.Event) -> None:
        """Stop the statement that runs; DuckDB ends the process when its connection is closed under one."""
        while not finished.is_set():
            # Signals come twice (Ctrl-C of the impatient, timeout's to the group), and a statement that has not yet
            # begun misses the interruption.
            with suppress(KeyboardInterrupt, SystemExit):
                self._connection.interrupt()
                finished.wait(0.1)

    def _learn(self, sql: str) -> None:
        for name in dict.fromkeys(_MACRO_NAME.findall(sql)):
            macro = self._macros.pop(name, None)
            if macro is not None:
                self._learn(macro)
                self._connection.execute(macro)


@contextmanager
def open_database(folder: Path) -> Iterator[Database]:
    """
    Open a database for one query.

    Args:
        folder: Where it may spill.

    Raises:
        MissingExtraError: DuckDB is not installed.
    """
    try:
        import duckdb
    except ImportError:
        raise MissingExtraError("duckdb", "tools") from None

    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY_LIMIT,
        "threads": max(1, min(os.cpu_count() or 1, _MOST_THREADS)),
        "temp_directory": str(folder),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "preserve_insertion_order": False,
    }
    with duckdb.connect(config=settings) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield Database(connection)
