"""Queries of the other languages that CloudWatch takes, told by how they begin."""

from collections.abc import Sequence

from genai_obs.tools.text.diagnostics import Diagnostic
from genai_obs.tools.text.tokens import Token

_SQL = frozenset({"select", "with", "describe", "show", "explain"})
_PPL = frozenset({"search", "eval", "rename", "trendline", "eventstats", "fillnull", "flatten", "patterns", "grok"})


def find_other_language(tokens: Sequence[Token]) -> Diagnostic | None:
    """Return the problem that a query is SQL, PPL or a metric filter; None for Logs Insights QL."""
    words = [token for token in tokens if token.kind != "|"]
    first, second = words[0], words[min(1, len(words) - 1)]
    if first.is_word(*_SQL) and second.kind in {"name", "*", "string", "number"}:
        return _problem("OpenSearch SQL", first)
    if first.is_word("source") and second.kind == "=":
        return _problem("OpenSearch PPL", first)
    if first.is_word(*_PPL) and second.kind in {"name", "string"}:
        return _problem("OpenSearch PPL", first)
    if first.kind == "{":
        return _problem("a filter pattern of metric filters", first)
    return None


def _problem(language: str, token: Token) -> Diagnostic:
    message = f"this looks like {language}; only Logs Insights QL is run here"
    return Diagnostic("other-language", message, token.span, "start with fields, filter, parse or stats")
