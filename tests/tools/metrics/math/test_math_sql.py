"""Metrics Insights SQL: what it sums up, how it groups, and what it refuses."""

from collections.abc import Mapping

import pytest
from metric_math_oracle import Points
from metric_math_world import NAMESPACE, ListReader, expression_row, floats_of, points_of, timeline_of

from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.math.check import check_queries
from genai_obs.tools.metrics.math.evaluate import LabelledSeries, evaluate_queries
from genai_obs.tools.metrics.queries import MetricQuery
from genai_obs.tools.text.diagnostics import TextError

Numbers = dict[str, Points]


def published(**dimensions: str) -> MetricId:
    """Return the latency metric with dimensions."""
    return MetricId.of(NAMESPACE, "Latency", dimensions)


# Each value is published with two dimension sets, as our own records are.
METRICS: Mapping[MetricId, Numbers] = {
    published(Env="prod"): {"Sum": [60, 90], "SampleCount": [4, 3], "Minimum": [5, 20], "Maximum": [30, 40]},
    published(Env="prod", Model="a"): {
        "Sum": [50, None],
        "SampleCount": [2, None],
        "Minimum": [20, None],
        "Maximum": [30, None],
    },
    published(Env="prod", Model="b"): {"Sum": [10, 90], "SampleCount": [2, 3], "Minimum": [5, 20], "Maximum": [5, 40]},
    published(Env="test", Model="b"): {"Sum": [1, 1], "SampleCount": [1, 1], "Minimum": [1, 1], "Maximum": [1, 1]},
    MetricId.of("Other", "Latency", {"Env": "prod"}): {"Sum": [999, 999], "SampleCount": [1, 1]},
    MetricId.of(NAMESPACE, "AICost", {"Env": "prod"}): {"Sum": [999, 999], "SampleCount": [1, 1]},
}


def reader() -> ListReader:
    """Return a reader of these metrics."""
    return ListReader(
        {(metric, stat): floats_of(points) for metric, stats in METRICS.items() for stat, points in stats.items()}
    )


def select(text: str, *others: MetricQuery) -> tuple[LabelledSeries, ...]:
    """Return what a query gives over two periods."""
    return evaluate_queries([expression_row(text, "q1"), *others], reader(), timeline_of(2))["q1"]


def points(text: str) -> dict[str, Points]:
    """Return the points of each series of a query, in order, by label."""
    return {series.label: points_of(series.values) for series in select(text)}


SCHEMA = f'SCHEMA("{NAMESPACE}", Env, Model)'


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("SUM", [61, 91]),
        ("COUNT", [5, 4]),
        ("AVG", [61 / 5, 91 / 4]),
        ("MIN", [1, 1]),
        ("MAX", [30, 40]),
    ],
)
def test_functions_are_over_all_values(function: str, expected: Points) -> None:
    """Every function is that of the values published, so that an average is weighted by how many there were."""
    assert points(f"SELECT {function}(Latency) FROM {SCHEMA}") == {"q1": expected}


def test_a_namespace_alone_counts_values_once_per_dimension_set() -> None:
    """FROM a namespace takes every set; what is published with two sets counts twice, and that is warned of."""
    text = f'SELECT SUM(Latency) FROM "{NAMESPACE}"'

    assert points(text) == {"q1": [121, 181]}
    (warning,) = check_queries([expression_row(text)], for_alarm=False)
    assert warning[1].slug == "math-every-set"


def test_a_schema_wants_exactly_its_dimensions() -> None:
    """A schema matches one dimension set; without dimensions it matches none of ours."""
    assert points(f'SELECT SUM(Latency) FROM SCHEMA("{NAMESPACE}", Env)') == {"q1": [60, 90]}
    assert points(f'SELECT SUM(Latency) FROM SCHEMA("{NAMESPACE}")') == {"q1": [None, None]}
    assert check_queries([expression_row(f"SELECT SUM(Latency) FROM {SCHEMA}")], for_alarm=False) == ()


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("Model = 'b'", [11, 91]),
        ("Model != 'b'", [50, None]),
        ("Model = 'b' AND Env = 'prod'", [10, 90]),
        ("\"Model\" = 'b' and Env != 'prod'", [1, 1]),
        ("Region = 'x'", [None, None]),
        ("Region != 'x'", [None, None]),
    ],
)
def test_conditions_filter_metrics(condition: str, expected: Points) -> None:
    """All conditions must hold; a metric without the key satisfies none (our choice)."""
    assert points(f"SELECT SUM(Latency) FROM {SCHEMA} WHERE {condition}") == {"q1": expected}


def test_groups_are_series() -> None:
    """GROUP BY gives a series for each value, labelled with it."""
    assert points(f"SELECT SUM(Latency) FROM {SCHEMA} GROUP BY Model") == {"a": [50, None], "b": [11, 91]}


def test_several_keys_make_one_label() -> None:
    """With several keys a label has the value of each."""
    found = points(f"SELECT SUM(Latency) FROM {SCHEMA} GROUP BY Env, Model")

    assert found == {"prod a": [50, None], "prod b": [10, 90], "test b": [1, 1]}


def test_a_missing_key_is_other() -> None:
    """Metrics without the key of a group are one group (documented)."""
    found = points(f'SELECT SUM(Latency) FROM "{NAMESPACE}" GROUP BY Model')

    assert found == {"Other": [60, 90], "a": [50, None], "b": [11, 91]}


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("ORDER BY SUM() DESC", ["b", "a"]),
        ("ORDER BY SUM()", ["a", "b"]),
        ("ORDER BY SUM() ASC", ["a", "b"]),
        ("order by avg() desc", ["a", "b"]),
        ("ORDER BY MAX() DESC LIMIT 1", ["b"]),
        ("ORDER BY MIN() ASC LIMIT 1", ["b"]),
        ("ORDER BY COUNT() DESC LIMIT 5", ["b", "a"]),
        ("LIMIT 1", ["a"]),
    ],
)
def test_groups_are_ordered_by_the_whole_range(order: str, expected: list[str]) -> None:
    """ORDER BY judges each group over the whole range; LIMIT keeps the first ones."""
    assert list(points(f"SELECT SUM(Latency) FROM {SCHEMA} GROUP BY Model {order}")) == expected


def test_other_rows_use_a_query_by_its_id() -> None:
    """A query of groups is an array for metric math; one without groups is a series (our choice)."""
    rows = [
        expression_row(f"SELECT SUM(Latency) FROM {SCHEMA} GROUP BY Model", "q1"),
        expression_row("MAX(q1) / 10", "top"),
    ]

    answers = evaluate_queries(rows, reader(), timeline_of(2))

    assert points_of(answers["top"][0].values) == [5, 9.1]


@pytest.mark.parametrize(
    ("text", "slug", "marked"),
    [
        ("SELECT P90(x) FROM n", "math-unknown-function", "P90"),
        ("SELECT AVG(*) FROM n", "unexpected-token", "*"),
        ("SELECT AVG(x)", "unexpected-token", ""),
        ("SELECT AVG(x) FROM AWS/Lambda", "math-quotes", "AWS/"),
        ("SELECT AVG(x) FROM 'n'", "unexpected-token", "'n'"),
        ("SELECT AVG(x) FROM n WHERE a LIKE 'b'", "unexpected-token", "LIKE"),
        ("SELECT AVG(x) FROM n WHERE a = 'b' OR a = 'c'", "unexpected-token", "OR"),
        ('SELECT AVG(x) FROM n WHERE a = "b"', "unexpected-token", '"b"'),
        ("SELECT AVG(x) FROM n WHERE tag.team = 'b'", "math-needs-aws", "tag.team"),
        ("SELECT AVG(x) FROM n GROUP BY AWS.AccountId", "math-needs-aws", "AWS.AccountId"),
        ("SELECT AVG(x) FROM n WHERE tag.\"cost-centre\" = 'b'", "math-needs-aws", "tag"),
        ("SELECT AVG(x) FROM n ORDER BY AVG(x)", "unexpected-token", "x"),
        ("SELECT AVG(x) FROM n LIMIT 0", "math-limit", "0"),
        ("SELECT AVG(x) FROM n LIMIT 501", "math-limit", "501"),
        ("SELECT AVG(x) FROM n; ", "unexpected-token", ";"),
        ("SELECT AVG(x) FROM n WHERE select = 'b'", "unexpected-token", "select"),
    ],
)
def test_mistakes_are_marked(text: str, slug: str, marked: str) -> None:
    """What this SQL has not is refused at its place."""
    with pytest.raises(TextError) as raised:
        check_queries([expression_row(text)], for_alarm=False)

    (problem,) = raised.value.diagnostics
    assert (problem.slug, text[problem.span.start : problem.span.end]) == (slug, marked)


def test_two_queries_in_a_request_are_one_too_many() -> None:
    """A request has one Metrics Insights query (documented)."""
    rows = [expression_row(f"SELECT SUM(Latency) FROM {SCHEMA}", row_id) for row_id in ("q1", "q2")]

    with pytest.raises(TextError) as raised:
        check_queries(rows, for_alarm=False)

    assert raised.value.slug == "math-many-selects"


def test_more_groups_than_500_are_cut_with_a_warning() -> None:
    """A query gives at most 500 series (documented)."""
    many = ListReader({(published(Model=f"{n:04}"), "Sum"): floats_of([1.0]) for n in range(501)})
    warnings: list[str] = []

    answers = evaluate_queries(
        [expression_row(f'SELECT SUM(Latency) FROM SCHEMA("{NAMESPACE}", Model) GROUP BY Model')],
        many,
        timeline_of(1),
        on_warning=lambda _, warning: warnings.append(warning.slug),
    )

    assert len(answers["answer"]) == 500
    assert warnings == ["math-too-many-series"]
