"""Log groups in memory, and what CloudWatch Logs answers about them: names, events, saved queries."""

import base64
import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, TypeVar

import orjson

from genai_obs.tools.logs.events import LogEvent

ACCOUNT = "123456789012"
REGION = "us-east-1"

_Item = TypeVar("_Item")

_EQUALITY = re.compile(r"""\$\.(?P<path>[\w.]+)\s*=\s*(?P<value>"[^"*\\]*"|-?\d+(\.\d+)?)""")


class ServiceError(Exception):
    """An error that the service answers with; ``members`` stand beside its message."""

    def __init__(self, code: str, message: str, *, status: int = 400, **members: object) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.members = members


@dataclass(slots=True)
class LogGroup:
    """
    A log group and its events, in the order in which they came in.

    Args:
        name: Such as ``/aws/lambda/chat``.

        events: Each needs a time.

        created_ms: Nothing before it can be queried.

        account: Twelve digits; another than the server's own makes it a group of a linked account.
    """

    name: str
    events: list[LogEvent] = field(default_factory=list)
    created_ms: int = 0
    account: str = ACCOUNT

    @property
    def arn(self) -> str:
        """The ARN without the ``:*`` that some operations append."""
        return f"arn:aws:logs:{REGION}:{self.account}:log-group:{self.name}"

    def between(self, first_ms: int, last_ms: int) -> list[LogEvent]:
        """Return the events of a time range, both ends inclusive."""
        return [event for event in self.events if first_ms <= (event.timestamp_ms or 0) <= last_ms]


# SOURCE 'group' | SOURCE 'group2' | …, and SOURCE logGroups(namePrefix: ['a', 'b']).
_QUOTED = re.compile(r"""'[^']+'|"[^"]+\"""")
_SOURCE_NAME = re.compile(rf"(?:^|\|)\s*source\s+({_QUOTED.pattern})", re.IGNORECASE)
_SOURCE_PREFIXES = re.compile(r"namePrefix\s*:\s*\[([^\]]*)\]", re.IGNORECASE)


class LogGroups:
    """All log groups of a server, by name."""

    def __init__(self, groups: Iterable[LogGroup] = ()) -> None:
        self._by_name = {group.name: group for group in groups}

    def add(self, name: str, events: Iterable[LogEvent]) -> LogGroup:
        """Append events to a group, which is made if there is none of that name."""
        group = self._by_name.setdefault(name, LogGroup(name))
        group.events.extend(events)
        return group

    def find(self, identifier: str) -> LogGroup:
        """Return the group with that name or ARN."""
        if identifier.endswith(":*"):
            # [documented] API reference, StartQuery: an ARN there must not end in an asterisk.
            raise ServiceError("InvalidParameterException", f"Invalid logGroupIdentifier: {identifier}")
        name = identifier.rsplit(":log-group:", maxsplit=1)[-1]
        group = self._by_name.get(name)
        if group is None or identifier not in (group.name, group.arn):
            raise ServiceError("ResourceNotFoundException", f"Log group '{name}' does not exist")
        return group

    def of_source(self, text: str) -> list[LogGroup]:
        """Return the groups that a query names with SOURCE, by name or by prefix."""
        names = [quoted.strip("'\"") for quoted in _SOURCE_NAME.findall(text)]
        prefixes = [quoted.strip("'\"") for many in _SOURCE_PREFIXES.findall(text) for quoted in _QUOTED.findall(many)]
        if not names and not prefixes:
            raise ServiceError("InvalidParameterException", "this server knows SOURCE with names and with namePrefix")
        found = [self.find(name) for name in names]
        return found + [group for name, group in self._by_name.items() if prefixes and name.startswith(tuple(prefixes))]

    def described(self, body: dict[str, Any]) -> dict[str, Any]:
        """Answer DescribeLogGroups, by pages of at most 50 groups."""
        prefix = body.get("logGroupNamePrefix", "")
        linked = body.get("includeLinkedAccounts", False)
        names = [
            n for n, g in sorted(self._by_name.items()) if n.startswith(prefix) and (linked or g.account == ACCOUNT)
        ]
        page, token = paged(names, body.get("nextToken"), min(body.get("limit", 50), 50))
        return {"logGroups": [_description(self._by_name[name]) for name in page], **token}

    def filtered(self, body: dict[str, Any]) -> dict[str, Any]:
        """Answer FilterLogEvents, oldest event first, by pages."""
        group = self.find(body.get("logGroupIdentifier") or body.get("logGroupName", ""))
        first_ms, last_ms, pattern = body.get("startTime", 0), body.get("endTime", 2**62), body.get("filterPattern", "")
        wanted = [
            _filtered_event(place, event)
            for place, event in enumerate(group.events)
            if first_ms <= (event.timestamp_ms or 0) <= last_ms and matches(event.message, pattern)
        ]
        wanted.sort(key=itemgetter("timestamp"))
        page, token = paged(wanted, body.get("nextToken"), min(body.get("limit", 10_000), 10_000))
        return {"events": page, "searchedLogStreams": [], **token}


def paged(items: Sequence[_Item], token: str | None, size: int) -> tuple[Sequence[_Item], dict[str, str]]:
    """Return one page, and ``nextToken`` when there are more."""
    start = int(base64.b64decode(token)) if token else 0
    end = start + size
    more = {"nextToken": base64.b64encode(str(end).encode()).decode()} if end < len(items) else {}
    return items[start:end], more


def matches(message: str, pattern: str) -> bool:
    """Return whether a message fits a filter pattern; only plain terms and ``{ $.a.b = "c" && … }`` are known here."""
    pattern = pattern.strip()
    if pattern.startswith("{"):
        return all(_member_is(message, *_comparison(part, pattern)) for part in pattern[1:-1].split("&&"))
    if pattern.startswith(("[", "%", "?", "-")):
        raise _unknown_pattern(pattern)
    return all(term in message for term in shlex.split(pattern))


def _comparison(part: str, pattern: str) -> tuple[list[str], object]:
    """Return the path and the value of one equality."""
    found = _EQUALITY.fullmatch(part.strip())
    if found is None or not pattern.endswith("}"):
        raise _unknown_pattern(pattern)
    return found["path"].split("."), orjson.loads(found["value"])


def _member_is(message: str, path: list[str], value: object) -> bool:
    try:
        found = orjson.loads(message)
    except orjson.JSONDecodeError:
        return False
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return bool(found == value) and found is not None


def _unknown_pattern(pattern: str) -> ServiceError:
    return ServiceError("InvalidParameterException", f"the local server knows no such filter pattern: {pattern}")


def _description(group: LogGroup) -> dict[str, Any]:
    return {
        "logGroupName": group.name,
        "creationTime": group.created_ms,
        "arn": f"{group.arn}:*",
        "logGroupArn": group.arn,
        "logGroupClass": "STANDARD",
        "storedBytes": sum(len(event.message.encode()) for event in group.events),
    }


def _filtered_event(place: int, event: LogEvent) -> dict[str, Any]:
    return {
        # The place in the group: unique, and the same in every answer, as event ids are.
        "eventId": f"{place:056d}",
        "logStreamName": event.stream or "local",
        "timestamp": event.timestamp_ms,
        "ingestionTime": event.ingested_ms or event.timestamp_ms,
        "message": event.message,
    }
