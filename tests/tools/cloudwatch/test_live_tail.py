"""Live tail over the event stream of real boto3, and the way around it."""

import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from tools.cloudwatch.support import GROUP, START_MS, Waits, events

from genai_obs.errors import GenaiObsError
from genai_obs.tools.cloudwatch.follow import follow_groups
from genai_obs.tools.cloudwatch.live_tail import live_tail
from genai_obs.tools.local.logs_live import Broken, Lost, Update
from genai_obs.tools.local.logs_server import LogsServer
from genai_obs.tools.logs.events import LogEvent

ARN = f"arn:aws:logs:us-east-1:123456789012:log-group:{GROUP}"
ONE, TWO, THREE = events([START_MS, START_MS + 1, START_MS + 2])


@pytest.fixture(autouse=True)
def group(server: LogsServer) -> None:
    """Have an empty log group."""
    server.add(GROUP, [])


def take(found: Iterator[LogEvent], count: int) -> list[str]:
    """Return the first messages."""
    return [event.message for event in islice(found, count)]


def test_events_come_with_all_that_is_known_of_them(server: LogsServer, client: Any) -> None:
    """Time, stream and group are those of the event."""
    server.live.scripts.append([Update(), Update((ONE,))])

    event = next(live_tail(client, [ARN]))

    assert event == LogEvent(ONE.message, START_MS, stream="s", log=f"123456789012:{GROUP}", ingested_ms=START_MS)


def test_events_that_come_in_later_are_seen(server: LogsServer, client: Any) -> None:
    """A session follows its group."""
    found = live_tail(client, [ARN])
    server.live.scripts.append([Update((ONE,)), Broken("SessionTimeoutException")])
    assert take(found, 1) == [ONE.message]

    # The next session follows the group, and opens only when somebody asks for its events.
    server.live.on_open = lambda: server.add(GROUP, [TWO, THREE])

    assert take(found, 2) == [TWO.message, THREE.message]


def test_filter_pattern_and_groups_are_sent(server: LogsServer, client: Any) -> None:
    """The service filters, so that only what is wanted travels."""
    server.live.scripts.append([Update((ONE,))])

    next(live_tail(client, [ARN], "ERROR"))

    assert server.calls[0].body == {"logGroupIdentifiers": [ARN], "logEventFilterPattern": "ERROR"}


@pytest.mark.parametrize(
    ("end", "sentence"),
    [
        (
            Broken("SessionTimeoutException", "Session timed out"),
            "a live tail session ends after three hours: a new one",
        ),
        (Broken("SessionStreamingException"), "the live tail session broke off: a new one"),
        (Lost(), "the connection to live tail was lost: a new one"),
    ],
)
def test_session_that_ends_is_followed_by_another(
    server: LogsServer, client: Any, waits: Waits, end: Broken | Lost, sentence: str
) -> None:
    """The lines go on, and a notice says that some may be missing."""
    server.live.scripts += [[Update((ONE,)), end], [Update((TWO,))]]
    notices: list[str] = []

    found = take(live_tail(client, [ARN], notice=notices.append, patience=waits.patience()), 2)

    assert found == [ONE.message, TWO.message]
    assert notices[0].startswith(sentence)
    assert notices[0].endswith("lines that came in between are not shown")


def test_sessions_that_keep_ending_are_given_up(server: LogsServer, client: Any, waits: Waits) -> None:
    """Six sessions in a row that hold for no half minute are enough."""
    server.live.scripts += [[Lost()]] * 10

    with pytest.raises(GenaiObsError, match="6 times in a row") as failed:
        take(live_tail(client, [ARN], patience=waits.patience()), 1)

    assert failed.value.slug == "aws-network"
    assert waits.slept == pytest.approx([1.0, 3.0, 7.0, 10.0, 10.0])


def test_sample_is_told_once(server: LogsServer, client: Any) -> None:
    """Whoever sees a part of the lines knows it."""
    server.live.scripts.append([Update((ONE,), sampled=True), Update((TWO,), sampled=True)])
    notices: list[str] = []

    take(live_tail(client, [ARN], notice=notices.append), 2)

    assert notices == ["more than 500 lines a second come in: CloudWatch sends a sample of them"]


@pytest.mark.parametrize("code", ["AccessDeniedException", "InvalidOperationException", "LimitExceededException"])
def test_where_live_tail_may_not_be_used_groups_are_asked_again_and_again(
    server: LogsServer, client: Any, waits: Waits, code: str
) -> None:
    """The lines come all the same, a little later, and a notice says why."""
    server.fail("StartLiveTail", code)
    now_ms = time.time_ns() // 1_000_000
    late, later = events([now_ms + 1000, now_ms + 2000])
    waits.then = lambda _: server.add(GROUP, [later])
    server.add(GROUP, [late])
    notices: list[str] = []

    found = take(live_tail(client, [ARN], notice=notices.append, patience=waits.patience()), 2)

    assert found == [late.message, later.message]
    assert notices == [f"no live tail ({code}): asking every few seconds instead"]


def test_other_refusals_are_errors(client: Any) -> None:
    """A group that is not there is no reason to try something else."""
    with pytest.raises(GenaiObsError, match="does not exist") as missing:
        next(live_tail(client, [f"{ARN}-other"]))

    assert missing.value.slug == "no-log-group"


def test_eleven_groups_are_too_many(client: Any) -> None:
    """The service takes ten."""
    with pytest.raises(GenaiObsError, match="at most 10") as refused:
        next(live_tail(client, [ARN] * 11))

    assert refused.value.slug == "many-log-groups"


def test_following_shows_each_event_once_and_in_order(server: LogsServer, client: Any, waits: Waits) -> None:
    """Late events are seen, seen ones are not repeated, and groups are merged by time."""
    other = events(START_MS + 1 + n for n in range(2))
    server.add(GROUP, [ONE, THREE])
    server.add("/other", [LogEvent("other", START_MS + 1)])
    late = LogEvent("late", START_MS)
    waits.then = lambda _: server.add(GROUP, [late])
    arns = [ARN, "arn:aws:logs:us-east-1:123456789012:log-group:/other"]

    found = take(follow_groups(client, arns, since_ms=START_MS, patience=waits.patience()), 4)

    assert found == [ONE.message, "other", THREE.message, "late"]
    assert waits.slept == [2.0]
    assert len(other) == 2


def test_following_turns_pages_and_sends_the_pattern(server: LogsServer, client: Any, waits: Waits) -> None:
    """More than one answer's worth of events is read, filtered by the service."""
    server.add(GROUP, [LogEvent(f"{'yes' if n % 2 else 'no'} {n}", START_MS + n) for n in range(20_010)])

    found = take(follow_groups(client, [ARN], "yes", since_ms=START_MS, patience=waits.patience()), 10_005)

    assert found[-1] == "yes 20009"
    assert [call.body["filterPattern"] for call in server.calls] == ["yes", "yes"]
