"""Checks that a line is one that Lambda keeps whole and that CloudWatch takes metrics from."""

import json
import math
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema

_SCHEMA = json.loads((Path(__file__).parents[2] / "data" / "emf.json").read_text("utf-8"))
_VALIDATOR = jsonschema.Draft202012Validator(_SCHEMA)


def read_line(line: str | bytes) -> dict[str, Any]:
    """Return a record after checking everything that holds for any line."""
    text = line.decode() if isinstance(line, bytes) else line
    assert text.endswith("\n")
    assert "\n" not in text[:-1]
    assert "\r" not in text
    assert len(text.encode()) <= 200_000
    record: dict[str, Any] = json.loads(text, parse_constant=_refuse, object_pairs_hook=_without_repetition)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record["timestamp"])
    datetime.fromisoformat(record["timestamp"])
    for name in ("value", "cost_usd", "guardrail_cost_usd"):
        if record["metric"] == "AICost":
            assert not re.search(rf'"{name}":-?[0-9.]+[eE]', text), "costs are written in full"
    return record


def read_emf(line: str | bytes) -> dict[str, Any]:
    """Return a record after checking that each of its metrics is one that CloudWatch accepts."""
    record = read_line(line)
    _VALIDATOR.validate(record)
    directive = record["_aws"]["CloudWatchMetrics"][0]
    for definition in directive["Metrics"]:
        value = record[definition["Name"]]
        assert type(value) in (int, float), definition
        assert math.isfinite(value)
        assert abs(value) <= 2.0**360
    for names in directive["Dimensions"]:
        for name in names:
            value = record[name]
            assert isinstance(value, str)
            assert 1 <= len(value) <= 1024
            assert value.isascii()
            assert value.isprintable()
            assert value.strip()
    return record


def definitions(record: dict[str, Any]) -> dict[str, str]:
    """Return the units of a record's metrics by name, ``None`` where none is given."""
    metrics = record["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    return {metric["Name"]: metric.get("Unit", "None") for metric in metrics}


def _refuse(word: str) -> None:
    raise AssertionError(f"{word} is not JSON")


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    assert len(set(names)) == len(names), "a member stands twice"
    return dict(pairs)
