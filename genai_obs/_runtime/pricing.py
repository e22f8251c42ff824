"""From the facts of one call to the cost members of its record."""

import os
from typing import Any

import orjson

from genai_obs._runtime import guard
from genai_obs._runtime.model_ids import parse_model_id
from genai_obs._runtime.prices import PriceBook, format_usd


class Pricing:
    """
    Adds cost members to facts, from one price book.

    Args:
        argument: The user's prices: a mapping in the override format, a function, or None.

        book: The price book to use instead of one made of that argument and the environment.

    Raises:
        ValueError: The argument is not a valid override.
    """

    __slots__ = ("_book",)

    def __init__(self, argument: Any = None, book: PriceBook | None = None) -> None:
        self._book = PriceBook(argument, os.environ, guard.say_once) if book is None else book

    def add_cost(self, facts: dict[str, Any], at_ms: int) -> bytes:
        """
        Add ``model``, ``cost_usd``, ``cost_status``, ``price`` and the guardrail's cost to ``facts``.

        Returns:
            The cost as JSON: a number in fixed notation, or ``null`` if it is unknown.
        """
        get = facts.get
        model_id = get("model_id")
        if model_id is not None:
            base = parse_model_id(model_id).base
            if base is not None:
                facts["model"] = base
        cache_writes = get("cache_write_tokens")
        if "_one_hour_writes" in facts:
            _settle_cache_writes(facts)
        if "_maybe_gross" in facts:
            self._refuse_gross_input(facts)
        settled = get("cost_status")
        if model_id is None and settled is None and "input_tokens" not in facts:
            settled = "no_usage"  # nothing is known that a model could be priced by
        cost = b"null"
        facts["cost_usd"] = None
        if settled is None:
            units = None
            if "search_units" in facts:
                units = {"search_units": facts["search_units"]}
            elif "images" in facts:
                units = {"images": facts["images"]}
            elif "tool_calls" in facts and "nova_grounding" in facts["tool_calls"]:
                # Web grounding is billed by the request, beside the tokens.
                units = {"web_grounding_requests": facts["tool_calls"].count("nova_grounding")}
            picousd, settled, price = self._book.cost_of(
                get("invoked_model_id") or model_id,
                get("region"),
                get("input_tokens"),
                get("output_tokens"),
                get("cache_read_tokens"),
                cache_writes,
                get("cache_write_1h_tokens"),
                get("service_tier"),
                get("performance_latency"),
                get("processing"),
                at_ms,
                units,
                get("model_calls"),
            )
            if picousd is not None:
                cost = format_usd(picousd)
                facts["cost_usd"] = orjson.Fragment(cost)
            if price is not None:
                facts["price"] = price
        facts["cost_status"] = settled
        if "guardrail_units" in facts:
            guardrail = self._book.guardrail_cost_of(facts["guardrail_units"], get("region"))
            facts["guardrail_cost_usd"] = None if guardrail is None else orjson.Fragment(format_usd(guardrail))
        return cost

    def _refuse_gross_input(self, facts: dict[str, Any]) -> None:
        """Withdraw an input count that may be gross, if the model is of the family that was seen to report it so."""
        del facts["_maybe_gross"]
        base = self._book.base_of(facts.get("invoked_model_id") or facts.get("model_id"))
        if base is not None and base.startswith("openai."):
            names = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
            facts["raw_usage"] = {name: facts[name] for name in names if name in facts}
            facts["cost_status"] = "ambiguous_usage"
            for name in ("input_tokens", "total_tokens"):
                facts.pop(name, None)


def _settle_cache_writes(facts: dict[str, Any]) -> None:
    """
    Decide what kind of cache writes an answer without a split counts, by what the request asked for.

    ``_one_hour_writes`` is True if that was an hour only, None if nobody can tell.
    """
    asked = facts.pop("_one_hour_writes")
    writes = facts.get("cache_write_tokens")
    if not writes or "cache_write_1h_tokens" in facts:
        return
    if asked is None:
        facts.setdefault("cost_status", "ambiguous_usage")
    else:
        facts["cache_write_1h_tokens"] = writes
