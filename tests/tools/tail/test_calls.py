"""One line of text per inference."""

from decimal import Decimal
from typing import Any

import orjson
import pytest

from genai_obs.tools.logs.events import LogEvent
from genai_obs.tools.tail.calls import find_call, render_call, render_other, short_model
from genai_obs.tools.tail.totals import Totals

TIME_MS = 1_795_218_233_523
RECORD = {
    "metric": "AICost",
    "model_id": "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    "model": "anthropic.claude-haiku-4-5-20251001-v1:0",
    "input_tokens": 1000,
    "cache_read_tokens": 200,
    "cache_write_tokens": 34,
    "output_tokens": 56,
    "latency_ms": 1234.5,
    "time_to_first_token_ms": 26.5,
    "cost_usd": 0.000002485,
    "cost_status": "ok",
    "status": "ok",
    "tenant": "acme",
    "feature": "answer",
    "request_id": "8da16041-b45e-485a-943c-f39cfcb51153",
}


def event(record: Any, time_ms: int | None = TIME_MS) -> LogEvent:
    """Return the event of a record."""
    text = orjson.dumps(record).decode()
    return LogEvent(text, time_ms, json_text=text)


def shown(colour: bool = False, /, **changes: Any) -> str:
    """Return the line of the record with these changes; None takes a field away."""
    record = {name: value for name, value in (RECORD | changes).items() if value is not None}
    call = find_call(event(record))
    assert call is not None
    return render_call(call, colour=colour)


def test_a_line_says_when_what_how_long_how_much_and_whose() -> None:
    """All input buckets count as what went in."""
    words = shown().split()

    assert words == [
        *("23:43:53", "claude-haiku-4-5", "1,234→56", "1,234", "ms", "first", "26", "ms"),
        *("0.000002485", "USD", "ok", "acme/answer", "8da16041"),
    ]


def test_what_is_unknown_is_not_shown_as_zero() -> None:
    """No usage is a question mark, no cost the reason why."""
    unknown: dict[str, Any] = dict.fromkeys(("input_tokens", "output_tokens", "cost_usd", "time_to_first_token_ms"))
    line = shown(**unknown, cost_status="no_usage")

    assert "?→?" in line
    assert "no_usage" in line
    assert "first" not in line
    assert "USD" not in line


def test_a_line_fits_forty_cells() -> None:
    """Of model, cost and status the model is cut; the time of day is left out."""
    call = find_call(event(RECORD | {"status": "throttled", "error_type": "ThrottlingException"}))
    assert call is not None

    assert render_call(call, width=40) == "claude-hai…   0.000002485 USD  throttled"


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_a_line_fits_the_terminal(width: int) -> None:
    """What is left out first is what can be looked up; time, model, cost and status stay."""
    call = find_call(event(RECORD | {"status": "error", "error_type": "ModelErrorException"}))
    assert call is not None

    words = render_call(call, width=width, colour=False)

    assert width - 40 < len(words) <= width
    assert all(word in words for word in ("23:43:53", "claude-haiku-4-5", "0.000002485 USD", "error"))
    assert ("first 26 ms" in words) is False


def test_a_failure_has_its_name_and_its_colour() -> None:
    """Red on a terminal, and the same words without colour."""
    line = shown(True, status="throttled", error_type="ThrottlingException")

    assert "\x1b[33mthrottled\x1b[0m" in line
    assert line.endswith("ThrottlingException")
    assert "\x1b" not in shown(status="throttled")


def test_a_guardrail_is_told() -> None:
    """With what it did."""
    assert shown(guardrail_triggered=True, guardrail_action="BLOCKED").endswith("guardrail BLOCKED")
    assert "guardrail" not in shown(guardrail_triggered=False, guardrail_action="NONE")


def test_values_of_strangers_cannot_command_the_terminal() -> None:
    """Tenants and errors come from outside, and so do other lines of the log."""
    line = shown(tenant="\x1b[2J", error_type="a\nb", model="\u202ex", model_id=None)
    other = render_other(LogEvent("\x1b[2J\nx", None), width=None, colour=False)

    assert "\x1b" not in line + other
    assert "\n" not in line + other
    assert other == r"--:--:--  \x1b[2J\nx"


def test_other_lines_are_cut_to_the_terminal() -> None:
    """One line of the log is one line of the screen."""
    assert render_other(LogEvent("x" * 100, TIME_MS), width=20, colour=False) == "23:43:53  xxxxxxxxx…"


@pytest.mark.parametrize(
    ("model", "short"),
    [
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
        ("anthropic.claude-3-haiku-20240307-v1:0", "claude-3-haiku"),
        ("amazon.nova-micro-v1:0", "nova-micro"),
        ("us.meta.llama3-3-70b-instruct-v1:0", "llama3-3-70b-instruct"),
        ("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6", "a1b2c3d4e5f6"),
        ("openai.gpt-oss-120b-1:0", "gpt-oss-120b-1"),
        ("gpt-4.1-mini", "gpt-4.1-mini"),
        ("v1:0", "v1"),
    ],
)
def test_a_model_is_shown_by_its_name(model: str, short: str) -> None:
    """Region, vendor, date and revision are left out."""
    assert short_model(model) == short


@pytest.mark.parametrize(
    "found",
    [
        LogEvent("START RequestId: AICost", TIME_MS),
        event({"metric": "Faithfulness", "value": 1, "note": "AICost"}),
        event({"AICost": 1}),
        LogEvent("AICost", TIME_MS, json_text='{"AICost'),
    ],
)
def test_other_lines_are_no_calls(found: LogEvent) -> None:
    """Only the metric says that a line is an inference."""
    assert find_call(found) is None


def test_totals_add_exactly_and_count_what_has_no_cost() -> None:
    """Ten times a tenth of a cent is a cent, and an unknown cost is not zero."""
    totals = Totals()
    for cost in [0.001] * 10 + [None]:
        call = find_call(event(RECORD | {"cost_usd": cost}))
        assert call is not None
        totals.add(call)

    assert totals.describe() == "11 calls, 1 unpriced, 0.010000 USD"
    assert Totals().describe() == "0 calls, 0.000000 USD"


def test_a_cost_is_the_number_of_the_line() -> None:
    """Not its nearest binary fraction."""
    call = find_call(event(RECORD))

    assert call is not None
    assert call.cost_usd == Decimal("0.000002485")
