"""What the demo prints."""

import shlex
from pathlib import Path

import pytest

from genai_obs.tools.demo.show import next_commands, show
from genai_obs.tools.demo.summary import summarise

_RECORD = {
    "metric": "AICost",
    "model_id": "us.amazon.nova-lite-v1:0",
    "region": "us-east-1",
    "status": "ok",
    "latency_ms": 10.0,
    "input_tokens": 5,
    "output_tokens": 7,
    "cache_read_tokens": 0,
    "cache_write_tokens": 3,
    "cost_usd": 0.25,
    "cost_status": "ok",
}
_OPAQUE = _RECORD | {"model_id": "opaque", "cost_usd": None, "cost_status": "unresolved_model"}


def test_the_first_command_prices_a_call_of_the_log() -> None:
    """With its own model and its own counts; nothing is asked about tokens that were not used."""
    command = next_commands([_OPAQUE, _RECORD], Path("my.log"))[0]

    assert shlex.split(command) == [
        *("genai-obs", "prices", "quote", "us.amazon.nova-lite-v1:0", "--region", "us-east-1"),
        *("--input-tokens", "5", "--output-tokens", "7", "--cache-write-tokens", "3", "--json"),
    ]


def test_without_a_price_there_is_nothing_to_quote() -> None:
    """The other commands still work."""
    commands = next_commands([_OPAQUE], Path("my.log"))

    assert [command for command in commands if "quote" in command] == []
    assert commands


def test_a_path_with_spaces_can_be_copied() -> None:
    """The commands are meant for a shell."""
    commands = next_commands([], Path("my logs/of today.log"))

    assert all("'my logs/of today.log'" in command for command in commands)


def test_a_narrow_reader_sees_models_costs_and_gaps(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal there is no colour, and an unknown cost is a word."""
    records = [_RECORD, _OPAQUE]

    show(summarise(records), records, Path("my.log"), invocations=2, model_calls=2)

    printed = capsys.readouterr().out
    assert "us.amazon.nova-lite-v1:0" in printed
    assert "0.250000" in printed
    assert "unknown" in printed
    assert "1 of 2 calls without a cost (unresolved_model: 1)" in printed
    assert "\x1b" not in printed


def test_a_table_says_unknown_where_no_call_has_a_count(capsys: pytest.CaptureFixture[str]) -> None:
    """A zero would be a claim."""
    record = {name: value for name, value in _RECORD.items() if name != "output_tokens"}

    show(summarise([record]), [record], Path("my.log"), invocations=1, model_calls=1)

    row = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("us.amazon.nova-lite"))
    assert row.split() == ["us.amazon.nova-lite-v1:0", "1", "5", "unknown", "0", "3", "0.250000", "10"]
