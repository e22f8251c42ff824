"""A table of TOML, read strictly: each member by name and type, all mistakes collected, nothing passed over."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from genai_obs.tools.definitions.settings import shown_value, unknown

_Choice = TypeVar("_Choice", bound=str)


class TomlTable:
    """
    Reads members of a table and collects what is wrong with them.

    Args:
        members: As TOML gave them.

        path: Where the table stands, as people say it, such as ``alarm "checkout-slow"``; empty for the file itself.

        problems: Takes one sentence for each mistake; shared by all tables of a file.
    """

    def __init__(self, members: Mapping[str, object], path: str, problems: list[str]) -> None:
        self.path = path
        self.problems = problems
        self._members = dict(members)
        self._asked: list[str] = []

    @property
    def known(self) -> list[str]:
        """The names that were asked for so far."""
        return sorted(set(self._asked))

    def has(self, name: str) -> bool:
        """Return whether there is such a member."""
        return name in self._members

    def wrong(self, sentence: str) -> None:
        """Take a mistake down."""
        self.problems.append(f"{self.path}: {sentence}" if self.path else sentence)

    def text(self, name: str, *, needed: bool = False) -> str | None:
        """Return a text with something in it, or None."""
        value = self._take(name, needed)
        if value is None or (isinstance(value, str) and value.strip()):
            return value
        self._mistaken(name, "a text", value)
        return None

    def number(self, name: str, *, needed: bool = False) -> float | None:
        """Return a number, or None."""
        value = self._take(name, needed)
        if value is None:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf"):
            return float(value)
        self._mistaken(name, "a number", value)
        return None

    def whole(self, name: str, *, needed: bool = False) -> int | None:
        """Return a whole number from 0, or None."""
        value = self._take(name, needed)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
            return value
        self._mistaken(name, "a whole number", value)
        return None

    def choice(self, name: str, options: Iterable[_Choice], *, needed: bool = False) -> _Choice | None:
        """Return one of some words, or None."""
        value = self._take(name, needed)
        listed = list(options)
        for option in listed:
            if value == option:
                return option
        if isinstance(value, str):
            self.wrong(f"{name}: {unknown('choice', value, listed)}")
        elif value is not None:
            self._mistaken(name, f"one of {', '.join(listed)}", value)
        return None

    def texts(self, name: str) -> tuple[str, ...] | None:
        """Return a list of texts, or None."""
        value = self._take(name, needed=False)
        if value is None:
            return None
        if isinstance(value, list) and all(isinstance(item, str) and item for item in value):
            return tuple(value)
        self._mistaken(name, "a list of texts", value)
        return None

    def table(self, name: str) -> "TomlTable | None":
        """Return a table inside this one, or None."""
        value = self._take(name, needed=False)
        if value is None:
            return None
        if isinstance(value, dict):
            return TomlTable(value, f"{self.path}.{name}" if self.path else name, self.problems)
        self._mistaken(name, "a table", value)
        return None

    def tables(self, name: str) -> list[dict[str, object]]:
        """Return the tables written ``[[name]]``."""
        value = self._take(name, needed=False)
        if value is None:
            return []
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return value
        self._mistaken(name, f"tables, each headed [[{name}]]", value)
        return []

    def members(self) -> dict[str, object]:
        """Return all members as they are; none of them is unknown then."""
        self._asked += self._members
        return self._members

    def finish(self) -> None:
        """Take down every member that nobody asked for."""
        for name in self._members:
            if name not in self._asked:
                self.wrong(unknown("member", name, self.known))

    def _take(self, name: str, needed: bool) -> object:
        self._asked.append(name)
        if needed and name not in self._members:
            self.wrong(f"{name} is missing")
        return self._members.get(name)

    def _mistaken(self, name: str, wanted: str, value: object) -> None:
        self.wrong(f"{name} takes {wanted}, not {shown_value(value)}")
