"""Add a log up: calls, tokens, cost and latency per model, and the records that somebody would want to look at."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from genai_obs._runtime.prices import format_usd
from genai_obs.schema import INFERENCE_METRIC

Record = Mapping[str, Any]

_PICO = 10**12


@dataclass(frozen=True, slots=True)
class ModelTotals:
    """
    One model's line of the table.

    Token counts are sums over the calls that report them, None if none does; ``cost_usd`` sums what could be priced,
    None if nothing was; ``p50_latency_ms`` is the median over all calls, failed ones included.
    """

    model_id: str
    calls: int
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    cost_usd: float | None
    unpriced: int
    p50_latency_ms: float


@dataclass(frozen=True, slots=True)
class Notable:
    """A record worth a look: what is special about it, and where to find it."""

    what: str
    model_id: str
    detail: str
    timestamp: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What a log says: totals per model (dearest first), notable records in order of time, the sum, the gaps."""

    models: tuple[ModelTotals, ...]
    notable: tuple[Notable, ...]
    calls: int
    cost_usd: float
    unpriced: int
    unpriced_because: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        """Return values for orjson: None for what is unknown, costs as exact text in fixed notation."""
        document = asdict(self)
        for part in (document, *document["models"]):
            part["cost_usd"] = _fixed(part["cost_usd"])
        return document


def read_records(lines: Iterable[str]) -> list[Record]:
    """Return the inference records among the lines of a log; other lines are passed over."""
    found: list[Record] = []
    for line in lines:
        if line.startswith("{"):
            document = orjson.loads(line)
            if document.get("metric") == INFERENCE_METRIC:
                found.append(document)
    return found


def summarise(records: Sequence[Record]) -> Summary:
    """Return the summary of inference records, which are in order of time."""
    by_model: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_model[str(record.get("model_id", "?"))].append(record)
    models = sorted((_totals(model, found) for model, found in by_model.items()), key=_dearest_first)
    gaps = Counter(str(record.get("cost_status")) for record in records if record.get("cost_usd") is None)
    notable = (note for record in records for note in _notes(record))
    cost = _cost(records)
    return Summary(tuple(models), tuple(notable), len(records), cost, gaps.total(), dict(gaps.most_common()))


def _totals(model_id: str, records: Sequence[Record]) -> ModelTotals:
    priced = [record for record in records if record.get("cost_usd") is not None]
    return ModelTotals(
        model_id,
        len(records),
        _count(records, "input_tokens"),
        _count(records, "output_tokens"),
        _count(records, "cache_read_tokens"),
        _count(records, "cache_write_tokens"),
        _cost(priced) if priced else None,
        len(records) - len(priced),
        round(statistics.median(float(record["latency_ms"]) for record in records), 1),
    )


def _dearest_first(totals: ModelTotals) -> tuple[float, str]:
    return -(totals.cost_usd or 0.0), totals.model_id


def _count(records: Sequence[Record], field: str) -> int | None:
    known = [int(record[field]) for record in records if record.get(field) is not None]
    return sum(known) if known else None


def _cost(records: Sequence[Record]) -> float:
    # In whole pico-USD, the unit of a record's last digit: adding binary fractions leaves dust behind.
    return sum(_picousd(record.get("cost_usd") or 0.0) for record in records) / _PICO


def _picousd(usd: float) -> int:
    return round(usd * _PICO)


def _fixed(usd: float | None) -> orjson.Fragment | None:
    return None if usd is None else orjson.Fragment(format_usd(_picousd(usd)))


def _notes(record: Record) -> Iterable[Notable]:
    """Yield what is special about a record; most have nothing."""
    status = record.get("status")
    if status != "ok":
        yield _note(record, str(status), str(record.get("error_type") or _SAYS.get(str(status), "")))
    elif (record.get("attempts") or 1) > 1:
        yield _note(record, "retried", f"served at attempt {record['attempts']}")
    if record.get("guardrail_triggered"):
        policies = ", ".join(record.get("guardrail_policies") or ())
        yield _note(record, "guardrail", f"{record.get('guardrail_action')} {policies}".strip())


_SAYS = {
    "abandoned": "the caller stopped reading: tokens unknown, so no cost",
    "timeout": "written shortly before Lambda's deadline",
}


def _note(record: Record, what: str, detail: str) -> Notable:
    where = (str(record.get(name, "")) for name in ("timestamp", "request_id"))
    return Notable(what, str(record.get("model_id", "?")), detail, *where)
