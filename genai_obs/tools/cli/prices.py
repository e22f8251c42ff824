"""``genai-obs prices``: look at the price book, quote a call, build or refresh the snapshot, price old lines again."""

import argparse
import difflib
import gzip
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from genai_obs._runtime.model_ids import parse_model_id
from genai_obs._runtime.prices import PriceBook, format_usd
from genai_obs._runtime.rates import Rates, Snapshot
from genai_obs.errors import GenaiObsError

HELP = "show, quote, build and refresh prices; re-price logs"

_TIERS = ("default", "standard", "flex", "priority", "reserved", "ultrafast")
_COUNTS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens")
_RATE_TITLES = ("input", "output", "cache read", "cache write", "write 1h")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands and their options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    show = actions.add_parser("show", help="list prices, or every price of one model")
    show.add_argument("model", nargs="?", metavar="MODEL", help="model id, profile id or ARN")
    show.add_argument("--json", action="store_true", help="print JSON")
    show.set_defaults(act=_show)

    quote = actions.add_parser("quote", help="price one call")
    quote.add_argument("model", metavar="MODEL", help="model id, profile id or ARN")
    quote.add_argument("--region", help="source Region; default: AWS_REGION, AWS_DEFAULT_REGION, or that of the ARN")
    quote.add_argument("--input-tokens", metavar="N", help="input neither read from nor written to a cache")
    quote.add_argument("--output-tokens", metavar="N", help="output, reasoning included")
    quote.add_argument("--cache-read-tokens", metavar="N", help="input read from a cache")
    quote.add_argument("--cache-write-tokens", metavar="N", help="input written to a cache for five minutes")
    quote.add_argument("--cache-write-1h-tokens", metavar="N", help="input written to a cache for one hour")
    quote.add_argument("--tier", metavar="T", help="tier that served the call: " + ", ".join(_TIERS))
    quote.add_argument("--latency", metavar="L", help="standard or optimized")
    quote.add_argument("--processing", metavar="P", help="batch or on-demand")
    quote.add_argument("--on", metavar="DATE", help="day or time of the call, UTC; default: now")
    quote.add_argument("--units", metavar="KIND=N", action="append", default=[], help="search_units=2, images=1, …")
    quote.add_argument("--json", action="store_true", help="print JSON")
    quote.set_defaults(act=_quote)

    build = actions.add_parser("build", help="compile the snapshot from the committed sources and report disagreements")
    build.add_argument("--output", metavar="FILE", help="where to write it; default: the packaged file")
    build.add_argument("--check", action="store_true", help="write nothing: fail if the file differs")
    build.add_argument("--extract", action="store_true", help="first read the installed genai-prices and litellm again")
    build.add_argument("--json", action="store_true", help="print the report as JSON")
    build.set_defaults(act=_build)

    refresh = actions.add_parser("refresh", help="build a newer snapshot on this machine, for GENAI_OBS_PRICES_FILE")
    refresh.add_argument("--output", metavar="FILE", default="genai-obs-prices.json", help="where to write it")
    refresh.add_argument("--price-list", metavar="DIR|URL", help="AWS Price List: a folder of offer files, or its URL")
    refresh.add_argument("--region", metavar="R", action="append", default=[], help="Regions to read from a URL")
    refresh.add_argument("--json", action="store_true", help="print the report as JSON")
    refresh.set_defaults(act=_refresh)

    recost = actions.add_parser("recost", help="compute the cost of old lines again")
    recost.add_argument("files", nargs="+", metavar="FILES", help="NDJSON, plain or gzip; - is stdin")
    recost.add_argument("--prices", metavar="FILE", help="snapshot or overrides, as for GENAI_OBS_PRICES_FILE")
    recost.add_argument("--json", action="store_true", help="print the summary as JSON")
    recost.set_defaults(act=_recost)


def run(arguments: argparse.Namespace) -> int:
    """Do what the chosen sub-command says."""
    act: Callable[[argparse.Namespace], int] = arguments.act
    return act(arguments)


def _warn(sentence: str) -> None:
    print(f"genai-obs: {sentence}", file=sys.stderr)


def _book() -> PriceBook:
    return PriceBook(environ=os.environ, report=_warn)


def _print_json(document: Any) -> None:
    sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")


# quote


def _quote(arguments: argparse.Namespace) -> int:
    region = _region(arguments)
    counts = {name: _count(getattr(arguments, name), "--" + name.replace("_", "-")) for name in _COUNTS}
    tier = _word(arguments.tier, _TIERS, "--tier")
    latency = _word(arguments.latency, ("standard", "optimized"), "--latency")
    processing = _word(arguments.processing, ("batch", "on-demand"), "--processing")
    at_ms = _moment(arguments.on)
    units = _units(arguments.units)
    # On the command line the two kinds of writes are apart; a record counts one-hour writes among all of them.
    written, written_1h = counts["cache_write_tokens"], counts["cache_write_1h_tokens"]
    every = None if written is None and written_1h is None else (written or 0) + (written_1h or 0)
    cost, status, price = _book().cost_of(
        arguments.model,
        region,
        counts["input_tokens"],
        counts["output_tokens"],
        counts["cache_read_tokens"],
        every,
        written_1h,
        tier,
        latency,
        processing,
        at_ms,
        units,
    )
    amount = None if cost is None else format_usd(cost)
    if arguments.json:
        echoed = {name: value for name, value in counts.items() if value is not None}
        asked = {"tier": tier, "latency": latency, "processing": processing, "units": units}
        # No indent: orjson would print a fragment as it is, in one line.
        document = {
            "model_id": arguments.model,
            "region": region,
            "at": datetime.fromtimestamp(at_ms / 1000, UTC).isoformat().replace("+00:00", "Z"),
            **echoed,
            **{name: value for name, value in asked.items() if value is not None},
            "cost_usd": None if amount is None else orjson.Fragment(amount),
            "cost_status": status,
            "price": price,
        }
        print(orjson.dumps(document).decode())
    elif amount is None:
        print(f"no cost: {status} ({_REASONS[status]})")
    else:
        print(f"{amount.decode()} USD ({status})")
        if price is not None:
            source = orjson.loads(orjson.dumps(price))
            print("rates:", ", ".join(f"{name} {value}" for name, value in source.items()))
    return 0


_REASONS = {
    "unknown_model": "the price book has no such model id",
    "unresolved_model": "the id does not say which model it is; name one with an alias",
    "no_rate": "nobody lists a price for this scope, Region, tier, day or kind of usage",
    "no_usage": "the counts are not complete",
    "provisioned": "provisioned throughput is paid by the hour",
    "reserved": "the reserved tier is paid by the hour",
    "not_token_priced": "this kind of model is not paid by the call",
    "error": "the override that names this model is invalid, or the counts contradict each other",
}


def _region(arguments: argparse.Namespace) -> str | None:
    region: str | None = arguments.region
    if region is not None:
        if not (region.isascii() and region.replace("-", "").isalnum() and region.count("-") >= 2):
            raise GenaiObsError("bad-region", f'--region must be a Region such as us-east-1, not "{region[:40]}"')
        return region
    found = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not found and parse_model_id(arguments.model).region is None:
        raise GenaiObsError("bad-region", "say from which Region the call is made: --region us-east-1")
    return found


def _count(text: str | None, option: str) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise GenaiObsError("bad-count", f'{option} must be a whole number that is not negative, not "{text[:40]}"')
    return int(text)


def _word(text: str | None, known: Sequence[str], option: str) -> str | None:
    if text is not None and text not in known:
        raise GenaiObsError("bad-option", f'{option} must be one of {", ".join(known)}, not "{text[:40]}"')
    return text


def _moment(text: str | None) -> int:
    """Return milliseconds since 1970 of a day (its start) or a time, UTC where it does not say."""
    if text is None:
        return int(datetime.now(UTC).timestamp() * 1000)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = f'--on must be a day such as 2026-11-21 or a time such as 2026-11-21T08:30:00Z, not "{text[:40]}"'
        raise GenaiObsError("bad-date", message) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)


def _units(pairs: Sequence[str]) -> dict[str, int] | None:
    units: dict[str, int] = {}
    for pair in pairs:
        kind, mark, text = pair.partition("=")
        if not kind or not mark or kind in units:
            raise GenaiObsError("bad-count", f'--units must be KIND=N, each kind once, not "{pair[:40]}"')
        units[kind] = _count(text, f"--units {kind}") or 0
    return units or None


# show


def _show(arguments: argparse.Namespace) -> int:
    snapshot = _book().snapshot
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
        _print_json({"model": base, "version": snapshot.version, "unit": "pico-USD", **entry, "rows": rows})
        return 0
    print(f"{base}: snapshot {snapshot.version}, USD per 1,000,000 tokens")
    table: list[tuple[str, ...]] = [("scope", "tier", *_RATE_TITLES, "from", "source", "Regions")]
    for row in rows:
        table.extend(_row_lines(row))
    _print_table(table)
    return 0


def _show_all(snapshot: Snapshot, *, as_json: bool) -> int:
    if as_json:
        _print_json({"version": snapshot.version, "unit": "pico-USD", "models": snapshot.models})
        return 0
    print(f"snapshot {snapshot.version}: standard price in us-east-1, USD per 1,000,000 tokens")
    table: list[tuple[str, ...]] = [("model", "scope", *_RATE_TITLES)]
    for base in sorted(snapshot.models):
        for scope, prefix in (("regional", ""), ("global", "global.")):
            rates = snapshot.find_rates(parse_model_id(prefix + base), "us-east-1", "default", _moment(None))
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


# build and refresh


def _build(arguments: argparse.Namespace) -> int:
    from genai_obs.tools.prices import build as building
    from genai_obs.tools.prices.overlay import load_overlay

    overlay = load_overlay()
    if arguments.extract:
        _extract_again(building.DATA_DIRECTORY)
    extracts = building.load_extracts()
    built = building.build(overlay, extracts)
    _report(built, as_json=arguments.json)
    if built.failed:
        _warn("the build fails until overlay.toml decides what is open")
        return 1
    content = building.render_snapshot(built, overlay, extracts, overlay.version)
    path = Path(arguments.output) if arguments.output else building.SNAPSHOT_PATH
    same = path.is_file() and path.read_bytes() == content
    if arguments.check and not same:
        _warn(f"{path} is stale: run `genai-obs prices build`")
        return 1
    if not same:
        path.write_bytes(content)
    _warn(f"{path} {'is what these sources make' if same else 'is written'} ({len(content):,} bytes)")
    return 0


def _extract_again(directory: Path) -> None:
    from genai_obs.tools.prices import sources

    today = date.today().isoformat()  # noqa: DTZ011 - a day on a person's calendar
    sources.write_extract(sources.extract_genai_prices(today), directory / "genai_prices.json")
    sources.write_extract(sources.extract_litellm(today), directory / "litellm.json")


def _refresh(arguments: argparse.Namespace) -> int:
    from genai_obs.tools.prices import build as building
    from genai_obs.tools.prices.overlay import load_overlay
    from genai_obs.tools.prices.refresh import refreshed_claims, refreshed_extracts

    overlay = load_overlay()
    committed = building.load_extracts()
    extracts = refreshed_extracts(committed, _warn)
    claims = refreshed_claims(arguments.price_list, arguments.region, overlay, _warn)
    built = building.build(overlay, extracts, claims)
    _report(built, as_json=arguments.json)
    built = building.adopt(built, building.build(overlay, committed))
    version = datetime.now(UTC).date().isoformat()
    content = building.render_snapshot(built, overlay, extracts, version)
    Snapshot(orjson.loads(content))
    Path(arguments.output).write_bytes(content)
    _warn(f"wrote {arguments.output}; to use it: GENAI_OBS_PRICES_FILE={Path(arguments.output).resolve()}")
    return 0


def _report(built: Any, *, as_json: bool) -> None:
    if as_json:
        _print_json(
            {
                "disagreements": [
                    {"what": each.what, "statements": each.statements, "decided": each.decided}
                    for each in built.disagreements
                ],
                "suspicious": built.suspicious,
                "not_taken": built.unmapped,
                "models": sum(1 for rows in built.rows.values() if rows),
            }
        )
        return
    for each in built.disagreements:
        print(f"{'decided' if each.decided else 'OPEN'}: {each.what}: {'; '.join(each.statements)}")
    for sentence in built.suspicious:
        print(f"OPEN: {sentence}")
    print(f"{sum(1 for rows in built.rows.values() if rows)} models priced, {len(built.unmapped)} names not taken")


# recost


def _recost(arguments: argparse.Namespace) -> int:
    from genai_obs.tools.prices.recost import Summary, recost_lines

    environ = dict(os.environ)
    if arguments.prices:
        if not Path(arguments.prices).is_file():
            raise GenaiObsError("no-file", f"there is no file {arguments.prices}")
        environ["GENAI_OBS_PRICES_FILE"] = arguments.prices
    book = PriceBook(environ=environ, report=_warn)
    summary = Summary()
    for name in arguments.files:
        try:
            with _open(name) as file:
                for line in recost_lines(file, book, summary):
                    sys.stdout.buffer.write(line)
        except (EOFError, gzip.BadGzipFile) as error:
            raise GenaiObsError("bad-file", f"{name} is no whole gzip file: {error}") from None
    sys.stdout.flush()
    before, after = format_usd(summary.before).decode(), format_usd(summary.after).decode()
    if arguments.json:
        document = {
            "lines": summary.lines,
            "records": summary.records,
            "changed": summary.changed,
            "cost_usd_before": orjson.Fragment(before),
            "cost_usd_after": orjson.Fragment(after),
            "cost_status": dict(summary.statuses),
        }
        print(orjson.dumps(document).decode(), file=sys.stderr)
        return 0
    statuses = ", ".join(f"{status} {count}" for status, count in sorted(summary.statuses.items()))
    _warn(
        f"{summary.records} records in {summary.lines} lines, {summary.changed} changed: "
        f"{before} USD before, {after} USD after ({statuses or 'none'})"
    )
    return 0


def _open(name: str) -> BinaryIO:
    """Open a file or stdin, gzip or plain: told by the first bytes."""
    if name == "-":
        return sys.stdin.buffer
    path = Path(name)
    if not path.is_file():
        raise GenaiObsError("no-file", f"there is no file {name}")
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if zipped else path.open("rb")  # type: ignore[return-value]
