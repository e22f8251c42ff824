"""Where the rows of a dimension set go: to the combination of values that they publish under."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from genai_obs.tools.metrics.drops import Drops
from genai_obs.tools.metrics.families import Combination, Families
from genai_obs.tools.metrics.piles import Pile
from genai_obs.tools.metrics.points import read_dimensions
from genai_obs.tools.metrics.samples import Integers
from genai_obs.tools.metrics.shapes import Definition

Columns: TypeAlias = dict[str, npt.NDArray[Any]]

NOWHERE, TOO_MANY = -1, -2
_HOUR_S = 3600


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """
    Where rows go.

    Args:
        namespace: The namespace.

        names: The dimensions of the set.

        combinations: The combinations of values that are kept.

        places: For each number of a row's dimensions its place in ``combinations``; ``NOWHERE`` where a dimension is
            faulty or nothing was published, ``TOO_MANY`` where the combination is only counted.
    """

    namespace: str
    names: tuple[str, ...]
    combinations: list[Combination]
    places: Integers

    def piles(self, families: Families, definition: Definition) -> "LazyPiles":
        """Return where the values of a metric go, by place."""
        return LazyPiles(families, self, definition)


class LazyPiles:
    """Piles of one metric by place, made when they are asked for: not every combination publishes every metric."""

    def __init__(self, families: Families, targets: Targets, definition: Definition) -> None:
        self._families = families
        self._targets = targets
        self._definition = definition
        self._found: dict[int, Pile | None] = {}

    def __getitem__(self, place: int) -> Pile | None:
        if place not in self._found:
            targets, definition = self._targets, self._definition
            family = self._families.family(targets.namespace, targets.names)
            combination = targets.combinations[place]
            found = self._families.pile(family, combination, definition.name, definition.unit, definition.bucket_s)
            self._found[place] = found
        return self._found[place]

    def keeping(self) -> list[int]:
        """Return the places whose single values are wanted."""
        return [place for place, pile in self._found.items() if pile is not None and pile.keeps_values]


def find_targets(
    namespace: str,
    names: tuple[str, ...],
    roots: list[dict[str, Any]],
    sums: Columns,
    families: Families,
    drops: Drops,
) -> Targets:
    """
    Return where the rows of a dimension set go, and count what goes nowhere.

    Args:
        namespace: The namespace.

        names: The dimensions of the set.

        roots: For each number of a row's dimensions the members of the root that it stands for.

        sums: What was published: ``id`` (that number), ``start`` (seconds), ``n`` (rows), ``cN`` (values).

        families: Takes the combinations.

        drops: Takes what is left out.
    """
    rows = np.bincount(sums["id"], sums["n"], len(roots))
    values = sum((sums[name] for name in sums if name[0] == "c"), np.zeros(len(sums["id"])))
    published = np.bincount(sums["id"], values, len(roots))
    places = np.full(len(roots), NOWHERE)
    kept: list[Combination] = []
    found: dict[tuple[str, ...], int] = {}
    for number, root in enumerate(roots):
        dimensions = read_dimensions(root, names)
        if isinstance(dimensions, str):
            drops.add(dimensions, None, None, int(rows[number]))
        elif published[number]:
            if dimensions not in found:
                combination = families.combination(namespace, names, dimensions)
                found[dimensions] = TOO_MANY if combination is None else len(kept)
                kept += [] if combination is None else [combination]
            places[number] = found[dimensions]
    for number, hour in _hours(sums, places == TOO_MANY):
        families.count_only(namespace, names, tuple(roots[number][name] for name in names), hour)
    return Targets(namespace, names, kept, places)


def _hours(sums: Columns, is_wanted: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield wanted numbers with each hour of theirs."""
    used = is_wanted[sums["id"]]
    pairs = np.unique(np.stack((sums["id"][used], sums["start"][used] // _HOUR_S), axis=1), axis=0)
    yield from ((number, hour) for number, hour in pairs.tolist())
