"""Names, prefixes and ARNs of log groups."""

from typing import Any

import pytest
from tools.cloudwatch.support import Waits

from genai_obs.errors import GenaiObsError
from genai_obs.tools.cloudwatch.log_groups import find_arns, find_groups
from genai_obs.tools.local.logs_server import LogsServer

ARN = "arn:aws:logs:us-east-1:123456789012:log-group:"


def test_names_are_taken_as_they_are(server: LogsServer, client: Any) -> None:
    """Nobody is asked about a name."""
    assert find_groups(["/a", "/b", "/a"], client=client) == {"logGroupNames": ["/a", "/b"]}
    assert server.calls == []


def test_prefix_stands_for_all_that_begin_so(server: LogsServer, client: Any) -> None:
    """More than one page of names is read."""
    for number in range(49):
        server.add(f"/lambda/{number:02d}", [])
    for name in ("/lambda", "/other"):
        server.add(name, [])

    found = find_groups(["/lambda/*", "/other"], client=client)

    assert found == {"logGroupNames": [*(f"/lambda/{number:02d}" for number in range(49)), "/other"]}


def test_all_pages_of_names_are_read(server: LogsServer, client: Any) -> None:
    """A 51st group is found, and is one too many for a query."""
    for number in range(51):
        server.add(f"/lambda/{number:02d}", [])

    with pytest.raises(GenaiObsError, match="51 log groups are more than the 50") as refused:
        find_groups(["/lambda/*"], client=client)

    assert refused.value.slug == "many-log-groups"


def test_prefix_that_finds_nothing_is_an_error(client: Any) -> None:
    """Nothing is asked of no group."""
    with pytest.raises(GenaiObsError, match="begins with '/nothing'") as missing:
        find_groups(["/nothing*"], client=client)

    assert missing.value.slug == "no-log-group"


def test_arns_are_sent_as_identifiers_without_their_star(client: Any) -> None:
    """An ARN as the console copies it is taken."""
    given = ["arn:aws:logs:us-east-1:999999999999:log-group:/a:*", f"{ARN}/b"]

    assert find_groups(given, client=client) == {
        "logGroupIdentifiers": ["arn:aws:logs:us-east-1:999999999999:log-group:/a", f"{ARN}/b"]
    }


def test_names_beside_an_arn_are_identifiers_too(server: LogsServer, client: Any) -> None:
    """StartQuery takes only one of its parameters, and identifiers may be names."""
    server.add("/b/1", [])

    assert find_groups([f"{ARN}/a", "/c", "/b/*"], client=client) == {
        "logGroupIdentifiers": [f"{ARN}/a", "/c", f"{ARN}/b/1"]
    }


def test_no_name_is_no_parameter(client: Any) -> None:
    """A query with SOURCE names its groups itself."""
    assert find_groups([], client=client) == {}


def test_arns_of_names_prefixes_and_arns_are_found(server: LogsServer, client: Any) -> None:
    """Live tail takes ARNs only; a name is not taken for its beginning."""
    for name in ("/a", "/ab", "/b/1", "/b/2"):
        server.add(name, [])

    assert find_arns(["/a", "/b/*", f"{ARN}/z:*"], client=client) == [
        f"{ARN}/a", f"{ARN}/b/1", f"{ARN}/b/2", f"{ARN}/z",
    ]  # fmt: skip


def test_name_without_a_group_has_no_arn(server: LogsServer, client: Any) -> None:
    """The error names it."""
    server.add("/ab", [])

    with pytest.raises(GenaiObsError, match="no log group /a in") as missing:
        find_arns(["/a"], client=client)

    assert missing.value.slug == "no-log-group"


def test_throttled_listing_is_waited_out(server: LogsServer, client: Any, waits: Waits) -> None:
    """DescribeLogGroups has a low rate of its own."""
    server.add("/a/1", [])
    server.fail("DescribeLogGroups", "ThrottlingException", times=3)

    assert find_groups(["/a/*"], client=client, patience=waits.patience()) == {"logGroupNames": ["/a/1"]}
    assert waits.slept == pytest.approx([0.5, 1.0, 2.0])
