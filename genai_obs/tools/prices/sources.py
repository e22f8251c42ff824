"""
Readers of the two published lists that a build starts from: the packages ``genai-prices`` and ``litellm``.

They only extract: what the installed package says about Bedrock, as plain facts with decimal text, goes into a small
JSON document of ours. Which of it is believed is decided by `genai_obs.tools.prices.claims`.
"""

import importlib.metadata
import importlib.util
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from genai_obs.errors import GenaiObsError, MissingExtraError

_GENAI_PRICES_NAMES = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
}

_LITELLM_NAMES = (
    ("input_cost_per_token", "input"),
    ("output_cost_per_token", "output"),
    ("cache_read_input_token_cost", "cache_read"),
    ("cache_creation_input_token_cost", "cache_write"),
)
_LITELLM_TIERS = {"": "default", "batches": "batch", "flex": "flex", "priority": "priority", "ultrafast": "ultrafast"}
# Costs by the unit, and the name under which records count that unit.
_LITELLM_UNITS = {
    "input_cost_per_query": "search_units",
    "output_cost_per_image": "images",
    "input_cost_per_image": "input_images",
    "input_cost_per_video_per_second": "video_seconds",
    "input_cost_per_audio_per_second": "audio_seconds",
}


def extract_genai_prices(read_on: str) -> dict[str, Any]:
    """
    Return what the installed ``genai-prices`` says about Bedrock.

    Args:
        read_on: Day of the reading, which becomes the date of the facts.

    Raises:
        MissingExtraError: The package is not installed.
    """
    if importlib.util.find_spec("genai_prices") is None:
        raise MissingExtraError("genai-prices", "prices")
    from genai_prices import data

    provider = next(each for each in data.providers if each.id == "aws")
    models = {model.id: [_genai_period(price) for price in _periods(model.prices)] for model in provider.models}
    return {
        "source": "genai-prices",
        "version": importlib.metadata.version("genai-prices"),
        "as_of": read_on,
        "unit": "USD per 1,000,000 tokens",
        "models": dict(sorted(models.items())),
    }


def _periods(prices: Any) -> list[tuple[str | None, Any]]:
    """Return (first day or None, price) of a model whose price may depend on the day."""
    if not isinstance(prices, list):
        return [(None, prices)]
    return [
        (None if each.constraint is None else each.constraint.start_date.isoformat(), each.prices) for each in prices
    ]


def _genai_period(period: tuple[str | None, Any]) -> dict[str, Any]:
    first_day, price = period
    rates: dict[str, str] = {}
    over: dict[str, dict[str, str]] = {}
    for theirs, ours in _GENAI_PRICES_NAMES.items():
        value = vars(price).get(theirs)
        if value is None:
            continue
        rates[ours] = _text(getattr(value, "base", value))
        for tier in getattr(value, "tiers", ()):
            over.setdefault(str(tier.start), {})[ours] = _text(tier.price)
    found: dict[str, Any] = {"rates": rates}
    if first_day is not None:
        found["from"] = first_day
    if over:
        found["over"] = over
    return found


def extract_litellm(read_on: str) -> dict[str, Any]:
    """
    Return what the price file of the installed ``litellm`` says about Bedrock, without importing that package.

    Args:
        read_on: Day of the reading, which becomes the date of the facts.

    Raises:
        MissingExtraError: The package is not installed.
    """
    spec = importlib.util.find_spec("litellm")
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtraError("litellm", "prices")
    path = Path(spec.submodule_search_locations[0]) / "model_prices_and_context_window_backup.json"
    if not path.is_file():
        raise GenaiObsError("price-source", f"this version of litellm has no price file at {path}")
    # The decimal text of the file counts, not the nearest binary fraction.
    document = json.loads(path.read_text(encoding="utf-8"), parse_float=str, parse_int=str)
    models = {name: entry for name, entry in _litellm_entries(document) if len(entry) > 1}
    return {
        "source": "litellm",
        "version": importlib.metadata.version("litellm"),
        "as_of": read_on,
        "unit": "USD per 1,000,000 tokens; units: USD each",
        "models": dict(sorted(models.items())),
        "guardrails": {
            kind: _text(value)
            for kind, value in sorted(document["bedrock/guardrails"]["guardrail_cost_per_unit"].items())
        },
    }


def _litellm_entries(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, entry in document.items():
        provider = str(entry.get("litellm_provider", "")) if isinstance(entry, dict) else ""
        if provider.startswith("bedrock") and "commitment" not in name and not name.startswith("bedrock/guardrails"):
            yield name, _litellm_entry(entry)


def _litellm_entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return rates by tier, those above a threshold, and costs by the unit."""
    found: dict[str, Any] = {"mode": entry.get("mode", "")}
    for key, value in sorted(entry.items()):
        if not isinstance(value, str):
            continue
        if key in _LITELLM_UNITS:
            found.setdefault("units", {})[_LITELLM_UNITS[key]] = _text(value)
        elif (parts := _litellm_rate(key)) is not None:
            name, threshold, tier = parts
            place = found.setdefault("tiers", {}).setdefault(tier, {})
            if threshold:
                place = place.setdefault("over", {}).setdefault(threshold, {})
            else:
                place = place.setdefault("rates", {})
            place[name] = _text(value, scale=1_000_000)
    return found


def _litellm_rate(key: str) -> tuple[str, str, str] | None:
    """Take a member's name apart into rate, threshold ("" or "272000") and tier; None if it is no rate we know."""
    for prefix, name in _LITELLM_NAMES:
        if not key.startswith(prefix):
            continue
        rest = key.removeprefix(prefix)
        if name == "cache_write" and rest.startswith("_above_1hr"):
            name, rest = "cache_write_1h", rest.removeprefix("_above_1hr")  # noqa: PLW2901 - the longer name wins
        threshold = ""
        if rest.startswith("_above_"):
            threshold, _, rest = rest.removeprefix("_above_").partition("k_tokens")
            threshold += "000"
        tier = _LITELLM_TIERS.get(rest.removeprefix("_"))
        return (
            None if tier is None or not (threshold or rest == "" or rest.startswith("_")) else (name, threshold, tier)
        )
    return None


def _text(value: object, scale: int = 1) -> str:
    """Return a number's exact decimal text, scaled, without exponent or trailing zeros."""
    from decimal import Decimal

    text = f"{Decimal(str(value)) * scale:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def write_extract(document: Mapping[str, Any], path: Path) -> None:
    """Write an extract so that a change of one model is a change of one line."""
    models = ",\n".join(
        f"  {json.dumps(name)}: {json.dumps(entry, sort_keys=True)}" for name, entry in document["models"].items()
    )
    head = {name: value for name, value in document.items() if name != "models"}
    path.write_text(
        json.dumps(head, indent=1, sort_keys=True)[:-2] + ',\n "models": {\n' + models + "\n }\n}\n", encoding="utf-8"
    )
