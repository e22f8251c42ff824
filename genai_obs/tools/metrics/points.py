"""The values of one document: those its shape publishes, and what is wrong with the others."""

import math
from typing import Any

from genai_obs.tools.metrics import rules
from genai_obs.tools.metrics.shapes import is_printable

_TEXT = "emf-bad-value"


def read_values(root: dict[str, Any], name: str) -> tuple[float, ...] | str:
    """Return the values of a metric on the root of a document, or the slug of the rule they break."""
    if name not in root:
        return "emf-nested-value" if _is_path(root, name) else "emf-missing-value"
    found = root[name]
    listed = found if isinstance(found, list) else (found,)
    if len(listed) > rules.MOST_VALUES:
        return "emf-too-many-values"
    if isinstance(found, dict) and _is_statistic_set(found):
        return "emf-statistic-set"
    # One wrong value of a list takes the others along [unknown; our choice].
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in listed):
        return _TEXT
    if not listed:
        return "emf-no-values"
    # Comparing first: an integer may be too large for a float.
    if not all(-rules.LARGEST_VALUE <= value <= rules.LARGEST_VALUE for value in listed):
        return "emf-value-too-large"
    return tuple(float(value) for value in listed)


def _is_statistic_set(found: dict[str, Any]) -> bool:
    """Tell whether a value is ``{"Max", "Min", "Count", "Sum"}``, or has ``Values`` with their ``Counts``."""
    return found.keys() >= {"Max", "Min", "Count", "Sum"} or found.keys() >= {"Values", "Counts"}


def read_dimensions(root: dict[str, Any], names: tuple[str, ...]) -> tuple[str, ...] | str:
    """Return the values of a set of dimensions in the order of their names, or the slug of the rule they break."""
    values = []
    for name in names:
        value = root.get(name, root)
        if value is root:
            return "emf-missing-dimension"
        if not isinstance(value, str) or len(value) > rules.LONGEST_DIMENSION_VALUE or not is_printable(value):
            return "emf-bad-dimension-value"
        values.append(value)
    return tuple(values)


def read_timestamp_ms(timestamp: Any) -> int | None:
    """Return ``_aws.Timestamp``; None where it is no whole number that a time could be."""
    if isinstance(timestamp, bool) or not isinstance(timestamp, int | float):
        return None
    if not math.isfinite(timestamp) or timestamp != int(timestamp) or not 0 <= timestamp < _LATEST_MS:
        return None
    return int(timestamp)


# The year 10000: times behind it are no times, and their minutes would overflow elsewhere.
_LATEST_MS = 253_402_300_800_000


def is_outside_window(stamp_ms: int, ingested_ms: int | None) -> bool:
    """Tell whether CloudWatch takes no metrics of a time from an event that it took then; never where that is None."""
    if ingested_ms is None:
        return False
    return not ingested_ms - rules.OLDEST_MS <= stamp_ms <= ingested_ms + rules.NEWEST_MS


def _is_path(root: Any, name: str) -> bool:
    """Tell whether a dotted name leads to something inside the root."""
    if "." not in name:
        return False
    for key in name.split("."):
        if not isinstance(root, dict) or key not in root:
            return False
        root = root[key]
    return True
