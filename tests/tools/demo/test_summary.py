"""Adding a log up."""

import json
import re
from typing import Any

import orjson

from genai_obs.tools.demo.summary import read_records, summarise

_LITE = "us.amazon.nova-lite-v1:0"


def _record(**changes: Any) -> dict[str, Any]:
    record: dict[str, Any] = {
        "metric": "AICost",
        "model_id": _LITE,
        "status": "ok",
        "attempts": 1,
        "latency_ms": 10.0,
        "input_tokens": 5,
        "output_tokens": 7,
        "cost_usd": 0.25,
        "cost_status": "ok",
        "timestamp": "2026-01-01T00:00:00.000Z",
        "request_id": "r-1",
    }
    return record | changes


def test_only_inference_records_are_read() -> None:
    """Platform lines, Powertools' lines and the caller's own metrics are passed over."""
    record = _record()
    lines = [
        "START RequestId: r-1 Version: $LATEST",
        '{"level":"INFO","message":"task"}',
        '{"metric":"Faithfulness","value":0.9}',
        json.dumps(record),
    ]

    assert read_records(lines) == [record]


def test_counts_and_costs_are_summed_per_model() -> None:
    """The dearest model stands first."""
    records = [
        _record(),
        _record(cache_read_tokens=100, latency_ms=30.0),
        _record(model_id="dear", cost_usd=9.0, cache_write_tokens=3),
    ]

    summary = summarise(records)

    dear, lite = summary.models
    assert (dear.model_id, dear.cost_usd, dear.cache_write_tokens) == ("dear", 9.0, 3)
    assert (lite.calls, lite.input_tokens, lite.output_tokens, lite.cache_read_tokens) == (2, 10, 14, 100)
    assert lite.p50_latency_ms == 20.0
    assert (summary.calls, summary.cost_usd, summary.unpriced) == (3, 9.5, 0)


def test_an_unknown_cost_is_counted_and_not_zero() -> None:
    """A model without any price has no sum at all."""
    records = [
        _record(model_id="opaque", cost_usd=None, cost_status="unresolved_model"),
        _record(cost_usd=None, cost_status="no_usage"),
        _record(),
    ]

    summary = summarise(records)

    by_name = {totals.model_id: totals for totals in summary.models}
    assert (by_name["opaque"].cost_usd, by_name["opaque"].unpriced) == (None, 1)
    assert (by_name[_LITE].cost_usd, by_name[_LITE].unpriced) == (0.25, 1)
    assert summary.unpriced_because == {"unresolved_model": 1, "no_usage": 1}


def test_what_went_wrong_is_notable() -> None:
    """In order of time, with the reason and the way to find it."""
    records = [
        _record(status="throttled", error_type="ThrottlingException", request_id="a"),
        _record(attempts=2, request_id="b"),
        _record(
            guardrail_triggered=True, guardrail_action="BLOCKED", guardrail_policies=["topicPolicy"], request_id="c"
        ),
        _record(status="abandoned", request_id="d"),
        _record(status="timeout", request_id="e"),
        _record(request_id="nothing special"),
    ]

    notes = summarise(records).notable

    assert [(note.what, note.request_id) for note in notes] == [
        ("throttled", "a"),
        ("retried", "b"),
        ("guardrail", "c"),
        ("abandoned", "d"),
        ("timeout", "e"),
    ]
    assert [note.detail for note in notes[:3]] == ["ThrottlingException", "served at attempt 2", "BLOCKED topicPolicy"]


def test_a_log_without_records_is_empty() -> None:
    """Not an error."""
    summary = summarise([])

    assert (summary.models, summary.notable, summary.calls, summary.cost_usd) == ((), (), 0, 0)


def test_tokens_that_no_call_reports_are_unknown_and_not_zero() -> None:
    """Of the calls that report them, a zero counts."""
    silent = _record(model_id="silent", input_tokens=None)
    del silent["output_tokens"]
    records = [silent, _record(cache_read_tokens=0), _record(input_tokens=None)]

    by_name = {totals.model_id: totals for totals in summarise(records).models}

    assert (by_name["silent"].input_tokens, by_name["silent"].output_tokens) == (None, None)
    lite = by_name[_LITE]
    assert (lite.input_tokens, lite.cache_read_tokens, lite.cache_write_tokens) == (5, 0, None)


def test_the_summary_is_plain_json() -> None:
    """What `--json` prints."""
    values = json.loads(orjson.dumps(summarise([_record()]).as_json()))

    assert values["models"][0]["model_id"] == _LITE
    assert values["models"][0]["cache_write_tokens"] is None
    assert values["calls"] == 1


def test_costs_in_json_are_exact_and_have_no_exponent() -> None:
    """A ten-thousandth of a cent is written out, and three of them add up without dust; no cost is null."""
    records = [*(_record(cost_usd=0.0000001) for _ in range(3)), _record(model_id="opaque", cost_usd=None)]

    text = orjson.dumps(summarise(records).as_json()).decode()

    assert re.findall(r'"cost_usd":([^,}]+)', text) == ["0.0000003", "null", "0.0000003"]
