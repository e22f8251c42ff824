"""Queries on CloudWatch over HTTP: asked, waited for, stopped."""

from typing import Any

import pytest
from tools.cloudwatch.support import GROUP, START_MS, Waits, every, needs_new_botocore

from genai_obs.errors import GenaiObsError
from genai_obs.tools.cloudwatch.query import query_cloudwatch
from genai_obs.tools.cloudwatch.session import logs_client
from genai_obs.tools.insights.result import Column, Result, Statistics
from genai_obs.tools.local.logs_queries import answer_with_engine
from genai_obs.tools.local.logs_server import LogsServer
from genai_obs.tools.text.diagnostics import TextError

END_MS = START_MS + 60_000
QUERY = "fields @timestamp, n, name"


def ask(client: Any, waits: Waits, text: str = QUERY, **options: Any) -> Result:
    """Ask the server about the minute in which the events lie."""
    options.setdefault("patience", waits.patience())
    return query_cloudwatch(text, [GROUP], START_MS, END_MS, client=client, **options)


def operations(server: LogsServer) -> list[str]:
    """Return the names of the calls that arrived."""
    return [call.operation for call in server.calls]


def interrupt(*_: object) -> None:
    """Do what Ctrl-C does."""
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    "text",
    [QUERY, "stats count(*), avg(n) by name", "filter n > 3 | sort n desc | limit 4", "fields missing, n"],
)
def test_rows_are_those_of_the_same_query_on_files(server: LogsServer, client: Any, waits: Waits, text: str) -> None:
    """The same text gives the same rows on CloudWatch and on a laptop."""
    server.add(GROUP, every(500, 12))

    result = ask(client, waits, text)

    local = answer_with_engine(text, every(500, 12), START_MS, END_MS, 10_000)
    without_pointer = [{name: cell for name, cell in row.items() if name != "@ptr"} for row in result.as_objects()]
    assert without_pointer == local.as_objects()
    assert result.warnings == ()


def test_pointer_is_the_last_column_of_events_and_absent_from_groups(
    server: LogsServer, client: Any, waits: Waits
) -> None:
    """Rows that are events end with @ptr, as GetQueryResults gives it."""
    server.add(GROUP, every(500, 3))

    rows = ask(client, waits)
    groups = ask(client, waits, "stats count(*) by name")

    assert [column.name for column in rows.columns] == ["@timestamp", "n", "name", "@ptr"]
    assert [column.name for column in groups.columns] == ["name", "count(*)"]


def test_range_is_sent_in_seconds_that_hold_it(server: LogsServer, client: Any, waits: Waits) -> None:
    """Milliseconds are rounded outwards, so that no event is lost."""
    server.add(GROUP, every(500, 3))

    query_cloudwatch(QUERY, [GROUP], START_MS + 999, START_MS + 1001, client=client, patience=waits.patience())

    body = server.queries[0].body
    assert (body["startTime"], body["endTime"]) == (1_700_000_000, 1_700_000_002)


def test_range_that_ends_before_it_begins_is_refused(client: Any) -> None:
    """A range turned around is named before anything is sent."""
    with pytest.raises(GenaiObsError, match="ends before it begins") as refused:
        query_cloudwatch(QUERY, [GROUP], END_MS, START_MS, client=client)

    assert refused.value.slug == "bad-time"


def test_polls_come_further_and_further_apart(server: LogsServer, client: Any, waits: Waits) -> None:
    """The first question comes soon; later ones every two seconds."""
    server.add(GROUP, every(500, 3))
    server.manners.running_polls = 8

    ask(client, waits)

    assert waits.slept[0] == pytest.approx(0.2)
    assert waits.slept[1:3] == pytest.approx([0.3, 0.45])
    assert waits.slept[-1] == pytest.approx(2.0)


def test_progress_tells_status_records_bytes_and_price(server: LogsServer, client: Any, waits: Waits) -> None:
    """Each answer of the service is told, with the price of the bytes scanned so far."""
    server.add(GROUP, every(500, 4))
    server.manners.scheduled_polls = server.manners.running_polls = 1
    told: list[tuple[str, int, int, int, float | None]] = []

    ask(client, waits, progress=lambda *news: told.append(news))

    size = sum(len(event.message) for event in every(500, 4))
    assert [news[0] for news in told] == ["Running", "Running", "Complete"]
    assert told[0][1:4] == (0, 0, 0)
    assert told[1][1:4] == (2, 2, size // 2)
    assert told[2][1:4] == (4, 4, size)
    assert told[2][4] == pytest.approx(size * 5e-12)


def test_price_is_unknown_where_no_price_is_known(
    server: LogsServer, waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Region whose price nobody told has bytes only."""
    server.add(GROUP, every(500, 4))
    prices: list[float | None] = []

    ask(logs_client(region="eu-west-1"), waits, progress=lambda *news: prices.append(news[4]))

    assert prices == [None]


def test_rows_of_a_running_query_are_not_the_answer(server: LogsServer, client: Any, waits: Waits) -> None:
    """Partial results are waited over."""
    server.add(GROUP, every(500, 10))
    server.manners.running_polls = 2

    assert len(ask(client, waits).rows) == 10


@pytest.mark.parametrize(
    ("status", "sentence"),
    [("Failed", "could not finish"), ("Timeout", "60 minutes"), ("Cancelled", "somebody else stopped")],
)
def test_query_that_ends_without_rows_is_an_error(
    server: LogsServer, client: Any, waits: Waits, status: str, sentence: str
) -> None:
    """Each way to end without an answer is told in words."""
    server.add(GROUP, every(500, 3))
    server.manners.outcome = status

    with pytest.raises(GenaiObsError, match=sentence) as failed:
        ask(client, waits)

    assert failed.value.slug == "query-failed"


@pytest.mark.parametrize("operation", ["StartQuery", "GetQueryResults"])
@pytest.mark.parametrize("code", ["ThrottlingException", "LimitExceededException", "ServiceUnavailableException"])
def test_busy_service_is_waited_out(server: LogsServer, client: Any, waits: Waits, operation: str, code: str) -> None:
    """A storm of refusals is sat out with growing pauses."""
    server.add(GROUP, every(500, 3))
    server.fail(operation, code, times=8)

    result = ask(client, waits)

    assert len(result.rows) == 3
    assert operations(server).count(operation) == 9
    assert max(waits.slept) == pytest.approx(10.0)


def test_patience_with_a_busy_service_has_an_end(server: LogsServer, client: Any, waits: Waits) -> None:
    """After ten minutes of throttling the error says what the service kept saying."""
    server.add(GROUP, every(500, 3))
    server.fail("StartQuery", "ThrottlingException", "Rate exceeded", times=1000)

    with pytest.raises(GenaiObsError, match="ThrottlingException after all waiting: Rate exceeded") as failed:
        ask(client, waits)

    assert failed.value.slug == "aws-busy"
    assert waits.clock() == pytest.approx(600.0)


def test_connection_that_breaks_once_is_taken_up_again(server: LogsServer, client: Any, waits: Waits) -> None:
    """A lost answer to a poll is asked for again."""
    server.add(GROUP, every(500, 3))
    server.cut("GetQueryResults")

    assert len(ask(client, waits).rows) == 3


def test_network_that_stays_away_is_an_error_and_the_query_is_stopped(
    server: LogsServer, client: Any, waits: Waits
) -> None:
    """After a minute without network the tool gives up, and tries to stop what it started."""
    server.add(GROUP, every(500, 3))
    server.cut("GetQueryResults", times=1000)

    with pytest.raises(GenaiObsError, match="cannot be reached") as failed:
        ask(client, waits)

    assert failed.value.slug == "aws-network"
    assert waits.clock() == pytest.approx(60.2)
    assert server.queries[0].status == "Cancelled"


def test_query_whose_start_was_not_answered_is_not_started_twice(server: LogsServer, client: Any, waits: Waits) -> None:
    """It may run already, and each run is paid."""
    server.add(GROUP, every(500, 3))
    server.cut("StartQuery")

    with pytest.raises(GenaiObsError, match="cannot be reached"):
        ask(client, waits)

    assert operations(server) == ["StartQuery"]


def test_server_that_is_not_there_is_waited_for_and_named(waits: Waits, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that never left may be repeated, whatever it does."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "http://127.0.0.1:1")

    with pytest.raises(GenaiObsError, match="cannot be reached"):
        ask(logs_client(), waits)

    assert waits.clock() == pytest.approx(60.0)


def test_interrupt_stops_the_query(server: LogsServer, client: Any, waits: Waits) -> None:
    """Ctrl-C while it runs ends the query on the service too."""
    server.add(GROUP, every(500, 3))
    server.manners.running_polls = 5

    with pytest.raises(KeyboardInterrupt):
        ask(client, waits, progress=interrupt)

    assert operations(server) == ["StartQuery", "GetQueryResults", "StopQuery"]
    assert server.queries[0].status == "Cancelled"


def test_interrupt_while_waiting_stops_the_query(server: LogsServer, client: Any, waits: Waits) -> None:
    """Ctrl-C between two polls does the same."""
    server.add(GROUP, every(500, 3))
    waits.then = interrupt

    with pytest.raises(KeyboardInterrupt):
        ask(client, waits)

    assert server.queries[0].status == "Cancelled"


def test_stop_that_fails_does_not_hide_the_reason(server: LogsServer, client: Any, waits: Waits) -> None:
    """The first error is the one that is seen."""
    server.add(GROUP, every(500, 3))
    server.fail("GetQueryResults", "ExpiredTokenException", "The security token included in the request is expired")
    server.fail("StopQuery", "ExpiredTokenException", "The security token included in the request is expired")

    with pytest.raises(GenaiObsError, match="session has expired") as failed:
        ask(client, waits)

    assert failed.value.slug == "aws-expired"
    assert operations(server)[-1] == "StopQuery"


def test_query_that_cloudwatch_refuses_is_marked_in_its_text(server: LogsServer, client: Any, waits: Waits) -> None:
    """The place that the service names is shown in the query."""
    server.add(GROUP, every(500, 3))

    with pytest.raises(TextError) as refused:
        ask(client, waits, "fields n | nonsense n")

    assert refused.value.slug == "refused-query"
    assert "CloudWatch refuses the query" in str(refused.value)
    assert "fields n | nonsense n\n             ^^^^^^^^" in str(refused.value)


def test_refusal_without_a_place_is_a_sentence(server: LogsServer, client: Any, waits: Waits) -> None:
    """Old accounts of the error have a message only."""
    server.fail("StartQuery", "MalformedQueryException", "unexpected symbol found ? at line 1 and position 2")

    with pytest.raises(GenaiObsError, match="refuses the query: unexpected symbol found") as refused:
        ask(client, waits)

    assert not isinstance(refused.value, TextError)


@pytest.mark.parametrize(
    ("code", "slug"),
    [
        ("AccessDeniedException", "aws-denied"),
        ("ResourceNotFoundException", "no-log-group"),
        ("UnrecognizedClientException", "bad-credentials"),
        ("InvalidSignatureException", "bad-credentials"),
        ("InvalidParameterException", "aws-error"),
    ],
)
def test_refusals_of_the_service_have_slugs(
    server: LogsServer, client: Any, waits: Waits, code: str, slug: str
) -> None:
    """Each kind of refusal is one sentence with the service's own words in it."""
    server.fail("StartQuery", code, "its own words")

    with pytest.raises(GenaiObsError, match="its own words") as refused:
        ask(client, waits)

    assert refused.value.slug == slug


def test_log_group_that_is_not_there_is_named(client: Any, waits: Waits) -> None:
    """One unknown group fails the whole query."""
    with pytest.raises(GenaiObsError, match="Log group '/aws/lambda/chat' does not exist") as missing:
        ask(client, waits)

    assert missing.value.slug == "no-log-group"


def test_limit_of_the_caller_is_sent_and_meant(server: LogsServer, client: Any, waits: Waits) -> None:
    """Who asks for so many rows gets them, and no query more."""
    server.add(GROUP, every(500, 30))

    result = ask(client, waits, limit=7)

    assert len(result.rows) == 7
    assert server.queries[0].body["limit"] == 7
    assert len(server.queries) == 1
    assert result.warnings == ()


@pytest.mark.parametrize("limit", [0, -1, 100_001])
def test_limit_out_of_range_is_refused(client: Any, waits: Waits, limit: int) -> None:
    """CloudWatch takes 1 to 100,000."""
    with pytest.raises(GenaiObsError, match="from 1 to 100,000") as refused:
        ask(client, waits, limit=limit)

    assert refused.value.slug == "bad-limit"


@pytest.mark.parametrize(("text", "sent"), [("fields n | limit 5", None), ("fields n | limit 20000", 20_000)])
def test_large_limit_in_the_query_is_sent_as_well(
    server: LogsServer, client: Any, waits: Waits, text: str, sent: int | None
) -> None:
    """The service's default must not cut what the query asks for."""
    server.add(GROUP, every(500, 3))

    ask(client, waits, text)

    assert server.queries[0].body.get("limit") == sent


def test_old_client_asks_for_no_more_than_one_page(server: LogsServer, client: Any, waits: Waits) -> None:
    """A botocore that cannot turn pages leaves the service's default in force."""
    client.meta.service_model.operation_model("GetQueryResults").input_shape.members.pop("nextToken", None)
    server.add(GROUP, every(500, 3))

    ask(client, waits)

    assert "limit" not in server.queries[0].body


@needs_new_botocore
def test_pages_are_turned(server: LogsServer, client: Any, waits: Waits) -> None:
    """More than 10,000 rows come in several answers."""
    server.add(GROUP, every(2, 20_500))

    result = ask(client, waits, "fields n")

    assert [row[0] for row in result.rows] == [str(n) for n in reversed(range(20_500))]
    assert [call.body.get("nextToken") is not None for call in server.calls[1:]] == [False, True, True]


def test_query_that_only_cloudwatch_understands_is_sent(waits: Waits, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is refused locally may be right on the service."""
    from genai_obs.tools.cloudwatch.session import logs_client

    text = "fields a | join type=inner left=l right=r where l.a=r.a (SOURCE 'x')"
    answered = Result((Column("a"),), [("1",)], Statistics())
    with LogsServer(answer=lambda *_: answered) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", server.url)
        server.add(GROUP, every(500, 3))

        result = ask(logs_client(), waits, text)

    assert [row[0] for row in result.rows] == ["1"]
    assert server.queries[0].text == text
