"""What a row of the function and aggregate tables holds."""

from dataclasses import dataclass
from typing import Literal

# How sure a signature is: on a page of AWS's guide, seen on the real service, or our own reading.
Mark = Literal["documented", "observed", "unknown"]

# Whether AWS's page of April 2026 has it (core), or only the one of some months later (new).
Age = Literal["core", "new"]


def canonical(name: str) -> str:
    """Return a function's name as the tables and the tree keep it: lower case, no underscores."""
    return name.lower().replace("_", "")


@dataclass(frozen=True, slots=True)
class Signature:
    """
    A function or an aggregate as a query may write it.

    Args:
        shown: The name as AWS writes it.

        minimum: The fewest arguments; ``count(*)`` has none.

        maximum: The most; None for any number.

        doc: What it gives, in one line of markdown.
    """

    shown: str
    minimum: int
    maximum: int | None
    doc: str
    group: str
    age: Age
    mark: Mark

    @property
    def name(self) -> str:
        """The canonical name, the key of the table."""
        return canonical(self.shown)
