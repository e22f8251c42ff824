"""``genai-obs prices show``: the rates of the price book, as a table or as JSON."""

import argparse
import difflib
import time
from collections.abc import Iterator, Sequence
from typing import Any

from genai_obs._runtime.model_ids import parse_model_id
from genai_obs._runtime.prices import format_usd
from genai_obs._runtime.rates import Rates, Snapshot
from genai_obs.errors import GenaiObsError
from genai_obs.tools.cli.prices_common import open_book, print_json

_RATE_TITLES = ("input", "output", "cache read", "cache write", "write 1h")


def add_actions(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare ``show`` and its options."""
    show = actions.add_parser("show", help="list prices, or every price of one model")
    show.add_argument("model", nargs="?", metavar="MODEL", help="model id, profile id or ARN")
    show.add_argument("--json", action="store_true", help="print JSON")
    show.set_defaults(act=_show)


def _show(arguments: argparse.Namespace) -> int:
    snapshot = open_book().snapshot
    if arguments.model is None:
        return _show_all(snapshot, as_json=arguments.json)
    model = parse_model_id(arguments.model)
    base = snapshot.aliases.get(model.base or "", model.base or "")
    if base not in snapshot.models:
        close = difflib.get_close_matches(base, [*snapshot.models, *snapshot.aliases], n=3)
        hint = f"; did you mean {', '.join(close)}?" if close else ""
        raise GenaiObsError("unknown-model", f'the price book has no model "{arguments.model[:80]}"{hint}')
    entry = snapshot.models[base]
    rows = [{**row, "regions": _region_names(row["regions"], snapshot)} for row in entry["rows"]]
    if arguments.json:
        print_json({"model": base, "version": snapshot.version, "unit": "pico-USD", **entry, "rows": rows})
        return 0
    print(f"{base}: snapshot {snapshot.version}, USD per 1,000,000 tokens")
    table: list[tuple[str, ...]] = [("scope", "tier", *_RATE_TITLES, "from", "source", "Regions")]
    for row in rows:
        table.extend(_row_lines(row))
    _print_table(table)
    return 0


def _show_all(snapshot: Snapshot, *, as_json: bool) -> int:
    if as_json:
        print_json({"version": snapshot.version, "unit": "pico-USD", "models": snapshot.models})
        return 0
    print(f"snapshot {snapshot.version}: standard price in us-east-1, USD per 1,000,000 tokens")
    table: list[tuple[str, ...]] = [("model", "scope", *_RATE_TITLES)]
    for base in sorted(snapshot.models):
        for scope, prefix in (("regional", ""), ("global", "global.")):
            rates = snapshot.find_rates(
                parse_model_id(prefix + base), "us-east-1", "default", time.time_ns() // 1_000_000
            )
            if rates.priced and (rates.input is not None or rates.output is not None):
                table.append((base, scope, *_rate_cells(rates)))
    _print_table(table)
    return 0


def _rate_cells(rates: Rates) -> tuple[str, ...]:
    amounts = (rates.input, rates.output, rates.cache_read, rates.cache_write, rates.cache_write_1h)
    return tuple(_per_million(amount) for amount in amounts)


def _per_million(amount: int | None) -> str:
    return "-" if amount is None else format_usd(amount * 1_000_000).decode()


def _row_lines(row: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield a row of the table, one more for long context, and one for each kind of unit."""
    regions = row["regions"]
    where = regions if isinstance(regions, str) else " ".join(regions)
    first, source = row.get("from", "-"), row["source"]
    if "rates" in row:
        yield (row["scope"], row["tier"], *_padded(row["rates"]), first, source, where)
    if "over" in row:
        threshold, rates = row["over"]
        cells = ("?",) * 5 if rates is None else _padded(rates)
        yield (row["scope"], f"{row['tier']} >{threshold}", *cells, first, source, where)
    for kind, amount in row.get("units", {}).items():
        yield (row["scope"], kind, f"{format_usd(amount).decode()} each", "", "", "", "", first, source, where)


def _padded(rates: list[int | None]) -> tuple[str, ...]:
    return tuple(_per_million(amount) for amount in [*rates, None, None, None, None][:5])


def _region_names(regions: str | list[str], snapshot: Snapshot) -> str | list[str]:
    return snapshot.region_sets.get(regions, regions) if isinstance(regions, str) else regions


def _print_table(table: Sequence[tuple[str, ...]]) -> None:
    widths = [max(len(row[index]) for row in table) for index in range(len(table[0]))]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
