"""EMF lines for tests of the bill, and a plain second count of what they would cost."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from genai_obs.tools.logs.events import LogEvent
from genai_obs.tools.logs.inputs import Inputs, events_input

HOUR_MS = 3_600_000
NOON_MS = 20_000 * 24 * HOUR_MS + 12 * HOUR_MS
NAMESPACE = "Space"


def emf_line(at_ms: int, *sets: list[str], metrics: Iterable[str] = ("M",), **members: Any) -> str:
    """Return a document with one directive."""
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": list(sets),
        "Metrics": [{"Name": name} for name in metrics],
    }
    return json.dumps({"_aws": {"Timestamp": at_ms, "CloudWatchMetrics": [directive]}, **members})


def as_inputs(*lines: tuple[int, str]) -> Inputs:
    """Return lines with their times as inputs."""
    return events_input([LogEvent(line, at_ms) for at_ms, line in lines])


def count_plainly(lines: Iterable[tuple[int, str]], name: str | None) -> int:
    """
    Return the metric-hours of the finest sets, with one more dimension or without.

    Every metric of every hour is written down as a tuple, and the tuples are counted.
    """
    found: set[tuple[Any, ...]] = set()
    for _, line in lines:
        root = json.loads(line)
        for directive in root["_aws"]["CloudWatchMetrics"]:
            names = max(directive["Dimensions"], key=len)
            own = _own_dimension(root, names, name)
            if own is not None:
                hour = root["_aws"]["Timestamp"] // HOUR_MS
                values = tuple((key, root[key]) for key in sorted(names))
                found |= {(hour, each["Name"], values, own) for each in directive["Metrics"] if each["Name"] in root}
    return len(found)


def _own_dimension(root: Mapping[str, Any], names: list[str], name: str | None) -> tuple[str, ...] | None:
    """Return the further dimension of a line: empty where it has none, None where its value is impossible."""
    value = root.get(name or "")
    if not isinstance(value, str) or name in names:
        return ()
    possible = 0 < len(value) <= 1024 and value.isascii() and value.isprintable() and not value.isspace()
    return (value,) if possible else None
