"""What a function of metric math is: what it takes, what it gives, and how sure that is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from genai_obs.tools.metrics.math.context import Context
from genai_obs.tools.metrics.math.kinds import Kind
from genai_obs.tools.metrics.math.values import Value

Mark = Literal["documented", "derived", "unknown"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    What a function takes at one place.

    Args:
        name: What it is called in messages and docs.

        kinds: What it may be.

        words: Words that stand for themselves here.

        optional: Whether it may be left out.

        whole: Whether it must be a whole number written out, 0 or more.

        positive: Whether it must be a number above 0 written out.

        metric: Whether it must be the id of a metric, not of an expression.
    """

    name: str
    kinds: tuple[Kind, ...]
    words: tuple[str, ...] = ()
    optional: bool = False
    whole: bool = False
    positive: bool = False
    metric: bool = False


Run = Callable[[Context, Sequence[Value]], Value]


@dataclass(frozen=True, slots=True)
class Function:
    """
    A function.

    Args:
        name: Upper case, as it is written.

        group: Heading in the docs.

        parameters: What it takes, in order; optional ones at the end.

        result: The kind it gives for the kinds of its arguments.

        doc: What it gives, in one line of Markdown.

        run: Computes it.

        mark: How sure its behaviour is; what is unknown stands in the table of choices.

        in_alarm: What is said of it in alarms, of a reducer only where it makes a number of a series; None: nothing.
    """

    name: str
    group: str
    parameters: tuple[Parameter, ...]
    result: Callable[[Sequence[Kind]], Kind]
    doc: str
    run: Run
    mark: Mark = "documented"
    in_alarm: str | None = None

    @property
    def fewest(self) -> int:
        """The fewest arguments."""
        return sum(not parameter.optional for parameter in self.parameters)
