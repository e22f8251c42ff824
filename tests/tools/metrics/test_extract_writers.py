"""Lines of other people's EMF writers: all their metrics are found."""

from pathlib import Path

import pytest

from genai_obs.tools.logs.inputs import find_inputs
from genai_obs.tools.metrics.extract import Extraction, extract

_LINES = Path(__file__).parents[2] / "data" / "emf"
_EMBEDDED = {"LogGroup": "orders", "ServiceName": "orders", "ServiceType": "AWS::Lambda::Function", "stage": "test"}


def read(name: str) -> Extraction:
    """Return the metrics of the lines of a writer."""
    return extract(find_inputs([str(_LINES / f"{name}.ndjson")]), keep_values=lambda _: True)


def values_of(found: Extraction) -> dict[tuple[str, str, int], list[float]]:
    """Return the values of each metric, by name, dimensions and resolution."""
    return {
        (metric.name, " ".join(value for _, value in metric.dimensions), samples.bucket_s): samples.values.tolist()
        for metric, listed in found.data.samples.items()
        for samples in listed
        if samples.values is not None
    }


def test_powertools_lines_are_read() -> None:
    """Powertools writes all values in lists, and a metric of high resolution."""
    assert values_of(read("powertools")) == {
        ("Orders", "NL test orders", 60): [3.0],
        ("Orders", "test orders", 60): [1.0, 2.0],
        ("Took", "test orders", 1): [12.5],
        ("Starts", "orders", 60): [1.0],
    }


def test_a_document_that_went_through_logging_is_told() -> None:
    """Behind a level and a request id it is no EMF; CloudWatch says nothing, and we do."""
    (dropped,) = read("powertools").dropped

    assert (dropped.slug, dropped.count, dropped.counted) == ("emf-in-text", 1, None)
    assert (dropped.example.source, dropped.example.event) == (str(_LINES / "powertools.ndjson"), 4)


def test_powertools_for_typescript_is_read() -> None:
    """It writes lists only where there are several values."""
    assert values_of(read("powertools_node")) == {
        ("Orders", "test orders", 60): [1.0, 2.0],
        ("Took", "test orders", 1): [12.5],
    }


@pytest.mark.parametrize("name", ["embedded", "embedded_node"])
def test_the_embedded_metrics_libraries_are_read(name: str) -> None:
    """They add dimensions of their own, and write an integer beside a fraction."""
    dimensions = " ".join(_EMBEDDED.values())

    assert values_of(read(name)) == {("Live", dimensions, 1): [1.0], ("Took", dimensions, 60): [12.5, 14.0]}


def test_a_writer_without_any_dimension_set_publishes_nothing() -> None:
    """Set to no dimensions, aws-embedded-metrics writes no set instead of an empty one."""
    (dropped,) = read("embedded").dropped

    assert (dropped.slug, dropped.count, dropped.mark) == ("emf-no-dimension-set", 2, "unknown")
