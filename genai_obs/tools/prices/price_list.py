"""
Reader of AWS Price List offer files, the authority for Nova, open-weight models and Claude by Region.

An offer file has three ways to name a usage type, two scales, and words that no reader has seen yet. A row with an
unknown word is rejected: folding it into the standard price is how latency-optimised rows once became list prices.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genai_obs._runtime.rates import is_commercial
from genai_obs.errors import GenaiObsError
from genai_obs.tools.prices.build import FRESH_SOURCE
from genai_obs.tools.prices.claims import Claim, find_model
from genai_obs.tools.prices.overlay import COMMERCIAL, Model, Overlay, Row

OFFERS = ("AmazonBedrock", "AmazonBedrockFoundationModels")

_EDITION = "(Amazon Bedrock Edition)"
# How many tokens a unit means; "Units" occurs on rows of the second offer only, which count millions.
_TOKENS_PER_UNIT = {"1K tokens": 1_000, "1M tokens": 1_000_000, "Units": 1_000_000}
_PICO = 1_000_000_000_000

_FILLERS = frozenset(("token", "tokens", "count", "units", "text", "mantle", "regional", "5m"))
_TIERS = {"standard": "default", "batch": "batch", "flex": "flex", "priority": "priority", "ultrafast": "ultrafast"}


@dataclass(frozen=True, slots=True)
class Usage:
    """What a usage type prices: a rate's name, scope, tier, and whether it holds for long context."""

    rate: str
    scope: str
    tier: str
    long_context: bool


def read_usage(words: Sequence[str]) -> Usage | None:
    """Return what the words of a usage type mean, or None if one of them is unknown or they contradict each other."""
    left = [word for word in words if word not in _FILLERS]
    found = set(left)
    if len(found) != len(left):
        return None
    scope = "global" if "global" in found else "regional"
    if {"cross", "region"} <= found:
        found -= {"cross", "region"}
    found.discard("global")
    long_context = {"long", "ctx"} <= found
    if long_context:
        found -= {"long", "ctx"}
    tiers = found & _TIERS.keys()
    optimized = {"latency", "optimized"} <= found
    if len(tiers) + optimized > 1:
        return None
    tier = "optimized" if optimized else _TIERS[next(iter(tiers))] if tiers else "default"
    found -= {"latency", "optimized"} if optimized else tiers
    rate = _RATES.get(frozenset(found))
    return None if rate is None else Usage(rate, scope, tier, long_context)


_RATES = {
    frozenset(("input",)): "input",
    frozenset(("output",)): "output",
    frozenset(("cache", "read")): "cache_read",
    frozenset(("cache", "read", "input")): "cache_read",
    frozenset(("cache", "write")): "cache_write",
    frozenset(("cache", "write", "input")): "cache_write",
    frozenset(("cache", "write", "1h")): "cache_write_1h",
    frozenset(("cache", "write", "1h", "input")): "cache_write_1h",
}


def split_words(text: str) -> list[str]:
    """Return the lower-case words of ``InputTokenCount_Global-Units`` or ``input-tokens-cross-region-global``."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return [word.lower() for word in re.split(r"[^A-Za-z0-9]+", spaced) if word]


def read_offer(document: Mapping[str, Any], overlay: Overlay, reject: Callable[[str], None]) -> Iterator[Claim]:
    """
    Yield the rows of one offer file that are understood.

    Args:
        document: A parsed ``index.json``.

        overlay: Which models we know, and under which names the list has them.

        reject: Called with the usage type of every row that is not understood.

    Raises:
        GenaiObsError: The document is no offer file of Bedrock.
    """
    if document.get("offerCode") not in OFFERS:
        raise GenaiObsError("price-list", f"not a Bedrock offer file: offerCode is {document.get('offerCode')!r}")
    terms = document.get("terms", {}).get("OnDemand", {})
    for sku, product in sorted(document.get("products", {}).items()):
        attributes = product.get("attributes", {})
        usage_type = attributes.get("usagetype", "")
        claim = _read_product(attributes, terms.get(sku, {}), overlay)
        if claim is None:
            reject(usage_type)
        else:
            yield claim


def _read_product(attributes: Mapping[str, str], terms: Mapping[str, Any], overlay: Overlay) -> Claim | None:
    usage_type, region = attributes.get("usagetype", ""), attributes.get("regionCode", "")
    model, words = _model_and_words(attributes, usage_type, overlay)
    usage = None if model is None else read_usage(words)
    amount = _amount(terms)
    if model is None or usage is None or amount is None or not region:
        return None
    if usage.long_context and model.long_context is None:
        return None
    # What AWS prices alike everywhere stays one row; a Region that differs shows up as a disagreement.
    where = COMMERCIAL if model.regions == COMMERCIAL and is_commercial(region) else region
    rates = {usage.rate: amount}
    over: tuple[tuple[int, Mapping[str, int] | None], ...] = ()
    if usage.long_context and model.long_context is not None:
        rates, over = {}, ((model.long_context, {usage.rate: amount}),)
    row = Row(model.id, usage.scope, usage.tier, (where,), rates, FRESH_SOURCE, over=over)
    return Claim(row, f"Price List {usage_type}")


def _model_and_words(
    attributes: Mapping[str, str], usage_type: str, overlay: Overlay
) -> tuple[Model | None, Sequence[str]]:
    """Return the model of a row and the words of its usage type behind the model's name."""
    _, _, rest = usage_type.partition("-")
    base, mantle, tail = rest.partition("-mantle-")
    if mantle:
        return find_model(base, overlay), split_words(tail)
    name = attributes.get("model") or attributes.get("servicename", "").replace(_EDITION, "")
    model = overlay.models.get(overlay.price_list_names.get(name.strip(), ""))
    if rest.startswith("MP:"):
        # MP:USE1_InputTokenCount_Global-Units: the prefix is repeated.
        return model, split_words(rest.partition("_")[2])
    slug = name.replace(" ", "")
    if not slug or not rest.startswith(f"{slug}-"):
        return None, ()
    return model, split_words(rest.removeprefix(f"{slug}-"))


def _amount(terms: Mapping[str, Any]) -> int | None:
    """Return the one price of a product in whole pico-USD per token, or None if there is none or several."""
    from decimal import Decimal

    dimensions = [each for term in terms.values() for each in term.get("priceDimensions", {}).values()]
    if len(dimensions) != 1:
        return None
    tokens = _TOKENS_PER_UNIT.get(dimensions[0].get("unit", ""))
    usd = dimensions[0].get("pricePerUnit", {}).get("USD")
    if tokens is None or usd is None:
        return None
    amount = Decimal(usd) * _PICO / tokens
    return int(amount) if amount == amount.to_integral_value() else None


def find_offers(directory: Path) -> Iterator[Mapping[str, Any]]:
    """
    Yield the offer files of Bedrock below a folder.

    Raises:
        GenaiObsError: There is none.
    """
    found = False
    for path in sorted(directory.rglob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(document, dict) and document.get("offerCode") in OFFERS:
            found = True
            yield document
    if not found:
        raise GenaiObsError("price-list", f"no offer file of {' or '.join(OFFERS)} below {directory}")


def download_offers(url: str, regions: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """
    Yield the offer files of Bedrock for some Regions; no credentials are needed.

    Raises:
        GenaiObsError: A file cannot be read.
    """
    import urllib.request
    from urllib.error import URLError

    for offer in OFFERS:
        for region in regions:
            address = f"{url.rstrip('/')}/offers/v1.0/aws/{offer}/current/{region}/index.json"
            try:
                with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 - the user names the server
                    yield json.loads(answer.read())
            except (URLError, TimeoutError, ValueError) as error:
                raise GenaiObsError("price-list", f"cannot read {address}: {error}") from None
