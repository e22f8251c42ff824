"""What calls cost: figures worked out by hand from the published lists, and the reasons for giving none."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_obs._runtime import prices
from genai_obs._runtime.prices import PriceBook, format_usd
from genai_obs._runtime.rates import Snapshot
from genai_obs.schema import COST_STATUSES, PRICED_STATUSES

BOOK = PriceBook(environ={})
NOW_MS = int(datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp() * 1000)
SONNET = "anthropic.claude-sonnet-4-5-20250929-v1:0"
HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0"
PROFILE_ARN = "arn:aws:bedrock:eu-west-3:123456789012:inference-profile/"


def quote(
    model: str | None, region: str | None, given: int | None = 0, made: int | None = 0, **more: Any
) -> tuple[str | None, str]:
    """Return the cost in USD as text, and its status."""
    cost, status, _ = BOOK.cost_of(model, region, given, made, **{"at_ms": NOW_MS, **more})
    return None if cost is None else format_usd(cost).decode(), status


def at(day: str) -> int:
    """Return the start of a day in UTC, in milliseconds."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("model", "region", "given", "made", "usd"),
    [
        # Claude: 3/15 global, a tenth more in-Region and on every other profile, alike in every commercial Region.
        (f"global.{SONNET}", "us-east-1", 1000, 500, "0.0105"),
        (f"us.{SONNET}", "us-west-2", 1000, 500, "0.01155"),
        (f"eu.{SONNET}", "eu-central-1", 1000, 500, "0.01155"),
        (SONNET, "ap-southeast-2", 1000, 500, "0.01155"),
        ("anthropic.claude-haiku-4-5", "us-east-1", 1000, 1000, "0.0066"),
        # Older Claude: one price.
        ("us.anthropic.claude-opus-4-1-20250805-v1:0", "us-east-1", 1000, 1000, "0.09"),
        ("anthropic.claude-3-haiku-20240307-v1:0", "eu-west-3", 1000, 1000, "0.0015"),
        ("anthropic.claude-3-5-sonnet-20240620-v1:0", "ap-northeast-1", 1000, 1000, "0.018"),
        # GovCloud as listed.
        (SONNET, "us-gov-west-1", 1000, 1000, "0.0216"),
        ("us-gov.anthropic.claude-sonnet-5", "us-gov-east-1", 1000, 1000, "0.0144"),
        ("openai.gpt-5.6-luna", "us-gov-west-1", 1000, 1000, "0.00189"),
        # Nova: every source Region has its own price, profiles cost what in-Region costs.
        ("amazon.nova-micro-v1:0", "us-east-1", 1, 0, "0.000000035"),
        ("amazon.nova-pro-v1:0", "us-east-1", 1000, 1000, "0.004"),
        ("eu.amazon.nova-pro-v1:0", "eu-west-3", 1000, 1000, "0.0059"),
        ("amazon.nova-lite-v1:0", "us-gov-west-1", 1000, 1000, "0.00036"),
        ("us.amazon.nova-2-lite-v1:0", "us-east-1", 1000, 1000, "0.00308"),
        ("global.amazon.nova-2-lite-v1:0", "us-east-1", 1000, 1000, "0.0028"),
        ("global.amazon.nova-2-lite-v1:0", "eu-west-2", 1000, 1000, "0.00394"),
        ("jp.amazon.nova-2-lite-v1:0", "ap-northeast-1", 1000, 1000, "0.003707"),
        # Open-weight: one price in three US Regions, listed elsewhere.
        ("meta.llama3-70b-instruct-v1:0", "us-east-2", 1000, 1000, "0.00615"),
        ("meta.llama3-70b-instruct-v1:0", "sa-east-1", 1000, 1000, "0.01033"),
        ("mistral.magistral-small-2509", "ap-northeast-1", 1000, 1000, "0.00243"),
        ("mistral.ministral-3-14b-instruct", "eu-west-1", 1000, 1000, "0.00046"),
        ("google.gemma-3-27b-it", "ap-southeast-2", 10_000, 10_000, "0.006283"),
        ("openai.gpt-oss-120b", "us-west-2", 1000, 1000, "0.00075"),
        ("moonshotai.kimi-k2-thinking", "ap-south-1", 1000, 1000, "0.00365"),
        ("us.deepseek.v3.2", "us-east-1", 1000, 1000, "0.00247"),
        # Vendors whose card says: list price global, a tenth more elsewhere.
        ("global.openai.gpt-6-sol", "eu-north-1", 1000, 1000, "0.012"),
        ("openai.gpt-6-sol", "us-east-1", 1000, 1000, "0.0132"),
        ("in.moonshotai.kimi-k3", "ap-south-1", 1000, 1000, "0.0198"),
        ("us.zai.glm-5.3", "us-west-2", 1000, 1000, "0.007656"),
        ("xai.grok-4.6", "us-east-1", 1000, 1000, "0.0088"),
    ],
)
def test_calls_cost_what_the_lists_say(model: str, region: str, given: int, made: int, usd: str) -> None:
    """Model, scope and source Region together decide the price."""
    assert quote(model, region, given, made) == (usd, "ok")


@pytest.mark.parametrize(
    ("model", "region", "status"),
    [
        (None, "us-east-1", "unknown_model"),
        ("us.anthropic.claude-opus-4-8-fast", "us-east-1", "unknown_model"),
        ("anthropic.claude-sonnet-4-5-20250929-v2:0", "us-east-1", "unknown_model"),
        ("amazon.nova-pro-v2:0", "us-east-1", "unknown_model"),
        ("amazon.nova-pro-v1", "us-east-1", "unknown_model"),
        ("amazon.nova-pro", "us-east-1", "unknown_model"),
        ("mx.amazon.nova-pro-v1:0", "us-east-1", "unknown_model"),
        ("claude-sonnet-4-5-20250929", "us-east-1", "unknown_model"),
        ("gpt-6-sol", "us-east-1", "unknown_model"),
        ("amazon.nova-pro-v1:0:300k", "us-east-1", "provisioned"),
        ("arn:aws:bedrock:us-east-1:1:custom-model/amazon.nova-pro-v1:0/abc", None, "unresolved_model"),
        ("arn:aws:bedrock:us-east-1:1:custom-model-deployment/abc", None, "unresolved_model"),
        ("arn:aws:bedrock:us-east-1:1:application-inference-profile/abc", None, "unresolved_model"),
        ("arn:aws:bedrock:us-east-1:1:default-prompt-router/meta.llama:1", None, "unresolved_model"),
        ("arn:aws:bedrock:us-east-1:1:prompt/ABC:1", None, "unresolved_model"),
        ("arn:aws:bedrock:us-east-1:1:provisioned-model/abc", None, "provisioned"),
        ("arn:aws:bedrock:us-east-1:1:imported-model/abc", None, "not_token_priced"),
        ("arn:aws:sagemaker:us-east-1:1:endpoint/abc", None, "not_token_priced"),
        # A Region that nobody lists for the model, or none at all.
        ("amazon.nova-pro-v1:0", "ca-central-1", "no_rate"),
        ("meta.llama3-70b-instruct-v1:0", "eu-central-1", "no_rate"),
        ("amazon.titan-embed-text-v2:0", "eu-west-1", "no_rate"),
        (SONNET, None, "no_rate"),
        (SONNET, "cn-north-1", "no_rate"),
        (SONNET, "eusc-de-east-1", "no_rate"),
        # Profiles and partitions that do not fit.
        (f"us.{SONNET}", "us-gov-west-1", "no_rate"),
        (f"global.{SONNET}", "us-gov-west-1", "no_rate"),
        (f"us-gov.{HAIKU}", "us-gov-west-1", "no_rate"),
        ("us-gov.amazon.nova-pro-v1:0", "us-east-1", "no_rate"),
        ("global.amazon.nova-pro-v1:0", "us-east-1", "no_rate"),
        ("eu.amazon.nova-2-lite-v1:0", "eu-west-2", "no_rate"),
        ("us.mistral.ministral-3-14b-instruct", "us-east-1", "no_rate"),
        ("zai.glm-5.3", "us-east-1", "no_rate"),
        # In dispute.
        ("anthropic.claude-3-5-sonnet-20240620-v1:0", "us-east-1", "no_rate"),
        ("eu.anthropic.claude-3-5-sonnet-20241022-v2:0", "eu-west-1", "no_rate"),
        ("amazon.titan-embed-text-v2:0", "us-gov-west-1", "no_rate"),
    ],
)
def test_what_nobody_lists_has_no_cost(model: str | None, region: str | None, status: str) -> None:
    """No price of a similar id, of another Region or of the standard tier stands in for one that is missing."""
    assert quote(model, region, 1000, 1000) == (None, status)


def test_the_region_of_an_arn_is_the_source_region() -> None:
    """An ARN says where the call was made, whatever the client's Region."""
    assert quote(f"{PROFILE_ARN}eu.amazon.nova-pro-v1:0", "us-east-1", 1000, 1000) == ("0.0059", "ok")


@pytest.mark.parametrize(
    ("model", "counts", "usd"),
    [
        (
            f"us.{SONNET}",
            {"cache_read_tokens": 10_000, "cache_write_tokens": 3000, "cache_write_1h_tokens": 1000},
            "0.01815",
        ),
        (f"us.{SONNET}", {"cache_write_tokens": 3000}, "0.012375"),
        (f"us.{SONNET}", {"cache_write_tokens": 3000, "cache_write_1h_tokens": 3000}, "0.0198"),
        ("us.anthropic.claude-fable-5-1", {"cache_read_tokens": 10_000}, "0.00275"),
        ("us.anthropic.claude-opus-5-5", {"cache_read_tokens": 10_000}, "0.0022"),
        ("global.openai.gpt-6.1-sol", {"cache_read_tokens": 10_000, "cache_write_tokens": 1000}, "0.0035"),
        ("amazon.nova-pro-v1:0", {"cache_read_tokens": 10_000, "cache_write_tokens": 5000}, "0.002"),
    ],
)
def test_cache_use_has_rates_of_its_own(model: str, counts: dict[str, int], usd: str) -> None:
    """Reads, five-minute writes and one-hour writes are billed apart; Nova's writes are listed at 0."""
    assert quote(model, "us-east-1", **counts) == (usd, "ok")


@pytest.mark.parametrize(
    ("model", "counts"),
    [
        ("meta.llama3-70b-instruct-v1:0", {"cache_read_tokens": 1}),
        ("openai.gpt-5.4", {"cache_write_tokens": 1}),
        ("openai.gpt-6-sol", {"cache_write_tokens": 1, "cache_write_1h_tokens": 1}),
        ("us.anthropic.claude-opus-4-1-20250805-v1:0", {"cache_write_tokens": 1, "cache_write_1h_tokens": 1}),
    ],
)
def test_a_missing_cache_rate_is_not_zero(model: str, counts: dict[str, int]) -> None:
    """A rate that nobody lists leaves the call without a cost as soon as the call used it."""
    assert quote(model, "us-east-1", 1000, 1000, **counts) == (None, "no_rate")


@pytest.mark.parametrize(
    ("model", "region", "served", "usd"),
    [
        ("amazon.nova-pro-v1:0", "eu-west-3", {"tier": "flex"}, "0.00295"),
        ("amazon.nova-pro-v1:0", "us-east-1", {"tier": "priority"}, "0.007"),
        ("us.amazon.nova-pro-v1:0", "us-east-1", {"latency": "optimized"}, "0.005"),
        ("us.anthropic.claude-3-5-haiku-20241022-v1:0", "us-east-2", {"latency": "optimized"}, "0.006"),
        ("amazon.nova-micro-v1:0", "us-east-1", {"processing": "batch"}, "0.0000875"),
        ("mistral.ministral-3-8b-instruct", "us-east-1", {"tier": "flex"}, "0.00014"),
        ("amazon.nova-2-lite-v1:0", "us-east-2", {"processing": "batch"}, "0.0015015"),
        ("us.amazon.nova-2-lite-v1:0", "us-east-1", {"tier": "priority"}, "0.00539"),
        (f"global.{SONNET}", "eu-west-1", {"processing": "batch"}, "0.009"),
        (SONNET, "eu-west-1", {"processing": "batch"}, "0.0099"),
        ("anthropic.claude-opus-4-20250514-v1:0", "us-east-1", {"processing": "batch"}, "0.045"),
        ("us.openai.gpt-6-astra", "us-east-1", {"tier": "ultrafast"}, "0.396"),
        (SONNET, "us-east-1", {"tier": "default", "latency": "standard", "processing": "on-demand"}, "0.0198"),
    ],
)
def test_tiers_have_prices_of_their_own(model: str, region: str, served: dict[str, str], usd: str) -> None:
    """Each tier, batch and optimised latency is priced as listed, never by a factor."""
    assert quote(model, region, 1000, 1000, **served) == (usd, "ok")


@pytest.mark.parametrize(
    ("model", "region", "served"),
    [
        (SONNET, "us-east-1", {"tier": "flex"}),
        (SONNET, "us-east-1", {"tier": "turbo"}),
        (SONNET, "us-east-1", {"latency": "ludicrous"}),
        (SONNET, "us-east-1", {"tier": "flex", "processing": "batch"}),
        ("anthropic.claude-opus-4-8", "us-east-1", {"processing": "batch"}),
        ("amazon.nova-pro-v1:0", "eu-west-3", {"latency": "optimized"}),
        ("amazon.nova-lite-v1:0", "us-east-1", {"tier": "flex"}),
    ],
)
def test_an_unlisted_tier_is_not_the_standard_price(model: str, region: str, served: dict[str, str]) -> None:
    """A tier without a listed price, an unknown word or a combination gives no number."""
    assert quote(model, region, 1000, 1000, **served) == (None, "no_rate")


def test_the_reserved_tier_has_no_marginal_price() -> None:
    """Reserved capacity is paid by the hour."""
    assert quote(SONNET, "us-east-1", 1000, 1000, tier="reserved") == (None, "reserved")


@pytest.mark.parametrize(
    ("model", "given", "counts", "usd"),
    [
        ("openai.gpt-6-sol", 272_000, {}, "0.5984"),
        ("openai.gpt-6-sol", 272_001, {}, "1.1968044"),
        ("openai.gpt-6-sol", 100_000, {"cache_read_tokens": 172_000}, "0.25784"),
        ("openai.gpt-6-sol", 100_000, {"cache_read_tokens": 172_001}, "0.51568044"),
        ("openai.gpt-6-sol", 100_000, {"cache_write_tokens": 172_001}, "1.3860055"),
        ("us.openai.gpt-5.4", 272_001, {}, "1.4960055"),
        ("us.openai.gpt-5.4", 100_000, {"cache_read_tokens": 172_000}, "0.3223"),
        ("us.openai.gpt-5.4", 100_000, {"cache_read_tokens": 172_001}, "0.64460055"),
        ("global.anthropic.claude-haiku-5-5", 100_000, {}, "0.01"),
        ("global.anthropic.claude-haiku-5-5", 100_001, {}, "0.0500005"),
        (f"us.{SONNET}", 200_000, {}, "0.66"),
        ("us.anthropic.claude-sonnet-4-6", 900_000, {}, "2.97"),
    ],
)
def test_long_context_counts_all_input(model: str, given: int, counts: dict[str, int], usd: str) -> None:
    """Above the threshold, cache use included, the whole call is billed at the higher rate."""
    assert quote(model, "us-east-1", given, **counts) == (usd, "ok")


def test_a_sum_of_calls_is_no_long_context() -> None:
    """An agent's calls may exceed the threshold together and not one of them alone."""
    assert quote("global.anthropic.claude-haiku-5-5", "us-east-1", 100_001, calls=2) == (None, "ambiguous_usage")
    assert quote("global.anthropic.claude-haiku-5-5", "us-east-1", 100_000, calls=2) == ("0.01", "ok")


@pytest.mark.parametrize("model", [f"us.{SONNET}", "global.anthropic.claude-sonnet-4-20250514-v1:0"])
def test_disputed_long_context_has_no_cost(model: str) -> None:
    """Sources contradict each other about Sonnet 4 and 4.5 above 200,000 tokens."""
    assert quote(model, "us-east-1", 200_001) == (None, "no_rate")
    assert quote(model, "us-east-1", 1, cache_read_tokens=200_000) == (None, "no_rate")


@pytest.mark.parametrize(
    ("model", "at_ms", "usd", "status"),
    [
        ("global.openai.gpt-5.6-sol", at("2026-08-21") - 1, "0.035", "ok"),
        ("global.openai.gpt-5.6-sol", at("2026-08-21"), "0.024", "ok"),
        ("openai.gpt-5.6-sol", at("2026-08-20"), "0.0385", "ok"),
        ("openai.gpt-5.6-sol", at("2026-08-22"), "0.0264", "ok"),
        ("openai.gpt-5.6-sol", at("2026-11-22") - 1, "0.0264", "ok"),
        ("openai.gpt-5.6-sol", at("2026-11-22"), "0.0264", "estimated"),
        ("openai.gpt-5.6-luna", at("2026-07-29"), "0.0077", "ok"),
        ("openai.gpt-5.6-luna", at("2026-07-30"), "0.00154", "ok"),
        ("global.openai.gpt-5.6-luna", at("2026-08-16"), None, "no_rate"),
        ("global.openai.gpt-5.6-luna", at("2026-08-17"), "0.0014", "ok"),
    ],
)
def test_a_price_holds_from_its_first_day(model: str, at_ms: int, usd: str | None, status: str) -> None:
    """The day of the call in UTC picks the price; past the promised end it is only estimated."""
    assert quote(model, "us-east-1", 1000, 1000, at_ms=at_ms) == (usd, status)


def test_one_book_prices_old_and_new_calls_in_any_order() -> None:
    """Remembered rates never outlive the days they hold for."""
    days = ["2026-08-22", "2026-08-20", "2026-08-22", "2026-11-25", "2026-08-20"]

    found = [quote("global.openai.gpt-5.6-sol", "us-east-1", 1000, 1000, at_ms=at(day)) for day in days]

    assert found == [("0.024", "ok"), ("0.035", "ok"), ("0.024", "ok"), ("0.024", "estimated"), ("0.035", "ok")]


@pytest.mark.parametrize(("given", "made"), [(None, 10), (10, None), (None, None)])
def test_unknown_counts_have_no_cost(given: int | None, made: int | None) -> None:
    """A stream that broke off before its usage event cost something, but nobody knows what."""
    assert quote(SONNET, "us-east-1", given, made) == (None, "no_usage")


def test_a_call_without_tokens_costs_nothing() -> None:
    """A guardrail that blocked the input leaves zeros, and zero is what was billed."""
    assert quote(SONNET, "us-east-1", 0, 0, cache_read_tokens=0, cache_write_tokens=0) == ("0", "ok")


@pytest.mark.parametrize(
    "counts",
    [
        {"given": -1},
        {"made": -1},
        {"cache_read_tokens": -1},
        {"cache_write_tokens": -1},
        {"cache_write_tokens": 1, "cache_write_1h_tokens": 2},
        {"cache_write_1h_tokens": 1},
    ],
)
def test_counts_that_contradict_each_other_are_an_error(counts: dict[str, int]) -> None:
    """Negative counts, or more one-hour writes than writes, are never turned into money."""
    assert quote(SONNET, "us-east-1", **counts) == (None, "error")


@pytest.mark.parametrize(
    ("model", "given", "units", "usd"),
    [
        ("cohere.rerank-v3-5:0", None, {"search_units": 3}, "0.006"),
        ("amazon.rerank-v1:0", None, {"search_units": 2}, "0.002"),
        ("amazon.nova-canvas-v1:0", None, {"images_1024_standard": 2}, "0.08"),
        ("amazon.nova-reel-v1:1", None, {"video_seconds": 6}, "0.48"),
        ("luma.ray-v2:0", None, {"video_seconds_720p": 5}, "7.5"),
        ("stability.stable-image-core-v1:1", None, {"images": 1}, "0.04"),
        ("amazon.titan-embed-text-v2:0", 1000, None, "0.00002"),
        ("cohere.embed-v4:0", 1000, {}, "0.00012"),
        ("amazon.nova-2-multimodal-embeddings-v1:0", 1000, None, "0.000135"),
        ("amazon.nova-2-multimodal-embeddings-v1:0", None, {"audio_seconds": 10}, "0.0014"),
        ("amazon.titan-embed-image-v1", 1000, {"images": 1}, "0.00086"),
    ],
)
def test_some_models_are_priced_without_output(
    model: str, given: int | None, units: dict[str, int] | None, usd: str
) -> None:
    """Embeddings have no output tokens; rerankers, image and video models are priced by the unit."""
    assert quote(model, "us-east-1", given, None, units=units) == (usd, "ok")


def test_tokens_and_units_add_up() -> None:
    """Pegasus charges for the seconds of video and for its answer."""
    assert quote("us.twelvelabs.pegasus-1-2-v1:0", "us-east-1", 0, 1000, units={"video_seconds": 10}) == (
        "0.0124",
        "ok",
    )


@pytest.mark.parametrize(
    ("model", "given", "units", "status"),
    [
        ("cohere.rerank-v3-5:0", None, None, "no_usage"),
        ("amazon.nova-canvas-v1:0", None, None, "no_usage"),
        ("amazon.nova-canvas-v1:0", None, {"images": 1}, "no_rate"),
        ("amazon.titan-embed-image-v1", 1000, None, "no_usage"),
        ("amazon.nova-2-multimodal-embeddings-v1:0", 0, None, "no_usage"),
        ("amazon.titan-embed-text-v2:0", None, None, "no_usage"),
        (SONNET, 1000, {"images": 1}, "no_rate"),
    ],
)
def test_units_that_are_missing_or_unlisted_have_no_cost(
    model: str, given: int | None, units: dict[str, int] | None, status: str
) -> None:
    """What was used but not counted, or counted but not listed, is never taken for nothing."""
    made = 0 if model == SONNET else None

    assert quote(model, "us-east-1", given, made, units=units) == (None, status)


def test_a_negative_unit_is_an_error() -> None:
    """It would make the call cheaper."""
    assert quote("cohere.rerank-v3-5:0", "us-east-1", None, None, units={"search_units": -1}) == (None, "error")


def test_the_price_says_how_to_compute_it_again() -> None:
    """Source, snapshot, day and row travel with the record."""
    _, _, price = BOOK.cost_of("us.anthropic.claude-sonnet-4-6", "us-east-1", 1, 1, at_ms=NOW_MS)

    assert orjson.loads(orjson.dumps(price)) == {
        "source": "genai-prices",
        "version": BOOK.snapshot.version,
        "as_of": "2026-11-21",
        "key": "us.anthropic.claude-sonnet-4-6|us-east-1|default",
    }


def test_the_price_of_long_context_names_its_row() -> None:
    """A call above the threshold was computed with another row, and says so."""
    _, _, price = BOOK.cost_of("openai.gpt-6-sol", "us-east-1", 272_001, 0, at_ms=NOW_MS)

    assert orjson.loads(orjson.dumps(price))["key"] == "openai.gpt-6-sol|us-east-1|default|gt272000"


@pytest.mark.parametrize(
    ("units", "usd"),
    [
        ({"contentPolicyUnits": 1, "topicPolicyUnits": 2}, "0.00045"),
        ({"sensitiveInformationPolicyUnits": 1, "contextualGroundingPolicyUnits": 1}, "0.0002"),
        ({"contentPolicyImageUnits": 2}, "0.0015"),
        ({"wordPolicyUnits": 9, "sensitiveInformationPolicyFreeUnits": 5}, "0"),
        ({"automatedReasoningPolicyUnits": 1, "automatedReasoningPolicies": 1}, "0.00017"),
        ({}, "0"),
    ],
)
def test_guardrail_units_have_list_prices(units: dict[str, int], usd: str) -> None:
    """Each policy has its own unit price; word filters and free units cost nothing."""
    cost = BOOK.guardrail_cost_of(units, "eu-west-1")

    assert cost is not None
    assert format_usd(cost).decode() == usd


@pytest.mark.parametrize(
    ("units", "region"),
    [
        ({"futurePolicyUnits": 1}, "us-east-1"),
        ({"contentPolicyUnits": -1}, "us-east-1"),
        ({"contentPolicyUnits": 1}, "us-gov-west-1"),
        ({"contentPolicyUnits": 1}, None),
        ({"automatedReasoningPolicyUnits": 1, "automatedReasoningPolicies": 2}, "us-east-1"),
    ],
)
def test_unlisted_guardrail_units_have_no_cost(units: dict[str, int], region: str | None) -> None:
    """An unknown kind of unit, or a Region without a list, gives no number."""
    assert BOOK.guardrail_cost_of(units, region) is None


@pytest.mark.parametrize(
    ("picousd", "text"),
    [
        (0, "0"),
        (1, "0.000000000001"),
        (35_000, "0.000000035"),
        (1_000_000_000_000, "1"),
        (1_500_000_000_000, "1.5"),
        (10**30 + 1, "1000000000000000000.000000000001"),
        (-250_000_000_000, "-0.25"),
    ],
)
def test_amounts_are_written_without_exponent(picousd: int, text: str) -> None:
    """JSON numbers in fixed notation, exact to the last digit."""
    assert format_usd(picousd) == text.encode()


IDS = st.sampled_from(
    [
        prefix + base
        for base in BOOK.snapshot.models
        for prefix in ("", "us.", "eu.", "global.", "us-gov.", "jp.", "zz.")
    ]
)
REGIONS = st.sampled_from(
    ["us-east-1", "us-east-2", "eu-west-2", "ap-northeast-1", "us-gov-west-1", "cn-north-1", "", "x"]
)
COUNTS = st.none() | st.integers(0, 2_000_000)
WORDS = st.sampled_from([None, "", "default", "flex", "priority", "reserved", "ultrafast", "optimized", "batch", "odd"])


@given(
    IDS | st.text(max_size=80),
    REGIONS | st.none(),
    st.tuples(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS),
    st.tuples(WORDS, WORDS, WORDS),
    st.integers(0, 4_000_000_000_000),
)
def test_any_call_has_a_status_and_only_some_have_a_number(
    model: str, region: str | None, counts: tuple[Any, ...], served: tuple[Any, ...], at_ms: int
) -> None:
    """Pricing is total: a known status always, a number that is not negative only with the statuses that carry one."""
    given, made, read, written, written_1h = counts
    tier, latency, processing = served
    cost, status, price = BOOK.cost_of(
        model, region, given, made, read, written, written_1h, tier, latency, processing, at_ms
    )

    assert status in COST_STATUSES
    assert (cost is not None) == (status in PRICED_STATUSES)
    assert cost is None or (cost >= 0 and price is not None)


def cost_of_counts(model: str, region: str, counts: tuple[int, ...]) -> int | None:
    """Return the cost of input, output, cache reads and cache writes."""
    return BOOK.cost_of(model, region, counts[0], counts[1], counts[2], counts[3], at_ms=NOW_MS)[0]


@given(IDS, st.sampled_from(["us-east-1", "eu-west-1"]), st.tuples(*[st.integers(0, 10_000)] * 8))
def test_costs_add_up(model: str, region: str, counts: tuple[int, ...]) -> None:
    """Two calls cost what one call of their sum costs, below any threshold."""
    first, second = counts[:4], counts[4:]
    both = tuple(a + b for a, b in zip(first, second, strict=True))

    one, other, together = (cost_of_counts(model, region, each) for each in (first, second, both))

    assert one is None or other is None or one + other == together


def test_every_row_of_the_snapshot_can_be_found() -> None:
    """No row of the shipped file is out of reach: each is what some call is priced by."""
    snapshot = BOOK.snapshot
    unreachable = []
    for base, entry in snapshot.models.items():
        for row in entry["rows"]:
            sets = {"commercial": ["eu-west-1"], **snapshot.region_sets}
            region = row["regions"][0] if isinstance(row["regions"], list) else sets[row["regions"]][0]
            geo = next((each for each in entry["geo"] if each not in {"commercial", "listed"}), "us")
            prefix = "global." if row["scope"] == "global" else f"{geo}." if "profiles_only" in entry else ""
            moment = at(row["from"]) if "from" in row else at(row["until"]) - 1 if "until" in row else NOW_MS
            tier, latency, processing = row["tier"], None, None
            if tier == "optimized":
                tier, latency = "default", "optimized"
            if tier == "batch":
                tier, processing = "default", "batch"
            found = BOOK.describe(prefix + base, region, tier, latency, processing, moment)
            if row.get("rates", [None])[0] != found.input or not found.priced:
                unreachable.append((base, row))

    assert unreachable == []


def test_an_old_snapshot_is_reported_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prices change; a snapshot of more than two months ago says so, once."""
    monkeypatch.setattr(prices, "MAX_AGE_DAYS", 60)
    said: list[str] = []
    old = {
        "format": "genai-obs-prices/1",
        "version": "2024-01-01",
        "sources": {},
        "region_sets": {},
        "aliases": {},
        "models": {},
        "guardrails": {},
    }
    book = PriceBook(environ={}, report=said.append)
    book._snapshot = Snapshot(old)

    for _ in range(3):
        book.cost_of(SONNET, "us-east-1", 1, 1, at_ms=NOW_MS)

    assert len(said) == 1
    assert "2024-01-01" in said[0]


def test_remembered_rates_are_bounded() -> None:
    """A stream of new ids does not make memory grow, and giants are not kept."""
    book = PriceBook(environ={})
    for index in range(2000):
        book.cost_of(f"amazon.model-{index}", "us-east-1", 1, 1)
    book.cost_of("a" * 1_000_000, "us-east-1", 1, 1)

    assert len(book._cache) <= 512
    assert max(len(str(key[0])) for key in book._cache) < 100


def test_a_document_of_another_format_is_no_snapshot() -> None:
    """A file that only looks like a snapshot is refused."""
    with pytest.raises(ValueError, match="not a price snapshot"):
        Snapshot({"format": "genai-obs-prices/9"})


@pytest.mark.parametrize(
    "model",
    [
        "us.twelvelabs.pegasus-1-2-v1:0",
        "global.twelvelabs.pegasus-1-2-v1:0",
        "us.twelvelabs.pegasus-1-5-v1:0",
        "global.twelvelabs.pegasus-1-5-v1:0",
    ],
)
def test_a_video_is_not_priced_by_its_words_alone(model: str) -> None:
    """A model that is billed by the video's seconds as well has no cost while these are unknown."""
    assert quote(model, "us-east-1", 0, 100) == (None, "no_usage")
