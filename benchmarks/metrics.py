"""
``python -m benchmarks.metrics``: EMF lines to metrics, against a bare aggregation of the same file by DuckDB.

Both read a log of lines like the demo's, spread over four weeks. The aggregation is told keys and types, groups by
minute, model and environment, and takes one cost; ours applies CloudWatch's rules to every metric and dimension set.
Each turn runs in a process of its own; the ratio is that of the best turns of one run.
"""

import argparse
import json
import random
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
_FIRST_MS, _SPAN_MS = 1_793_491_200_000, 28 * 86_400_000
_STAMPS = re.compile(r'"timestamp":"[^"]*"(.*)"Timestamp":\d+')
_LATENCY = re.compile(r'"InferenceLatencyMs":[\d.]+')


def make_lines(count: int) -> Path:
    """Return a log of so many EMF lines, made once: those of the demo with other times and latencies."""
    path = BUILD / f"emf-lines-{count}.log"
    if path.exists():
        return path
    BUILD.mkdir(exist_ok=True)
    demo = BUILD / "metrics-demo.log"
    subprocess.run([sys.executable, "-m", "genai_obs", "demo", "--out", str(demo)], check=True, capture_output=True)
    lines = [line for line in demo.read_text().splitlines() if line[:1] == "{" and '"CloudWatchMetrics"' in line]
    chance = random.Random(1)
    with path.open("w") as log:
        for number in range(count):
            log.write(_moved(lines[number % len(lines)], _FIRST_MS + number * _SPAN_MS // count, chance) + "\n")
    return path


def _moved(line: str, at_ms: int, chance: random.Random) -> str:
    """Return a line of another time, with another latency."""
    stamp = datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line = _STAMPS.sub(lambda found: f'"timestamp":"{stamp}"{found[1]}"Timestamp":{at_ms}', line)
    return _LATENCY.sub(f'"InferenceLatencyMs":{round(chance.lognormvariate(7, 0.6), 1)}', line)


def bare(path: Path) -> int:
    """Aggregate one typed column by minute, model and environment; return the number of groups."""
    import duckdb

    columns = {"timestamp": "TIMESTAMP", "model_id": "VARCHAR", "environment": "VARCHAR", "cost_usd": "DOUBLE"}
    reader = f"read_json('{path}', format = 'newline_delimited', records = true, columns = {columns})"
    minute = "time_bucket(INTERVAL 1 MINUTE, timestamp)"
    sql = f"SELECT {minute}, model_id, environment, count(*), sum(cost_usd) FROM {reader} GROUP BY ALL"
    with duckdb.connect(config={"memory_limit": "500MB", "preserve_insertion_order": False}) as connection:
        return len(connection.execute(sql).fetchnumpy()["model_id"])


def ours(path: Path) -> int:
    """Extract all metrics; return their number of values."""
    from genai_obs.tools.logs.inputs import find_inputs
    from genai_obs.tools.metrics.extract import extract

    return extract(find_inputs([str(path)])).values


def ours_with_values(path: Path) -> int:
    """Extract all metrics, with the single values of those that are read as percentiles."""
    from genai_obs.tools.logs.inputs import find_inputs
    from genai_obs.tools.metrics.extract import extract

    return extract(find_inputs([str(path)]), keep_values=lambda metric: metric.name.endswith("Ms")).values


WAYS: dict[str, Callable[[Path], int]] = {
    "DuckDB, told keys and types": bare,
    "genai-obs metrics": ours,
    "the same, values kept for percentiles": ours_with_values,
}


def main() -> int:
    """Make the lines, take turns, print the ratios."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.metrics", description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000, help="how many EMF lines")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each way; the best counts")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        return _run_one(*arguments.one)
    path = make_lines(arguments.lines)
    print(f"{arguments.lines:,} EMF lines, {path.stat().st_size / 1e9:.2f} GB")
    print(f"{'way':<40}{'seconds':>9}{'ratio':>8}{'CPU s':>9}{'ratio':>8}{'memory MB':>11}")
    turns = [{way: _measure(way, path) for way in WAYS} for _ in range(arguments.rounds)]
    best = {way: {key: min(turn[way][key] for turn in turns) for key in ("seconds", "cpu")} for way in WAYS}
    base = best[next(iter(WAYS))]
    for way, least in best.items():
        memory = max(turn[way]["megabytes"] for turn in turns)
        print(
            f"{way:<40}{least['seconds']:>9.2f}{least['seconds'] / base['seconds']:>8.2f}"
            f"{least['cpu']:>9.2f}{least['cpu'] / base['cpu']:>8.2f}{memory:>11.0f}"
        )
    return 0


def _measure(way: str, path: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.metrics", "--one", way, str(path)]
    done = subprocess.run(command, capture_output=True, check=False, cwd=ROOT)
    if done.returncode:
        raise SystemExit(f"{way}: {done.stderr.decode()[-2000:]}")
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def _run_one(way: str, path: str) -> int:
    """Run one way in this process and print what it took, without loading its libraries."""
    import duckdb  # noqa: F401 - loading is not what is measured

    import genai_obs.tools.metrics.bulk.reading  # noqa: F401 - nor here

    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    WAYS[way](Path(path))
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"seconds": seconds, "cpu": cpu, "megabytes": after.ru_maxrss / 1024}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
