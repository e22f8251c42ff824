"""Problems of a dashboard body, each with its place in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """
    One problem.

    Args:
        slug: Stable name, explained in ``docs/messages.md``.

        sentence: What is wrong; it begins with the place in words.

        severity: ``error``: CloudWatch refuses the body or shows nothing; ``warning``: it may show something else.

        path: Keys and indexes that lead to the place in the body.
    """

    slug: str
    sentence: str
    severity: Literal["error", "warning"]
    path: Path = ()


@dataclass(slots=True)
class Report:
    """
    Collects problems.

    Args:
        title: Title of the widget that is looked at; empty outside of widgets.

        problems: Those found so far.
    """

    title: str = ""
    problems: list[Problem] = field(default_factory=list)

    def error(self, slug: str, message: str, path: Path) -> None:
        """Keep an error."""
        self.problems.append(Problem(slug, f"{self._place(path)}: {message}", "error", path))

    def warn(self, slug: str, message: str, path: Path) -> None:
        """Keep a warning."""
        self.problems.append(Problem(slug, f"{self._place(path)}: {message}", "warning", path))

    def _place(self, path: Path) -> str:
        if len(path) < 2 or path[0] != "widgets":
            return dotted(path) or "the dashboard body"
        number, rest = path[1], [step for step in path[2:] if step != "properties"]
        name = f"widget {int(number) + 1}" + (f' "{self.title[:40]}"' if self.title else "")
        return f"{name}, {dotted(rest)}" if rest else name


def dotted(path: Sequence[str | int]) -> str:
    """Return a path as people write it: ``metrics[0].stat``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")
