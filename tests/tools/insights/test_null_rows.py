"""Which queries drop every event without fields, so that such events need not be told apart."""

import pytest

from genai_obs.tools.insights.events.null_rows import drops_events_without_fields
from genai_obs.tools.insights.language.parser import parse_query


@pytest.mark.parametrize(
    "query",
    [
        'filter metric = "AICost"',
        "filter latency_ms > 5000 | fields @timestamp",
        'filter a = 1 and @message like "x"',
        "filter a = 1 or b in [1, 2]",
        "filter not a = 1",
        'filter a not like "x"',
        "filter ispresent(a)",
        "filter a",
        "filter a * 2 > 1",
        'filter tolower(a) = "x"',
        "fields a as b | filter c = 1",
        "filter 1 = 1 | filter a = 1",
    ],
)
def test_a_filter_that_needs_a_field_drops_events_without_any(query: str) -> None:
    """A comparison with a missing field is unknown, and so is its negation."""
    assert drops_events_without_fields(parse_query(query))


@pytest.mark.parametrize(
    "query",
    [
        "stats count(*)",
        'filter @message like "x"',
        "filter a = 1 or 1 = 1",
        "filter not ispresent(a)",
        "filter not (a = 1 and b = 2)",
        "filter coalesce(a, 1) = 1",
        "fields 1 as a | filter a = 1",
        "fields jsonParse(@message) as j | filter j.a = 1",
        'parse @message "x=*" as a | filter a = 1',
        "stats count(*) as n by a | filter n > 1",
        "filter isempty(a)",
        "filter @timestamp > 1",
    ],
)
def test_anything_else_may_keep_them(query: str) -> None:
    """What may be true without a field, or is of a name that the query makes, keeps them."""
    assert not drops_events_without_fields(parse_query(query))
