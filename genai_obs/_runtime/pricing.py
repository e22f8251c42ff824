"""From the facts of one call to the cost members of its record."""

import os
from typing import Any

import orjson

from genai_obs._runtime import guard
from genai_obs._runtime.model_ids import parse_model_id
from genai_obs._runtime.prices import PriceBook, format_usd
from genai_obs._runtime.settings import Settings


class Pricing:
    """
    Adds cost members to facts, from one price book.

    Args:
        argument: The user's prices: a mapping in the override format, a function, or None.

    Raises:
        ValueError: The argument is not a valid override.
    """

    __slots__ = ("_book",)

    def __init__(self, argument: Any = None) -> None:
        self._book = PriceBook(argument, os.environ, guard.say_once)

    def add_cost(self, facts: dict[str, Any], at_ms: int) -> orjson.Fragment | None:
        """
        Add ``model``, ``cost_usd``, ``cost_status``, ``price`` and the guardrail's cost to ``facts``.

        Returns:
            The cost as the line writes it (fixed notation), or None if it is unknown.
        """
        get = facts.get
        model_id = get("model_id")
        if model_id is not None:
            base = parse_model_id(model_id).base
            if base is not None:
                facts["model"] = base
        settled = get("cost_status")
        cost: orjson.Fragment | None = None
        if settled is None:
            if get("cache_write_tokens"):
                settled = _settle_cache_writes(facts)
            else:
                facts.pop("_one_hour_writes", None)
        else:
            facts.pop("_one_hour_writes", None)
        if settled is None:
            picousd, settled, price = self._book.cost_of(
                get("invoked_model_id") or model_id,
                get("region"),
                get("input_tokens"),
                get("output_tokens"),
                get("cache_read_tokens"),
                get("cache_write_tokens"),
                get("cache_write_1h_tokens"),
                get("service_tier"),
                get("performance_latency"),
                get("processing"),
                at_ms,
                _units(facts),
            )
            if picousd is not None:
                cost = orjson.Fragment(format_usd(picousd))
            if price is not None:
                facts["price"] = price
        facts["cost_usd"] = cost
        facts["cost_status"] = settled
        units = get("guardrail_units")
        if units:
            guardrail = self._book.guardrail_cost_of(units, get("region"))
            facts["guardrail_cost_usd"] = None if guardrail is None else orjson.Fragment(format_usd(guardrail))
        return cost


def _settle_cache_writes(facts: dict[str, Any]) -> str | None:
    """
    Decide what kind of cache writes an answer without a split counts; return a cost status if nobody can tell.

    ``_one_hour_writes`` is what the request asked for: True for an hour only, None for some of each, absent for none.
    """
    if "_one_hour_writes" not in facts:
        return None
    asked = facts.pop("_one_hour_writes")
    if "cache_write_1h_tokens" in facts:
        return None
    if asked is None:
        return "ambiguous_usage"
    facts["cache_write_1h_tokens"] = facts["cache_write_tokens"]
    return None


def _units(facts: dict[str, Any]) -> dict[str, int] | None:
    queries = facts.get("search_units")
    return None if queries is None else {"search_units": queries}


_of_settings: tuple[Settings, Pricing] | None = None


def of_settings(settings: Settings) -> Pricing:
    """Return the prices that these settings stand for; the book is made once per configuration."""
    global _of_settings
    known = _of_settings
    if known is None or known[0] is not settings:
        _of_settings = known = (settings, Pricing(settings.price_argument))
    return known[1]
