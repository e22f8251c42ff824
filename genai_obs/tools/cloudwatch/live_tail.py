"""Log events as they come in: CloudWatch's live tail, or asking again and again where that is not permitted."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from genai_obs.errors import GenaiObsError
from genai_obs.tools.cloudwatch.faults import error_code, explain, fault_kind
from genai_obs.tools.cloudwatch.follow import follow_groups
from genai_obs.tools.cloudwatch.patience import Patience
from genai_obs.tools.logs.events import LogEvent

# [documented] API reference, StartLiveTail.
MOST_GROUPS = 10

# What a session says when it ends by itself, and what to make of it.
_RENEWED = {
    "SessionTimeoutException": "a live tail session ends after three hours",
    "SessionStreamingException": "the live tail session broke off",
}
# No permission, a log class without live tail, or sessions that all are taken.
_NOT_HERE = frozenset({"AccessDeniedException", "InvalidOperationException", "LimitExceededException"})
_SHORTEST_GOOD_S = 30.0


def live_tail(
    client: Any,
    group_arns: Sequence[str],
    filter_pattern: str = "",
    *,
    notice: Callable[[str], None] | None = None,
    patience: Patience | None = None,
) -> Iterator[LogEvent]:
    """
    Yield events as they come in, until the caller stops.

    Args:
        client: Of CloudWatch Logs, from `session.logs_client`.

        group_arns: ARNs of at most ten log groups, from `log_groups.find_arns`.

        filter_pattern: A filter pattern of CloudWatch Logs, empty for all events.

        notice: Called with a sentence when something is to be known: events left out, a session renewed.

        patience: How long a lost network is waited for between two sessions.

    Raises:
        GenaiObsError: When AWS cannot be reached or refuses.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from urllib3.exceptions import HTTPError

    faults = (BotoCoreError, ClientError, HTTPError)
    if len(group_arns) > MOST_GROUPS:
        raise GenaiObsError("many-log-groups", f"live tail follows at most {MOST_GROUPS} log groups at a time")
    waiting, say = patience or Patience(), notice or _silent
    failures = 0
    while True:
        begun = waiting.clock()
        try:
            yield from _session(client, group_arns, filter_pattern, say)
            why = "the live tail session ended"
        except faults as error:
            if error_code(error) in _NOT_HERE:
                say(f"no live tail ({error_code(error)}): asking every few seconds instead")
                yield from follow_groups(client, group_arns, filter_pattern, patience=waiting)
                return
            why = _renewable(error)
        # A session that held for a while was a good one.
        failures = 0 if waiting.clock() - begun > _SHORTEST_GOOD_S else failures + 1
        if failures > 5:
            raise GenaiObsError("aws-network", f"{why} {failures} times in a row")
        say(f"{why}: a new one begins; lines that came in between are not shown")
        waiting.sleep(min(2.0**failures - 1, 10.0) * (0.5 + waiting.chance()))


def _session(client: Any, arns: Sequence[str], pattern: str, say: Callable[[str], None]) -> Iterator[LogEvent]:
    """Yield the events of one session."""
    parameters: dict[str, Any] = {"logGroupIdentifiers": list(arns)}
    if pattern:
        parameters["logEventFilterPattern"] = pattern
    stream = client.start_live_tail(**parameters)["responseStream"]
    told = False
    try:
        for message in stream:
            update = message.get("sessionUpdate") or {}
            if update.get("sessionMetadata", {}).get("sampled") and not told:
                told = True
                say("more than 500 lines a second come in: CloudWatch sends a sample of them")
            yield from map(_event, update.get("sessionResults", ()))
    finally:
        stream.close()


def _renewable(error: Exception) -> str:
    """Return why a session ended, when a new one may help; raise otherwise."""
    if error_code(error) in _RENEWED:
        return _RENEWED[error_code(error)]
    if fault_kind(error) != "final" or type(error).__module__.startswith("urllib3"):
        return "the connection to live tail was lost"
    raise explain(error) from error


def _event(found: dict[str, Any]) -> LogEvent:
    return LogEvent(
        message=found.get("message", "").rstrip("\n"),
        timestamp_ms=found.get("timestamp"),
        stream=found.get("logStreamName"),
        log=found.get("logGroupIdentifier"),
        ingested_ms=found.get("ingestionTime"),
    )


def _silent(_: str) -> None:
    """Say nothing."""
