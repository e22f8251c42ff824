"""Rows of sums grouped by what they go to and by bucket of time."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from genai_obs.tools.metrics.piles import Buckets
from genai_obs.tools.metrics.samples import Floats, Integers


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """
    An order of rows in which those of one target and one bucket follow each other.

    Args:
        order: The rows in this order; those that go nowhere are left out.

        firsts: Where each group begins in it.

        targets: Target of each group, ascending.

        starts_s: Bucket of each group, ascending within a target.
    """

    order: Integers
    firsts: Integers
    targets: Integers
    starts_s: Integers

    @classmethod
    def of(cls, targets: Integers, starts_s: Integers) -> "Grouping":
        """Group rows by their target, below 0 for none, and their bucket."""
        used = np.flatnonzero(targets >= 0)
        order = used[np.lexsort((starts_s[used], targets[used]))]
        targets, starts_s = targets[order], starts_s[order]
        is_new = (targets[1:] != targets[:-1]) | (starts_s[1:] != starts_s[:-1])
        firsts = np.flatnonzero(np.concatenate((np.ones(min(len(order), 1), bool), is_new)))
        return cls(order, firsts, targets[firsts], starts_s[firsts])

    def split(self, counts: Floats, sums: Floats, minima: Floats, maxima: Floats) -> Iterator[tuple[int, Buckets]]:
        """Yield each target that has values with its buckets; a row's smallest and largest are endless without one."""
        if not len(self.firsts):
            return
        counts = np.add.reduceat(counts[self.order], self.firsts)
        filled = np.flatnonzero(counts)
        starts_s, counts = self.starts_s[filled], counts[filled]
        sums = np.add.reduceat(sums[self.order], self.firsts)[filled]
        minima = np.minimum.reduceat(minima[self.order], self.firsts)[filled]
        maxima = np.maximum.reduceat(maxima[self.order], self.firsts)[filled]
        for target, first, end in _runs(self.targets[filled]):
            part = slice(first, end)
            yield target, Buckets(starts_s[part], counts[part], sums[part], minima[part], maxima[part])


def split_values(targets: Integers, starts_s: Integers, values: Floats) -> Iterator[tuple[int, Integers, Floats]]:
    """Yield each target with the starts and the values that go to it; a target below 0 is none."""
    order = np.argsort(targets, kind="stable")
    targets, starts_s, values = targets[order], starts_s[order], values[order]
    for target, first, end in _runs(targets):
        if target >= 0:
            yield target, starts_s[first:end], values[first:end]


def _runs(ordered: Integers) -> Iterator[tuple[int, int, int]]:
    """Yield each value of an ascending array with where it begins and where it ends."""
    firsts = np.flatnonzero(np.concatenate((np.ones(min(len(ordered), 1), bool), ordered[1:] != ordered[:-1])))
    ends = np.append(firsts[1:], len(ordered))
    yield from zip(ordered[firsts].tolist(), firsts.tolist(), ends.tolist(), strict=False)
