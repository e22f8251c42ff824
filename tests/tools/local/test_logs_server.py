"""The CloudWatch Logs-shaped server, as plain boto3 sees it."""

from collections.abc import Iterator, Sequence
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from genai_obs.tools.insights.result import Column, Result, Statistics
from genai_obs.tools.local.logs_groups import LogGroup
from genai_obs.tools.local.logs_server import LogsServer
from genai_obs.tools.logs.events import LogEvent

START_S = 1_700_000_000


def answer(text: str, events: Sequence[LogEvent], start_ms: int, end_ms: int, limit: int) -> Result:
    """Answer any query with the messages in range."""
    rows: list[tuple[str | None, ...]] = [(event.message, None) for event in events]
    return Result((Column("@message"), Column("gone")), rows[:limit], Statistics(records_matched=len(rows)))


@pytest.fixture
def server() -> Iterator[LogsServer]:
    """Run a server with five events, one every half second."""
    events = [LogEvent(f"m{n}", START_S * 1000 + 500 * n) for n in range(5)]
    with LogsServer([LogGroup("/a", events)], answer=answer) as running:
        yield running


@pytest.fixture
def client(server: LogsServer) -> Any:
    """Return plain boto3."""
    config = Config(retries={"total_max_attempts": 1}, inject_host_prefix=False)
    return boto3.client("logs", endpoint_url=server.url, config=config)


def start(client: Any, **options: Any) -> str:
    """Start a query over all events and return its id."""
    asked = {"queryString": "fields @message", "startTime": START_S, "endTime": START_S + 10, "logGroupNames": ["/a"]}
    return str(client.start_query(**asked | options)["queryId"])


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    """Return the code of an error of the service."""
    return error.value.response["Error"]["Code"]


def test_query_goes_from_scheduled_to_complete(server: LogsServer, client: Any) -> None:
    """Half of the rows are there while it runs; numbers are floats; missing cells are left out."""
    server.manners.scheduled_polls = server.manners.running_polls = 1
    query_id = start(client)

    answers = [client.get_query_results(queryId=query_id) for _ in range(3)]

    assert [found["status"] for found in answers] == ["Scheduled", "Running", "Complete"]
    assert [len(found["results"]) for found in answers] == [0, 2, 5]
    assert answers[2]["results"][0] == [
        {"field": "@message", "value": "m0"},
        {"field": "@ptr", "value": f"{query_id}:0"},
    ]
    statistics = answers[2]["statistics"]
    assert (statistics["recordsMatched"], statistics["recordsScanned"], statistics["bytesScanned"]) == (5.0, 5.0, 10.0)


@pytest.mark.parametrize(("whole_seconds", "messages"), [(False, ["m0", "m1", "m2"]), (True, ["m0", "m1", "m2", "m3"])])
def test_end_of_the_range_is_read_in_one_of_two_ways(
    server: LogsServer, client: Any, whole_seconds: bool, messages: list[str]
) -> None:
    """Its second belongs to the range whole, or with its first millisecond only."""
    server.manners.whole_seconds = whole_seconds

    found = client.get_query_results(queryId=start(client, endTime=START_S + 1))

    assert [row[0]["value"] for row in found["results"]] == messages


def test_results_come_in_pages(server: LogsServer, client: Any) -> None:
    """A token leads to the next one, the last has none."""
    query_id = start(client)

    first = client.get_query_results(queryId=query_id, maxItems=3)
    second = client.get_query_results(queryId=query_id, maxItems=3, nextToken=first["nextToken"])

    assert (len(first["results"]), len(second["results"])) == (3, 2)
    assert "nextToken" not in second


def test_rows_are_limited(server: LogsServer, client: Any) -> None:
    """By what the caller says, else by the default, and always by the maximum."""
    server.manners.default_rows, server.manners.max_rows = 2, 4

    found = [
        client.get_query_results(queryId=start(client, **more))["results"] for more in ({}, {"limit": 3}, {"limit": 9})
    ]

    assert [len(rows) for rows in found] == [2, 3, 4]


def test_stopped_query_is_cancelled(server: LogsServer, client: Any) -> None:
    """It is told so when asked again."""
    server.manners.running_polls = 5
    query_id = start(client)

    assert client.stop_query(queryId=query_id)["success"] is True
    assert client.get_query_results(queryId=query_id)["status"] == "Cancelled"


def test_query_that_is_over_cannot_be_stopped(client: Any) -> None:
    """StopQuery says so."""
    query_id = start(client)
    client.get_query_results(queryId=query_id)

    with pytest.raises(ClientError) as refused:
        client.stop_query(queryId=query_id)

    assert code_of(refused) == "InvalidParameterException"


def test_too_many_queries_at_a_time_are_refused(server: LogsServer, client: Any) -> None:
    """The sentence is that of the service."""
    server.manners.concurrent, server.manners.running_polls = 1, 5
    start(client)

    with pytest.raises(ClientError, match=r"Account maximum query concurrency limit of \[1\] reached") as refused:
        start(client)

    assert code_of(refused) == "LimitExceededException"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"endTime": START_S - 1}, "InvalidParameterException"),
        ({"logGroupNames": ["/nothing"]}, "ResourceNotFoundException"),
        ({"logGroupName": "/a"}, "InvalidParameterException"),
        ({"logGroupNames": ["/a"] * 51}, "InvalidParameterException"),
        ({"logGroupNames": ["arn:aws:logs:us-east-1:123456789012:log-group:/a:*"]}, "InvalidParameterException"),
        ({"queryString": "f" * 10_001}, "InvalidParameterException"),
    ],
)
def test_wrong_parameters_are_refused(client: Any, options: dict[str, Any], code: str) -> None:
    """With the code that the service uses."""
    with pytest.raises(ClientError) as refused:
        start(client, **options)

    assert code_of(refused) == code


def test_range_before_the_group_is_refused(server: LogsServer, client: Any) -> None:
    """Nothing can be queried that is older than its group."""
    server.groups.find("/a").created_ms = (START_S + 60) * 1000

    with pytest.raises(ClientError, match="creation time") as refused:
        start(client)

    assert code_of(refused) == "MalformedQueryException"


def test_faults_are_answered_in_order(server: LogsServer, client: Any) -> None:
    """So many times, then all is well."""
    server.fail("StartQuery", "ThrottlingException", "Rate exceeded", times=2)

    for _ in range(2):
        with pytest.raises(ClientError, match="Rate exceeded"):
            start(client)

    assert start(client)


def test_operation_that_is_not_there_is_refused(client: Any) -> None:
    """Nothing is answered with a plausible nothing."""
    with pytest.raises(ClientError, match="has no DescribeLogStreams"):
        client.describe_log_streams(logGroupName="/a")


def test_failure_of_the_server_is_seen() -> None:
    """It is answered, and raised at the end."""

    def broken(*_: object) -> Result:
        raise ZeroDivisionError

    def run() -> None:
        with LogsServer([LogGroup("/a")], answer=broken) as server:
            config = Config(retries={"total_max_attempts": 1})
            with pytest.raises(ClientError, match="InternalFailure"):
                start(boto3.client("logs", endpoint_url=server.url, config=config))

    with pytest.raises(ZeroDivisionError):
        run()


def test_linked_accounts_are_listed_only_when_asked_for(server: LogsServer, client: Any) -> None:
    """As in a monitoring account."""
    server.groups.add("/b", []).account = "999999999999"

    own = client.describe_log_groups()["logGroups"]
    all_of_them = client.describe_log_groups(includeLinkedAccounts=True)["logGroups"]

    assert [group["logGroupName"] for group in own] == ["/a"]
    assert [group["logGroupArn"].split(":")[4] for group in all_of_them] == ["123456789012", "999999999999"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("", ["one two", "one", '{"a": {"b": "c"}, "n": 1}']),
        ('one "two"', ["one two"]),
        ('{ $.a.b = "c" }', ['{"a": {"b": "c"}, "n": 1}']),
        ('{ $.a.b = "c" && $.n = 1 }', ['{"a": {"b": "c"}, "n": 1}']),
        ('{ $.a.b = "c" && $.n = 2 }', []),
        ('{ $.a = "c" }', []),
    ],
)
def test_events_are_filtered_by_a_pattern(server: LogsServer, client: Any, pattern: str, found: list[str]) -> None:
    """All terms must be there, or all members of a JSON line be equal."""
    messages = ["one two", "one", '{"a": {"b": "c"}, "n": 1}']
    server.add("/b", [LogEvent(message, START_S * 1000 + n) for n, message in enumerate(messages)])

    events = client.filter_log_events(logGroupName="/b", filterPattern=pattern)["events"]

    assert [event["message"] for event in events] == found


@pytest.mark.parametrize(
    "pattern", ["{ $.a > 1 }", "?one ?two", "[a, b]", "%x%", "-one", '{ $.a = "b*" }', "{ $.a = 1"]
)
def test_patterns_that_are_not_known_are_refused(server: LogsServer, client: Any, pattern: str) -> None:
    """None of them is taken for something else."""
    with pytest.raises(ClientError, match="no such filter pattern"):
        client.filter_log_events(logGroupName="/a", filterPattern=pattern)


def test_events_are_filtered_by_time(client: Any) -> None:
    """Both ends are inclusive, in milliseconds."""
    found = client.filter_log_events(logGroupName="/a", startTime=START_S * 1000 + 500, endTime=START_S * 1000 + 1500)

    assert [event["message"] for event in found["events"]] == ["m1", "m2", "m3"]


def test_live_session_sends_no_more_than_500_events_at_a_time(server: LogsServer, client: Any) -> None:
    """The rest of that second is left out, and marked."""
    stream = client.start_live_tail(logGroupIdentifiers=[server.groups.find("/a").arn])["responseStream"]
    messages = iter(stream)
    assert "sessionStart" in next(messages)
    assert next(messages)["sessionUpdate"]["sessionResults"] == []

    server.add("/a", [LogEvent("x", START_S * 1000)] * 501)
    update = next(found["sessionUpdate"] for found in messages if found["sessionUpdate"]["sessionResults"])
    stream.close()

    assert len(update["sessionResults"]) == 500
    assert update["sessionMetadata"] == {"sampled": True}
