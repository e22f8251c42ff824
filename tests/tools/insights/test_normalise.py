"""Rewrites into the form that is compiled."""

import pytest

from genai_obs.tools.insights.checks.query import normalise
from genai_obs.tools.insights.language.parser import parse_query
from genai_obs.tools.insights.language.render import render_query


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("stats count(*) as n by a | filter b = 1 | sort n", "filter b = 1 | stats count(*) as n by a | sort n"),
        ("stats count(*) as n by a | filter n > 1", "stats count(*) as n by a | filter n > 1"),
        (
            "stats count(*) as n by a | filter b = 1 | filter n > 1 | filter c = 1",
            "filter b = 1 | filter c = 1 | stats count(*) as n by a | filter n > 1",
        ),
        ("stats count(*) as n by a | sort n | filter b = 1", "stats count(*) as n by a | sort n | filter b = 1"),
        ("stats count(*) by a | filter count > 1", "stats count(*) by a | filter count > 1"),
        ("stats count(*) by a | filter j.b = 1", "filter j.b = 1 | stats count(*) by a"),
        ("stats latest(j) as j | filter j.b = 1", "stats latest(j) as j | filter j.b = 1"),
        ("stats count(*) by bin(5m) | sort @timestamp desc", "stats count(*) by bin(5m) | sort `bin(5m)` desc"),
        ("stats count(*) by bin(5m) as t | sort @timestamp", "stats count(*) by bin(5m) as t | sort t"),
        (
            "stats count(*) by datefloor(@timestamp, 1h) as h | sort @timestamp",
            "stats count(*) by datefloor(@timestamp, 1h) as h | sort h",
        ),
        ("stats count(*) by @timestamp as t | sort @timestamp", "stats count(*) by @timestamp as t | sort t"),
        ("stats count(*) by a | sort count(*) desc, a", "stats count(*) by a | sort `count(*)` desc, a"),
        ("stats count( * ) by a | sort count desc", "stats count( * ) by a | sort `count( * )` desc"),
        ("stats count(*) by a | sort @timestamp desc | limit 3", "stats count(*) by a | limit 3"),
        ("stats count(*) by a | sort @timestamp, a", "stats count(*) by a | sort a"),
        ("stats sum(x) as s | display SUM(x)", "stats sum(x) as s | display s"),
        ("stats avg(ms) by a | sort avg_ms", "stats avg(ms) by a | sort `avg(ms)`"),
        ("stats sum(x) by a | filter SUM( x ) > 1", "stats sum(x) by a | filter `sum(x)` > 1"),
        ("stats count(*) by bin(@timestamp, 1h) as t | sort t", "stats count(*) by bin(1h) as t | sort t"),
        ("filter a > @timestamp - 1d", "filter a > @timestamp - 86400000"),
        ("filter sum(a) > 1", "filter sum(a) > 1"),
    ],
)
def test_a_query_is_brought_into_the_form_that_is_compiled(text: str, meant: str) -> None:
    """What samples write another way becomes what it means; all else stays as it is."""
    found = render_query(normalise(parse_query(text)))

    assert found.replace("\n", " ") == meant


def test_columns_keep_the_name_that_was_written() -> None:
    """Only what is computed changes."""
    query = normalise(parse_query("fields @timestamp + 9h"))

    assert render_query(query) == "fields @timestamp + 9h"
    assert query.commands != parse_query("fields @timestamp + 9h").commands


@pytest.mark.parametrize(
    "text",
    [
        "stats count(*) by a, b | stats count(*) by a",
        "stats sum(n) as n by a | stats sum(n) as n",
        "stats count(*) as n by bin(1h) as t | stats max(n) by bin(1h)",
        "fields strlen(a) | filter strlen(a) > 3",
    ],
)
def test_a_call_that_is_no_name_of_an_output_stays_a_call(text: str) -> None:
    """An aggregate of a second stats is computed, though the first wrote the same; so is a bin that has an alias."""
    query = parse_query(text)

    assert normalise(query).commands == query.commands
