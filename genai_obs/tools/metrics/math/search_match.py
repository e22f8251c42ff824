"""
Whether a metric is what a search wants.

A bare term matches tokens (search-expression-syntax, documented): names and values are cut where letters turn into
capitals, where digits begin and at anything else. One token matches in any case; several that stand in one word of
the term (``CustomCount``) match only in their own case, and only where they follow each other.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.math.search_syntax import All, Condition, Either, Not, Search, Term

_WORD = re.compile(r"[^\W_]+")
_TOKEN = re.compile(r"[0-9]+|[A-Z]+(?![a-z])|[A-Z]?[^\WA-Z0-9_]+|[^\W_]")


def matches(search: Search, metric: MetricId) -> bool:
    """Return whether a metric has the schema and satisfies the condition."""
    schema = search.schema
    if schema and (metric.namespace != schema.namespace or metric.dimension_names != schema.dimensions):
        return False
    return _satisfies(search.condition, metric)


def _satisfies(condition: Condition, metric: MetricId) -> bool:
    match condition:
        case Term():
            return any(_finds(condition, text) for text in _texts(condition, metric))
        case All():
            return all(_satisfies(part, metric) for part in condition.parts)
        case Either():
            return any(_satisfies(part, metric) for part in condition.parts)
        case Not():
            return not _satisfies(condition.part, metric)


def _texts(term: Term, metric: MetricId) -> Iterator[str]:
    """Yield the texts of a metric in which a term is looked for."""
    if term.where in {None, "MetricName"}:
        yield metric.name
    if term.where in {None, "Namespace"}:
        yield metric.namespace
    for name, value in metric.dimensions:
        if term.where is None:
            yield name
        if term.where in {None, name}:
            yield value


def _finds(term: Term, text: str) -> bool:
    if term.exact:
        return term.text == text
    wanted, wanted_case = _tokens(term.text)
    if not wanted:
        return False
    found, _ = _tokens(text)
    # The whole of a name without its punctuation is one of its tokens, and so is the whole of the term.
    if "".join(wanted).lower() == "".join(found).lower():
        return True
    return any(
        all(_same(one, other, case) for one, other, case in zip(wanted, found[start:], wanted_case, strict=False))
        for start in range(len(found) - len(wanted) + 1)
    )


def _same(wanted: str, found: str, case_counts: bool) -> bool:
    return wanted == found if case_counts else wanted.lower() == found.lower()


@lru_cache(maxsize=4096)
def _tokens(text: str) -> tuple[tuple[str, ...], tuple[bool, ...]]:
    """Return the tokens of a text, and of each whether it stands with others in one word."""
    words = [_TOKEN.findall(word) for word in _WORD.findall(text)]
    tokens = tuple(token for word in words for token in word)
    return tokens, tuple(len(word) > 1 for word in words for _ in word)
