"""Queries whose answer a row limit would cut."""

import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tools.cloudwatch.support import GROUP, START_MS, Waits, events, every, needs_new_botocore

from genai_obs.tools.cloudwatch import split
from genai_obs.tools.cloudwatch.query import query_cloudwatch
from genai_obs.tools.cloudwatch.session import logs_client
from genai_obs.tools.insights.result import Result
from genai_obs.tools.local.logs_queries import answer_with_engine
from genai_obs.tools.local.logs_server import LogsServer
from genai_obs.tools.logs.events import LogEvent

# The server gives no more rows than this, and the client must see that from their number.
MOST = 10


@pytest.fixture(autouse=True)
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the client know a limit that is reached with few events."""
    _know_limit(monkeypatch)


def _know_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genai_obs.tools.cloudwatch.limits.MOST_ROWS", MOST)
    monkeypatch.setattr("genai_obs.tools.cloudwatch.limits.DEFAULT_ROWS", MOST)


def ask(client: Any, text: str, *, end_ms: int = START_MS + 60_000, **options: Any) -> Result:
    """Ask the server about the minute in which the events lie."""
    patience = Waits().patience()
    return query_cloudwatch(text, [GROUP], START_MS, end_ms, client=client, patience=patience, **options)


def cells(result: Result) -> list[tuple[str | None, ...]]:
    """Return the rows without @ptr."""
    keep = [place for place, column in enumerate(result.columns) if column.name != "@ptr"]
    return [tuple(row[place] for place in keep) for row in result.rows]


def whole(text: str, held: Sequence[LogEvent]) -> list[tuple[str | None, ...]]:
    """Return what the query gives on files, without any limit that matters."""
    return answer_with_engine(text, held, START_MS, START_MS + 60_000, 100_000).rows


@pytest.mark.parametrize("whole_seconds", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        "fields @timestamp, n",
        "fields n, name | sort @timestamp",
        "filter name = 'name1' | fields n | sort @timestamp desc",
        "stats count(*), avg(n) by bin(1s)",
        "stats count(*) as c, pct(n, 50) by bin(1s) as t | sort t desc",
    ],
)
def test_answer_in_pieces_is_the_answer(server: LogsServer, client: Any, text: str, whole_seconds: bool) -> None:
    """Whichever way the service reads the end of a range, all rows are there, once, in order."""
    server.manners.max_rows, server.manners.whole_seconds = MOST, whole_seconds
    held = every(900, 34)
    server.add(GROUP, held)

    result = ask(client, text)

    assert cells(result) == whole(text, held)
    assert result.warnings == ()
    assert len(server.queries) > 1


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    times=st.lists(st.integers(0, 6000), max_size=60),
    most=st.integers(3, 20),
    whole_seconds=st.booleans(),
    ascending=st.booleans(),
)
def test_random_events_come_back_once_and_in_order(
    monkeypatch: pytest.MonkeyPatch, times: list[int], most: int, whole_seconds: bool, ascending: bool
) -> None:
    """Only a millisecond with more events than the limit can be cut, and then a warning says so."""
    monkeypatch.setattr("genai_obs.tools.cloudwatch.limits.MOST_ROWS", most)
    monkeypatch.setattr("genai_obs.tools.cloudwatch.limits.DEFAULT_ROWS", most)
    held = events(START_MS + time for time in times)
    with LogsServer() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", server.url)
        server.manners.max_rows, server.manners.whole_seconds = most, whole_seconds
        server.add(GROUP, held)

        result = ask(
            logs_client(), f"fields toMillis(@timestamp) as t, n | sort @timestamp {'asc' if ascending else 'desc'}"
        )

    crowded = {time for time in times if times.count(time) >= most}
    expected = [(str(START_MS + time), str(n)) for n, time in enumerate(times) if time not in crowded]
    got = cells(result)
    assert sorted(row for row in got if int(row[0] or 0) - START_MS not in crowded) == sorted(expected)
    assert [row[0] for row in got] == sorted((row[0] or "" for row in got), reverse=not ascending)
    assert len(set(got)) == len(got)
    assert bool(result.warnings) == bool(crowded)


def test_pieces_run_side_by_side_but_not_too_many(server: LogsServer, client: Any) -> None:
    """Four at a time, as agreed."""
    server.manners.max_rows, server.manners.running_polls = MOST, 2
    server.add(GROUP, every(500, 60))

    ask(client, "fields n")

    assert server.most_at_once == 4


def test_place_that_the_account_lacks_is_done_without(server: LogsServer, client: Any) -> None:
    """When only two queries may run, two run, and nobody waits for a third."""
    server.manners.max_rows, server.manners.running_polls, server.manners.concurrent = MOST, 2, 2
    held = every(500, 60)
    server.add(GROUP, held)

    result = ask(client, "fields n")

    assert cells(result) == whole("fields n", held)
    assert server.most_at_once == 2
    assert [call.operation for call in server.calls].count("StartQuery") == len(server.queries) + 1


def test_second_with_too_many_rows_is_cut_by_the_millisecond(server: LogsServer, client: Any) -> None:
    """StartQuery takes seconds; the filter in the piece is finer."""
    server.manners.max_rows = MOST
    held = every(20, 45)
    server.add(GROUP, held)

    result = ask(client, "fields n", end_ms=START_MS + 1000)

    assert cells(result) == whole("fields n", held)
    assert result.warnings == ()


def test_millisecond_with_too_many_rows_is_named(server: LogsServer, client: Any) -> None:
    """What cannot be had is told: how much there is, and where there may be more."""
    server.manners.max_rows = MOST
    server.add(GROUP, events([START_MS + 7] * 12 + [START_MS + 9]))

    result = ask(client, "fields n", end_ms=START_MS + 1000)

    assert len(result.rows) == MOST + 1
    (warning,) = result.warnings
    assert warning == (
        "10 rows, as many as CloudWatch gives, from 2023-11-14 22:13:20.007 to 2023-11-14 22:13:20.007 alone, "
        "which cannot be cut further: there may be more"
    )


def test_bin_with_too_many_groups_is_named(server: LogsServer, client: Any) -> None:
    """A bin is never taken apart."""
    server.manners.max_rows = MOST
    server.add(GROUP, every(100, 12))

    result = ask(client, "stats count(*) by bin(1m), n")

    assert result.warnings
    assert "cannot be cut further" in result.warnings[0]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("fields n | sort n", "it is sorted by something else than @timestamp"),
        ("stats count(*) by n", "its groups are not bins"),
        ("dedup n", "`dedup` has to see all rows"),
    ],
)
def test_answer_that_cannot_be_put_together_is_marked_as_cut(
    server: LogsServer, client: Any, text: str, why: str
) -> None:
    """One query only, its rows, and a warning with the reason."""
    server.manners.max_rows = MOST
    server.add(GROUP, every(500, 30))

    result = ask(client, text)

    assert len(result.rows) == MOST
    assert len(server.queries) == 1
    assert re.search(f"there may be more, .* because {why}", result.warnings[0])


@pytest.mark.parametrize("options", [{"limit": MOST}, {}])
def test_cut_that_was_asked_for_is_no_cut(server: LogsServer, client: Any, options: dict[str, int]) -> None:
    """A limit of the query or of the caller is not worked around."""
    server.add(GROUP, every(500, 30))

    result = ask(client, "fields n" if options else f"fields n | limit {MOST}", **options)

    assert len(result.rows) == MOST
    assert len(server.queries) == 1
    assert result.warnings == ()


def test_less_than_was_asked_for_is_marked_as_cut(
    server: LogsServer, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit above what the service gives is not taken for granted."""
    monkeypatch.setattr("genai_obs.tools.cloudwatch.limits.MOST_ROWS", 10 * MOST)
    server.manners.max_rows = MOST
    server.add(GROUP, every(500, 30))

    result = ask(client, f"fields n | limit {2 * MOST}")

    assert len(result.rows) == MOST
    assert "because only so many rows were asked for" in result.warnings[0]


def test_bytes_of_all_queries_are_counted(server: LogsServer, client: Any) -> None:
    """What was scanned twice is billed twice."""
    server.manners.max_rows = MOST
    server.add(GROUP, every(500, 30))

    result = ask(client, "fields n")

    assert result.statistics.bytes_scanned == sum(query.bytes_scanned for query in server.queries)
    assert result.statistics.records_matched == 30


def test_interrupt_stops_all_pieces(server: LogsServer, client: Any) -> None:
    """Ctrl-C leaves nothing running."""
    server.manners.max_rows, server.manners.running_polls = MOST, 1
    server.add(GROUP, every(500, 60))

    def interrupt(*_: object) -> None:
        if sum(query.active for query in server.queries) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask(client, "fields n", progress=interrupt)

    assert [query.status for query in server.queries] == ["Complete", *["Cancelled"] * 4]


def test_number_of_queries_has_an_end(server: LogsServer, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody pays for each; past a number of them the rest is left, and told."""
    monkeypatch.setattr(split, "MOST_QUERIES", 6)
    server.manners.max_rows = MOST
    server.add(GROUP, every(20, 900))

    result = ask(client, "fields n")

    assert len(server.queries) <= 6 + split._MOST_PARTS
    assert "after 6 queries the range is not cut further" in result.warnings[0]


@needs_new_botocore
def test_service_with_a_lower_limit_than_asked_for_is_seen_through(
    server: LogsServer, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows as many as the old limit are taken for a cut, whatever was asked for."""
    monkeypatch.setattr("genai_obs.tools.cloudwatch.limits.MOST_ROWS", 10 * MOST)
    server.manners.max_rows = MOST
    held = every(500, 30)
    server.add(GROUP, held)

    result = ask(client, "fields n")

    assert server.queries[0].body["limit"] == 10 * MOST
    assert cells(result) == whole("fields n", held)
