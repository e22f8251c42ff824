"""The size of typical lines, what a million of them cost in log ingestion, and which members the bytes are in."""

from typing import Any

import orjson

from benchmarks import scenario
from benchmarks.table import Row, Section

# Lambda's logs in the Standard class, us-east-1, first 10 TB a month, as quoted in duckbillgroup.com's account of the
# tiers of 2025-05-01; not checked against the price list itself. Storage is apart.
USD_PER_GB = 0.50

_STREAM = {
    "operation": "ConverseStream",
    "time_to_first_token_ms": 341.2,
    "stream": "complete",
}
_ERROR = {
    "operation": "Converse",
    "provider": "aws.bedrock",
    "region": scenario.REGION,
    "model_id": scenario.MODEL_ID,
    "bedrock_request_id": scenario.FACTS["bedrock_request_id"],
    "attempts": 3,
    "error_type": "ThrottlingException",
    "http_status": 429,
    "status": "throttled",
    "latency_ms": 1804.6,
}

# EMF refers to metrics and dimensions by the names of root members; these say again what the record says.
_EMF_NAMES = frozenset(("_aws", "Environment", "ModelId"))


def run(rounds: int) -> list[Section]:
    """Count bytes; there is nothing to repeat."""
    del rounds
    plain = {name: value for name, value in scenario.FACTS.items() if not name.startswith("guardrail")}
    lines: dict[str, dict[str, object]] = {
        "Converse, no guardrail": plain,
        "Converse, guardrail": scenario.FACTS,
        "ConverseStream, no guardrail": {**plain, **_STREAM},
        "Converse, throttled after 3 attempts": _ERROR,
    }
    rows: list[Row] = []
    with scenario.in_lambda():
        for name, facts in lines.items():
            line = scenario.line_of(facts)
            record = orjson.loads(line)
            without = _size({member: value for member, value in record.items() if not _is_emf(member)})
            rows += [_row(name, len(line)), _row(f"{name}, EMF off", without)]
        members = _members(scenario.record_of(plain))
    return [
        Section("Bytes of a line, and log ingestion for a million of them at 0.50 USD/GB", rows),
        Section("Where the bytes of a Converse line are (member name, quotes, colon and comma included)", members),
    ]


def _row(name: str, size: int) -> Row:
    usd = size * 1_000_000 / 1e9 * USD_PER_GB
    return Row(name, f"{size} B", f"{usd:.2f} USD", "" if size <= 4096 else "longer than a pipe keeps whole")


def _size(record: dict[str, Any]) -> int:
    return len(orjson.dumps(record)) + 1


def _is_emf(member: str) -> bool:
    return member in _EMF_NAMES or member[:1].isupper()


def _members(record: dict[str, Any]) -> list[Row]:
    """Return the members by size, EMF's copies in one row."""
    sizes = {name: len(orjson.dumps({name: value})) - 1 for name, value in record.items()}
    total = sum(sizes.values())
    copies = sum(size for name, size in sizes.items() if _is_emf(name) and name != "_aws")
    shown = {name: size for name, size in sizes.items() if not _is_emf(name) or name == "_aws"}
    shown["EMF: metrics and dimensions under their own names"] = copies
    largest = sorted(shown.items(), key=lambda item: -item[1])
    rows = [Row(name, f"{size} B", f"{size / total:.0%}") for name, size in largest[:12]]
    rest = sum(size for _, size in largest[12:])
    return [*rows, Row(f"{len(largest) - 12} smaller members", f"{rest} B", f"{rest / total:.0%}")]
