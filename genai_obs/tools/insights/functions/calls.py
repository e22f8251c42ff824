"""Calls of functions: the rows of their tables, and how a row gets at its arguments."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from genai_obs.tools.insights.language.names import canonical
from genai_obs.tools.insights.language.syntax import Call, Expression, Field, Period
from genai_obs.tools.insights.sql.values import Sql, as_boolean, as_number, as_text, as_time
from genai_obs.tools.text.source import Span

# How sure a signature is: on a page of AWS's guide, seen on the real service, or our own reading.
Mark = Literal["documented", "observed", "unknown"]

# Whether AWS's page of April 2026 has it (core), or only the one of some months later (new).
Age = Literal["core", "new"]


class CompileProblem(Exception):  # noqa: N818 - a problem of the query, turned into a TextError with the others
    """
    What cannot be written as SQL, found while compiling.

    Args:
        slug: Stable name, explained in ``docs/messages.md``.

        message: One sentence.

        span: The place in the query.

        hint: What would be right, or None.
    """

    def __init__(self, slug: str, message: str, span: Span, hint: str | None = None) -> None:
        super().__init__(message)
        self.slug, self.message, self.span, self.hint = slug, message, span, hint


class Scope(Protocol):
    """What the names of a query mean at one stage, and when it runs."""

    @property
    def now_ms(self) -> int:
        """When the query started."""

    @property
    def start_ms(self) -> int | None:
        """Start of its time range; None without one."""

    @property
    def end_ms(self) -> int | None:
        """End of its time range, inclusive; None without one."""

    def resolve(self, field: Field) -> Sql:
        """Return the SQL of a name; raises ``CompileProblem`` for one the stage does not know."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of one call, compiled when asked for and read as what the function takes."""

    call: Call
    scope: Scope
    compile: Callable[[Expression], Sql]
    _compiled: dict[int, Sql] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.call.arguments)

    def value(self, index: int) -> Sql:
        """Return an argument."""
        if index not in self._compiled:
            self._compiled[index] = self.compile(self.call.arguments[index])
        return self._compiled[index]

    def values(self) -> list[Sql]:
        """Return all arguments."""
        return [self.value(index) for index in range(len(self))]

    def number(self, index: int) -> str:
        """Return the SQL of an argument's number."""
        return as_number(self.value(index))

    def text(self, index: int) -> str:
        """Return the SQL of an argument's text."""
        return as_text(self.value(index))

    def boolean(self, index: int) -> str:
        """Return the SQL of an argument as a condition."""
        return as_boolean(self.value(index))

    def time(self, index: int) -> str:
        """Return the SQL of an argument as epoch milliseconds."""
        return as_time(self.value(index))

    def period(self, index: int) -> Period:
        """Return an argument that must be a period."""
        node = self.call.arguments[index]
        if not isinstance(node, Period):
            raise CompileProblem("period-needed", "a period such as 5m belongs here", node.span)
        return node

    def constant_text(self, index: int, what: str) -> str:
        """Return the text of an argument that must be written in the query."""
        node = self.call.arguments[index]
        literal = self.value(index).literal
        if not isinstance(literal, str):
            raise CompileProblem("constant-expected", f"{what} must be a text in the query, not a field", node.span)
        return literal

    def constant_number(self, index: int, what: str) -> float:
        """Return the number of an argument that must be written in the query."""
        literal = self.value(index).literal
        if not isinstance(literal, float):
            raise CompileProblem("constant-expected", f"{what} must be a number in the query", self.span(index))
        return literal

    def span(self, index: int) -> Span:
        """Return the place of an argument."""
        return self.call.arguments[index].span

    def refuse(self, why: str) -> CompileProblem:
        """Return the problem of a call that cannot be computed here."""
        return CompileProblem("unsupported-function", why, self.call.span)


Writer = Callable[[Arguments], Sql]


@dataclass(frozen=True, slots=True)
class Function:
    """
    A function or an aggregate as a query may write it.

    Args:
        shown: The name as AWS writes it.

        minimum: The fewest arguments; ``count(*)`` has none.

        maximum: The most; None for any number.

        doc: What it gives, in one line of markdown.

        write: Its SQL.
    """

    shown: str
    minimum: int
    maximum: int | None
    doc: str
    write: Writer
    group: str
    age: Age
    mark: Mark

    @property
    def name(self) -> str:
        """The canonical name, the key of the table."""
        return canonical(self.shown)


Row = tuple[str, int, int | None, str, Writer]


def functions_of(group: str, age: Age, rows: tuple[Row, ...], mark: Mark = "documented") -> dict[str, Function]:
    """Return the rows of a group as a table by canonical name."""
    functions = (Function(*row, group=group, age=age, mark=mark) for row in rows)
    return {function.name: function for function in functions}
