"""The metrics of a record are those of the schema's table, each with the value of its field."""

import orjson
import pytest

from genai_obs import schema
from genai_obs._runtime import emf, settings
from genai_obs._runtime.inference import Inference
from genai_obs._runtime.observation import Observation, Options

# A value for every field that a metric is made of.
FACTS: dict[str, object] = {
    "model_id": "amazon.nova-lite-v1:0",
    "input_tokens": 11,
    "output_tokens": 12,
    "cache_read_tokens": 13,
    "cache_write_tokens": 14,
    "latency_ms": 15.5,
    "time_to_first_token_ms": 16.5,
    "cost_usd": 0.25,
    "status": "throttled",
    "guardrail_triggered": True,
    "observation_errors": 3,
}
MADE = {"InferenceErrors": 1, "GuardrailInterventions": 1}
# Every record has a status and a latency.
SOMETIMES = [metric for metric in schema.METRICS if metric.field not in ("status", "latency_ms")]


def members_of(facts: dict[str, object]) -> dict[str, object]:
    """Return the members that EMF adds to these facts, as the line has them."""
    record = dict(facts)
    before, after = emf.add_inference_metrics(record, settings.current())
    line: dict[str, object] = orjson.loads(orjson.dumps(record)[:-1] + b"," + before + b"1700000000000" + after)
    return {name: value for name, value in line.items() if name not in facts}


def names_in(members: dict[str, object]) -> list[str]:
    """Return the names of the metric definitions."""
    directives = members["_aws"]["CloudWatchMetrics"]  # type: ignore[index]
    return [definition["Name"] for definition in directives[0]["Metrics"]]


def test_every_metric_of_the_schema_is_on_a_record_that_knows_all() -> None:
    """Each row of the table is a definition, with its unit, and a root member with its field's value."""
    members = members_of(FACTS)

    directive = members["_aws"]["CloudWatchMetrics"][0]  # type: ignore[index]
    assert directive["Metrics"] == [
        {"Name": metric.name} | ({} if metric.unit == "None" else {"Unit": metric.unit}) for metric in schema.METRICS
    ]
    for metric in schema.METRICS:
        assert members[metric.name] == MADE.get(metric.name, FACTS[metric.field])
    assert directive["Dimensions"] == [list(names) for names in schema.DIMENSION_SETS]
    assert directive["Namespace"] == schema.NAMESPACE


@pytest.mark.parametrize("metric", SOMETIMES, ids=lambda metric: metric.name)
def test_a_metric_without_a_value_is_not_defined(metric: schema.Metric) -> None:
    """A field that is unknown takes its own metric away, and no other."""
    facts = {name: value for name, value in FACTS.items() if name != metric.field}

    names = names_in(members_of(facts))

    expected = [one.name for one in schema.METRICS if one.name != metric.name or metric.name in MADE]
    assert names == expected


def test_without_a_model_there_is_only_the_first_dimension_set() -> None:
    """A record that knows no model cannot be drilled down to."""
    members = members_of({name: value for name, value in FACTS.items() if name != "model_id"})

    assert "ModelId" not in members
    assert members["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["Environment"]]  # type: ignore[index]


@pytest.mark.parametrize("status", schema.STATUSES)
def test_what_counts_as_an_error(status: str) -> None:
    """A failure, a throttle and a time-out do; a caller who stopped reading does not."""
    members = members_of({**FACTS, "status": status})

    expected = {"ok": 0, "error": 1, "throttled": 1, "timeout": 1, "abandoned": 0}
    assert members["InferenceErrors"] == expected[status]


def test_latency_is_in_milliseconds() -> None:
    """A call that began 2.5 seconds ago has taken 2,500 ms, and little more."""
    inference = Inference(Observation(Options({}, {}, None, None), None, None), {})
    inference.started_ns -= 2_500_000_000

    assert 2_500 <= inference.elapsed_ms() < 20_000
