"""Metrics out of events one by one, in plain Python: exact for whatever stands on a line."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from genai_obs.tools.metrics.drops import Drops, Moment
from genai_obs.tools.metrics.emf import Document, read_document
from genai_obs.tools.metrics.families import Families
from genai_obs.tools.metrics.points import is_outside_window, read_dimensions, read_timestamp_ms, read_values
from genai_obs.tools.metrics.shapes import Definition, Directive, Shapes

# So many values may wait before they are put together; 16 bytes each.
_MOST_WAITING = 4_000_000
_HOUR_S = 3600


@dataclass(slots=True)
class PlainReader:
    """
    Takes the metrics out of messages.

    Args:
        families: Takes the values.

        drops: Takes what is left out.

        start_ms: Only documents of this time or later; None for all.

        end_ms: Only documents of this time or earlier; None for all.

        documents: How many documents were read so far.

        values: How many values were published so far.
    """

    families: Families
    drops: Drops
    start_ms: int | None = None
    end_ms: int | None = None
    documents: int = 0
    values: int = 0
    _shapes: Shapes = field(default_factory=Shapes)
    _waiting: int = 0

    def read(self, message: str, moment: Moment) -> None:
        """Take the metrics of one message."""
        found = read_document(message)
        if found is None:
            return
        if isinstance(found, str):
            if self._is_wanted(moment.time_ms):
                self._drop(found, moment)
            return
        self._read_document(found, moment)

    def _read_document(self, document: Document, moment: Moment) -> None:
        # A document without a time takes that of its event [observed; the specification demands one].
        missing = document.timestamp is None
        stamp_ms = moment.time_ms if missing else read_timestamp_ms(document.timestamp)
        if not self._is_wanted(moment.time_ms if stamp_ms is None else stamp_ms):
            return
        self.documents += 1
        if stamp_ms is None:
            self._drop("emf-no-time" if missing else "emf-bad-timestamp", moment)
            return
        shape = self._shapes.of(document.directives)
        if not shape.fatal and is_outside_window(stamp_ms, moment.ingested_ms):
            self._drop("emf-outside-window", moment)
            return
        for slug, metric in shape.faults:
            self._drop(slug, moment, metric)
        for directive in shape.directives:
            self._publish(document, directive, stamp_ms // 1000, moment)

    def _publish(self, document: Document, directive: Directive, second: int, moment: Moment) -> None:
        values: list[tuple[Definition, tuple[float, ...]]] = []
        for definition in directive.definitions:
            read = read_values(document.root, definition.name)
            if isinstance(read, str):
                self._drop(read, moment, definition.name)
            else:
                values.append((definition, read))
        for names in directive.sets:
            dimensions = read_dimensions(document.root, names)
            if isinstance(dimensions, str):
                self._drop(dimensions, moment)
            elif values:
                self._add(directive.namespace, names, dimensions, values, second, moment)

    def _add(
        self,
        namespace: str,
        names: tuple[str, ...],
        dimensions: tuple[str, ...],
        values: Iterable[tuple[Definition, tuple[float, ...]]],
        second: int,
        moment: Moment,
    ) -> None:
        combination = self.families.combination(namespace, names, dimensions)
        if combination is None:
            self.families.count_only(namespace, names, dimensions, second // _HOUR_S)
        family = self.families.family(namespace, names)
        for definition, listed in values:
            name, unit, bucket_s = definition.name, definition.unit, definition.bucket_s
            if combination is None:
                family.metrics.add(name)
                pile = None
            else:
                pile = self.families.pile(family, combination, name, unit, bucket_s)
            if pile is None:
                self.drops.add("too-many-metrics", moment, name, len(listed))
                continue
            pile.add(second - second % bucket_s, listed)
            self.values += len(listed)
            self._waiting += len(listed)
        if self._waiting > _MOST_WAITING:
            self.families.press()
            self._waiting = 0

    def _is_wanted(self, time_ms: int | None) -> bool:
        if time_ms is None:
            return True
        return (self.start_ms is None or time_ms >= self.start_ms) and (self.end_ms is None or time_ms <= self.end_ms)

    def _drop(self, slug: str, moment: Moment, metric: str | None = None) -> None:
        self.drops.add(slug, moment, metric)
