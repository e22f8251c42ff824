"""Whatever a definition names is really published: every metric, dimension set, statistic and record field."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from genai_obs import annotate, configure, log_metric, observe_inference, schema
from genai_obs._runtime import guard, observation
from genai_obs._runtime.inference import Inference
from genai_obs.testing import capture_records
from genai_obs.tools.alarms.rule import Alarm, LogAlarm, MetricAlarm
from genai_obs.tools.definitions.defaults import default_definitions
from genai_obs.tools.definitions.model import Settings
from genai_obs.tools.insights.checks.query import check_query
from genai_obs.tools.insights.language import syntax
from genai_obs.tools.insights.language.parser import parse_query
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.queries import MetricStat
from genai_obs.tools.metrics.statistics import parse_statistic

SETTINGS = Settings(
    environment="staging", quality_metric="Faithfulness", function_name="assistant", log_group="/aws/lambda/assistant"
)
# The application's own metric, written with log_metric; all others under our namespace are in the schema.
OWN_METRICS = {"Faithfulness"}
# What AWS publishes itself, and the dimensions that it does so with (AWS/Lambda and CloudWatch Logs metrics).
AWS_METRICS = {
    ("AWS/Lambda", "Errors"): ("FunctionName",),
    ("AWS/Lambda", "Invocations"): ("FunctionName",),
    ("AWS/Logs", "EMFParsingErrors"): ("LogGroupName",),
    ("AWS/Logs", "EMFValidationErrors"): ("LogGroupName",),
}
ALARMS = {alarm.name: alarm for alarm in default_definitions(SETTINGS).alarms}
METRIC_ALARMS = {name: alarm for name, alarm in ALARMS.items() if isinstance(alarm, MetricAlarm)}
LOG_ALARMS = {name: alarm for name, alarm in ALARMS.items() if isinstance(alarm, LogAlarm)}


def statistics_of(alarm: Alarm) -> list[MetricStat]:
    """Return every statistic that an alarm reads."""
    rows = alarm.queries if isinstance(alarm, MetricAlarm) else ()
    return [row.stat for row in rows if row.stat is not None]


def unpublished_by_schema(stat: MetricStat) -> list[str]:
    """Return what the schema of the record does not publish of a statistic."""
    metric = stat.metric
    if metric.namespace.startswith("AWS/"):
        wanted = AWS_METRICS.get((metric.namespace, metric.name))
        return [] if metric.dimension_names == wanted else [str(metric)]
    known = {row.name for row in schema.METRICS} | OWN_METRICS
    sets = [tuple(sorted(names)) for names in schema.DIMENSION_SETS]
    wrong = [] if metric.name in known else [metric.name]
    wrong += [] if metric.namespace == schema.NAMESPACE else [metric.namespace]
    return wrong + ([] if metric.dimension_names in sets else [str(metric.dimension_names)])


def walk(node: object) -> Iterator[object]:
    """Yield every node of a tree of the query language."""
    if isinstance(node, tuple):
        for part in node:
            yield from walk(part)
    elif is_dataclass(node):
        yield node
        for field in fields(node):
            yield from walk(getattr(node, field.name))


def fields_of(alarm: LogAlarm) -> set[str]:
    """Return the fields that a log alarm's query and aggregation name."""
    aggregation = alarm.aggregation.partition("|")[0]
    query = parse_query(f"{alarm.query} | stats {aggregation}")
    return {node.name for node in walk(query.commands) if isinstance(node, syntax.Field)}


def words_of(alarm: LogAlarm) -> dict[str, set[str]]:
    """Return the texts that a log alarm's query compares a field with, by the field."""
    found: dict[str, set[str]] = {}
    for node in walk(parse_query(alarm.query).commands):
        match node:
            case syntax.Binary(operator="=", left=syntax.Field() as field, right=syntax.String() as text):
                found.setdefault(field.name, set()).add(text.value)
            case syntax.In(operand=syntax.Field() as field, options=options):
                texts = {option.value for option in options if isinstance(option, syntax.String)}
                found.setdefault(field.name, set()).update(texts)
            case _:
                pass
    return found


@pytest.fixture
def lines() -> list[dict[str, Any]]:
    """One record that knows everything, one line of the application's own metric: written by the runtime itself."""
    configure(emf=True, environment=SETTINGS.environment)
    with capture_records(strict=False) as records:
        with observe_inference():
            annotate(tenant="acme", user_id="u1", feature="chat")
            current = observation.current.get()
            assert current is not None
            everything: dict[str, object] = {
                "model_id": "amazon.nova-lite-v1:0",
                "provider": "aws.bedrock",
                "region": "us-east-1",
                "input_tokens": 800,
                "output_tokens": 90,
                "cache_read_tokens": 10,
                "cache_write_tokens": 10,
                "time_to_first_token_ms": 80.0,
                "guardrail_triggered": True,
            }
            guard.failed(RuntimeError("a failure of ours"))
            Inference(current, everything).finish("ok", 512.0)
        log_metric("Faithfulness", 0.93, unit="None", dimensions={"Feature": "chat"})
    return records


def published(lines: list[dict[str, Any]]) -> dict[MetricId, str]:
    """Return every metric that CloudWatch makes of lines with its unit, read from their ``_aws`` alone."""
    found: dict[MetricId, str] = {}
    for line in lines:
        for directive in line["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                dimensions = {name: str(line[name]) for name in names}
                for definition in directive["Metrics"]:
                    assert isinstance(line[definition["Name"]], int | float)
                    metric = MetricId.of(directive["Namespace"], definition["Name"], dimensions)
                    found[metric] = definition.get("Unit", "None")
    return found


@pytest.mark.parametrize("name", sorted(METRIC_ALARMS))
def test_an_alarm_reads_what_the_schema_publishes(name: str) -> None:
    """Its metric, its exact dimension set, and a statistic that there is."""
    stats = statistics_of(METRIC_ALARMS[name])

    assert stats
    for stat in stats:
        assert unpublished_by_schema(stat) == []
        assert parse_statistic(stat.stat) is not None
        # A unit that nobody published would leave the alarm without data for ever.
        assert stat.unit is None


def test_a_wrong_metric_or_dimension_would_be_seen() -> None:
    """The seed's alarm watched a set that nobody publishes; the proof above is no proof unless it finds such."""
    alarm = METRIC_ALARMS["genai-staging-error-rate"]
    stat = statistics_of(alarm)[0]
    renamed = replace(stat, metric=replace(stat.metric, name="InferenceError"))
    by_model = replace(stat, metric=MetricId.of(schema.NAMESPACE, "InferenceErrors", {"ModelId": "m"}))
    elsewhere = replace(stat, metric=replace(stat.metric, namespace="AI/Metrics"))

    found = [unpublished_by_schema(wrong) for wrong in (renamed, by_model, elsewhere)]

    assert found == [["InferenceError"], ["('ModelId',)"], ["AI/Metrics"]]


def test_the_runtime_publishes_every_metric_that_an_alarm_reads(lines: list[dict[str, Any]]) -> None:
    """Namespace, name and dimensions are those in the ``_aws`` of lines that were really written."""
    there = published(lines)

    wanted = {
        stat.metric
        for alarm in METRIC_ALARMS.values()
        for stat in statistics_of(alarm)
        if not stat.metric.namespace.startswith("AWS/")
    }

    assert len(wanted) >= 8
    assert wanted - set(there) == set()


def test_the_samples_of_the_error_metric_are_the_calls(lines: list[dict[str, Any]]) -> None:
    """It is on every record, also of a call that did not fail; the error rate and the silence rest on that."""
    record = lines[0]

    names = [definition["Name"] for definition in record["_aws"]["CloudWatchMetrics"][0]["Metrics"]]

    assert record["status"] == "ok"
    assert record["InferenceErrors"] == 0
    assert "InferenceErrors" in names


@pytest.mark.parametrize("name", sorted(LOG_ALARMS))
def test_a_log_alarm_names_fields_of_the_record(name: str, lines: list[dict[str, Any]]) -> None:
    """Each is in the schema, and in a line that the runtime wrote; its query needs no warning."""
    alarm = LOG_ALARMS[name]
    in_schema = {field.name for field in schema.FIELDS}

    named = fields_of(alarm)

    assert {"metric", "environment"} <= named
    assert named <= in_schema
    assert named <= set(lines[0])
    assert check_query(parse_query(alarm.query)) == ()


@pytest.mark.parametrize("name", sorted(LOG_ALARMS))
def test_a_log_alarm_compares_with_values_that_records_have(name: str) -> None:
    """A status that the schema does not know would never be met."""
    known: Mapping[str, set[str]] = {
        "metric": {schema.INFERENCE_METRIC},
        "environment": {SETTINGS.environment},
        "status": set(schema.STATUSES),
        "cost_status": set(schema.COST_STATUSES),
    }

    words = words_of(LOG_ALARMS[name])

    assert words.keys() <= known.keys()
    for field, texts in words.items():
        assert texts <= known[field]


def test_a_wrong_field_or_word_would_be_seen() -> None:
    """The walk finds names wherever they stand in a query, and in the aggregation."""
    alarm = LOG_ALARMS["genai-staging-spend-per-tenant"]
    wrong = replace(alarm, query=alarm.query.replace("cost_usd", "cost"), aggregation="sum(price_usd) by customer")
    throttled = LOG_ALARMS["genai-staging-throttles"]

    named = fields_of(wrong)
    words = words_of(replace(throttled, query=throttled.query.replace("throttled", "throttle")))

    assert named - {field.name for field in schema.FIELDS} == {"cost", "price_usd", "customer"}
    assert words["status"] - set(schema.STATUSES) == {"throttle"}
