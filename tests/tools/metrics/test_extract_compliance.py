"""CloudWatch's rules for EMF lines, as data: what each line publishes and what is left out of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from genai_obs.tools.logs.events import LogEvent
from genai_obs.tools.logs.inputs import Inputs, events_input
from genai_obs.tools.metrics.extract import Extraction, extract
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.rules import RULES

_DATA = Path(__file__).parents[2]
CASES: list[dict[str, Any]] = json.loads((_DATA / "compliance" / "emf.json").read_text("utf-8"))


def line_of(case: dict[str, Any]) -> str:
    """Return the line of a case, whose padding is not written out in the data."""
    line = case["line"] if isinstance(case["line"], str) else json.dumps(case["line"])
    return line.replace("@PAD@", "x" * case.get("pad", 0))


def inputs_of(case: dict[str, Any]) -> Inputs:
    """Return the event of a case."""
    return events_input([LogEvent(line_of(case), None, ingested_ms=case.get("ingested_ms"))])


def published(extraction: Extraction) -> list[dict[str, Any]]:
    """Return every metric with its values, in the form of the cases."""
    return [
        {
            "namespace": metric.namespace,
            "name": metric.name,
            "dimensions": dict(metric.dimensions),
            "unit": samples.unit,
            "resolution": samples.bucket_s,
            "values": [] if samples.values is None else samples.values.tolist(),
        }
        for metric, listed in extraction.data.samples.items()
        for samples in listed
    ]


def keep_all(_: MetricId) -> bool:
    """Want the single values of every metric."""
    return True


@pytest.mark.parametrize("case", CASES, ids=[case["name"].replace(" ", "-") for case in CASES])
def test_a_line_publishes_what_cloudwatch_would_take(case: dict[str, Any]) -> None:
    """Each case of the data holds: its metrics, and what is left out by which rule."""
    found = extract(inputs_of(case), keep_values=keep_all)

    by_name = sorted(
        case["metrics"], key=lambda metric: (metric["namespace"], metric["name"], str(metric["dimensions"]))
    )
    assert (
        sorted(published(found), key=lambda metric: (metric["namespace"], metric["name"], str(metric["dimensions"])))
        == by_name
    )
    assert {each.slug: each.count for each in found.dropped} == case["dropped"]


def test_every_rule_has_a_case() -> None:
    """No rule stands in the table that no line was tried against; one needs more lines than a case has."""
    tried = {slug for case in CASES for slug in case["dropped"]}

    assert RULES.keys() - tried == {"too-many-metrics"}


def test_only_lines_known_as_emf_are_counted_by_cloudwatch() -> None:
    """A line that is no EMF is lost in silence; no alarm on the error metrics can see it."""
    silent = {slug for slug, rule in RULES.items() if rule.lost == "line" and rule.counted is None}

    assert silent == {
        *("emf-in-text", "emf-quoted", "emf-nested", "emf-not-json", "emf-nan", "emf-too-long", "emf-bad-aws"),
    }
