"""What was left out, counted by the rule that it broke."""

from collections.abc import Mapping
from dataclasses import dataclass

from genai_obs.tools.metrics.rules import RULES, Counted, Mark


@dataclass(frozen=True, slots=True)
class Moment:
    """
    An event without its text.

    Args:
        source: Its file; None where that is not known.

        number: Its number in the file, from 1; None like the source.

        time_ms: Its time; None when nothing tells.

        ingested_ms: When CloudWatch took it; None when nothing tells, as in a file of plain lines.
    """

    source: str | None
    number: int | None
    time_ms: int | None
    ingested_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """
    Where something was left out. Never what it says: lines may hold anything.

    Args:
        source: The file; ``events`` for events in memory; None where it was not looked for.

        event: Number of the event in it, from 1: of the line, where no line is blank. None like the source.

        metric: Name of the metric; None where more is lost than one.
    """

    source: str | None
    event: int | None
    metric: str | None


@dataclass(frozen=True, slots=True)
class Dropped:
    """
    All that one rule left out.

    Args:
        slug: The rule's name.

        sentence: What is wrong.

        count: How many lines, directives, dimension sets or metrics of lines were lost, as ``lost`` says.

        lost: ``line``, ``directive``, ``set`` or ``metric``.

        example: The first of them.

        counted: Where CloudWatch counts it: ``EMFParsingErrors``, ``EMFValidationErrors`` or, silently, nowhere.

        mark: How sure it is that CloudWatch does the same: ``documented``, ``observed``, ``derived``, or ``unknown``
            for our own choice.
    """

    slug: str
    sentence: str
    count: int
    lost: str
    example: Example
    counted: Counted | None
    mark: Mark


class Drops:
    """Counts what is left out."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._examples: dict[str, Example] = {}

    def add(self, slug: str, moment: Moment | None, metric: str | None = None, count: int = 1) -> None:
        """Count something that a rule left out; a place that is not known may come later."""
        if slug not in self._counts:
            self._examples[slug] = _example(moment, metric)
        self._counts[slug] = self._counts.get(slug, 0) + count

    def unplaced(self) -> set[str]:
        """Return the rules whose example has no place."""
        return {slug for slug, example in self._examples.items() if example.event is None}

    def examples(self) -> dict[str, Example]:
        """Return the first loss by each rule."""
        return dict(self._examples)

    def take_places(self, examples: Mapping[str, Example]) -> None:
        """Take places for those examples that have none."""
        for slug in self.unplaced() & examples.keys():
            self._examples[slug] = examples[slug]

    def finish(self) -> tuple[Dropped, ...]:
        """Return what was left out, in the order of the rules."""
        return tuple(
            Dropped(slug, rule.sentence, self._counts[slug], rule.lost, self._examples[slug], rule.counted, rule.mark)
            for slug, rule in RULES.items()
            if slug in self._counts
        )


def _example(moment: Moment | None, metric: str | None) -> Example:
    return Example(None, None, metric) if moment is None else Example(moment.source, moment.number, metric)
