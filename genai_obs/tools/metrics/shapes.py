"""Directives: which metrics a document defines. A program writes few different ones, so each is checked once."""

import re
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson

from genai_obs.tools.metrics import rules

# The slug of a rule and the metric it was broken for; None where it concerns more than one.
Fault: TypeAlias = tuple[str, str | None]

# [documented] for the API: letters, digits and . - _ / # : and blanks, no colon first.
_NAMESPACE = re.compile(r"(?!:)[0-9A-Za-z.\-_/#: ]*", re.ASCII)
_PRINTABLE = re.compile(r"[ -~]*[!-~][ -~]*", re.ASCII)
_MOST_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Definition:
    """
    A metric that a directive defines.

    Args:
        name: Its name, which is that of a member of the root.

        unit: Its unit.

        bucket_s: 60, or 1 for high resolution.
    """

    name: str
    unit: str
    bucket_s: int


@dataclass(frozen=True, slots=True)
class Directive:
    """
    What one directive publishes: every metric under every set of dimensions.

    Args:
        namespace: The namespace.

        sets: Names of dimensions, ascending in each set; an empty one publishes without dimensions.

        definitions: The metrics.
    """

    namespace: str
    sets: tuple[tuple[str, ...], ...]
    definitions: tuple[Definition, ...]

    @property
    def metric_names(self) -> set[str]:
        """Names of the metrics."""
        return {definition.name for definition in self.definitions}


@dataclass(frozen=True, slots=True)
class Shape:
    """
    The directives of a document, checked.

    Args:
        directives: What is publishable.

        faults: What is wrong, once for each thing that is.

        fatal: Whether a fault costs the whole line, whatever its values are.
    """

    directives: tuple[Directive, ...]
    faults: tuple[Fault, ...]
    fatal: bool = False


class Shapes:
    """Checks directives, each text of them once."""

    def __init__(self) -> None:
        self._known: dict[bytes, Shape] = {}

    def of(self, directives: list[Any]) -> Shape:
        """Return the shape of ``_aws.CloudWatchMetrics``."""
        try:
            key = orjson.dumps(directives)
        except TypeError:
            # An integer beyond 64 bits: no writer's habit, so nothing to remember.
            return check_directives(directives)
        shape = self._known.get(key)
        if shape is None:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            shape = self._known[key] = check_directives(directives)
        return shape


def check_directives(directives: list[Any]) -> Shape:
    """Return what directives publish and what is wrong with them."""
    if any(not _is_directive(directive) for directive in directives):
        return Shape((), (("emf-bad-shape", None),), fatal=True)
    if any(len(directive["Metrics"]) > rules.MOST_DEFINITIONS for directive in directives):
        return Shape((), (("emf-too-many-metrics", None),), fatal=True)
    faults: list[Fault] = []
    checked = [_check_directive(directive, faults) for directive in directives]
    return Shape(tuple(directive for directive in checked if directive is not None), tuple(faults))


def _is_directive(directive: Any) -> bool:
    """Tell whether a directive has the members of the specification in the right types."""
    if not isinstance(directive, dict) or not isinstance(directive.get("Namespace"), str):
        return False
    sets, metrics = directive.get("Dimensions"), directive.get("Metrics")
    return (
        isinstance(sets, list)
        and all(isinstance(names, list) and all(isinstance(name, str) for name in names) for names in sets)
        and isinstance(metrics, list)
        and all(isinstance(metric, dict) and isinstance(metric.get("Name"), str) for metric in metrics)
    )


def _check_directive(directive: dict[str, Any], faults: list[Fault]) -> Directive | None:
    namespace = directive["Namespace"]
    slug = _namespace_fault(namespace)
    if slug is not None:
        faults.append((slug, None))
        return None
    if not directive["Dimensions"]:
        faults.append(("emf-no-dimension-set", None))
        return None
    sets = []
    for names in directive["Dimensions"]:
        slug = _set_fault(names)
        if slug is None:
            sets.append(tuple(sorted(names)))
        else:
            faults.append((slug, None))
    definitions = []
    for metric in directive["Metrics"]:
        slug = _definition_fault(metric)
        if slug is None:
            definitions.append(
                Definition(metric["Name"], metric.get("Unit", "None"), int(metric.get("StorageResolution", 60)))
            )
        else:
            faults.append((slug, metric["Name"]))
    return Directive(namespace, tuple(sets), tuple(definitions))


def _namespace_fault(namespace: str) -> str | None:
    if not namespace.strip() or len(namespace) > rules.LONGEST_NAMESPACE or _NAMESPACE.fullmatch(namespace) is None:
        return "emf-bad-namespace"
    return "emf-reserved-namespace" if namespace.startswith("AWS/") else None


def _set_fault(names: list[str]) -> str | None:
    if len(names) > rules.MOST_DIMENSIONS:
        return "emf-too-many-dimensions"
    if any(
        len(name) > rules.LONGEST_DIMENSION_NAME or name.startswith(":") or not is_printable(name) for name in names
    ):
        return "emf-bad-dimension-name"
    return "emf-double-dimension" if len(set(names)) < len(names) else None


def _definition_fault(metric: dict[str, Any]) -> str | None:
    name, unit, resolution = metric["Name"], metric.get("Unit", "None"), metric.get("StorageResolution", 60)
    if not name.strip() or len(name) > rules.LONGEST_METRIC_NAME:
        return "emf-bad-metric-name"
    if not isinstance(unit, str) or unit not in rules.UNITS:
        return "emf-bad-unit"
    # True is 1 in Python and no number in JSON.
    if isinstance(resolution, bool) or resolution not in rules.RESOLUTIONS:
        return "emf-bad-resolution"
    return None


def is_printable(text: str) -> bool:
    """Tell whether a text is ASCII without control characters, and more than blanks."""
    return _PRINTABLE.fullmatch(text) is not None
