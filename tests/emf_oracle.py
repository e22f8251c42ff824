"""A second reading of EMF lines and of CloudWatch's statistics: slow, plain, and sharing nothing with the first."""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

# Namespace, name, dimensions, unit.
Key: TypeAlias = tuple[str, str, tuple[tuple[str, str], ...], str]

_SIZES = [f"{prefix}{what}" for what in ("bytes", "bits") for prefix in ("", "kilo", "mega", "giga", "tera")]
_UNITS = {
    *("Seconds", "Microseconds", "Milliseconds", "Percent", "Count", "None", "Count/Second"),
    *(size.capitalize() for size in _SIZES),
    *(size.capitalize() + "/Second" for size in _SIZES),
}


@dataclass(slots=True)
class Reading:
    """What lines publish: for each metric its values by second, and what is left out."""

    values: dict[Key, list[tuple[int, float]]] = field(default_factory=dict)
    resolutions: dict[Key, int] = field(default_factory=dict)
    dropped: Counter[str] = field(default_factory=Counter)
    documents: int = 0


def read_lines(lines: Iterable[str]) -> Reading:
    """Read lines whose documents all have a time."""
    reading = Reading()
    for line in lines:
        _read_line(line, reading)
    return reading


def _read_line(line: str, reading: Reading) -> None:
    if "_aws" not in line or ("CloudWatchMetrics" not in line and not line.startswith("{")):
        return
    if not line.startswith("{"):
        reading.dropped["emf-in-text"] += 1
        return
    try:
        root = json.loads(line)
    except ValueError:
        reading.dropped["emf-not-json"] += "CloudWatchMetrics" in line
        return
    if re.search(r"[:,\[] ?-?(NaN|Infinity)\b", line):
        reading.dropped["emf-nan"] += 1
        return
    if "_aws" not in root:
        for value in root.values():
            if isinstance(value, str) and "CloudWatchMetrics" in value and "_aws" in value:
                reading.dropped["emf-quoted"] += 1
                return
            if isinstance(value, dict) and isinstance(value.get("_aws"), dict) and "CloudWatchMetrics" in value["_aws"]:
                reading.dropped["emf-nested"] += 1
                return
        return
    if not isinstance(root["_aws"], dict):
        reading.dropped["emf-bad-aws"] += 1
    elif not isinstance(root["_aws"].get("CloudWatchMetrics"), list):
        reading.dropped["emf-no-directives"] += 1
    else:
        reading.documents += 1
        _read_document(root, reading)


def _read_document(root: dict[str, Any], reading: Reading) -> None:
    stamp = root["_aws"]["Timestamp"]
    if type(stamp) not in {int, float} or not 0 <= stamp < 253402300800000 or stamp % 1:
        reading.dropped["emf-bad-timestamp"] += 1
        return
    directives = root["_aws"]["CloudWatchMetrics"]
    if not all(_has_shape(directive) for directive in directives):
        reading.dropped["emf-bad-shape"] += 1
    elif any(len(directive["Metrics"]) > 100 for directive in directives):
        reading.dropped["emf-too-many-metrics"] += 1
    else:
        for directive in directives:
            _read_directive(root, directive, int(stamp) // 1000, reading)


def _has_shape(directive: Any) -> bool:
    try:
        namespace, sets, metrics = directive["Namespace"], directive["Dimensions"], directive["Metrics"]
        names = [name for names in sets for name in names] + [metric["Name"] for metric in metrics]
    except (KeyError, TypeError):
        return False
    lists = isinstance(sets, list) and all(isinstance(each, list) for each in sets) and isinstance(metrics, list)
    return lists and all(isinstance(name, str) for name in (namespace, *names))


def _read_directive(root: dict[str, Any], directive: dict[str, Any], second: int, reading: Reading) -> None:
    namespace = directive["Namespace"]
    if not re.fullmatch(r"[0-9A-Za-z._/# -][0-9A-Za-z._/#: -]{0,254}", namespace) or namespace.isspace():
        reading.dropped["emf-bad-namespace"] += 1
        return
    if namespace[:4] == "AWS/":
        reading.dropped["emf-reserved-namespace"] += 1
        return
    if not directive["Dimensions"]:
        reading.dropped["emf-no-dimension-set"] += 1
        return
    sets = []
    for names in directive["Dimensions"]:
        found = _dimensions(root, names)
        if isinstance(found, str):
            reading.dropped[found] += 1
        else:
            sets.append(found)
    for metric in directive["Metrics"]:
        values = _values(root, metric)
        if isinstance(values, str):
            reading.dropped[values] += 1
            continue
        resolution = metric.get("StorageResolution", 60)
        for dimensions in sets:
            key = (namespace, metric["Name"], dimensions, metric.get("Unit", "None"))
            start = second - second % resolution
            reading.values.setdefault(key, []).extend((start, float(value)) for value in values)
            reading.resolutions[key] = min(reading.resolutions.get(key, 60), resolution)


def _dimensions(root: dict[str, Any], names: list[str]) -> tuple[tuple[str, str], ...] | str:
    if len(names) > 30:
        return "emf-too-many-dimensions"
    for name in names:
        if not re.fullmatch(r"(?!:)[\x20-\x7e]{1,250}", name) or name.isspace():
            return "emf-bad-dimension-name"
    if len(names) != len(set(names)):
        return "emf-double-dimension"
    for name in sorted(names):
        if name not in root:
            return "emf-missing-dimension"
        value = root[name]
        if not isinstance(value, str) or not re.fullmatch(r"[\x20-\x7e]{1,1024}", value) or value.isspace():
            return "emf-bad-dimension-value"
    return tuple((name, root[name]) for name in sorted(names))


def _values(root: dict[str, Any], metric: dict[str, Any]) -> list[float] | str:
    name = metric["Name"]
    if not name.strip() or len(name) > 255:
        return "emf-bad-metric-name"
    if metric.get("Unit", "None") not in _UNITS:
        return "emf-bad-unit"
    if metric.get("StorageResolution", 60) not in {1, 60}:
        return "emf-bad-resolution"
    if name not in root:
        return "emf-missing-value"
    values = root[name] if isinstance(root[name], list) else [root[name]]
    if isinstance(root[name], dict) and (
        {"Max", "Min", "Count", "Sum"} <= set(root[name]) or {"Values", "Counts"} <= set(root[name])
    ):
        return "emf-statistic-set"
    if len(values) > 100:
        return "emf-too-many-values"
    if any(type(value) not in {int, float} for value in values):
        return "emf-bad-value"
    if any(abs(value) > 2**360 for value in values):
        return "emf-value-too-large"
    return values or "emf-no-values"


def percentile(values: list[float], share: float) -> float:
    """Return a percentile between the two closest ranks."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def trimmed(values: list[float], low: float, high: float) -> tuple[float, float]:
    """Return count and sum of what lies between two shares of the ranks; values at the edge count in part."""
    size = len(values)
    weights = [max(0.0, min(rank + 1, high * size) - max(rank, low * size)) for rank in range(size)]
    return math.fsum(weights), math.fsum(weight * value for weight, value in zip(weights, sorted(values), strict=True))


def winsorized(values: list[float], low: float, high: float) -> float:
    """Return the mean after values beyond two percentiles were set to them."""
    floor, roof = percentile(values, low), percentile(values, high)
    return math.fsum(min(max(value, floor), roof) for value in values) / len(values)
