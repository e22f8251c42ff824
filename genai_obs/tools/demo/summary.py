"""Add a log up: calls, tokens, cost and latency per model, and the records that somebody would want to look at."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from genai_obs.schema import INFERENCE_METRIC

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ModelTotals:
    """
    One model's line of the table.

    Token counts are sums over the calls that report them; ``cost_usd`` sums what could be priced, None if nothing was;
    ``p50_latency_ms`` is the median over all calls, failed ones included.
    """

    model_id: str
    calls: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
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
        """Return plain values."""
        return asdict(self)


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
    cost = _sum(records, "cost_usd")
    return Summary(tuple(models), tuple(notable), len(records), cost, gaps.total(), dict(gaps.most_common()))


def _totals(model_id: str, records: Sequence[Record]) -> ModelTotals:
    priced = [record for record in records if record.get("cost_usd") is not None]
    return ModelTotals(
        model_id,
        len(records),
        int(_sum(records, "input_tokens")),
        int(_sum(records, "output_tokens")),
        int(_sum(records, "cache_read_tokens")),
        int(_sum(records, "cache_write_tokens")),
        _sum(priced, "cost_usd") if priced else None,
        len(records) - len(priced),
        round(statistics.median(float(record["latency_ms"]) for record in records), 1),
    )


def _dearest_first(totals: ModelTotals) -> tuple[float, str]:
    return -(totals.cost_usd or 0.0), totals.model_id


def _sum(records: Sequence[Record], field: str) -> float:
    # Rounded where it is shown: adding binary fractions leaves dust behind the tenth digit.
    return round(sum(record.get(field) or 0 for record in records), 12)


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
