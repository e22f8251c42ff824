"""
Ratios between sibling prices that published lists keep, and that a slip breaks.

A price that breaks one fails the build until the overlay accepts it with a reason, or replaces it.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from genai_obs.tools.prices.overlay import RATE_NAMES, Overlay, Row

# Cache reads of Claude over input: the usual tenth, and what newer models are listed at.
_CLAUDE_READ = (Fraction(1, 10), Fraction(1, 20), Fraction(1, 40))
# How far a listed tier may lie from its nominal ratio, since AWS rounds to whole cents per million.
_TIERS = {"flex": Fraction(1, 2), "batch": Fraction(1, 2), "priority": Fraction(7, 4)}
_ROUNDING = Fraction(1, 5)
# No Region costs more than this over the US Regions, and none less.
_REGION_SPREAD = (Fraction(99, 100), Fraction(18, 10))
_PREMIUM_FAMILIES = ("claude", "card", "nova")


def check_siblings(rows: Mapping[str, Sequence[Row]], overlay: Overlay) -> Iterator[str]:
    """Yield a sentence for every ratio that does not hold and that the overlay does not accept."""
    for model, own in rows.items():
        family = overlay.models[model].family
        for check, problem in _problems(family, own):
            if (model, check) not in overlay.accepted:
                yield f"{model}: {problem} [{check}]"


def _problems(family: str, rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    for row in rows:
        if family.startswith("claude"):
            yield from _claude_cache(row)
        if family == "card":
            yield from _ratio(row, "cache_write", (Fraction(5, 4),), "cache-write")
        if family == "nova":
            yield from _ratio(row, "cache_read", (Fraction(1, 4),), "cache-read")
    if family in _PREMIUM_FAMILIES:
        yield from _premium(rows)
    yield from _tiers(rows)
    yield from _regions(rows)
    yield from _gov(rows)
    yield from _overlaps(rows)


def _claude_cache(row: Row) -> Iterator[tuple[str, str]]:
    yield from _ratio(row, "cache_write", (Fraction(5, 4),), "cache-write")
    yield from _ratio(row, "cache_write_1h", (Fraction(2),), "cache-write-1h")
    yield from _ratio(row, "cache_read", _CLAUDE_READ, "cache-read")


def _ratio(row: Row, name: str, allowed: Sequence[Fraction], check: str) -> Iterator[tuple[str, str]]:
    rates = row.rates or {}
    if rates.get(name) and rates.get("input"):
        ratio = Fraction(rates[name], rates["input"])
        if ratio not in allowed:
            yield check, f"{name} is {float(ratio):g} of input ({row.scope}, {row.tier}, {_where(row)})"


def _premium(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """Compare the regional with the global price, which differ by a tenth on every dimension."""
    world = {(row.tier, row.first, region): row for row in rows if row.scope == "global" for region in row.regions}
    for row in rows:
        for region in row.regions if row.scope == "regional" else ():
            other = world.get((row.tier, row.first, region))
            for name in RATE_NAMES if other is not None else ():
                ours, theirs = (row.rates or {}).get(name), (other.rates or {}).get(name) if other else None
                if ours and theirs and ours * 10 != theirs * 11:
                    yield "premium", f"regional {name} is {ours / theirs:g} of global in {region} ({row.tier})"


def _tiers(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    standard = {(row.scope, region): row for row in rows if row.tier == "default" for region in row.regions}
    for row in rows:
        nominal = _TIERS.get(row.tier)
        for region in row.regions if nominal else ():
            base = standard.get((row.scope, region))
            for name, amount in (row.rates or {}).items():
                usual = (base.rates or {}).get(name) if base else None
                if usual and nominal and abs(Fraction(amount, usual) / nominal - 1) > _ROUNDING:
                    yield "tier", f"{row.tier} {name} is {amount / usual:g} of standard in {region}"


def _regions(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    low, high = _REGION_SPREAD
    for row in rows:
        base = next(
            (each for each in rows if "us-east-1" in each.regions and (each.scope, each.tier) == (row.scope, row.tier)),
            None,
        )
        for name in ("input", "output"):
            usual, amount = ((base.rates or {}).get(name) if base else None), (row.rates or {}).get(name)
            if usual and amount and not low <= Fraction(amount, usual) <= high:
                yield "region", f"{name} in {_where(row)} is {amount / usual:g} of us-east-1 ({row.tier})"


def _gov(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """Compare the two GovCloud Regions, which one source each states and nothing else confirms."""
    east = {(row.scope, row.tier): row for row in rows if "us-gov-east-1" in row.regions}
    for row in rows:
        other = east.get((row.scope, row.tier))
        if "us-gov-west-1" not in row.regions or other is None:
            continue
        for name in RATE_NAMES:
            ours, theirs = (row.rates or {}).get(name), (other.rates or {}).get(name)
            if ours and theirs and ours != theirs:
                yield "gov", f"{name} is {ours / 1e6:g} in us-gov-west-1 and {theirs / 1e6:g} in us-gov-east-1"


def _overlaps(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """A call must find one row: periods of one Region may not overlap, nor a Region stand beside "commercial"."""
    seen: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for row in rows:
        for region in row.regions:
            spans = seen.setdefault((row.scope, row.tier, region), [])
            span = (row.first or "", row.until or "9999")
            if any(span[0] < end and first < span[1] for first, end in spans):
                yield "overlap", f"two rows hold at once in {region} ({row.scope}, {row.tier})"
            spans.append(span)
    for scope, tier, region in seen:
        if not region.startswith("us-gov-") and region != "commercial" and (scope, tier, "commercial") in seen:
            yield "overlap", f"{region} has a row beside that of all commercial Regions ({scope}, {tier})"


def _where(row: Row) -> str:
    return " ".join(row.regions)
