"""By columns or line by line: what DuckDB's own reader cannot know is read again, and the answer is the same."""

from pathlib import Path

import pytest

from genai_obs.tools.insights.engine import run_query
from genai_obs.tools.insights.result import Result
from genai_obs.tools.logs import columns
from genai_obs.tools.logs.inputs import find_inputs


def ask(query: str, lines: str, folder: Path, *, exact: bool = False) -> Result:
    """Run a query over a file with these lines."""
    log = folder / "app.log"
    log.write_text(lines, "utf-8")
    return run_query(query, find_inputs([str(log)]), start_ms=None, end_ms=None, now_ms=0, exact=exact)


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("filter n > 0 | stats count(*), max(@timestamp)", '{"timestamp":1795218233523,"n":1}\n{"n":2}\n'),
        ("filter n > 0 | stats max(@timestamp)", '{"timestamp":"soon","time":1795218233523,"n":1}\n'),
        ("filter n > 0 | stats max(@timestamp)", '{"n":2,"_aws":{"Timestamp":1795218233523}}\n'),
        ("stats count(*) as c by kind", 'START\n{"kind":"a"}\n{"other":[1]}\n[1]\n"text"\n'),
        ("filter `.1` = 5 | stats count(*) as c", '{"timestamp":1795218233523,"":{"1":5}}\n'),
        ("filter A = 1 | fields `@@Timestamp` as t", '{"timestamp":1795218233523,"A":1,"@Timestamp":7}\n'),
    ],
    ids=[
        "a time of another line",
        "a time of another name",
        "a time of EMF",
        "first lines of another kind",
        "an empty name",
        "names that differ in case",
    ],
)
def test_reading_by_columns_gives_what_each_line_gives(
    query: str, lines: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fast way never gives another answer."""
    plain = ask(query, lines, tmp_path, exact=True)
    monkeypatch.setattr(columns, "LEAST_BYTES", 0)

    by_columns = ask(query, lines, tmp_path)

    assert plain.rows
    assert by_columns.rows == plain.rows
