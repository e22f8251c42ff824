"""
What an entry cannot tell and a price depends on: whether a cache was used, and which tier served.

A cost that could be wrong for want of the first is withheld; for want of the second it is marked as an estimate.
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


def doubt_cache(entry: Entry, facts: Facts, book: PriceBook) -> None:
    """
    Withhold the cost of a call whose cache use nobody can tell.

    Without the answer's own usage and without cache counters, the input count may be all of the input or what was left
    of it: the part read from a cache costs a tenth or so, the part written to it more.
    """
    if "cost_status" in facts or "input_tokens" not in facts or entry.counts.knows_cache or has_usage(entry):
        return
    if _may_have_cached(entry, facts, book):
        facts["cost_status"] = "ambiguous_usage"
        facts["raw_usage"] = entry.counts.named()
        facts.pop("total_tokens", None)


def _may_have_cached(entry: Entry, facts: Facts, book: PriceBook) -> bool:
    rates = book.describe(_model(entry, facts), entry.region, at_ms=entry.at_ms)
    if not rates.priced or rates.cache_read is None:
        return False
    provider = parse_model_id(book.base_of(_model(entry, facts)) or "").provider
    return provider not in _ASKED_TO_CACHE or entry.request is None or marks_cache(entry.request)


def doubt_tier(entry: Entry, facts: Facts, book: PriceBook) -> None:
    """
    Call a cost an estimate where another tier has another price and nothing says which one served.

    InvokeModel names the tier in headers, which are not logged; Converse in its bodies.
    """
    if facts.get("cost_status") != "ok" or "service_tier" in facts:
        return
    if entry.operation in CONVERSE and entry.request is not None:
        return
    if any(
        book.describe(_model(entry, facts), entry.region, tier, None, None, entry.at_ms).priced for tier in _OTHER_TIERS
    ):
        facts["cost_status"] = "estimated"


def _model(entry: Entry, facts: Facts) -> str:
    return str(facts.get("invoked_model_id") or entry.model_id)
