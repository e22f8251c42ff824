"""What was left out, counted by the rule that it broke."""

from dataclasses import dataclass

from genai_obs.tools.metrics.rules import RULES, Counted, Mark


@dataclass(frozen=True, slots=True)
class Example:
    """
    Where something was left out. Never what it says: lines may hold anything.

    Args:
        source: The file; ``events`` for events in memory.

        event: Number of the event in it, from 1: of the line, where no line is blank.

        metric: Name of the metric; None where more is lost than one.
    """

    source: str
    event: int
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

    def add(self, slug: str, source: str, event: int, metric: str | None = None, count: int = 1) -> None:
        """Count something that a rule left out."""
        if slug not in self._counts:
            self._examples[slug] = Example(source, event, metric)
        self._counts[slug] = self._counts.get(slug, 0) + count

    def finish(self) -> tuple[Dropped, ...]:
        """Return what was left out, in the order of the rules."""
        return tuple(
            Dropped(slug, rule.sentence, self._counts[slug], rule.lost, self._examples[slug], rule.counted, rule.mark)
            for slug, rule in RULES.items()
            if slug in self._counts
        )
