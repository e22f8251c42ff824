"""The database under a query: what it may reach, and how it ends."""

import os
import signal
import threading
from pathlib import Path

import pytest

from genai_obs.tools.insights.events.database import open_database


def test_ctrl_c_ends_a_statement(tmp_path: Path) -> None:
    """A statement that would run for hours stops, and what was pressed arrives where it was asked for."""
    with open_database(tmp_path) as database:
        database.execute("SELECT 1")
        timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()

        with pytest.raises(KeyboardInterrupt):
            database.execute("SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b")


def test_a_macro_is_there_when_it_is_called(tmp_path: Path) -> None:
    """Also one that another one calls, and a second time."""
    with open_database(tmp_path) as database:
        first = database.execute("SELECT q_json_text('1.50'::JSON)").fetchall()
        second = database.execute("SELECT q_json_text('true'::JSON), q_number('x')").fetchall()

    assert first == [("1.5",)]
    assert second == [("1", None)]


def test_no_extension_is_fetched(tmp_path: Path) -> None:
    """A function of an extension that is not built in is unknown; nothing is downloaded for it."""
    with open_database(tmp_path) as database:
        settings = database.execute(
            "SELECT name, value FROM duckdb_settings() WHERE name LIKE 'auto%_known_extensions' ORDER BY name"
        ).fetchall()

    assert settings == [("autoinstall_known_extensions", "false"), ("autoload_known_extensions", "false")]
