"""The fields of an event before any command: those found in its JSON, the system's, and those of Lambda's own lines."""

import json
import re
from collections.abc import Iterator
from typing import Any

from genai_obs.tools.logs.events import LogEvent
from insights_oracle.values import Time, Value, number_text

_MB = 1_000_000  # AWS's samples divide @memorySize by 1000 twice to get MB
_LINE_TYPE = re.compile(r"(START|END|REPORT|INIT_START|INIT_REPORT|RESTORE_START|RESTORE_REPORT|EXTENSION|XRAY)\b")
_REQUEST = re.compile(r"RequestId: (\S+)")
_FIGURES = (
    ("@duration", r"(?:^|\t)Duration: ([0-9.]+) ms", 1),
    ("@billedDuration", r"\tBilled Duration: ([0-9.]+) ms", 1),
    ("@memorySize", r"\tMemory Size: ([0-9]+) MB", _MB),
    ("@maxMemoryUsed", r"\tMax Memory Used: ([0-9]+) MB", _MB),
    ("@initDuration", r"\tInit Duration: ([0-9.]+) ms", 1),
)
_TRACE = re.compile(r"XRAY TraceId: (\S+)")


def fields_of(event: LogEvent) -> dict[str, Value]:
    """Return the present fields of an event."""
    found: dict[str, Value] = dict(discovered(event.json_text))
    system: dict[str, Value] = {
        "@message": event.message,
        "@timestamp": None if event.timestamp_ms is None else Time(event.timestamp_ms),
        "@ingestionTime": None if event.ingested_ms is None else Time(event.ingested_ms),
        "@logStream": event.stream,
        "@log": event.log,
    }
    everything = found | system | platform_fields(event.message)
    return {name: value for name, value in everything.items() if value is not None}


def discovered(json_text: str | None) -> dict[str, str]:
    """Return the leaves of a JSON object by their dotted names; of two leaves of one name, the first."""
    found: dict[str, str] = {}
    for path, leaf in [] if json_text is None else leaves(read_json(json_text), ()):
        name = ".".join(path)
        found.setdefault("@" + name if name.startswith("@") else name, leaf)
    return found


def read_json(text: str) -> Any:
    """Return parsed JSON whose numbers are texts in canonical form."""
    return json.loads(text, parse_int=_integer, parse_float=_decimal)


def _integer(digits: str) -> str:
    return "0" if digits == "-0" else digits


def _decimal(digits: str) -> str:
    return number_text(float(digits))


def leaves(node: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield path and text of each leaf; null and what is empty have none."""
    if isinstance(node, dict):
        for key, child in node.items():
            yield from leaves(child, (*path, key))
    elif isinstance(node, list):
        for position, child in enumerate(node):
            yield from leaves(child, (*path, str(position)))
    else:
        text = leaf_text(node)
        if text is not None:
            yield path, text


def leaf_text(leaf: Any) -> str | None:
    """Return the text of a JSON scalar; booleans are 1 and 0."""
    if isinstance(leaf, bool):
        return "1" if leaf else "0"
    return leaf if isinstance(leaf, str) else None


def platform_fields(message: str) -> dict[str, Value]:
    """Return what CloudWatch reads from the lines that Lambda itself writes as text."""
    kind = _LINE_TYPE.match(message)
    request = _REQUEST.search(message) if kind else None
    if kind is None or request is None:
        return {"@type": kind[1]} if kind and kind[1] == "INIT_START" else {}
    found: dict[str, Value] = {"@type": kind[1], "@requestId": request[1]}
    if kind[1] == "REPORT":
        found |= _report_fields(message)
    return found


def _report_fields(message: str) -> dict[str, Value]:
    trace = _TRACE.search(message)
    found: dict[str, Value] = {} if trace is None else {"@xrayTraceId": trace[1]}
    for name, pattern, factor in _FIGURES:
        figure = re.search(pattern, message)
        if figure is not None:
            found[name] = number_text(float(figure[1]) * factor)
    return found
