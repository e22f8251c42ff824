"""Aggregations of log alarms: what they may say, and each mistake with its place."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_obs.tools.alarms.aggregation import Aggregation, parse_aggregation
from genai_obs.tools.text.diagnostics import TextError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("count(*)", Aggregation("count")),
        (" COUNT ( * ) ", Aggregation("count")),
        ("sum(cost_usd)", Aggregation("sum", "cost_usd")),
        ("avg(latency) by host | sort desc", Aggregation("avg", "latency", ("host",), descending=True)),
        ("min(a.b) by c, d.e", Aggregation("min", "a.b", ("c", "d.e"))),
        ("max(`odd-name`) by `another-one`", Aggregation("max", "`odd-name`", ("`another-one`",))),
        ("count(*) by a, b, c, d, e", Aggregation("count", None, ("a", "b", "c", "d", "e"))),
        ("count(*) by @logStream\n| sort desc", Aggregation("count", None, ("@logStream",), descending=True)),
        ("count(*) | sort desc", Aggregation("count", None, (), descending=True)),
    ],
)
def test_an_aggregation_is_read(text: str, expected: Aggregation) -> None:
    """Every documented form is taken, with names as the query language writes them."""
    assert parse_aggregation(text) == expected


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("", [("unexpected-token", "")]),
        ("cost_usd", [("unknown-function", "cost_usd")]),
        ("p90(latency_ms)", [("unknown-function", "p90")]),
        ("count(tenant)", [("unexpected-token", "tenant")]),
        ("sum(*)", [("unexpected-token", "*")]),
        ("sum()", [("unexpected-token", ")")]),
        ("sum(a, b)", [("unexpected-token", ",")]),
        ("sum(a * 2)", [("unexpected-token", "*")]),
        ("sum(a) by bin(5m)", [("computed-group", "bin")]),
        ("sum(a) by lower(b)", [("computed-group", "lower")]),
        ("sum(a) by", [("unexpected-token", "")]),
        ("sum(a) by b c", [("unexpected-token", "c")]),
        ("sum(a) by b, c, b", [("repeated-group", "b, c, b")]),
        ("sum(a) by b, c, d, e, f, g", [("too-many-groups", "b, c, d, e, f, g")]),
        ("sum(a) by b | sort a desc", [("unexpected-token", "a")]),
        ("sum(a) by b | sort asc", [("unexpected-token", "asc")]),
        ("sum(a) by b | limit 5", [("unexpected-token", "limit")]),
        (
            "median(a) by bin(1h) | top 5",
            [("unknown-function", "median"), ("computed-group", "bin"), ("unexpected-token", "top")],
        ),
        ("count(*) as n", [("unexpected-token", "as")]),
        ("x" * 2049, [("aggregation-too-long", "x")]),
    ],
)
def test_each_mistake_is_told_with_its_place(text: str, errors: list[tuple[str, str]]) -> None:
    """Whatever the service would refuse is refused, all of it at once."""
    with pytest.raises(TextError) as caught:
        parse_aggregation(text)

    assert [(found.slug, text[found.span.start : found.span.end]) for found in caught.value.diagnostics] == errors


@given(st.text(alphabet="sum(*)by cost|d,`.\n\"'#/ét%", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text makes the parser fail in any other way."""
    with suppress(TextError):
        assert parse_aggregation(text).function in {"count", "sum", "avg", "min", "max"}
