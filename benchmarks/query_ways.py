"""The ways of asking two questions over demo-like lines: ours, and what else reads such files."""

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

BUILD = Path(__file__).resolve().parent.parent / "build"
STORE = BUILD / "query-store"

SPEND = 'filter metric="AICost" | stats sum(value) as Total_USD by bin(1d)'
TOKENS = (
    "fields model_id, input_tokens, output_tokens"
    " | stats sum(input_tokens) as total_input, sum(output_tokens) as total_output, count(*) as requests by model_id"
    " | sort requests desc"
)
QUERIES = {"daily spend": SPEND, "tokens by model": TOKENS}

_READ = "read_json('{path}', format='newline_delimited', ignore_errors=true, columns={columns})"
_DUCKDB = {
    "daily spend": "SELECT date_trunc('day', timestamp), sum(value) FROM {read} WHERE metric = 'AICost' GROUP BY 1",
    "tokens by model": "SELECT model_id, sum(input_tokens), sum(output_tokens), count(*) n FROM {read} GROUP BY 1"
    " ORDER BY n DESC",
}
_COLUMNS = {
    "daily spend": "{timestamp: 'TIMESTAMP', metric: 'VARCHAR', value: 'DOUBLE'}",
    "tokens by model": "{model_id: 'VARCHAR', input_tokens: 'DOUBLE', output_tokens: 'DOUBLE'}",
}
_JQ = {
    "daily spend": 'reduce (inputs | fromjson? | select(.metric == "AICost")) as $r ({};'
    " .[$r.timestamp[0:10]] += ($r.value // 0))",
    "tokens by model": 'reduce (inputs | (fromjson? // {})) as $r ({}; ($r.model_id // "none") as $m'
    " | .[$m].i += ($r.input_tokens // 0) | .[$m].o += ($r.output_tokens // 0) | .[$m].n += 1)",
}


def ours(query: str, path: Path, *, exact: bool = False, store: Path | None = None) -> int:
    """Run our engine."""
    from genai_obs.tools.insights.engine import run_query
    from genai_obs.tools.logs.inputs import find_inputs

    inputs = find_inputs([str(path)])
    now_ms = time.time_ns() // 1_000_000
    result = run_query(QUERIES[query], inputs, start_ms=None, end_ms=None, now_ms=now_ms, exact=exact, store=store)
    return len(result.rows)


def ours_exact(query: str, path: Path) -> int:
    """Run our engine over each line."""
    return ours(query, path, exact=True)


def ours_store(query: str, path: Path) -> int:
    """Run our engine over the store: the first time it is filled."""
    return ours(query, path, store=STORE)


def duckdb_typed(query: str, path: Path) -> int:
    """Run DuckDB, told the keys and their types."""
    import duckdb

    read = _READ.format(path=path, columns=_COLUMNS[query])
    with duckdb.connect(config={"preserve_insertion_order": False}) as database:
        return len(database.execute(_DUCKDB[query].format(read=read)).fetchall())


def polars_lazy(query: str, path: Path) -> int:
    """Run polars' lazy scan, told the keys and their types, on records only: any other line ends it with an error."""
    import polars as pl

    text, number = pl.String, pl.Float64
    if query == "daily spend":
        lines = pl.scan_ndjson(path, schema={"timestamp": text, "metric": text, "value": number}, ignore_errors=True)
        spend = lines.filter(pl.col("metric") == "AICost")
        grouped = spend.group_by(pl.col("timestamp").str.slice(0, 10)).agg(pl.col("value").sum())
    else:
        schema = {"model_id": text, "input_tokens": number, "output_tokens": number}
        lines = pl.scan_ndjson(path, schema=schema, ignore_errors=True)
        grouped = lines.group_by("model_id").agg(pl.col("input_tokens").sum(), pl.col("output_tokens").sum(), pl.len())
    return int(grouped.collect().height)


def orjson_loop(query: str, path: Path) -> int:
    """Run a plain Python loop."""
    import orjson

    groups: dict[Any, list[float]] = {}
    with path.open("rb") as lines:
        for line in lines:
            try:
                record = orjson.loads(line)
            except orjson.JSONDecodeError:
                record = {}
            if query == "daily spend":
                if record.get("metric") == "AICost":
                    group = groups.setdefault(record["timestamp"][:10], [0.0])
                    group[0] += record.get("value") or 0.0
            else:
                group = groups.setdefault(record.get("model_id"), [0.0, 0.0, 0])
                group[0] += record.get("input_tokens") or 0
                group[1] += record.get("output_tokens") or 0
                group[2] += 1
    return len(groups)


def jq(query: str, path: Path) -> int:
    """Run jq, on a tenth of the lines."""
    done = subprocess.run(["jq", "-nR", _JQ[query], str(path)], capture_output=True, check=True)
    return len(json.loads(done.stdout))


WAYS: dict[str, Callable[[str, Path], int]] = {
    "DuckDB, told keys and types": duckdb_typed,
    "genai-obs query": ours,
    "genai-obs query --exact": ours_exact,
    "genai-obs query --store, first": ours_store,
    "genai-obs query --store, second": ours_store,
    "polars, lazy": polars_lazy,
    "orjson loop": orjson_loop,
    "jq": jq,
}
