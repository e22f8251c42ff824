"""Old lines priced again: what changes, and everything that must not."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_obs._runtime.prices import PriceBook
from genai_obs.tools.prices.recost import Summary, recost_lines

BOOK = PriceBook(environ={})


def line(**changes: Any) -> bytes:
    """Return a record's line that was written before its model had a price."""
    record = {
        "metric": "AICost",
        "value": None,
        "unit": "USD",
        "timestamp": "2026-11-20T10:00:00.000Z",
        "model_id": "us.anthropic.claude-sonnet-4-6",
        "region": "us-east-1",
        "input_tokens": 1000,
        "output_tokens": 1000,
        "latency_ms": 0.00000125,
        "cost_usd": None,
        "cost_status": "unknown_model",
    }
    return orjson.dumps({**record, **changes}) + b"\n"


def recost(*lines: bytes, book: PriceBook = BOOK) -> tuple[list[bytes], Summary]:
    """Return the lines afterwards and the summary."""
    summary = Summary()
    return list(recost_lines(lines, book, summary)), summary


def test_a_record_gets_the_cost_it_could_not_have_before() -> None:
    """Value, cost, status and the rates' origin change together; numbers keep the text they had."""
    [found], summary = recost(line().replace(b"1.25e-6", b"0.00000125"))

    record = json.loads(found)
    assert b'"cost_usd":0.0198' in found
    assert b'"latency_ms":0.00000125' in found
    assert (record["value"], record["cost_status"]) == (0.0198, "ok")
    assert record["price"]["key"] == "us.anthropic.claude-sonnet-4-6|us-east-1|default"
    assert (summary.records, summary.changed, summary.before, summary.after) == (1, 1, 0, 19_800_000_000)


def test_the_metric_follows_the_cost() -> None:
    """A new number becomes a metric, a lost one leaves no definition behind."""
    aws = {"Timestamp": 1, "CloudWatchMetrics": [{"Namespace": "n", "Dimensions": [[]], "Metrics": [{"Name": "X"}]}]}
    priced, _ = recost(line(_aws=aws))
    record = json.loads(priced[0])

    assert record["AICost"] == 0.0198
    assert record["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [{"Name": "X"}, {"Name": "AICost"}]

    record["model_id"] = "us.anthropic.claude-sonnet-9"
    unpriced, _ = recost(orjson.dumps(record))
    lost = json.loads(unpriced[0])

    assert lost["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [{"Name": "X"}]
    assert "AICost" not in lost
    assert "price" not in lost
    assert (lost["value"], lost["cost_usd"], lost["cost_status"]) == (None, None, "unknown_model")


def test_a_second_run_changes_nothing() -> None:
    """Pricing again with the same book gives the same bytes."""
    first, _ = recost(line())

    second, summary = recost(*first)

    assert second == first
    assert summary.changed == 0


@pytest.mark.parametrize(
    "other",
    [
        b"START RequestId: 1\n",
        b"\n",
        b'{"metric":"Faithfulness","value":0.93,"cost_status":"x"}\n',
        b'{"metric":"AICost","cost_status":"ok"\n',
        b'["cost_status"]\n',
        b"\xff\xfe cost_status\n",
        line(cost_status="ambiguous_usage"),
        line(model_id=None, cost_status="unresolved_model"),
        line(
            price={"source": "override", "version": "function", "key": "function"}, cost_usd=1, cost_status="overridden"
        ),
        line(timestamp="yesterday"),
        line(timestamp="2026-11-20T10:00:00"),
        line(timestamp=None),
        line(input_tokens="many"),
        line(input_tokens=True),
        line(service_tier=3),
        line(_aws=[]),
    ],
)
def test_other_lines_pass_byte_for_byte(other: bytes) -> None:
    """What is no record of ours, or cannot be priced again, is not touched."""
    found, summary = recost(other)

    assert found == [other]
    assert summary.changed == 0


def test_the_model_that_a_router_chose_is_priced() -> None:
    """The invoked model beats the id that was called."""
    [found], _ = recost(line(invoked_model_id="amazon.nova-pro-v1:0"))

    assert json.loads(found)["cost_usd"] == 0.004


def test_the_day_of_the_call_picks_the_price() -> None:
    """History is priced by the rates of its time."""
    lines = [line(model_id="openai.gpt-5.6-sol", timestamp=f"2026-08-{day}T12:00:00.000Z") for day in (20, 21)]

    found, _ = recost(*lines)

    assert [json.loads(each)["cost_usd"] for each in found] == [0.0385, 0.0264]


def test_tier_cache_and_units_are_taken_into_account() -> None:
    """Everything that decided the price then decides it now."""
    flex = line(model_id="amazon.nova-pro-v1:0", service_tier="flex", cache_read_tokens=1000)
    rerank = line(model_id="cohere.rerank-v3-5:0", input_tokens=None, output_tokens=None, search_units=2)

    found, _ = recost(flex, rerank)

    assert [json.loads(each)["cost_usd"] for each in found] == [0.0021, 0.004]


def test_long_context_names_its_row() -> None:
    """The record says which row it was computed with."""
    [found], _ = recost(line(model_id="openai.gpt-6-sol", input_tokens=272_001))

    assert json.loads(found)["price"]["key"].endswith("|gt272000")


def test_another_book_gives_another_cost() -> None:
    """Overrides re-price history."""
    book = PriceBook({"multiplier": "0.5"}, {})

    [found], _ = recost(line(), book=book)

    record = json.loads(found)
    assert (record["cost_usd"], record["cost_status"], record["price"]["multiplier"]) == (0.0099, "overridden", "5/10")


def test_the_last_line_may_lack_its_end() -> None:
    """A file that ends without a newline still does."""
    [found], _ = recost(line().rstrip(b"\n"))

    assert not found.endswith(b"\n")


ANY: st.SearchStrategy[object] = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.just({})
    | st.just([])
)


@given(st.dictionaries(st.sampled_from([*json.loads(line()), "_aws", "price", "images", "model_calls"]), ANY))
def test_any_record_is_survived(changes: dict[str, Any]) -> None:
    """Foreign and broken lines pass; whatever comes out is one line of JSON."""
    [found], _ = recost(json.dumps({**json.loads(line()), **changes}).encode() + b"\n")

    assert isinstance(json.loads(found), dict)
    assert found.count(b"\n") == 1
