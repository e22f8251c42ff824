"""Which queries may be cut by time."""

import pytest

from genai_obs.tools.cloudwatch.shapes import Exact, Inexact, judge, own_limit
from genai_obs.tools.insights.language.parser import parse_query

HOUR_MS = 3_600_000


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("fields a", Exact(ascending=False)),
        ("filter a = 1", Exact(ascending=False)),
        ("where a = 1 | fields strlen(b) as c | display c", Exact(ascending=False)),
        ('parse @message "x*" as y | filter y > 1', Exact(ascending=False)),
        ("parse @message /(?<y>[0-9])/ | fields y", Exact(ascending=False)),
        ("fields jsonParse(a) as b | unnest b.list into c", Exact(ascending=False)),
        ("fields a | sort @timestamp desc", Exact(ascending=False)),
        ("fields a | sort @timestamp", Exact(ascending=True)),
        ("fields a | sort @timestamp asc, b desc | display a", Exact(ascending=True)),
        ("SOURCE 'x' | fields a", Exact(ascending=False)),
        ("stats count(*) by bin(1h)", Exact(ascending=True, step_ms=HOUR_MS)),
        ("stats pct(a, 99), avg(b) as c by bin(5m), d", Exact(ascending=True, step_ms=300_000)),
        ("stats sum(if(a > 1, 1, 0)) / count(*) by bin(1d)", Exact(ascending=True, step_ms=24 * HOUR_MS)),
        ("stats count(*) by bin(300s)", Exact(ascending=True, step_ms=60_000)),
        ("stats count(*) by datefloor(@timestamp, 1h) as t", Exact(ascending=True, step_ms=HOUR_MS)),
        ("stats count(*) as n by bin(1h) as t | sort t desc", Exact(ascending=False, step_ms=HOUR_MS)),
        ("stats count(*) as n by bin(1h) as t, d | filter n > 1 | sort t, n desc", Exact(True, HOUR_MS)),
    ],
)
def test_these_are_exact(text: str, shape: Exact) -> None:
    """The pieces' rows, one piece after the other, are the rows of the whole."""
    assert judge(parse_query(text)) == shape


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("fields a | limit 5", "its limit takes rows of the whole"),
        ("dedup a", "`dedup` has to see all rows"),
        ("pattern @message", "`pattern` has to see all events"),
        ("pattern @message | diff", "`pattern` has to see all events"),
        ("fields a | accum a", "`accum` adds up over all rows"),
        ("countFrequent a", "`countFrequent` has to see all events"),
        ("fields a | filldown a", "`filldown` carries values over from the rows before"),
        ("fields a | sort a", "it is sorted by something else than @timestamp"),
        ("fields a | sort a, @timestamp", "it is sorted by something else than @timestamp"),
        ("sort @timestamp | sort a", "it is sorted by something else than @timestamp"),
        ("fields now() as a", "it uses the time of the query itself"),
        ("fields b as @timestamp | sort @timestamp", "it gives @timestamp another meaning"),
        ("stats count(*)", "its groups are not bins of a fixed length that divides a day"),
        ("stats count(*) by a", "its groups are not bins of a fixed length that divides a day"),
        ("stats count(*) by bin(7m)", "its groups are not bins of a fixed length that divides a day"),
        ("stats count(*) by bin(1w)", "its groups are not bins of a fixed length that divides a day"),
        ("stats count(*) by bin(1h) offset 5m", "its groups are not bins of a fixed length that divides a day"),
        ("stats count(*) by datefloor(a, 1h)", "its groups are not bins of a fixed length that divides a day"),
        ("stats count(*) as n by bin(1h) | sort n", "it is sorted by something else than bin(1h)"),
        ("stats count(*) as n by bin(1h) as t | stats max(n)", "it has several `stats`"),
        ("stats count(*) by bin(1h) | fillmissing", "`fillmissing` looks at the whole time range"),
        ("stats count(*) as n by bin(1h) as t | fields n as t | sort t", "it gives t another meaning"),
        ("sort a | stats count(*) by bin(1h)", "it sorts before `stats`"),
        ("SOURCE 'x' START=-3600s | fields a", "its SOURCE has a time range of its own"),
    ],
)
def test_these_are_not_exact(text: str, why: str) -> None:
    """The reason is told."""
    assert judge(parse_query(text)) == Inexact(why)


@pytest.mark.parametrize(
    "function", ["rate(a, 1m)", "countOverTime(a)", "sumOverTime(a)", "histogram(a, 5)", "topk(2, a)"]
)
def test_aggregates_of_the_time_range_are_not_exact(function: str) -> None:
    """What an aggregate makes of the whole range cannot be had from pieces."""
    shape = judge(parse_query(f"stats {function} by bin(1h)"))

    assert shape == Inexact("it has a function in `stats` that may look at the whole time range")


@pytest.mark.parametrize(
    ("text", "limit"), [("fields a", None), ("limit 7", 7), ("limit 7 | limit 3", 3), ("head 9", 9)]
)
def test_smallest_limit_of_a_query_counts(text: str, limit: int | None) -> None:
    """A limit that somebody wrote is meant."""
    assert own_limit(parse_query(text)) == limit
