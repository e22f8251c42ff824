"""Queries as people write them for the logs of many services: each is taken, and its tree can be written down again."""

from pathlib import Path

import pytest

from genai_obs.tools.insights.checks.query import check_query
from genai_obs.tools.insights.language.parser import parse_query
from genai_obs.tools.insights.language.render import render_query

_FILES = sorted((Path(__file__).parent / "corpus").glob("*.txt"))
_QUERIES = [
    pytest.param(query, id=f"{file.stem}-{number}")
    for file in _FILES
    for number, query in enumerate(file.read_text(encoding="utf-8").split("\n===\n"), start=1)
]


@pytest.mark.parametrize("query", _QUERIES)
def test_a_query_of_daily_work_is_taken(query: str) -> None:
    """It parses, it passes the checks, and so does the text rendered from its tree."""
    tree = parse_query(query)
    check_query(tree)

    again = parse_query(render_query(tree))

    assert len(again.commands) == len(tree.commands)
    check_query(again)


def test_there_are_enough_of_them() -> None:
    """A corpus that lost its files would test nothing."""
    assert len(_QUERIES) >= 200
