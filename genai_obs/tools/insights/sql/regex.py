"""Regular expressions of a query as RE2, DuckDB's engine, reads them."""

import re
from functools import lru_cache

from genai_obs.tools.insights.functions.calls import CompileProblem
from genai_obs.tools.text.source import Span

# An escape, a character class, or the beginning of a named group as Java and .NET write it.
_PIECES = re.compile(r"\\Q.*?(?:\\E|\Z)|\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]|(\(\?)(?=<[A-Za-z_])", re.DOTALL)


def re2_pattern(pattern: str) -> str:
    """Return a pattern with ``(?<name>…)`` as ``(?P<name>…)``, the form that every RE2 knows."""
    return _PIECES.sub(lambda piece: "(?P" if piece[1] else piece[0], pattern)


def checked_pattern(pattern: str, span: Span) -> str:
    """
    Return a pattern as RE2 takes it.

    Raises:
        CompileProblem: RE2 does not take it; it has no look-around and no back-references.
    """
    translated = re2_pattern(pattern)
    problem = _problem_of(translated)
    if problem is not None:
        raise CompileProblem("invalid-regex", f"this regular expression does not work: {problem}", span)
    return translated


@lru_cache(maxsize=256)
def _problem_of(pattern: str) -> str | None:
    """Return what RE2 says against a pattern; only it knows."""
    import duckdb

    try:
        with duckdb.connect() as connection:
            connection.execute("SELECT regexp_matches('', ?)", [pattern.encode("utf-8", "replace").decode()])
    except duckdb.Error as error:
        return str(error).partition(": ")[2].partition("\n")[0]
    return None
