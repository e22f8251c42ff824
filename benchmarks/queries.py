"""
``python -m benchmarks.queries``: two queries over demo-like lines, ours against what else reads such files.

Each way runs in a process of its own and says what it took without starting Python, and its largest memory. The
table gives ratios to DuckDB told exactly which keys to read with which types: the limit of our engine.
"""

import argparse
import importlib
import json
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.query_lines import make_lines
from benchmarks.query_ways import BUILD, QUERIES, STORE, WAYS

ROOT = BUILD.parent
LIMIT, OURS, FIRST = "DuckDB, told keys and types", "genai-obs query", "genai-obs query --store, first"

# Run once instead of several times.
_SLOW = {"genai-obs query --exact", FIRST, "orjson loop", "jq"}

# What a way reads where it is not the whole log: the share of it, and what the table says.
_READS = {"polars, lazy": (1.0, "records only: other lines end it"), "jq": (0.1, "a tenth, scaled")}

_LIBRARIES = {
    "genai-obs": "genai_obs.tools.insights.engine",
    "DuckDB": "duckdb",
    "polars": "polars",
    "orjson": "orjson",
}


def main() -> int:
    """Make the lines, run every way, print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.queries", description=__doc__)
    parser.add_argument(
        "--gigabytes", type=float, nargs="+", default=[1.0], help="sizes; beyond the first only DuckDB and ours run"
    )
    parser.add_argument("--rounds", type=int, default=3, help="turns of each way but the slow ones; the best counts")
    parser.add_argument("--ways", nargs="*", choices=list(WAYS), default=list(WAYS), help="which ways to run")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        return _run_one(*arguments.one)
    first, *others = arguments.gigabytes
    for query in QUERIES:
        seconds = {first: _compare(query, first, arguments.ways, arguments.rounds)}
        for size in others:
            seconds[size] = _compare(query, size, [LIMIT, OURS], arguments.rounds)
        if others:
            _show_growth(seconds)
    return 0


def _compare(query: str, gigabytes: float, ways: list[str], rounds: int) -> dict[str, float]:
    """Print the table of one query over one size and return the seconds of each way."""
    print(f"\n{query}, {gigabytes:g} GB")
    print(f"{'way':<34}{'seconds':>9}{'ratio':>8}{'CPU s':>9}{'ratio':>8}{'MB/s':>8}{'memory MB':>11}{'rows':>6}")
    limit: dict[str, float] = {}
    seconds = {}
    for way in ways:
        if way == FIRST:
            shutil.rmtree(STORE, ignore_errors=True)
        share, note = _READS.get(way, (1.0, ""))
        path = make_lines(BUILD, gigabytes * share, only_records=way.startswith("polars"))
        best = _best_of(1 if way in _SLOW else rounds, way, query, path)
        best["seconds"], best["cpu"] = best["seconds"] / share, best["cpu"] / share
        limit = limit or best
        seconds[way] = best["seconds"]
        print(
            f"{way:<34}{best['seconds']:>9.3f}{best['seconds'] / limit['seconds']:>8.2f}"
            f"{best['cpu']:>9.3f}{best['cpu'] / limit['cpu']:>8.2f}{gigabytes * 1000 / best['seconds']:>8.0f}"
            f"{best['megabytes']:>11.0f}{best['rows']:>6.0f}  {note}".rstrip(),
            flush=True,
        )
    return seconds


def _best_of(rounds: int, way: str, query: str, path: Path) -> dict[str, float]:
    """Return the least time and the largest memory of some turns."""
    turns = [_measure(way, query, path) for _ in range(rounds)]
    best = {name: min(turn[name] for turn in turns) for name in ("seconds", "cpu", "rows")}
    return {**best, "megabytes": max(turn["megabytes"] for turn in turns)}


def _show_growth(seconds: dict[float, dict[str, float]]) -> None:
    """Print how the time per gigabyte changes with the size: 1.00 is linear."""
    (first, base), *others = seconds.items()
    for way in (way for way in (LIMIT, OURS) if way in base):
        factors = (f"{size:g} GB {taken[way] / size / (base[way] / first):.2f}" for size, taken in others)
        print(f"time per GB, {first:g} GB = 1.00, {way}: {', '.join(factors)}")


def _measure(way: str, query: str, path: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.queries", "--one", way, query, str(path)]
    done = subprocess.run(command, capture_output=True, check=False, cwd=ROOT)
    if done.returncode:
        raise SystemExit(f"{way}: {done.stderr.decode()[-2000:]}")
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def _run_one(way: str, query: str, path: str) -> int:
    """Run one way in this process and print what it took."""
    for beginning, library in _LIBRARIES.items():
        # Loading is not what is measured here.
        if way.startswith(beginning):
            importlib.import_module("duckdb" if beginning == "genai-obs" else library)
            importlib.import_module(library)
    who = resource.RUSAGE_CHILDREN if way == "jq" else resource.RUSAGE_SELF
    before, started = resource.getrusage(who), time.perf_counter()
    rows = WAYS[way](query, Path(path))
    seconds, after = time.perf_counter() - started, resource.getrusage(who)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"seconds": seconds, "cpu": cpu, "rows": rows, "megabytes": after.ru_maxrss / 1024}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
