"""The hand-kept overlay, read and checked: what people decided about models, Regions, tiers and days."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from genai_obs.errors import GenaiObsError

RATE_NAMES = ("input", "output", "cache_read", "cache_write", "cache_write_1h")
SCOPES = ("regional", "global")
TIERS = ("default", "batch", "flex", "priority", "optimized", "ultrafast")
COMMERCIAL = "commercial"

OVERLAY_PATH = Path(__file__).with_name("overlay.toml")


@dataclass(frozen=True, slots=True)
class Model:
    """
    One model that we know.

    ``geo`` are the profile prefixes that exist, ``listed`` among them meaning those that a source names. Above
    ``long_context`` tokens of total input another price holds, also where a source forgets to say so.
    """

    id: str
    family: str
    listed_as: str
    also: tuple[str, ...]
    geo: tuple[str, ...]
    regions: str
    profiles_only: bool
    long_context: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """
    One price: rates in pico-USD per token for a model, scope, tier and set of Regions, between two days.

    ``rates`` maps a rate's name to its amount; a missing name is a rate that nobody lists. ``rates`` is None where
    people decided that no number can be given. ``over`` maps a threshold of total input to the rates above it, None
    where those are in dispute. ``until`` is the first day on which the row no longer holds.
    """

    model: str
    scope: str
    tier: str
    regions: tuple[str, ...]
    rates: Mapping[str, int] | None
    source: str
    over: tuple[tuple[int, Mapping[str, int] | None], ...] = ()
    first: str | None = None
    until: str | None = None
    verify_by: str | None = None
    input_only: bool = False
    units: tuple[tuple[str, int], ...] = ()
    needed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Overlay:
    """The overlay as a whole."""

    version: str
    sources: Mapping[str, str]
    region_sets: Mapping[str, tuple[str, ...]]
    models: Mapping[str, Model]
    rows: tuple[Row, ...]
    disputed: Mapping[str, int]
    accepted: Mapping[tuple[str, str], str]
    guardrails: Mapping[str, int]
    aliases: Mapping[str, str]
    price_list_names: Mapping[str, str]


def per_token(amount: str) -> int:
    """
    Return USD per 1,000,000 tokens as whole pico-USD per token.

    Raises:
        GenaiObsError: Not a number, or finer than a pico-USD.
    """
    return _whole(amount, 1_000_000)


def per_unit(amount: str) -> int:
    """
    Return USD per unit as whole pico-USD.

    Raises:
        GenaiObsError: Not a number, or finer than a pico-USD.
    """
    return _whole(amount, 1_000_000_000_000)


def _whole(amount: str, scale: int) -> int:
    try:
        scaled = Decimal(amount) * scale
    except InvalidOperation:
        raise GenaiObsError("price-build", f"{amount!r} is not a decimal number") from None
    if scaled != scaled.to_integral_value() or scaled < 0:
        raise GenaiObsError("price-build", f"{amount} is no whole number of pico-USD")
    return int(scaled)


def load_overlay(path: Path = OVERLAY_PATH) -> Overlay:
    """
    Read and check the overlay.

    Raises:
        GenaiObsError: It names a model, source or Region set that it does not declare, or an amount is malformed.
    """
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    sets = {name: tuple(regions) for name, regions in document["region_sets"].items()}
    models = {name: _model(name, entry, document["families"]) for name, entry in document["models"].items()}
    sources = dict(document["sources"])
    rows = [row for entry in document.get("rates", ()) for row in _rate_rows(entry, sets)]
    rows += [row for entry in document.get("scaled", ()) for row in _scaled_rows(entry, rows)]
    rows += [row for entry in document.get("units", ()) for row in _unit_rows(entry, sets)]
    for row in rows:
        if row.model not in models:
            raise GenaiObsError("price-build", f"overlay.toml prices {row.model}, which it does not list as a model")
    return Overlay(
        version=document["version"],
        sources=sources,
        region_sets=sets,
        models=models,
        rows=tuple(rows),
        disputed={
            name: entry["threshold"] for entry in document.get("disputed_long_context", ()) for name in entry["models"]
        },
        accepted={
            (name, entry["check"]): entry["reason"]
            for entry in document.get("accepted", ())
            for name in entry["models"]
        },
        guardrails={
            kind: per_unit(amount) for kind, amount in sorted(document["guardrails"].items()) if kind != "source"
        },
        aliases={alias: model.id for model in models.values() for alias in model.also},
        price_list_names=document["price_list_names"],
    )


def _model(name: str, entry: Mapping[str, Any], families: Mapping[str, Mapping[str, str]]) -> Model:
    family = families[entry["family"]]
    geo = entry.get("geo", [family["geo"]])
    return Model(
        id=name,
        family=entry["family"],
        listed_as=entry.get("as", name),
        also=tuple(entry.get("also", ())),
        geo=tuple(geo),
        regions=family["regions"],
        profiles_only=entry.get("profiles_only", False),
        long_context=entry.get("long_context"),
    )


def _names(entry: Mapping[str, Any]) -> list[str]:
    return list(entry["models"]) if "models" in entry else [entry["model"]]


def parse_rates(text: str) -> dict[str, int]:
    """Parse "input output cache-read cache-write cache-write-1h" in USD per 1,000,000 tokens; "-" is not listed."""
    return {
        name: per_token(amount)
        for name, amount in zip(RATE_NAMES, text.split(), strict=False)
        if amount not in ("-", "")
    }


def _rate_rows(entry: Mapping[str, Any], sets: Mapping[str, tuple[str, ...]]) -> Iterable[Row]:
    scope, tier = entry.get("scope", "regional"), entry.get("tier", "default")
    if scope not in SCOPES or tier not in TIERS:
        raise GenaiObsError("price-build", f"overlay.toml has an unknown scope or tier: {scope}, {tier}")
    for day in ("from", "until", "verify_by"):
        if day in entry:
            date.fromisoformat(entry[day])
    over = tuple((int(threshold), parse_rates(text)) for threshold, text in entry.get("over", {}).items())
    for name in _names(entry):
        for regions, text in entry["in"].items():
            yield Row(
                model=name,
                scope=scope,
                tier=tier,
                regions=expand(regions.split(), sets),
                rates=None if text == "unknown" else parse_rates(text),
                source=entry["source"],
                over=over,
                first=entry.get("from"),
                until=entry.get("until"),
                verify_by=entry.get("verify_by"),
            )


def expand(words: Iterable[str], sets: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Replace names of Region sets by their Regions."""
    return tuple(region for word in words for region in sets.get(word, (word,)))


def _scaled_rows(entry: Mapping[str, Any], rows: Iterable[Row]) -> Iterable[Row]:
    """Yield rows of a tier that is exactly a multiple of the standard price, in the commercial Regions."""
    factor = Decimal(entry["factor"])
    for row in list(rows):
        if row.model not in entry["models"] or row.tier != "default" or row.rates is None:
            continue
        regions = tuple(region for region in row.regions if not region.startswith("us-gov-"))
        names = RATE_NAMES if entry["cache"] else RATE_NAMES[:2]
        if regions:
            rates = {name: _times(amount, factor) for name, amount in row.rates.items() if name in names}
            yield Row(row.model, row.scope, entry["tier"], regions, rates, row.source)


def _times(amount: int, factor: Decimal) -> int:
    scaled = amount * factor
    if scaled != scaled.to_integral_value():
        raise GenaiObsError("price-build", f"{factor} times {amount} is no whole number of pico-USD")
    return int(scaled)


def _unit_rows(entry: Mapping[str, Any], sets: Mapping[str, tuple[str, ...]]) -> Iterable[Row]:
    text = entry.get("rates", "")
    for name in _names(entry):
        yield Row(
            model=name,
            scope=entry.get("scope", "regional"),
            tier="default",
            regions=expand(entry["regions"].split(), sets),
            rates=parse_rates(text),
            source=entry["source"],
            input_only=len(text.split()) == 1,
            units=tuple(sorted((kind, per_unit(amount)) for kind, amount in entry.get("units", {}).items())),
            needed=tuple(entry.get("needed", ())),
        )
