"""
What each published list says, as rows: the place where a list is believed or not.

Taken from genai-prices: scopes of Claude, OpenAI, Moonshot and Z.AI, one-hour cache writes, long context, first days;
for other families its prices as those of the US Regions. Left: its cache writes of Nova, which it charges as input.

Taken from litellm: open-weight models, tiers, GovCloud, embeddings, images. Left: bare Claude and GPT ids (it gives
the global price for an in-Region call), Nova in EU and Asia-Pacific profiles (the price follows the source Region,
which such an id does not name), and every zero.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from genai_obs._runtime.model_ids import GEOGRAPHIES
from genai_obs.tools.prices.overlay import COMMERCIAL, Model, Overlay, Row, expand, per_token, per_unit

# An image editor of Stability has one price a picture; others depend on size and quality, which an id does not name.
_ONE_PRICE_PER_IMAGE = "stability."
_UNDATED_SOURCES = frozenset(("litellm",))


@dataclass(frozen=True, slots=True)
class Claim:
    """One row of one source, and the name under which the source has it. Undated sources speak of today only."""

    row: Row
    where: str

    @property
    def undated(self) -> bool:
        """Whether the source keeps no history, so that it speaks of the latest period only."""
        return self.row.source in _UNDATED_SOURCES


def _amounts(rates: Mapping[str, str]) -> dict[str, int]:
    return {name: per_token(text) for name, text in rates.items() if text != "0"}


def _regions_of(model: Model, overlay: Overlay) -> tuple[str, ...]:
    """Return where a price without a Region holds for the model's family."""
    if model.regions == COMMERCIAL:
        return (COMMERCIAL,)
    return () if model.regions == "none" else expand((model.regions,), overlay.region_sets)


def read_genai_prices(extract: Mapping[str, Any], overlay: Overlay, unmapped: list[str]) -> Iterator[Claim]:
    """Yield what genai-prices says; ids that the overlay does not know go to ``unmapped``."""
    by_name = {model.listed_as: model for model in overlay.models.values()}
    for name, periods in extract["models"].items():
        scope = "global" if name.startswith("global.") else "regional"
        model = by_name.get(name.removeprefix("global.").removeprefix("regional."))
        if model is None:
            unmapped.append(f"genai-prices {name}")
            continue
        regions = _regions_of(model, overlay)
        if not regions:
            continue
        for index, period in enumerate(periods):
            later = periods[index + 1].get("from") if index + 1 < len(periods) else None
            rates = _amounts(period["rates"])
            if model.family == "nova":
                rates.pop("cache_write", None)
            over = tuple((int(threshold), _amounts(above)) for threshold, above in period.get("over", {}).items())
            row = Row(
                model=model.id,
                scope=scope,
                tier="default",
                regions=regions,
                rates=rates,
                source="genai-prices",
                over=over,
                first=period.get("from"),
                until=later,
                input_only="output" not in rates,
            )
            yield Claim(row, f"genai-prices {name}")


def read_litellm(extract: Mapping[str, Any], overlay: Overlay, unmapped: list[str]) -> Iterator[Claim]:
    """Yield what litellm says, as far as it is taken; ids that the overlay does not know go to ``unmapped``."""
    for name, entry in extract["models"].items():
        place = _locate(name)
        model = None if place is None else find_model(place.base, overlay)
        if place is None or model is None:
            unmapped.append(f"litellm {name}")
            continue
        regions = _litellm_regions(place, model, overlay)
        scope = "global" if place.prefix == "global" else "regional"
        for tier, prices in entry.get("tiers", {}).items():
            rates = _amounts(prices.get("rates", {}))
            if rates and regions:
                over = tuple((int(threshold), _amounts(above)) for threshold, above in prices.get("over", {}).items())
                row = Row(
                    model=model.id,
                    scope=scope,
                    tier=tier,
                    regions=regions,
                    rates=rates,
                    source="litellm",
                    over=over,
                    input_only=entry["mode"] == "embedding",
                )
                yield Claim(row, f"litellm {name}")
        images = entry.get("units", {}).get("images")
        if images and regions and model.id.startswith(_ONE_PRICE_PER_IMAGE):
            units = (("images", per_unit(images)),)
            row = Row(model.id, scope, "default", regions, {}, "litellm", units=units, needed=("images",))
            yield Claim(row, f"litellm {name}")


@dataclass(frozen=True, slots=True)
class _Place:
    """A name of litellm taken apart: ``bedrock_mantle/us-gov-west-1/xai.grok-4.3``."""

    base: str
    prefix: str | None
    region: str | None
    mantle: bool


def _locate(name: str) -> _Place | None:
    parts = name.split("/")
    mantle = parts[0] == "bedrock_mantle"
    if len(parts) > 1 and parts[0] not in ("bedrock", "bedrock_mantle"):
        return None
    region = parts[1] if len(parts) == 3 else None
    if len(parts) > 3 or (region is not None and "-" not in region):
        return None
    base = parts[-1]
    prefix, _, rest = base.partition(".")
    if prefix == "global" or prefix in GEOGRAPHIES:
        return _Place(rest, prefix, region, mantle)
    return _Place(base, None, region, mantle)


def find_model(base: str, overlay: Overlay) -> Model | None:
    """Return a model by its id or by the id it has on another endpoint."""
    return overlay.models.get(overlay.aliases.get(base, base))


def _litellm_regions(place: _Place, model: Model, overlay: Overlay) -> tuple[str, ...]:
    """Return the Regions that a name speaks for, or nothing where it is not to be believed."""
    if place.region is not None:
        return (place.region,)
    if place.prefix == "us-gov":
        return overlay.region_sets["gov"]
    if model.family == "nova":
        return _nova_regions(place, model, overlay)
    bare = place.prefix is None
    if bare and model.family in ("claude", "claude-one-price"):
        return ()
    if bare and model.family == "card" and not place.mantle:
        return ()
    if place.prefix in ("eu", "apac", "jp", "au", "in", "ca") and model.regions != COMMERCIAL:
        return ()
    return _regions_of(model, overlay)


def _nova_regions(place: _Place, model: Model, overlay: Overlay) -> tuple[str, ...]:
    second = model.id.startswith("amazon.nova-2-")
    if place.prefix == "jp":
        return ("ap-northeast-1",)
    if place.prefix in ("us", "global") or (place.prefix is None and not second):
        # Tiers of Nova 2 are rounded by Region, so its profile speaks for Virginia only.
        return ("us-east-1",) if model.id == "amazon.nova-2-lite-v1:0" else overlay.region_sets["us"]
    return ()


def listed_geographies(extract: Mapping[str, Any], overlay: Overlay) -> dict[str, set[str]]:
    """Return the profile prefixes that litellm names with each model."""
    found: dict[str, set[str]] = {}
    for name in extract["models"]:
        place = _locate(name)
        model = None if place is None or place.prefix in (None, "global") else find_model(place.base, overlay)
        if place is not None and model is not None and place.prefix is not None:
            found.setdefault(model.id, set()).add(place.prefix)
    return found


def all_claims(extracts: Iterable[Mapping[str, Any]], overlay: Overlay, unmapped: list[str]) -> list[Claim]:
    """Return what all extracts say."""
    readers = {"genai-prices": read_genai_prices, "litellm": read_litellm}
    return [claim for extract in extracts for claim in readers[extract["source"]](extract, overlay, unmapped)]
