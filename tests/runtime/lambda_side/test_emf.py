"""The CloudWatch side of a line."""

import sys
import time
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from runtime.lambda_side.emf_lines import definitions, read_emf, read_line
from runtime.lambda_side.support import NOVA, THROTTLED, configured, converse

from genai_obs import configure, log_metric, observe_inference, schema
from genai_obs._runtime import output

Lines = list[bytes]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Lines:
    """The lines that are written, as bytes."""
    written: Lines = []
    monkeypatch.setattr(output, "write", written.append)
    return written


@pytest.fixture
def emf(in_lambda: Callable[..., None]) -> None:
    """A function in Lambda, where EMF is on without asking."""
    in_lambda()


@observe_inference
def plain() -> None:
    """Do nothing."""


@pytest.mark.usefixtures("emf")
def test_inference_has_the_metrics_of_the_schema(client: Any, lines: Lines) -> None:
    """Tokens, latency and cost of a call are metrics with the units of the table, by stage and by model."""
    with observe_inference():
        converse(client)

    record = read_emf(lines[0])
    units = {metric.name: metric.unit for metric in schema.METRICS}
    assert definitions(record) == {
        name: units[name]
        for name in (
            "InputTokens",
            "OutputTokens",
            "InferenceLatencyMs",
            "AICost",
            "InferenceErrors",
            "GuardrailInterventions",
        )
    }
    directive = record["_aws"]["CloudWatchMetrics"][0]
    assert directive["Namespace"] == "AI/LLMMetrics"
    assert directive["Dimensions"] == [["Environment"], ["ModelId", "Environment"]]
    assert (record["Environment"], record["ModelId"]) == ("default", NOVA)
    assert (record["InputTokens"], record["OutputTokens"]) == (record["input_tokens"], record["output_tokens"])
    assert (record["AICost"], record["value"]) == (record["cost_usd"], record["cost_usd"])
    assert record["InferenceLatencyMs"] == record["latency_ms"]
    assert (record["InferenceErrors"], record["GuardrailInterventions"]) == (0, 0)
    assert abs(record["_aws"]["Timestamp"] - time.time() * 1000) < 10_000


@pytest.mark.usefixtures("emf")
def test_failed_inference_counts_as_an_error_and_has_no_tokens(client: Any, lines: Lines) -> None:
    """The average of InferenceErrors is the error rate; what is unknown is no metric."""
    with observe_inference(), pytest.raises(client.exceptions.ThrottlingException):
        converse(client, THROTTLED)

    record = read_emf(lines[0])
    assert record["InferenceErrors"] == 1
    assert definitions(record).keys() == {"InferenceLatencyMs", "InferenceErrors", "GuardrailInterventions"}


@pytest.mark.usefixtures("emf")
def test_inference_without_a_model_has_the_first_dimension_set_only(lines: Lines) -> None:
    """There is nothing to drill down to where no model is known."""
    plain()

    assert read_emf(lines[0])["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["Environment"]]


@pytest.mark.usefixtures("emf")
def test_cache_metrics_are_there_where_there_are_counts(lines: Lines) -> None:
    """Cache reads and writes are metrics of the calls that report them, zero included."""
    with observe_inference() as block:
        block.record_usage(model_id=NOVA, input_tokens=1, output_tokens=2, cache_read_tokens=0, cache_write_tokens=4)

    record = read_emf(lines[0])
    assert (record["CacheReadTokens"], record["CacheWriteTokens"]) == (0, 4)
    assert {"CacheReadTokens", "CacheWriteTokens"} <= definitions(record).keys()


@pytest.mark.usefixtures("emf")
def test_tiny_costs_are_written_in_full(lines: Lines) -> None:
    """A cost below a ten-thousandth of a dollar has no exponent, which Logs Insights could not sum up."""
    with observe_inference() as block:
        block.record_usage(model_id="amazon.nova-micro-v1:0", input_tokens=1, output_tokens=0, provider="aws.bedrock")

    read_emf(lines[0])
    assert b'"cost_usd":0.0000000' in lines[0]


@pytest.mark.usefixtures("emf")
def test_model_ids_past_the_cap_share_a_dimension_value(lines: Lines, capsys: pytest.CaptureFixture[str]) -> None:
    """Each value is a metric to pay for: past the cap it is ``other``, the field keeps the truth, once a warning."""
    configure(max_dimension_values=2)

    with observe_inference() as block:
        for number in (0, 1, 2, 3, 1):
            block.record_usage(model_id=f"model-{number}", input_tokens=1)

    records = [read_emf(line) for line in lines]
    assert [r["ModelId"] for r in records] == ["model-0", "model-1", "other", "other", "model-1"]
    assert [r["model_id"] for r in records] == [f"model-{number}" for number in (0, 1, 2, 3, 1)]
    assert capsys.readouterr().err.count("more than 2 model ids") == 1


@pytest.mark.usefixtures("emf")
@pytest.mark.parametrize("model_id", ["modèle", "a\tb", " ", "x" * 2000, "arn:aws:bedrock:\ud800"])
def test_any_model_id_is_a_dimension_value(model_id: str, lines: Lines) -> None:
    """Ids that CloudWatch would refuse are written as it takes them."""
    with observe_inference() as block:
        block.record_usage(model_id=model_id, input_tokens=1)

    read_emf(lines[0])


def test_outside_lambda_lines_have_no_metrics(lines: Lines) -> None:
    """On a laptop a line is a record only, unless asked otherwise."""
    plain()
    with configured(emf=True):
        plain()

    assert "_aws" not in read_line(lines[0])
    read_emf(lines[1])


@pytest.mark.usefixtures("emf")
def test_failures_of_ours_are_a_metric_of_the_next_record(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    """What this library got wrong shows on a graph."""
    from genai_obs._runtime import guard

    monkeypatch.setattr(sys, "stderr", None)
    guard.failed(ValueError())
    guard.failed(ValueError())

    plain()
    plain()

    first, second = (read_emf(line) for line in lines)
    assert (first["observation_errors"], first["ObservationErrors"]) == (2, 2)
    assert "ObservationErrors" not in definitions(second)


# -- log_metric ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("emf")
def test_own_metric(lines: Lines) -> None:
    """A number of the user's is a field for queries and a metric by stage."""
    log_metric("Faithfulness", 0.93, unit="None", properties={"judge": "haiku"})

    record = read_emf(lines[0])
    assert (record["metric"], record["value"], record["unit"]) == ("Faithfulness", 0.93, "None")
    assert (record["Faithfulness"], record["judge"]) == (0.93, "haiku")
    assert definitions(record) == {"Faithfulness": "None"}
    assert record["function_name"] == "my-function"


@pytest.mark.usefixtures("emf")
def test_call_as_in_a_hand_written_helper(lines: Lines) -> None:
    """A currency is no CloudWatch unit: it stays in the field, and the metric has none."""
    log_metric("AICost", 0.0123, unit="USD")

    record = read_emf(lines[0])
    assert (record["metric"], record["value"], record["unit"]) == ("AICost", 0.0123, "USD")
    assert definitions(record) == {"AICost": "None"}


def test_own_metric_outside_lambda_is_a_plain_line(lines: Lines) -> None:
    """Without EMF a dimension is a field like any other."""
    log_metric("Answers", 1, dimensions={"Feature": "summary"})

    record = read_line(lines[0])
    assert (record["value"], record["unit"], record["Feature"]) == (1, "Count", "summary")
    assert not record.keys() & {"_aws", "Answers", "Environment"}


@pytest.mark.usefixtures("emf")
def test_own_dimensions_form_a_second_set(lines: Lines) -> None:
    """The total stays readable without them."""
    log_metric("Answers", 1, dimensions={"Feature": "summary", "Tier": "gold"})

    record = read_emf(lines[0])
    assert record["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["Environment"], ["Feature", "Tier", "Environment"]]


@pytest.mark.usefixtures("emf")
def test_own_metric_takes_the_fields_of_its_invocation(context: Any, lines: Lines) -> None:
    """Inside an observation it has the request id and the fields; it is no inference, whose record is there too."""

    @observe_inference(fields={"feature": "summary"})
    def handler(event: object, context: object) -> None:
        log_metric("Answers", 1, dimensions={"feature": "summary"}, properties={"Answers": "mine", "metric": "mine"})

    handler({}, context)

    first, second = (read_emf(line) for line in lines)
    assert (first["request_id"], first["feature"], first["Answers"]) == ("request-1", "summary", 1)
    assert [first["metric"], second["metric"]] == ["Answers", "AICost"]


@pytest.mark.usefixtures("emf")
@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**400, -(2.0**361), "many", None, object(), [1]])
def test_value_that_is_no_finite_number_is_null(value: Any, lines: Lines, capsys: pytest.CaptureFixture[str]) -> None:
    """The line is there for queries, with null; CloudWatch is not bothered."""
    log_metric("Score", value)

    record = read_line(lines[0])
    assert record["value"] is None
    assert "_aws" not in record
    assert "no finite number" in capsys.readouterr().err


@pytest.mark.usefixtures("emf")
@pytest.mark.parametrize("name", ["metric", "timestamp", "Environment", "_aws", "unit", "", " ", "service", "x" * 300])
def test_metric_name_that_is_taken(name: str, lines: Lines) -> None:
    """A name that the line needs itself makes no metric, and never overwrites; a long one is cut."""
    log_metric(name, 5)

    record = read_line(lines[0])
    assert (record["value"], record["unit"]) == (5, "Count")
    assert ("_aws" in record) == (len(name) > 250)
    assert orjson.loads(lines[0])["metric"] == name[:255]


@pytest.mark.usefixtures("emf")
def test_dimension_values_past_the_cap_are_other(lines: Lines, capsys: pytest.CaptureFixture[str]) -> None:
    """A user id as a dimension costs at most the cap; the truth stays on the line."""
    configure(max_dimension_values=2)

    for user in ("a", "b", "c", "a", "d"):
        log_metric("Answers", 1, dimensions={"User": user})

    records = [read_emf(line) for line in lines]
    assert [r["User"] for r in records] == ["a", "b", "other", "a", "other"]
    assert [r.get("dimension_values") for r in records] == [None, None, {"User": "c"}, None, {"User": "d"}]
    assert capsys.readouterr().err.count("more than 2 values of the dimension 'User'") == 1


@pytest.mark.usefixtures("emf")
@pytest.mark.parametrize(
    "dimensions",
    [
        {"": "x"},
        {":a": "x"},
        {"naïve": "x"},
        {"a": ""},
        {"a": "\n"},
        {"metric": "x"},
        {"Environment": "x"},
        {"_aws": "x"},
    ],
)
def test_dimension_that_cloudwatch_refuses_is_left_out(dimensions: dict[str, str], lines: Lines) -> None:
    """The metric is there without it."""
    log_metric("Answers", 1, dimensions=dimensions)

    record = read_emf(lines[0])
    assert all(len(names) <= 2 for names in record["_aws"]["CloudWatchMetrics"][0]["Dimensions"])
    assert record["Environment"] == "default"
    assert record["metric"] == "Answers"


@pytest.mark.usefixtures("emf")
def test_too_many_dimensions(lines: Lines) -> None:
    """A set holds thirty, ours among them."""
    log_metric("Answers", 1, dimensions={f"d{number}": "x" for number in range(60)})

    sets = read_emf(lines[0])["_aws"]["CloudWatchMetrics"][0]["Dimensions"]
    assert [len(names) for names in sets] == [1, 30]


def test_switched_off_own_metrics_are_too(lines: Lines) -> None:
    """``enabled=False`` silences the whole library."""
    with configured(enabled=False):
        log_metric("Answers", 1)

    assert lines == []
