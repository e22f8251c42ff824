"""Points of regular rows, put together by DuckDB and added to the families of metrics."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from genai_obs.tools.insights.events.database import Database
from genai_obs.tools.metrics.bulk.grouping import Grouping, split_values
from genai_obs.tools.metrics.bulk.shapes_sql import KnownShapes
from genai_obs.tools.metrics.bulk.targets import NOWHERE, TOO_MANY, Columns, LazyPiles, Targets, find_targets
from genai_obs.tools.metrics.drops import Drops
from genai_obs.tools.metrics.emf import load_json
from genai_obs.tools.metrics.families import Families
from genai_obs.tools.metrics.shapes import Definition, Directive

_COMBINATIONS = "emf_combinations"


@dataclass(frozen=True, slots=True)
class Collector:
    """
    Takes the points of regular rows out of a table.

    Args:
        database: Has the table.

        table: Its name.

        known: The shapes, in the order of their numbers.

        families: Takes the values.

        drops: Takes what is left out.

        wanted: SQL of whether a row's time is wanted.
    """

    database: Database
    table: str
    known: KnownShapes
    families: Families
    drops: Drops
    wanted: str = "true"

    def collect(self) -> tuple[int, int]:
        """Take the points of all shapes; return how many documents there were, and how many values."""
        where = f"shape IS NOT NULL AND {self.wanted}"
        counted = f"SELECT shape, count(*) FROM {self.table} WHERE {where} GROUP BY shape"  # noqa: S608
        documents = dict(self.database.execute(counted).fetchall())
        values = 0
        for number, shape in enumerate(self.known.shapes.values(), 1):
            rows = documents.get(number, 0)
            for slug, metric in shape.faults if rows else ():
                self.drops.add(slug, None, metric, rows)
            for directive in shape.directives if rows else ():
                values += self._directive(number, directive, rows)
        return sum(documents.values()), values

    def _directive(self, number: int, directive: Directive, rows: int) -> int:
        """Take the points of one directive; return how many values were published."""
        names = sorted({name for each in directive.sets for name in each})
        columns = [f"d{self.known.dimensions[name]}" for name in names]
        where = f"shape = {number} AND {self.wanted}"
        roots = self._combinations(names, columns, where)
        using = f"JOIN {_COMBINATIONS} USING ({', '.join(columns)})" if columns else f"CROSS JOIN {_COMBINATIONS}"
        joined = f"{self.table} {using} WHERE {where}"
        sums = self._sums(directive.definitions, joined)
        for place, definition in enumerate(directive.definitions):
            missing = rows - int(sums[f"c{place}"].sum())
            if missing:
                self.drops.add("emf-missing-value", None, definition.name, missing)
        return sum(self._set(directive, each, roots, sums, joined) for each in directive.sets)

    def _combinations(self, names: list[str], columns: list[str], where: str) -> list[dict[str, Any]]:
        """Number the combinations of dimensions and return each as the members of the root that it stands for."""
        found = f"SELECT DISTINCT {', '.join(columns) or '0 AS nothing'} FROM {self.table} WHERE {where} ORDER BY ALL"  # noqa: S608
        self.database.execute(
            f"CREATE OR REPLACE TEMP TABLE {_COMBINATIONS} AS SELECT row_number() OVER () - 1 AS id, * FROM ({found})"  # noqa: S608
        )
        rows = self.database.execute(f"SELECT * EXCLUDE (id) FROM {_COMBINATIONS} ORDER BY id").fetchall()  # noqa: S608
        if not columns:
            return [{} for _ in rows]
        return [{name: load_json(text) for name, text in zip(names, row, strict=True) if text} for row in rows]

    def _sums(self, definitions: tuple[Definition, ...], joined: str) -> Columns:
        """
        Return sums as columns, a row for each combination (``id``) and bucket of time (``start``).

        ``n`` counts rows; of definition N there are ``cN``, ``sN``, ``lN`` and ``hN``: count, sum, smallest and
        largest value, the last two endless where there is no value.
        """
        bucket_s = min((definition.bucket_s for definition in definitions), default=60)
        aggregates = "".join(
            f", count({m})::DOUBLE AS c{place}, coalesce(fsum({m}), 0) AS s{place}"
            f", coalesce(min({m}), 'inf') AS l{place}, coalesce(max({m}), '-inf') AS h{place}"
            for place, m in enumerate(self._column(definition) for definition in definitions)
        )
        start = f"stamp // {1000 * bucket_s} * {bucket_s}"
        grouped = f"SELECT id, {start} AS start, count(*) AS n{aggregates} FROM {joined} GROUP BY ALL"  # noqa: S608
        return _arrays(self.database.execute(grouped).fetchnumpy())

    def _column(self, definition: Definition) -> str:
        return f"m{self.known.metrics[definition.name]}"

    def _set(
        self, directive: Directive, names: tuple[str, ...], roots: list[dict[str, Any]], sums: Columns, joined: str
    ) -> int:
        """Add the points of one dimension set; return how many values were published."""
        found = find_targets(directive.namespace, names, roots, sums, self.families, self.drops)
        targets = found.places[sums["id"]]
        groupings = {
            bucket_s: Grouping.of(targets, sums["start"] // bucket_s * bucket_s)
            for bucket_s in {definition.bucket_s for definition in directive.definitions}
        }
        published = 0
        for place, definition in enumerate(directive.definitions):
            columns = [sums[f"{of}{place}"] for of in "cslh"]
            lost = int(columns[0][targets == TOO_MANY].sum())
            if lost:
                self.families.family(found.namespace, found.names).metrics.add(definition.name)
            published += int(columns[0][targets >= 0].sum())
            piles = found.piles(self.families, definition)
            for target, part in groupings[definition.bucket_s].split(*columns):
                pile = piles[target]
                if pile is None:
                    lost += int(part.counts.sum())
                    published -= int(part.counts.sum())
                else:
                    pile.add_buckets(part)
            if lost:
                self.drops.add("too-many-metrics", None, definition.name, lost)
            self._add_values(found, definition, piles, joined)
        return published

    def _add_values(self, found: Targets, definition: Definition, piles: LazyPiles, joined: str) -> None:
        """Add single values where they are wanted."""
        keeping = piles.keeping()
        if not keeping:
            return
        column, bucket_s = self._column(definition), definition.bucket_s
        wanted = np.isin(found.places, keeping)
        start = f"stamp // {1000 * bucket_s} * {bucket_s}"
        selected = f"SELECT id, {start} AS start, {column} AS value FROM {joined} AND {column} IS NOT NULL"  # noqa: S608
        single = _arrays(self.database.execute(selected).fetchnumpy())
        targets = np.where(wanted, found.places, NOWHERE)[single["id"]]
        for target, starts_s, values in split_values(targets, single["start"], single["value"]):
            pile = piles[target]
            assert pile is not None
            pile.add_values(starts_s, values)


def _arrays(columns: dict[str, Any]) -> Columns:
    """Return columns without the masks that DuckDB gives them; none has NULLs."""
    return {name: np.ma.getdata(column) for name, column in columns.items()}
