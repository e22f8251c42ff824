"""Trees of a search: which metrics it wants."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Schema:
    """The namespace and the exact set of dimension names in braces."""

    namespace: str
    dimensions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """
    A text to be found.

    Args:
        text: What to find; escapes are resolved.

        exact: Whether it stood in double quotes: the whole name or value, case and all.

        where: ``MetricName``, ``Namespace``, the name of a dimension, or None for anywhere.
    """

    text: str
    exact: bool
    where: str | None = None


@dataclass(frozen=True, slots=True)
class All:
    """Every part must match; none at all always does."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One part must match."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part must not match."""

    part: "Condition"


Condition = Term | All | Either | Not


@dataclass(frozen=True, slots=True)
class Search:
    """A schema, if there is one, and a condition."""

    schema: Schema | None
    condition: Condition
