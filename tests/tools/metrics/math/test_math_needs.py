"""Which metrics a request needs the single values of."""

from metric_math_world import NAMESPACE, expression_row

from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.math.needs import needs_values
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat


def test_percentiles_of_rows_and_searches_need_single_values() -> None:
    """A percentile needs them whether a row names the metric or a search finds it; a sum never does."""
    named, summed = MetricId(NAMESPACE, "Latency"), MetricId(NAMESPACE, "Cost")
    found = MetricId.of(NAMESPACE, "Tokens", {"ModelId": "a"})
    rows = [
        MetricQuery("p", MetricStat(named, "p90", 60)),
        MetricQuery("s", MetricStat(summed, "Sum", 60)),
        expression_row(f"""MAX(SEARCH('{{"{NAMESPACE}",ModelId}} Tokens', 'tm99', 60)) + SUM(SEARCH('Cost', 'Sum'))"""),
        expression_row(f'SELECT AVG(Cost) FROM SCHEMA("{NAMESPACE}")', "q"),
    ]

    needed = needs_values(rows)

    assert [needed(metric) for metric in (named, summed, found)] == [True, False, True]
