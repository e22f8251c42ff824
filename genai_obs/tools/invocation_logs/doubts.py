"""
What an entry cannot tell and a price depends on: whether a cache was used, and which tier served.

Entries without bodies are common: a body over 100 KB goes to S3, and who keeps texts out of the log has none at all.
Their cache counters are absent where no cache was used (observed in every public sample; documented nowhere), so such
a cost is an estimate. Where a request asked for a cache and nothing counts it, there is no cost.
"""

from genai_obs._runtime.model_ids import parse_model_id
from genai_obs._runtime.prices import PriceBook
from genai_obs.tools.invocation_logs.answers import has_usage
from genai_obs.tools.invocation_logs.entry import Entry
from genai_obs.tools.invocation_logs.requests import CONVERSE, marks_cache

# Whose models cache only where a request asks for it (documented: Bedrock User Guide, prompt-caching); others may do so
# on their own.
_ASKED_TO_CACHE = ("anthropic", "amazon")

# Tiers that a request names, and whose price is not the ordinary one.
_OTHER_TIERS = ("flex", "priority", "ultrafast")

Facts = dict[str, object]


def withhold_uncounted_cache(entry: Entry, facts: Facts, book: PriceBook) -> None:
    """
    Withhold the cost of a call that asked for a cache whose use nothing counts.

    The input count may be all of the input or what was left of it: the part read from a cache costs a tenth or so, the
    part written to it more.
    """
    if "cost_status" in facts or "input_tokens" not in facts or _cache_is_counted(entry):
        return
    if entry.request is not None and marks_cache(entry.request) and _has_cache_price(entry, facts, book):
        facts["cost_status"] = "ambiguous_usage"
        facts["raw_usage"] = entry.counts.named()
        facts.pop("total_tokens", None)


def call_an_estimate(entry: Entry, facts: Facts, book: PriceBook) -> None:
    """Call a cost an estimate where a cache may have been used that nothing counts, or another tier have served."""
    if facts.get("cost_status") == "ok" and (
        _may_have_cached(entry, facts, book) or _may_have_had_another_tier(entry, facts, book)
    ):
        facts["cost_status"] = "estimated"


def _cache_is_counted(entry: Entry) -> bool:
    return entry.counts.knows_cache or has_usage(entry)


def _may_have_cached(entry: Entry, facts: Facts, book: PriceBook) -> bool:
    if _cache_is_counted(entry) or not _has_cache_price(entry, facts, book):
        return False
    provider = parse_model_id(book.base_of(_model(entry, facts)) or "").provider
    return entry.request is None or provider not in _ASKED_TO_CACHE


def _has_cache_price(entry: Entry, facts: Facts, book: PriceBook) -> bool:
    rates = book.describe(_model(entry, facts), entry.region, at_ms=entry.at_ms)
    return rates.priced and rates.cache_read is not None


def _may_have_had_another_tier(entry: Entry, facts: Facts, book: PriceBook) -> bool:
    """Tell whether a tier with a price of its own may have served: InvokeModel names it in headers only."""
    if "service_tier" in facts or (entry.operation in CONVERSE and entry.request is not None):
        return False
    tiers = (book.describe(_model(entry, facts), entry.region, tier, at_ms=entry.at_ms) for tier in _OTHER_TIERS)
    return any(rates.priced for rates in tiers)


def _model(entry: Entry, facts: Facts) -> str:
    return str(facts.get("invoked_model_id") or entry.model_id)
