"""Rows of a query as arrays: all of them, as numbers, however the lines are read."""

import json
from pathlib import Path

import numpy as np
import pytest

from genai_obs.tools.insights.engine import Session
from genai_obs.tools.logs.events import LogEvent
from genai_obs.tools.logs.inputs import events_input, find_inputs
from genai_obs.tools.text.diagnostics import TextError

START_MS = 1_772_618_400_000


def lines(count: int) -> list[str]:
    """Return lines of one second each; every third lacks its cost."""
    return [
        json.dumps({"timestamp": START_MS + 1000 * number, "n": number} | ({"cost": 0.5} if number % 3 else {}))
        for number in range(count)
    ]


def test_values_are_numbers_and_absent_ones_are_masked() -> None:
    """Numbers are doubles, times milliseconds, texts texts; what a row lacks is masked."""
    events = events_input(LogEvent(line, None) for line in lines(6))
    query = "filter n > 0 | stats sum(cost) as cost, count(*) as rows by bin(2s) as time, n % 2 as odd, nothing"

    with Session(events) as session:
        found = session.fetch_columns(query, start_ms=START_MS, end_ms=START_MS + 3999, now_ms=0)

    order = np.lexsort((found["odd"], found["time"]))
    assert set(found) == {"cost", "rows", "time", "odd", "nothing"}
    assert found["time"][order].tolist() == [START_MS, START_MS + 2000, START_MS + 2000]
    assert found["rows"][order].tolist() == [1.0, 1.0, 1.0]
    assert np.ma.filled(found["cost"][order], -1.0).tolist() == [0.5, 0.5, -1.0]
    assert np.ma.getmaskarray(found["nothing"]).all()


@pytest.mark.parametrize("exact", [False, True])
def test_no_limit_of_cloudwatch_cuts_them(tmp_path: Path, *, exact: bool) -> None:
    """More rows than a query may show are all given; a limit that the query names is kept."""
    path = tmp_path / "lines.log"
    path.write_text("\n".join(lines(12_000)), encoding="utf-8")

    with Session(find_inputs([str(path)])) as session:
        found = session.fetch_columns("filter n >= 0 | fields n", start_ms=None, end_ms=None, now_ms=0, exact=exact)
        few = session.fetch_columns("fields n | limit 7", start_ms=None, end_ms=None, now_ms=0, exact=exact)

    assert len(found["n"]) == 12_000
    assert len(few["n"]) == 7


def test_a_mistake_is_told_as_for_any_query() -> None:
    """A query that cannot be run is refused with its place."""
    with Session(events_input([])) as session, pytest.raises(TextError, match="unexpected-token"):
        session.fetch_columns("stats", start_ms=None, end_ms=None, now_ms=0)


def test_lines_are_read_once_for_all_queries(tmp_path: Path) -> None:
    """A second query finds what was read for the first, whatever each asks for, and also after one that failed."""
    path = tmp_path / "lines.log"
    path.write_text("\n".join(lines(9)), encoding="utf-8")
    read: list[int] = []

    with Session(find_inputs([str(path)])) as session:
        counted = session.fetch_columns(
            "stats count(*) as n", start_ms=None, end_ms=None, now_ms=0, on_bytes=read.append
        )
        path.unlink()
        with pytest.raises(TextError):
            session.fetch_columns("stats", start_ms=None, end_ms=None, now_ms=0)
        later = session.fetch_columns("filter n > 2 | fields cost", start_ms=None, end_ms=None, now_ms=0)

    assert sum(read) == len("\n".join(lines(9)))
    assert counted["n"].tolist() == [9.0]
    assert len(later["cost"]) == 6
