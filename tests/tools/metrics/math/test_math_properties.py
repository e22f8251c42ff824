"""Metric math for any text and any tree: a text parses or is refused, and two evaluators agree."""

from collections.abc import Sequence

import metric_math_oracle
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from metric_math_oracle import World
from metric_math_world import (
    ListReader,
    answer,
    answer_rows,
    expression_row,
    expressions,
    metric_row,
    points_of,
    same_points,
    timeline_of,
    worlds,
)

from genai_obs.errors import GenaiObsError
from genai_obs.tools.metrics.math.evaluate import evaluate_queries
from genai_obs.tools.metrics.math.parser import parse_expression
from genai_obs.tools.metrics.math.search_parser import parse_search
from genai_obs.tools.metrics.math.sql.parser import parse_select
from genai_obs.tools.metrics.queries import MetricQuery
from genai_obs.tools.text.diagnostics import Diagnostic, TextError

_WORDS = "m1 m2 SUM IF METRICS() REPEAT FILL AND OR NOT not SELECT FROM m1.x x= 1 1e999 LIMIT SCHEMA( GROUP BY"
_SIGNS = '( ) [ ] { } , + - ^ % ? \' " \\ é "q" = *'
_PIECES = st.sampled_from([*_WORDS.split(), *_SIGNS.split(), " ", "\n", "SEARCH('{a} b', 'Sum')", "WHERE a = 'b'"])
_TEXTS = (
    st.text(max_size=60) | st.lists(_PIECES, max_size=20).map("".join) | st.lists(_PIECES, max_size=20).map(" ".join)
)


def lies_inside(problem: Diagnostic, text: str) -> bool:
    """Return whether a problem points at a place of a text."""
    return 0 <= problem.span.start <= problem.span.end <= len(text)


def failure_of(rows: Sequence[MetricQuery]) -> GenaiObsError | None:
    """Return what a request is refused for, None when it is answered."""
    try:
        evaluate_queries(rows, ListReader({}), timeline_of(3))
    except GenaiObsError as error:
        return error
    return None


@settings(max_examples=150)
@given(_TEXTS)
@example("(" * 10_000)
@example("-" * 2_048)
@example("a^" * 1_000)
@example("[" * 2_000)
@example("IF(" * 600)
@example("'" * 2_001)
@example("1" * 2_048)
@example("m1" + "+m1" * 600)
@example("SEARCH('" + "(" * 1_000 + "', 'Sum')")
def test_any_text_is_answered_or_refused_with_places(text: str) -> None:
    """No text ends in anything but an answer or an error whose places lie in the text."""
    rows = [metric_row("m1"), metric_row("m2"), expression_row(text)]

    error = failure_of(rows)

    assert error is None or str(error)
    assert not isinstance(error, TextError) or all(lies_inside(problem, text) for problem in error.diagnostics)
    assert error is None or isinstance(error, TextError) or error.slug in {"math-no-band", "math-period"}


@pytest.mark.parametrize("parse", [parse_expression, parse_search, parse_select], ids=lambda parse: parse.__name__)
@given(text=_TEXTS)
@settings(max_examples=100)
def test_each_parser_takes_any_text(parse: object, text: str) -> None:
    """Each of the three languages parses or says where it cannot."""
    assert callable(parse)
    problems = parse(text)[1]

    assert all(lies_inside(problem, text) for problem in problems)


@settings(max_examples=60)
@given(expressions(), worlds())
def test_both_evaluators_agree(text: str, drawn: list[World]) -> None:
    """A random expression over sparse series gives the same in plain Python."""
    (world,) = drawn

    found = [points_of(series.values) for series in answer(text, world)]

    expected = metric_math_oracle.evaluate(text, world)
    assert len(found) == len(expected)
    assert all(map(same_points, found, expected)), (found, expected)


@settings(max_examples=50)
@given(expressions(), worlds(rows=3))
def test_many_evaluations_at_once_are_many_evaluations(text: str, drawn: list[World]) -> None:
    """Each row of a table of evaluations is what it would be alone; rows with fewer series have gaps for the rest."""
    found = answer_rows(text, drawn)

    for row, world in enumerate(drawn):
        expected = metric_math_oracle.evaluate(text, world)
        mine = [points_of(series.values[row]) for series in found]
        assert all(map(same_points, mine[: len(expected)], expected)), (row, mine, expected)
        assert all(point is None for rest in mine[len(expected) :] for point in rest)


@settings(max_examples=40)
@given(expressions(), worlds())
def test_no_infinity_comes_out(text: str, drawn: list[World]) -> None:
    """What has no finite value has no datapoint, however large the numbers."""
    (world,) = drawn
    huge = {
        name: [None if point is None else point * 1e200 for point in points] for name, points in world.metrics.items()
    }

    found = answer(text, World(huge, world.starts_s, world.period_s))

    assert not any(np.isinf(series.values).any() for series in found)
