"""Price old lines again: with another snapshot, with overrides, or with rates that were unknown at the time."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from genai_obs._runtime.prices import PriceBook, format_usd
from genai_obs.schema import INFERENCE_METRIC, PRICED_STATUSES

# Counts that are ambiguous stay so, whatever the rates.
_KEPT_STATUS = "ambiguous_usage"
_UNIT_FIELDS = ("search_units", "images")
_COUNT_FIELDS = (
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_1h_tokens",
)
_WORD_FIELDS = ("service_tier", "performance_latency", "processing")


@dataclass(slots=True)
class Summary:
    """What a run did: lines read and re-priced, costs before and after in pico-USD, statuses after."""

    lines: int = 0
    records: int = 0
    changed: int = 0
    before: int = 0
    after: int = 0
    statuses: Counter[str] = field(default_factory=Counter)


def recost_lines(lines: Iterable[bytes], book: PriceBook, summary: Summary) -> Iterator[bytes]:
    """
    Yield every line, those that are inference records with their cost computed again.

    Other lines pass unchanged, byte for byte, and so do records whose cost would be the same.
    """
    for line in lines:
        summary.lines += 1
        record = _read_record(line)
        if record is None:
            yield line
            continue
        summary.records += 1
        changed = _recost(record, book, summary)
        summary.changed += changed
        yield orjson.dumps(record) + line[len(line.rstrip(b"\r\n")) :] if changed else line


def _read_record(line: bytes) -> dict[str, Any] | None:
    """Parse an inference record; numbers keep the text they had."""
    if b"cost_status" not in line or not line.lstrip().startswith(b"{"):
        return None
    try:
        record = json.loads(line, parse_float=_keep, parse_int=_keep_large)
    except ValueError:
        return None
    return record if isinstance(record, dict) and _is_ours(record) else None


def _is_ours(record: Mapping[str, Any]) -> bool:
    """Tell whether a record is an inference whose members have the types that we write."""
    counts = (*_COUNT_FIELDS, *_UNIT_FIELDS, "model_calls")
    words = (*_WORD_FIELDS, "cost_status", "region", "model_id", "invoked_model_id")
    return (
        record.get("metric") == INFERENCE_METRIC
        and all(type(record.get(name, 0)) in (int, type(None)) for name in counts)
        and all(isinstance(record.get(name, ""), (str, type(None))) for name in words)
        and _has_directives(record.get("_aws"))
    )


def _has_directives(aws: object) -> bool:
    """Tell whether the EMF part is absent or has the shape of one."""
    if aws is None:
        return True
    directives = aws.get("CloudWatchMetrics") if isinstance(aws, dict) else None
    return isinstance(directives, list) and all(
        isinstance(each, dict)
        and isinstance(each.get("Metrics"), list)
        and all(isinstance(metric, dict) for metric in each["Metrics"])
        for each in directives
    )


def _keep_large(text: str) -> int | orjson.Fragment:
    """Return an int, or the digits as they stand where orjson could not write the number again (64 bits)."""
    return int(text) if len(text) < 19 else orjson.Fragment(text.encode())


def _keep(text: str) -> orjson.Fragment:
    return orjson.Fragment(text.encode())


def _recost(record: dict[str, Any], book: PriceBook, summary: Summary) -> bool:
    """Put the new cost into a record and tell whether anything changed."""
    before = _picousd(record.get("cost_usd"))
    summary.before += before or 0
    status: str = record.get("cost_status") or ""
    price = record.get("price")
    cost, source = before, price
    # What a user's function said cannot be asked again here.
    asked_function = isinstance(price, dict) and price.get("key") == "function"
    at_ms = _milliseconds(record.get("timestamp"))
    if _model_id(record) is not None and status != _KEPT_STATUS and not asked_function and at_ms is not None:
        cost, status, _ = book.cost_of(*_arguments(record, at_ms))
        source = _source(record, book, at_ms, status)
    summary.after += cost or 0
    summary.statuses[status] += 1
    if (cost, status, source) == (before, record.get("cost_status"), price):
        return False
    _put(record, cost, status, source)
    return True


def _arguments(record: Mapping[str, Any], at_ms: int) -> tuple[Any, ...]:
    units = {name: record[name] for name in _UNIT_FIELDS if isinstance(record.get(name), int)}
    return (
        _model_id(record),
        record.get("region"),
        *(record.get(name) for name in (*_COUNT_FIELDS, *_WORD_FIELDS)),
        at_ms,
        units or None,
        record.get("model_calls"),
    )


def _model_id(record: Mapping[str, Any]) -> str | None:
    """Return the model that ran; None where the record names none, as for an agent that used several."""
    found = record.get("invoked_model_id") or record.get("model_id")
    return found if isinstance(found, str) else None


def _source(record: Mapping[str, Any], book: PriceBook, at_ms: int, status: str) -> dict[str, str] | None:
    """Return what goes into ``price``: the rates' origin, or None without a number."""
    model_id = _model_id(record)
    if status not in PRICED_STATUSES or model_id is None:
        return None
    rates = book.describe(
        model_id,
        record.get("region"),
        record.get("service_tier"),
        record.get("performance_latency"),
        record.get("processing"),
        at_ms,
    )
    counted = sum(record.get(name) or 0 for name in ("input_tokens", "cache_read_tokens", "cache_write_tokens"))
    long = rates.long if rates.threshold is not None and counted > rates.threshold else None
    return (long or rates).source


def _put(record: dict[str, Any], cost: int | None, status: str, source: Mapping[str, str] | None) -> None:
    """Write a cost wherever the record carries it, the EMF metric included."""
    amount = None if cost is None else orjson.Fragment(format_usd(cost))
    record["value"] = record["cost_usd"] = amount
    record["cost_status"] = status
    if source is None:
        record.pop("price", None)
    else:
        record["price"] = source
    directives = (record.get("_aws") or {}).get("CloudWatchMetrics", ())
    if amount is None:
        record.pop(INFERENCE_METRIC, None)
    elif directives:
        record[INFERENCE_METRIC] = amount
    for directive in directives:
        metrics = directive["Metrics"]
        listed = any(each.get("Name") == INFERENCE_METRIC for each in metrics)
        if amount is None:
            directive["Metrics"] = [each for each in metrics if each.get("Name") != INFERENCE_METRIC]
        elif not listed:
            directive["Metrics"] = [*metrics, {"Name": INFERENCE_METRIC}]


def _picousd(value: object) -> int | None:
    """Return a cost of a record as pico-USD; anything that is no number is None."""
    from genai_obs._runtime.price_overrides import picousd

    text = bytes(orjson.dumps(value)).decode()
    try:
        return None if value is None else picousd(text)
    except ValueError:
        return None


def _milliseconds(timestamp: object) -> int | None:
    """Return the time of a record as milliseconds since 1970, or None without a readable one."""
    if not isinstance(timestamp, str):
        return None
    try:
        moment = datetime.fromisoformat(timestamp)
    except ValueError:
        return None
    return None if moment.tzinfo is None else int(moment.timestamp() * 1000)
