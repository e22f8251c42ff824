"""``genai-obs prices quote``: what one call costs, or why that is not known."""

import argparse
import os
from collections.abc import Sequence
from datetime import UTC, datetime

import orjson

from genai_obs._runtime.model_ids import parse_model_id
from genai_obs._runtime.prices import format_usd
from genai_obs.errors import GenaiObsError
from genai_obs.tools.cli.prices_common import open_book

_TIERS = ("default", "standard", "flex", "priority", "reserved", "ultrafast")
_COUNTS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens")

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


def add_actions(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare ``quote`` and its options."""
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
    cost, status, price = open_book().cost_of(
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
            # As for the price: the Region of an ARN beats every other.
            "region": parse_model_id(arguments.model).region or region,
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
