"""What names a metric in CloudWatch: its namespace, its name and the exact set of its dimensions."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class MetricId:
    """
    One metric. Two that differ in a dimension are two metrics: CloudWatch never adds them up.

    Args:
        namespace: Such as ``AI/LLMMetrics``.

        name: Such as ``AICost``.

        dimensions: Pairs of name and value, in the order of the names.
    """

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "dimensions", tuple(sorted(self.dimensions)))

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str]) -> "MetricId":
        """Return the metric of these dimensions."""
        return cls(namespace, name, tuple(dimensions.items()))

    @property
    def dimension_names(self) -> tuple[str, ...]:
        """The names of the dimensions, in order."""
        return tuple(name for name, _ in self.dimensions)

    def __str__(self) -> str:
        listed = ", ".join(f"{name}={value}" for name, value in self.dimensions)
        return f"{self.namespace} {self.name}" + (f" {{{listed}}}" if listed else "")
