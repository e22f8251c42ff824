"""What is wrong with the rows of a request, each problem with the row it stands in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from genai_obs.tools.metrics.queries import MetricQuery
from genai_obs.tools.text.diagnostics import Diagnostic, TextError
from genai_obs.tools.text.source import Source

# Of a text that is no expression at all nobody reads more.
MOST_PROBLEMS = 50


class RequestError(TextError):
    """
    Rows that cannot be taken. ``source`` and ``diagnostics`` are those of the first faulty row, ``query_id`` its id.

    ``str()`` shows the problems of all rows, under the id of each where the request has several.
    """

    def __init__(self, problems: Sequence[tuple[MetricQuery, Sequence[Diagnostic]]], *, named: bool) -> None:
        first, diagnostics = problems[0]
        super().__init__(Source(first.expression or ""), diagnostics)
        self.query_id = first.id
        self.rows = tuple(
            (query.id, TextError(Source(query.expression or ""), diagnostics)) for query, diagnostics in problems
        )
        self._named = named

    def __str__(self) -> str:
        return "\n".join((f"in {query_id}:\n" if self._named else "") + str(error) for query_id, error in self.rows)


@dataclass(slots=True)
class Findings:
    """Errors and warnings about the texts of a request."""

    errors: list[tuple[str, Diagnostic]] = field(default_factory=list)
    warnings: list[tuple[str, Diagnostic]] = field(default_factory=list)

    def add(self, query_id: str, problems: Iterable[Diagnostic]) -> None:
        """Keep errors of a row."""
        self.errors.extend((query_id, problem) for problem in problems)

    def error(self, query_id: str, problem: Diagnostic) -> None:
        """Keep an error."""
        self.errors.append((query_id, problem))

    def warn(self, query_id: str, problem: Diagnostic) -> None:
        """Keep a warning."""
        self.warnings.append((query_id, problem))

    def raise_errors(self, queries: Sequence[MetricQuery]) -> None:
        """Raise all errors, row by row in the order of the request, if there are any."""
        by_row = [(query, [problem for found, problem in self.errors if found == query.id]) for query in queries]
        faulty = [
            (query, sorted(problems, key=lambda problem: problem.span)[:MOST_PROBLEMS])
            for query, problems in by_row
            if problems
        ]
        if faulty:
            raise RequestError(faulty, named=len(queries) > 1)
