"""Print what the demo did, for people."""

import shlex
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from genai_obs.tools.demo.summary import ModelTotals, Record, Summary

_WIDTH_OF_A_FILE = 150


def show(
    summary: Summary,
    records: Sequence[Record],
    path: Path,
    *,
    invocations: int,
    model_calls: int,
    answers: Iterable[str] = (),
) -> None:
    """Print tables, answers to questions about the log, and the next commands on standard output."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else _WIDTH_OF_A_FILE
    console = Console(width=width, highlight=False, soft_wrap=False)
    console.print(
        f"{invocations} invocations of a real handler made {model_calls} model calls and left {len(records)} records "
        f"in {path}",
        markup=False,
    )
    console.print(_model_table(summary))
    if summary.notable:
        console.print()
        console.print(_notable_table(summary))
        console.print()
    console.print(f"total  {_usd(summary.cost_usd)} USD at list prices", markup=False)
    if summary.unpriced:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in summary.unpriced_because.items())
        console.print(f"       {summary.unpriced} of {summary.calls} calls without a cost ({reasons})", markup=False)
    for answer in answers:
        print(f"\n{answer}", end="")
    console.print("\nnext", markup=False)
    for command in next_commands(records, path):
        # Whole, so that it can be copied, however narrow the terminal is.
        print(f"  {command}")


def next_commands(records: Sequence[Record], path: Path) -> list[str]:
    """Return commands that work on this log as they stand."""
    log = shlex.quote(str(path))
    commands = [
        f"genai-obs spend {log} --since all --by model,tenant",
        f"genai-obs query 'filter status != \"ok\" | stats count(*) as calls by status, model | sort calls desc' {log}",
        f"genai-obs query @spend-per-hour --plot {log}",
        f"genai-obs metrics {log} --bill",
        f"genai-obs alarms {log} --backtest",
        f"genai-obs tail --no-follow {log}",
    ]
    priced = next((record for record in records if record.get("cost_usd")), None)
    if priced is not None:
        commands.insert(0, _quote_command(priced))
    return commands


def _quote_command(record: Record) -> str:
    """Return the command that computes one record's cost again."""
    words = ["genai-obs", "prices", "quote", str(record["model_id"]), "--region", str(record["region"])]
    counts = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
    for name in counts:
        if record.get(name):
            words += ["--" + name.replace("_", "-"), str(record[name])]
    return shlex.join([*words, "--json"])


def _model_table(summary: Summary) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("model", overflow="fold")
    for title in ("calls", "input", "output", "cache read", "cache write", "cost USD", "p50 ms"):
        table.add_column(title, justify="right", no_wrap=True)
    for totals in summary.models:
        table.add_row(*_model_row(totals))
    return table


def _model_row(totals: ModelTotals) -> list[str]:
    cost = "unknown" if totals.cost_usd is None else _usd(totals.cost_usd)
    counts = (totals.input_tokens, totals.output_tokens, totals.cache_read_tokens, totals.cache_write_tokens)
    shown = ("unknown" if count is None else f"{count:,}" for count in counts)
    return [totals.model_id, f"{totals.calls:,}", *shown, cost, f"{totals.p50_latency_ms:,.0f}"]


def _notable_table(summary: Summary) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("notable", "model", "detail", "at"):
        table.add_column(title, overflow="fold")
    for note in summary.notable:
        table.add_row(note.what, note.model_id, note.detail, note.timestamp)
    return table


def _usd(amount: float) -> str:
    return f"{amount:.6f}"
