"""
The aggregation of a log alarm: how the rows of its query become one value, or one for each group.

AWS: "alarm-log" in the CloudWatch User Guide, "ScheduledQueryConfiguration" in its API reference.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from genai_obs.tools.insights.language.expressions_parser import ExpressionParser
from genai_obs.tools.insights.language.lexer import tokenize
from genai_obs.tools.insights.language.syntax import Field
from genai_obs.tools.text.cursor import Cursor, ProblemError, shown
from genai_obs.tools.text.diagnostics import Diagnostic, TextError
from genai_obs.tools.text.near import nearest
from genai_obs.tools.text.source import Source, Span
from genai_obs.tools.text.tokens import Token

# Documented: alarm-log.
MOST_GROUP_FIELDS = 5
# The API page says 2,048 in its prose and 256 in its constraints (documented contradiction); the wider one is taken.
LONGEST_AGGREGATION = 2_048

_Part = TypeVar("_Part")

FUNCTIONS = ("count", "sum", "avg", "min", "max")


@dataclass(frozen=True, slots=True)
class Aggregation:
    """
    What is computed from the rows of a query.

    Args:
        function: ``count``, ``sum``, ``avg``, ``min`` or ``max``.

        field: As the query language writes it, backticks included; None for ``count(*)``.

        groups: The fields after ``by``, written likewise.

        descending: Whether ``| sort desc`` was written: then the largest groups are kept where there are too many.
    """

    function: str
    field: str | None = None
    groups: tuple[str, ...] = ()
    descending: bool = False


def parse_aggregation(text: str) -> Aggregation:
    """
    Parse an aggregation expression: ``count(*)``, ``sum(cost_usd) by tenant | sort desc``.

    Raises:
        TextError: It is none; with every mistake found.
    """
    source = Source(text)
    if len(text) > LONGEST_AGGREGATION:
        message = f"an aggregation has at most {LONGEST_AGGREGATION:,} characters, this one {len(text):,}"
        span = Span(LONGEST_AGGREGATION, len(text))
        raise TextError(source, [Diagnostic("aggregation-too-long", message, span)])
    tokens, problems = tokenize(source)
    parser = _Parser(Cursor(source, tokens), problems)
    aggregation = parser.aggregation()
    if parser.problems:
        raise TextError(source, parser.problems)
    return aggregation


class _Parser:
    def __init__(self, cursor: Cursor, problems: list[Diagnostic]) -> None:
        self.problems = problems
        self._cursor = cursor
        self._expressions = ExpressionParser(cursor, [])

    def aggregation(self) -> Aggregation:
        """Parse ``value [ "by" fields ] [ "|" "sort" "desc" ]``."""
        function, field = self._try(self._value, ("by", "|")) or ("count", None)
        groups: tuple[str, ...] = ()
        if self._cursor.accept_word("by"):
            groups = self._try(self._groups, ("|",)) or ()
        descending = self._cursor.accept("|") is not None and self._try(self._sort, ()) is not None
        if not self._cursor.at("end"):
            self.problems.append(self._cursor.unexpected("by, | sort desc or the end").problem)
        return Aggregation(function, field, groups, descending)

    def _try(self, parse: Callable[[], _Part], stops: tuple[str, ...]) -> _Part | None:
        """Return a part, or None behind a mistake in it: then one of these words or symbols comes next, or the end."""
        try:
            return parse()
        except ProblemError as error:
            self.problems.append(error.problem)
            while not (self._cursor.at("end", *stops) or self._cursor.at_word(*stops)):
                self._cursor.take()
            return None

    def _value(self) -> tuple[str, str | None]:
        """Parse ``"count" "(" "*" ")" | ( "sum" | "avg" | "min" | "max" ) "(" field ")"``."""
        cursor = self._cursor
        token = cursor.expect("name", "an aggregation such as count(*) or sum(cost_usd)")
        function = token.text.lower()
        if function not in FUNCTIONS:
            raise self._unknown(token)
        cursor.expect("(", f"( after {token.text}", f"write {function}({'*' if function == 'count' else 'field'})")
        if function == "count":
            cursor.expect("*", "*", "a log alarm counts rows: count(*); filter them in its query")
            field = None
        else:
            field = self._field()
        cursor.expect(")", ")", "a log alarm aggregates one field; compute it in its query")
        return function, field

    def _groups(self) -> tuple[str, ...]:
        """Parse ``field { "," field }``, five at most."""
        start = self._cursor.peek().span.start
        groups = [self._group()]
        while self._cursor.accept(","):
            groups.append(self._group())
        if len(groups) > MOST_GROUP_FIELDS:
            message = f"by takes at most {MOST_GROUP_FIELDS} fields, not {len(groups)}"
            raise self._cursor.problem("too-many-groups", message, self._cursor.since(start))
        if len(set(groups)) < len(groups):
            raise self._cursor.problem("repeated-group", "a field stands twice after by", self._cursor.since(start))
        return tuple(groups)

    def _group(self) -> str:
        if self._cursor.at("name") and self._cursor.at("(", ahead=1):
            word = self._cursor.peek()
            hint = (
                "the schedule cuts the time already" if word.is_word("bin") else "compute it in the query, as a field"
            )
            raise self._cursor.problem("computed-group", "a log alarm groups by fields only", word.span, hint)
        return self._field()

    def _field(self) -> str:
        field: Field = self._expressions.field()
        return self._cursor.source.text[field.span.start : field.span.end]

    def _sort(self) -> bool:
        """Parse ``"sort" "desc"``: no field, for there is one value."""
        form = "write | sort desc"
        self._cursor.expect_word("sort", form)
        self._cursor.expect_word("desc", form)
        return True

    def _unknown(self, token: Token) -> ProblemError:
        near = nearest(token.text.lower(), FUNCTIONS)
        hint = f"did you mean {near}?" if near else f"there are {', '.join(FUNCTIONS)}"
        message = f"a log alarm has no aggregation {shown(token.text)}"
        return self._cursor.problem("unknown-function", message, token.span, hint)
