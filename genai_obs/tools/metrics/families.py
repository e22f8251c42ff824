"""Metrics by family: one namespace and one set of dimension names, under which every combination of values counts."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.piles import Pile
from genai_obs.tools.metrics.samples import MetricData, Samples

# Whoever publishes a request id as a dimension makes a metric for every request. Beyond these numbers the
# combinations are counted, because the bill wants their number, and their values are not kept.
MOST_COMBINATIONS = 10_000
MOST_METRICS = 100_000
_MOST_COUNTED = 1_000_000
_HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Cardinality:
    """
    How many metrics one set of dimensions makes.

    Args:
        namespace: The namespace.

        dimensions: Names of the dimensions, ascending; none for metrics without dimensions.

        metrics: Names of the metrics published under them, ascending.

        combinations: How many combinations of values there are; each makes every metric once.

        metric_hours: In how many hours each metric had data, added up over the metrics: what is billed. Of
            combinations that were not kept, each hour counts all metrics of the set.

        distinct: Name of each dimension → how many values it has.

        kept: How many of the combinations are in the data; fewer than there are where there are too many.

        is_exact: Whether the three counts are exact; otherwise there are at least so many.
    """

    namespace: str
    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    combinations: int
    metric_hours: int
    distinct: dict[str, int]
    kept: int
    is_exact: bool = True


class Combination:
    """Metrics of one combination of values; each by its name and unit."""

    __slots__ = ("piles", "values")

    def __init__(self, values: tuple[str, ...]) -> None:
        self.values = values
        self.piles: dict[tuple[str, str], Pile] = {}


class Family:
    """What was published under one set of dimensions."""

    def __init__(self, namespace: str, names: tuple[str, ...]) -> None:
        self.namespace = namespace
        self.names = names
        self.metrics: set[str] = set()
        self.combinations: dict[tuple[str, ...], Combination] = {}
        self._more: set[int] = set()
        self._more_hours: set[int] = set()
        self._distinct: list[set[int]] = [set() for _ in names]
        self._is_exact = True

    def combination(self, values: tuple[str, ...], *, may_grow: bool) -> Combination | None:
        """Return a combination that is kept; None where there are too many."""
        known = self.combinations.get(values)
        if known is not None or not may_grow or len(self.combinations) >= MOST_COMBINATIONS:
            return known
        made = self.combinations[values] = Combination(values)
        return made

    def count_only(self, values: tuple[str, ...], hour: int) -> None:
        """Count a combination that is not kept."""
        if len(self._more_hours) >= _MOST_COUNTED:
            self._is_exact = False
            return
        key = hash(values)
        self._more.add(key)
        self._more_hours.add(hash((key, hour)))
        for seen, value in zip(self._distinct, values, strict=True):
            seen.add(hash(value))

    def lose(self) -> None:
        """Remember that there is more than was counted."""
        self._is_exact = False

    def cardinality(self, kept_hours: int) -> Cardinality:
        """Return the numbers of this family, given the hours of the metrics that were kept."""
        for place, seen in enumerate(self._distinct):
            seen.update(hash(values[place]) for values in self.combinations)
        return Cardinality(
            self.namespace,
            self.names,
            tuple(sorted(self.metrics)),
            len(self.combinations) + len(self._more),
            kept_hours + len(self._more_hours) * len(self.metrics),
            {name: len(seen) for name, seen in zip(self.names, self._distinct, strict=True)},
            len(self.combinations),
            self._is_exact,
        )


class Families:
    """
    All metrics while they are gathered.

    Args:
        keep_values: Of which metrics the single values are wanted.
    """

    def __init__(self, keep_values: Callable[[MetricId], bool]) -> None:
        self._keep_values = keep_values
        self._families: dict[tuple[str, tuple[str, ...]], Family] = {}
        self._metrics = 0

    def combination(self, namespace: str, names: tuple[str, ...], values: tuple[str, ...]) -> Combination | None:
        """Return where the values of a combination go; None where there are too many."""
        return self.family(namespace, names).combination(values, may_grow=self._metrics < MOST_METRICS)

    def count_only(self, namespace: str, names: tuple[str, ...], values: tuple[str, ...], hour: int) -> None:
        """Count a combination that is not kept, in one hour."""
        self.family(namespace, names).count_only(values, hour)

    def family(self, namespace: str, names: tuple[str, ...]) -> Family:
        """Return a family, made when it is asked for first."""
        key = (namespace, names)
        found = self._families.get(key)
        if found is None:
            found = self._families[key] = Family(namespace, names)
        return found

    def pile(self, family: Family, combination: Combination, name: str, unit: str, bucket_s: int) -> Pile | None:
        """Return where the values of a metric go; None where there are too many metrics already."""
        pile = combination.piles.get((name, unit))
        if pile is None:
            if self._metrics >= MOST_METRICS:
                family.lose()
                return None
            metric = _metric(family, combination, name)
            pile = combination.piles[name, unit] = Pile(self._keep_values(metric))
            family.metrics.add(name)
            self._metrics += 1
        pile.bucket_s = min(pile.bucket_s, bucket_s)
        return pile

    def press(self) -> None:
        """Give up the memory of single values that are not wanted."""
        for _, _, combination in self._all():
            for pile in combination.piles.values():
                pile.press()

    def finish(self) -> tuple[MetricData, tuple[Cardinality, ...]]:
        """Return all that was gathered, in the order of the metrics."""
        found: dict[MetricId, list[Samples]] = {}
        hours = dict.fromkeys(self._families, 0)
        for _, family, combination in self._all():
            for (name, unit), pile in sorted(combination.piles.items()):
                metric = _metric(family, combination, name)
                buckets = pile.buckets()
                found.setdefault(metric, []).append(Samples(metric, unit, pile.bucket_s, *buckets))
                combination.piles[name, unit] = Pile(keep=False)
        for metric, samples in found.items():
            names = tuple(name for name, _ in metric.dimensions)
            hours[metric.namespace, names] += _hours(samples)
        data = MetricData({metric: tuple(found[metric]) for metric in sorted(found)}, *_span(found.values()))
        return data, tuple(self._families[key].cardinality(hours[key]) for key in sorted(self._families))

    def _all(self) -> Iterator[tuple[tuple[str, tuple[str, ...]], Family, Combination]]:
        for key, family in self._families.items():
            for combination in family.combinations.values():
                yield key, family, combination


def _metric(family: Family, combination: Combination, name: str) -> MetricId:
    return MetricId(family.namespace, name, tuple(zip(family.names, combination.values, strict=True)))


def _hours(samples: list[Samples]) -> int:
    """Return in how many hours a metric had data, whatever its units."""
    return len(np.unique(np.concatenate([each.starts_s // _HOUR_S for each in samples])))


def _span(found: Iterable[list[Samples]]) -> tuple[int | None, int | None]:
    """Return the starts of the first and the last bucket of all."""
    ends = [(int(each.starts_s[0]), int(each.starts_s[-1])) for samples in found for each in samples]
    return (min(first for first, _ in ends), max(last for _, last in ends)) if ends else (None, None)
