"""
One look at every line, for what the metrics themselves do not tell.

That is: how many bytes there are, from when to when, and how many metrics there would be with another dimension.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from genai_obs.tools.logs.inputs import Inputs
from genai_obs.tools.logs.reader import Counts, OnBytes, read_batches
from genai_obs.tools.metrics.emf import Document, read_document
from genai_obs.tools.metrics.points import read_dimensions, read_timestamp_ms
from genai_obs.tools.metrics.rules import LONGEST_DIMENSION_VALUE
from genai_obs.tools.metrics.shapes import Directive, Shapes, is_printable

HOUR_MS = 3_600_000

# Different values of a field that are told apart, each in each hour and dimension set. A field with more explodes
# whatever the exact number is; only memory would grow.
MOST_VALUES = 100_000

# Different fields that are counted; names that are made up for each line are no fields of anybody.
MOST_FIELDS = 2000

# Types whose values may be those of a metric.
_VALUES = (int, float, list)
# Of a value that no dimension may have; no set of metrics is written so.
_UNUSABLE = -1

# An hour, a namespace, the names and the values of its finest dimension set.
Group = tuple[int, str, tuple[str, ...], tuple[str, ...]]


@dataclass(slots=True)
class GroupCount:
    """
    What the lines of an hour publish under one combination of values of a finest dimension set.

    Args:
        masks: For each list of text fields on a line the metrics that were published, as bits.

        fields: Name of a text field → hash of its value → the metrics that were published with it, as bits.
    """

    masks: dict[tuple[str, ...], int] = field(default_factory=dict)
    fields: dict[str, dict[int, int]] = field(default_factory=dict)


@dataclass(slots=True)
class Survey:
    """
    What a look at every line found.

    Args:
        lines: How many there are.

        bytes: Bytes of their messages as UTF-8, without line breaks: what CloudWatch Logs takes in.

        first_ms: Time of the first; None without lines that have one.

        last_ms: Time of the last.

        hours: Hours since 1970 in which there is a line.

        groups: What the EMF lines hold, hour by hour.

        stored: Name of a text field → how many of its values are told apart, all groups together.

        overflowing: Fields with more values than are told apart.
    """

    lines: int = 0
    bytes: int = 0
    first_ms: int | None = None
    last_ms: int | None = None
    hours: set[int] = field(default_factory=set)
    groups: dict[Group, GroupCount] = field(default_factory=dict)
    stored: dict[str, int] = field(default_factory=dict)
    overflowing: set[str] = field(default_factory=set)

    def finest_metric_hours(self) -> int:
        """Return the metrics by hour that the finest dimension sets have as they are."""
        return sum(_union(group.masks.values()).bit_count() for group in self.groups.values())

    def metric_hours_with(self, name: str) -> int:
        """Return the metrics by hour that the finest sets would have with a field; lines without it stay as now."""
        found = 0
        for group in self.groups.values():
            without = _union(mask for names, mask in group.masks.items() if name not in names)
            masks = group.fields.get(name, {}).values()
            found += without.bit_count() + sum(mask.bit_count() for mask in masks if mask != _UNUSABLE)
        return found

    def values_of(self, name: str) -> int:
        """Return how many different values a field has, of those that were told apart."""
        return len(set().union(*(group.fields.get(name, {}) for group in self.groups.values())))


def survey_lines(
    inputs: Inputs,
    *,
    start_ms: int | None = None,
    end_ms: int | None = None,
    on_bytes: OnBytes | None = None,
    most_values: int = MOST_VALUES,
) -> Survey:
    """
    Look at every line between two times, both included.

    Args:
        inputs: Files and events.

        start_ms: First time that counts; None for all.

        end_ms: Last time that counts.

        on_bytes: Told of each portion read.

        most_values: How many values of a field are told apart.

    Raises:
        GenaiObsError: A file cannot be read.
    """
    survey, shapes, bits = Survey(), Shapes(), _Bits()
    for message, time_ms in _events(inputs, on_bytes, start_ms, end_ms):
        survey.lines += 1
        survey.bytes += len(message) if message.isascii() else len(message.encode("utf-8", "replace"))
        if time_ms is not None:
            survey.hours.add(time_ms // HOUR_MS)
            survey.first_ms = time_ms if survey.first_ms is None else min(survey.first_ms, time_ms)
            survey.last_ms = time_ms if survey.last_ms is None else max(survey.last_ms, time_ms)
        document = read_document(message)
        if isinstance(document, Document):
            _count_document(document, time_ms, survey, shapes, bits, most_values)
    return survey


def _events(
    inputs: Inputs, on_bytes: OnBytes | None, start_ms: int | None, end_ms: int | None
) -> Iterator[tuple[str, int | None]]:
    for batch in read_batches(inputs, on_bytes, Counts()):
        for message, time_ms, _, _, _, _ in batch:
            if (start_ms is None or (time_ms is not None and time_ms >= start_ms)) and (
                end_ms is None or (time_ms is not None and time_ms <= end_ms)
            ):
                yield message, time_ms


class _Bits(dict[str, int]):
    """Gives each name of a metric a bit of its own."""

    def __missing__(self, name: str) -> int:
        bit = self[name] = 1 << len(self)
        return bit


def _count_document(
    document: Document, time_ms: int | None, survey: Survey, shapes: Shapes, bits: _Bits, most_values: int
) -> None:
    root = document.root
    stamp_ms = read_timestamp_ms(document.timestamp)
    at_ms = time_ms if stamp_ms is None else stamp_ms
    if at_ms is None:
        return
    for directive in shapes.of(document.directives).directives:
        names = max(directive.sets, key=len, default=None)
        values = None if names is None else read_dimensions(root, names)
        if names is None or values is None or isinstance(values, str):
            continue
        mask = _mask(directive, root, bits)
        key = (at_ms // HOUR_MS, directive.namespace, names, values)
        group = survey.groups.get(key)
        if group is None:
            group = survey.groups[key] = GroupCount()
        texts = _text_fields(root, names, survey.stored)
        group.masks[texts] = group.masks.get(texts, 0) | mask
        for name in texts:
            seen = group.fields.get(name)
            if seen is None:
                seen = group.fields[name] = {}
            _count_value(seen, name, root[name], mask, survey, most_values)


def _text_fields(root: dict[str, Any], names: tuple[str, ...], known: dict[str, int]) -> tuple[str, ...]:
    is_full = len(known) >= MOST_FIELDS
    # A list first: half the time of a generator.
    return tuple(
        [
            name
            for name, value in root.items()
            if type(value) is str and name not in names and (not is_full or name in known)
        ]
    )


def _count_value(seen: dict[int, int], name: str, text: str, mask: int, survey: Survey, most_values: int) -> None:
    """Count one value of a field on a line that publishes the metrics of a mask."""
    key = hash(text)
    known = seen.get(key)
    if known is None:
        stored = survey.stored.get(name, 0)
        if stored >= most_values:
            survey.overflowing.add(name)
            return
        survey.stored[name] = stored + 1
        seen[key] = mask if _is_usable(text) else _UNUSABLE
    elif known not in (mask, _UNUSABLE):
        seen[key] = known | mask


def _mask(directive: Directive, root: dict[str, Any], bits: _Bits) -> int:
    mask = 0
    for definition in directive.definitions:
        # Booleans and texts are no values; lists are, and the rare broken one matters little here.
        if type(root.get(definition.name)) in _VALUES:
            mask |= bits[definition.name]
    return mask


def _union(masks: Iterable[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found


def _is_usable(text: str) -> bool:
    """Return whether CloudWatch takes it as the value of a dimension."""
    return len(text) <= LONGEST_DIMENSION_VALUE and is_printable(text)
