"""The spool that a query engine reads, and when it need not be written."""

import gzip
import json
import os
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_obs.errors import GenaiObsError
from genai_obs.tools.logs import columns
from genai_obs.tools.logs.columns import fit_for_columns
from genai_obs.tools.logs.events import LogEvent
from genai_obs.tools.logs.inputs import events_input, find_inputs
from genai_obs.tools.logs.spool import Counts, write_spool

COLUMNS = "{o:'BIGINT',t:'BIGINT',i:'BIGINT',s:'VARCHAR',l:'VARCHAR',m:'VARCHAR',j:'VARCHAR',k:'INTEGER'}"


def rows(path: Path) -> list[tuple[object, ...]]:
    """Read a spool as the engine does."""
    with duckdb.connect() as connection:
        query = f"SELECT o,t,i,s,l,m,j,k FROM read_json(?, format='newline_delimited', columns={COLUMNS}) ORDER BY o"
        return connection.execute(query, [str(path)]).fetchall()


def test_a_spool_has_one_line_an_event(tmp_path: Path) -> None:
    """JSON messages are marked, JSON inside a text is beside it."""
    log = tmp_path / "a.log"
    log.write_text('START RequestId: 1\n{"timestamp":5000,"a":"\\"é"}\ntext {"b":2}\n')
    counts = Counts()

    path = write_spool(find_inputs([str(log)]), tmp_path, counts)

    source = (None, str(log), f"local:{log}")
    assert rows(path) == [
        (0, 5_000_000, *source, "START RequestId: 1", None, None),
        (1, 5_000_000, *source, '{"timestamp":5000,"a":"\\"é"}', None, 1),
        (2, 5_000_000, *source, 'text {"b":2}', '{"b":2}', None),
    ]
    assert (counts.events, counts.timeless, counts.bytes_read) == (3, 2, log.stat().st_size)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
EVENTS = st.builds(
    LogEvent, TEXTS, st.none() | st.integers(0, 10**14), TEXTS, TEXTS, st.none() | st.integers(0, 10**14)
)


@settings(max_examples=15, deadline=None)
@given(st.lists(EVENTS, max_size=40))
def test_any_event_comes_back_from_the_spool(tmp_path_factory: pytest.TempPathFactory, events: list[LogEvent]) -> None:
    """NULs, quotes, breaks and all of Unicode, in the order given."""
    inputs = events_input(events)

    path = write_spool(inputs, tmp_path_factory.getbasetemp(), Counts())

    found = [row[:6] for row in rows(path)]
    assert found == [
        (place, e.timestamp_ms, e.ingested_ms, e.stream, e.log, e.message) for place, e in enumerate(inputs.events)
    ]


def test_progress_is_told_in_bytes_on_disk(tmp_path: Path) -> None:
    """Its sum is the size of the files, packed as they are."""
    packed = tmp_path / "a.gz"
    packed.write_bytes(gzip.compress(os.urandom(600_000).hex().encode()))
    told: list[int] = []

    write_spool(find_inputs([str(packed)]), tmp_path, Counts(), told.append)

    assert sum(told) == packed.stat().st_size
    assert len(told) > 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    """Not a traceback: the user can make room."""
    (tmp_path / "a.log").write_text("x\n")
    (tmp_path / "events.ndjson").symlink_to("/dev/full")

    with pytest.raises(GenaiObsError, match="No space left") as raised:
        write_spool(find_inputs([f"{tmp_path}/a.log"]), tmp_path, Counts())

    assert raised.value.slug == "cannot-write"


@pytest.fixture
def small_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let files of this test's size count as large."""
    monkeypatch.setattr(columns, "LEAST_BYTES", 1)


RECORD = json.dumps({"timestamp": "2026-11-21T12:00:00.000Z", "text": "x" * 500})
TRACE = "[ERROR] KeyError: 1\rTraceback:\r  File x"


@pytest.mark.usefixtures("small_is_enough")
def test_plain_lines_are_fit(tmp_path: Path) -> None:
    """JSON and platform lines mixed, a traceback among them."""
    (tmp_path / "a.log").write_text(f"START RequestId: 1\n{RECORD}\n{TRACE}\n" * 4000, newline="")

    assert fit_for_columns(find_inputs([str(tmp_path)])) is None


UNFIT = {
    "JSON inside a line of text": 'text {"a":1}',
    "begins like JSON and is none": '{"a":1} and text',
    "no UTF-8": "caf\udce9",
    "more than 200 fields": json.dumps({"x": list(range(300))}),
    "a name that stands twice": '{"timestamp":1,"a":2,"a":3}',
    "JSON inside a line": f"\x1b[32m{RECORD}\x1b[0m",
    "longer than CloudWatch takes": "x" * (2 << 20),
}


@pytest.mark.usefixtures("small_is_enough")
@pytest.mark.parametrize("reason", UNFIT)
def test_lines_that_a_read_by_columns_would_change_are_found(tmp_path: Path, reason: str) -> None:
    """Also when only a part of the file has them."""
    before = f"{RECORD}\n" * 3000
    content = before + f"{UNFIT[reason]}\n" * (1 if len(UNFIT[reason]) > 10_000 else 2000) + before
    (tmp_path / "a.log").write_bytes(content.encode("utf-8", "surrogateescape"))

    found = fit_for_columns(find_inputs([str(tmp_path)]))

    assert found is not None
    assert reason in found


@pytest.mark.usefixtures("small_is_enough")
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (gzip.compress(RECORD.encode(), mtime=0), "is packed"),
        (b"\xef\xbb\xbf" + RECORD.encode(), "byte order mark"),
        (b'{"events": [\n' + RECORD.encode(), "a JSON document"),
        (b"2026-11-21T12:00:00.000Z " + RECORD.encode(), "lines with a time before the message"),
    ],
)
def test_other_files_than_plain_lines_are_not_fit(tmp_path: Path, content: bytes, reason: str) -> None:
    """They must be unpacked or taken apart first."""
    (tmp_path / "a.log").write_bytes(content)

    found = fit_for_columns(find_inputs([str(tmp_path)]))

    assert found is not None
    assert reason in found


def test_little_is_read_exactly(tmp_path: Path) -> None:
    """A sample saves nothing there."""
    (tmp_path / "a.log").write_text(RECORD)

    assert "line by line" in (fit_for_columns(find_inputs([str(tmp_path)])) or "")
    assert fit_for_columns(events_input([LogEvent("x", None)])) is not None
