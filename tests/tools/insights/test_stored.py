"""The store: the second question over the same logs is answered out of it, with the same answer."""

import os
from pathlib import Path

import pytest

from genai_obs.errors import GenaiObsError
from genai_obs.tools.insights.engine import run_query
from genai_obs.tools.insights.events import ingest
from genai_obs.tools.insights.result import Result
from genai_obs.tools.logs.inputs import find_inputs
from genai_obs.tools.store.catalog import read_parts

LINES = """START RequestId: 0f8fad5b-d9cb-469f-a165-70867728950e Version: 1
{"timestamp":"2026-11-20T10:00:00.000Z","model":"a","n":1,"mixed":1,"price":{"source":"list"},"A":1}
{"timestamp":"2026-11-20T11:00:00.000Z","model":"b","n":2.5,"mixed":"x","ok":true,"text":"007","a.b":5}
{"timestamp":"2026-11-21T10:00:00.000Z","model":"a","n":12345678901234567890,"mixed":null,"a":{"b":7}}
REPORT RequestId: 0f8fad5b-d9cb-469f-a165-70867728950e\tDuration: 17.5 ms\tMax Memory Used: 61 MB
{"timestamp":"2026-11-21T11:00:00.000Z","model":"cut
"""

QUERIES = [
    "stats count(*) as c, sum(n) as s by model",
    "fields n, mixed, ok, text, A, a.b, price.source, missing | sort @timestamp",
    "fields @timestamp, @message, @logStream, @log",
    "filter @type = 'REPORT' | fields @duration, @maxMemoryUsed, @requestId",
    "stats count(*) by bin(1d)",
    "filter mixed = 1 or text = 7 | fields model",
]


def ask(query: str, files: list[Path], store: Path | None, **times: int) -> Result:
    """Run a query over files, with a store or without."""
    start_ms, end_ms = times.get("start_ms"), times.get("end_ms")
    inputs = find_inputs([str(file) for file in files])
    return run_query(query, inputs, start_ms=start_ms, end_ms=end_ms, now_ms=0, store=store)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return a small log of two days."""
    path = tmp_path / "app.log"
    path.write_text(LINES, "utf-8")
    return path


@pytest.mark.parametrize("query", QUERIES)
def test_the_store_gives_what_the_files_give(log: Path, tmp_path: Path, query: str) -> None:
    """Filled or found, kept typed or as JSON, every value comes back as it was."""
    plain = ask(query, [log], None)

    first, second = ask(query, [log], tmp_path / "store"), ask(query, [log], tmp_path / "store")

    assert plain.rows
    assert first.rows == plain.rows
    assert second.rows == plain.rows
    assert second.statistics == plain.statistics


def test_a_kept_file_is_not_read_again(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second question opens no log."""
    ask("stats count(*)", [log], tmp_path / "store")
    monkeypatch.setattr(ingest, "write_spool", None)

    result = ask("stats max(n) by model", [log], tmp_path / "store")

    assert len(result.rows) == 3


def test_a_file_that_grew_is_read_again(log: Path, tmp_path: Path) -> None:
    """New lines count at once, and the old part goes."""
    ask("stats count(*)", [log], tmp_path / "store")
    with log.open("a") as more:
        more.write('{"timestamp":"2026-11-22T10:00:00.000Z","model":"c"}\n')

    result = ask("stats count(*) as n", [log], tmp_path / "store")

    assert result.rows == [("7",)]
    ask("stats count(*) as n", [log], tmp_path / "store")
    assert len(list(read_parts(tmp_path / "store"))) == 1


def test_a_file_of_the_same_size_and_another_content_is_read_again(log: Path, tmp_path: Path) -> None:
    """Its time of writing tells."""
    ask("stats count(*)", [log], tmp_path / "store")
    log.write_text(LINES.replace('"model":"a"', '"model":"z"'), "utf-8")
    os.utime(log, ns=(1, 1))

    result = ask('filter model = "z" | stats count(*) as n', [log], tmp_path / "store")

    assert result.rows == [("2",)]


def test_one_file_of_a_part_can_be_asked_alone(log: Path, tmp_path: Path) -> None:
    """Files that were read together are told apart afterwards."""
    other = tmp_path / "other.log"
    other.write_text('{"timestamp":"2026-11-20T10:00:00.000Z","model":"only"}\n', "utf-8")
    ask("stats count(*)", [log, other], tmp_path / "store")

    result = ask("stats count(*) as n by model", [other], tmp_path / "store")

    assert result.rows == [("only", "1")]


def test_days_out_of_range_do_not_count(log: Path, tmp_path: Path) -> None:
    """A range picks days by their times and events by theirs."""
    day_ms = 86_400_000
    start_ms = 20_777 * day_ms  # 2026-11-20
    options = {"start_ms": start_ms, "end_ms": start_ms + day_ms - 1}
    plain = ask("stats count(*) as n by model", [log], None, **options)

    kept = ask("stats count(*) as n by model", [log], tmp_path / "store", **options)

    assert kept.rows == plain.rows
    assert ask("stats count(*) as n", [log], tmp_path / "store", start_ms=0, end_ms=1).rows == [("0",)]


def test_a_damaged_store_costs_time_and_no_answer(log: Path, tmp_path: Path) -> None:
    """The files are read instead, and the user is told."""
    expected = ask("stats count(*) as n", [log], tmp_path / "store").rows
    for file in (tmp_path / "store").rglob("*.parquet"):
        file.write_bytes(b"PAR1 no longer")

    result = ask("stats count(*) as n", [log], tmp_path / "store")

    assert result.rows == expected
    assert any("the store cannot be read" in warning for warning in result.warnings)


def test_a_part_that_was_never_finished_is_no_part(log: Path, tmp_path: Path) -> None:
    """What a killed process left behind is passed over."""
    (tmp_path / "store" / "unfinished-1").mkdir(parents=True)
    (tmp_path / "store" / "part-1").mkdir()

    result = ask("stats count(*) as n", [log], tmp_path / "store")

    assert result.rows == [("6",)]


def test_what_was_begun_long_ago_is_swept_away(log: Path, tmp_path: Path) -> None:
    """A killed process leaves nothing for ever; one that still works is left in peace."""
    old, new = (tmp_path / "store" / f"unfinished-{name}" for name in ("old", "new"))
    old.mkdir(parents=True)
    new.mkdir()
    os.utime(old, (0, 0))

    ask("stats count(*) as n", [log], tmp_path / "store")

    assert (old.exists(), new.exists()) == (False, True)


def test_an_interrupted_filling_leaves_nothing(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C takes away what was begun."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ingest, "finish", interrupt)

    with pytest.raises(KeyboardInterrupt):
        ask("stats count(*) as n", [log], tmp_path / "store")

    assert list((tmp_path / "store").iterdir()) == []


def test_hundreds_of_files_are_kept_in_one_go(tmp_path: Path) -> None:
    """Each event knows its file, and the work grows with the lines, not with the files squared."""
    files = [tmp_path / f"{number}.log" for number in range(300)]
    for number, file in enumerate(files):
        file.write_text(f'{{"n":{number}}}\n', "utf-8")
    query = "filter n in [0, 17, 299] | fields @logStream, n | sort n asc"

    first, second = ask(query, files, tmp_path / "store"), ask(query, files, tmp_path / "store")

    assert first.rows == second.rows == [(str(tmp_path / f"{number}.log"), str(number)) for number in (0, 17, 299)]


def test_a_store_that_cannot_be_written_is_said(log: Path, tmp_path: Path) -> None:
    """A file in its place is the user's mistake."""
    (tmp_path / "store").write_text("a file", "utf-8")

    with pytest.raises(GenaiObsError) as caught:
        ask("stats count(*)", [log], tmp_path / "store")

    assert caught.value.slug == "cannot-write"
