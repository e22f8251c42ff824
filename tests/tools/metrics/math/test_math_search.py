"""SEARCH: which metrics a search finds, how they are labelled, and what is said of one that cannot be read."""

import numpy as np
import pytest
from metric_math_world import PERIOD_S, ListReader, expression_row, floats_of, timeline_of

from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.math.check import check_queries
from genai_obs.tools.metrics.math.evaluate import evaluate_queries
from genai_obs.tools.metrics.math.search_match import matches
from genai_obs.tools.metrics.math.search_parser import parse_search
from genai_obs.tools.text.diagnostics import Diagnostic, TextError

METRICS = [
    MetricId("Shop", "CustomCount1"),
    MetricId("Shop", "SDBFailure"),
    MetricId("Shop", "Project2-trial333"),
    MetricId("Shop", "Network-Errors-2"),
    MetricId("Shop", "NetworkErrors2"),
    MetricId.of("AI/LLMMetrics", "AICost", {"Environment": "production"}),
    MetricId.of("AI/LLMMetrics", "AICost", {"Environment": "production", "ModelId": "claude-sonnet"}),
    MetricId.of("AI/LLMMetrics", "AICost", {"Environment": "test", "ModelId": "nova-lite"}),
    MetricId.of("AI/LLMMetrics", "InputTokens", {"Environment": "test", "ModelId": "nova-lite"}),
    MetricId.of("AWS/EC2", "CPUUtilization", {"InstanceId": "i-1234567890123456"}),
    MetricId.of("AWS/EC2", "CPUUtilization", {"InstanceType": "t2.micro"}),
    MetricId("Odd", r'Europe\France Traffic(Network) "x"'),
]


def found_by(search: str) -> list[str]:
    """Return the metrics that a search finds, as text."""
    query, errors, _ = parse_search(search)
    assert errors == []
    return [str(metric) for metric in METRICS if matches(query, metric)]


@pytest.mark.parametrize("term", ["count", "Count", "COUNT", "custom", "1", "CustomCount", "Count1", "customcount1"])
def test_a_term_finds_tokens_of_a_name(term: str) -> None:
    """One token is found in any case, several in their own case, and the whole name (documented)."""
    assert "Shop CustomCount1" in found_by(term)


@pytest.mark.parametrize("term", ["couNT", "customcount", "count1", "CustomCoun", "ount"])
def test_a_term_does_not_find_parts_of_tokens(term: str) -> None:
    """Nothing is found inside a token, nor several tokens in another case (documented)."""
    assert "Shop CustomCount1" not in found_by(term)


@pytest.mark.parametrize("term", ["sdbfailure", "sdb", "failure", "SDB", "project2trial333", "trial", "333"])
def test_names_are_cut_as_documented(term: str) -> None:
    """Capitals, digits and other characters begin tokens; the whole without them is one too."""
    assert found_by(term)


@pytest.mark.parametrize("term", ["network/errors", "network+errors", "network-errors", "Network_Errors"])
def test_punctuation_of_a_term_only_separates(term: str) -> None:
    """Whatever stands between tokens of a term, it finds them next to each other (documented)."""
    assert found_by(term) == ["Shop Network-Errors-2", "Shop NetworkErrors2"]


@pytest.mark.parametrize(
    ("search", "count"),
    [
        ('"CustomCount1"', 1),
        ('"customcount1"', 0),
        ('"Custom"', 0),
        ('"Network_Errors_2"', 0),
        ('"production"', 2),
        ('"Environment"', 4),
        ('"AI/LLMMetrics"', 4),
        (r'"Europe\\France Traffic\(Network\) \"x\""', 1),
    ],
)
def test_quotes_want_the_whole_text(search: str, count: int) -> None:
    """A text in quotes is a whole name, value or namespace in its own case, with escapes resolved (documented)."""
    assert len(found_by(search)) == count


@pytest.mark.parametrize(
    ("search", "count"),
    [
        ("{AWS/EC2,InstanceId}", 1),
        ('{"AI/LLMMetrics",Environment,ModelId}', 3),
        ('{"AI/LLMMetrics",ModelId,Environment}', 3),
        ('{"AI/LLMMetrics",Environment}', 1),
        ('{"AI/LLMMetrics"}', 0),
        ("{Shop} count", 1),
        ("{Shop}, count", 1),
        ('{"AI/LLMMetrics",Environment,ModelId} MetricName="AICost" Environment="production"', 1),
        ("InstanceType=micro", 1),
        ("Namespace=AWS", 2),
        ('Namespace="AWS"', 0),
        ("ModelId=production", 0),
        ("MetricName=test", 0),
        ('Environment=("production" OR "test") AICost', 3),
        ('"Environment"=("production" OR "staging")', 2),
        ("Environment=(NOT production)", 12 - 2),
        ("ModelId=(nova OR Environment=production)", 4),
        ("ModelId=(production OR test)", 0),
    ],
)
def test_schemas_and_designators_narrow_a_search(search: str, count: int) -> None:
    """Braces want a namespace and exactly these dimensions; a name with = looks in that place only (documented)."""
    assert len(found_by(search)) == count


@pytest.mark.parametrize(
    ("search", "count"),
    [
        ("ai cost", 3),
        ("ai AND cost", 3),
        ("custom OR sdb", 2),
        ("NOT Namespace=AWS", 10),
        ('MetricName="CPUUtilization" NOT i-1234567890123456', 1),
        ("NOT NOT custom", 1),
        ("custom OR sdb failure", 2),
        ("(custom OR sdb) failure", 1),
        ('MetricName="InputTokens" OR (MetricName="AICost" AND (sonnet OR haiku))', 2),
        ("(network errors) NOT NetworkErrors2", 0),
        ("network NOT project", 3),
    ],
)
def test_operators_join_terms(search: str, count: int) -> None:
    """Terms side by side must all be found; OR is weaker than that, NOT stronger, parentheses group."""
    found = found_by(search)

    assert len(found) == count, found


def reader() -> ListReader:
    """Return a reader with two points of each metric."""
    return ListReader({(metric, "Sum"): floats_of([place, None]) for place, metric in enumerate(METRICS)})


def test_a_search_is_an_array_of_labelled_series() -> None:
    """Series are labelled with the values of their dimensions, and can be summed up."""
    search = expression_row("""SEARCH('{"AI/LLMMetrics",Environment,ModelId} AICost', 'Sum', 60)""", "found")
    total = expression_row("SUM(found)", "total")

    answers = evaluate_queries([search, total], reader(), timeline_of(2))

    assert [series.label for series in answers["found"]] == ["production claude-sonnet", "test nova-lite"]
    assert [float(series.values[0]) for series in answers["found"]] == [6.0, 7.0]
    assert float(answers["total"][0].values[0]) == 13.0
    assert np.isnan(answers["total"][0].values[1])


def test_names_of_metrics_tell_series_apart() -> None:
    """Where a search finds metrics of several names, the label says which one a series is."""
    row = expression_row("""SEARCH('ModelId="nova-lite"', 'Sum')""")

    answers = evaluate_queries([row], reader(), timeline_of(2))["answer"]

    assert [series.label for series in answers] == ["test nova-lite AICost", "test nova-lite InputTokens"]


def test_a_search_that_finds_nothing_is_no_error() -> None:
    """Nothing found is an answer without series."""
    row = expression_row("SEARCH('nothing-like-that', 'Sum')")

    assert evaluate_queries([row], reader(), timeline_of(2)) == {"answer": ()}


def test_at_most_500_series_are_shown() -> None:
    """Of more CloudWatch shows 500, and so do we, with a warning."""
    many = ListReader({(MetricId.of("N", "m", {"d": f"{n:04}"}), "Sum"): floats_of([1.0]) for n in range(501)})
    warnings: list[tuple[str, Diagnostic]] = []

    answers = evaluate_queries(
        [expression_row("SEARCH('{N,d}', 'Sum')")],
        many,
        timeline_of(1),
        on_warning=lambda row_id, warning: warnings.append((row_id, warning)),
    )

    assert len(answers["answer"]) == 500
    assert [(row_id, warning.slug) for row_id, warning in warnings] == [("answer", "math-too-many-series")]


@pytest.mark.parametrize(
    ("search", "slug", "place"),
    [
        ("{a,b", "unexpected-token", 12),
        ("(a OR b", "unexpected-token", 15),
        ("a OR", "unexpected-token", 12),
        ("", "unexpected-token", 8),
        ("x= y=", "unexpected-token", 12),
        (':aws.AccountId="1"', "math-needs-aws", 8),
        ('a "b', "unexpected-token", 10),
        ("a" * 1025, "math-too-long", 1032),
        ("(" * 200, "math-too-deep", 108),
    ],
)
def test_mistakes_in_a_search_are_marked_in_the_expression(search: str, slug: str, place: int) -> None:
    """A mistake in a search is shown at its place in the whole expression."""
    with pytest.raises(TextError) as raised:
        check_queries([expression_row(f"SEARCH('{search}', 'Sum')")], for_alarm=False)

    (problem,) = raised.value.diagnostics
    assert (problem.slug, problem.span.start) == (slug, place)


def test_an_unknown_statistic_is_refused() -> None:
    """The second argument of a search is one of CloudWatch's statistics."""
    with pytest.raises(TextError) as raised:
        check_queries([expression_row("SEARCH('{Shop}', 'Summ')")], for_alarm=False)

    assert raised.value.slug == "math-statistic"


@pytest.mark.parametrize(
    ("search", "slug"),
    [("a or b", "math-search-case"), ("{AI/LLMMetrics,ModelId}", "math-search-quotes")],
)
def test_what_is_probably_not_meant_is_a_warning(search: str, slug: str) -> None:
    """Operators in lower case are terms, and namespaces with a slash belong in quotes."""
    warnings = check_queries([expression_row(f"SEARCH('{search}', 'Sum', {PERIOD_S})")], for_alarm=False)

    assert [warning.slug for _, warning in warnings] == [slug]
