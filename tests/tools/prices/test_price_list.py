"""AWS Price List offers: three ways to name a usage type, two scales, and rows that must not be believed."""

import json
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from genai_obs.errors import GenaiObsError
from genai_obs.tools.prices import price_list
from genai_obs.tools.prices.build import adopt, build, load_extracts
from genai_obs.tools.prices.overlay import load_overlay
from genai_obs.tools.prices.price_list import Usage, read_offer, read_usage, split_words
from genai_obs.tools.prices.refresh import refreshed_claims

OVERLAY = load_overlay()


def offer(*rows: tuple[str, str, str, str, str], code: str = "AmazonBedrock") -> dict[str, Any]:
    """Return an offer file of rows (usage type, Region, name of the model, unit, USD)."""
    products, terms = {}, {}
    for index, (usage_type, region, name, unit, usd) in enumerate(rows):
        sku = f"SKU{index}"
        attributes = {"usagetype": usage_type, "regionCode": region}
        attributes["servicename" if "Edition" in name else "model"] = name
        products[sku] = {"sku": sku, "attributes": attributes}
        terms[sku] = {f"{sku}.T": {"priceDimensions": {f"{sku}.T.D": {"unit": unit, "pricePerUnit": {"USD": usd}}}}}
    return {"offerCode": code, "products": products, "terms": {"OnDemand": terms}}


@pytest.mark.parametrize(
    ("tail", "usage"),
    [
        ("InputTokenCount_Global-Units", Usage("input", "global", "default", long_context=False)),
        ("OutputTokenCount-Units", Usage("output", "regional", "default", long_context=False)),
        ("CacheReadInputTokenCount-Units", Usage("cache_read", "regional", "default", long_context=False)),
        ("input_tokens_global_standard-Units", Usage("input", "global", "default", long_context=False)),
        (
            "cache_write_tokens_1h_global_standard-Units",
            Usage("cache_write_1h", "global", "default", long_context=False),
        ),
        ("output_tokens_long_ctx_standard-Units", Usage("output", "regional", "default", long_context=True)),
        ("input-tokens", Usage("input", "regional", "default", long_context=False)),
        ("input-tokens-batch", Usage("input", "regional", "batch", long_context=False)),
        ("output-tokens-flex", Usage("output", "regional", "flex", long_context=False)),
        ("cache-read-input-token-count-priority", Usage("cache_read", "regional", "priority", long_context=False)),
        ("input-tokens-cross-region-global", Usage("input", "global", "default", long_context=False)),
        ("input-tokens-latency-optimized", Usage("input", "regional", "optimized", long_context=False)),
        ("output-tokens-ultrafast", Usage("output", "regional", "ultrafast", long_context=False)),
        ("input-tokens-turbo", None),
        ("input-tokens-custom-model", None),
        ("input-tokens-latency", None),
        ("input-tokens-batch-flex", None),
        ("input-tokens-flex-standard", None),
        ("input-output-tokens", None),
        ("tokens", None),
        ("", None),
    ],
)
def test_usage_types_are_read_word_by_word(tail: str, usage: Usage | None) -> None:
    """A row with a word that nobody knows is rejected, not folded into the standard price."""
    assert read_usage(split_words(tail)) == usage


@pytest.mark.parametrize(
    ("row", "model", "where", "rates"),
    [
        (
            ("EUW3-NovaMicro-input-tokens", "eu-west-3", "Nova Micro", "1K tokens", "0.0000520000"),
            "amazon.nova-micro-v1:0",
            ("eu-west-3",),
            {"input": 52_000},
        ),
        (
            (
                "USE1-MP:USE1_OutputTokenCount_Global-Units",
                "us-east-1",
                "Claude Opus 5.5 (Amazon Bedrock Edition)",
                "1M tokens",
                "20",
            ),
            "anthropic.claude-opus-5-5",
            ("commercial",),
            {"output": 20_000_000},
        ),
        (
            ("USE1-moonshotai.kimi-k2.5-mantle-input-tokens-standard", "us-east-1", "", "1K tokens", "0.0006"),
            "moonshotai.kimi-k2.5",
            ("us-east-1",),
            {"input": 600_000},
        ),
        (
            (
                "UGW1-MP:UGW1_input_tokens_standard-Units",
                "us-gov-west-1",
                "Claude Sonnet 5 (Amazon Bedrock Edition)",
                "Units",
                "2.4",
            ),
            "anthropic.claude-sonnet-5",
            ("us-gov-west-1",),
            {"input": 2_400_000},
        ),
    ],
)
def test_rows_of_all_namings_are_read(
    row: tuple[str, str, str, str, str], model: str, where: tuple[str, ...], rates: dict[str, int]
) -> None:
    """Thousands, millions and bare units all become pico-USD per token."""
    [claim] = read_offer(offer(row), OVERLAY, lambda _: None)

    assert (claim.row.model, claim.row.regions, claim.row.rates) == (model, where, rates)


@pytest.mark.parametrize(
    "row",
    [
        ("USE1-NovaMicro-input-tokens", "us-east-1", "Nova Nano", "1K tokens", "0.000035"),
        ("USE1-NovaMicro-input-tokens", "us-east-1", "Nova Micro", "hours", "0.000035"),
        ("USE1-NovaMicro-input-tokens-custom-model", "us-east-1", "Nova Micro", "1K tokens", "0.000035"),
        ("USE1-NovaPro-input-tokens", "us-east-1", "Nova Micro", "1K tokens", "0.000035"),
        ("USE1-NovaMicro-input-tokens", "us-east-1", "Nova Micro", "1K tokens", "0.0000000000001"),
        ("USE1-NovaMicro-input-tokens-long-ctx", "us-east-1", "Nova Micro", "1K tokens", "0.000035"),
        ("USE1-openai.gpt-99-mantle-input-tokens-standard", "us-east-1", "", "1K tokens", "0.000035"),
    ],
)
def test_rows_that_are_not_understood_are_reported(row: tuple[str, str, str, str, str]) -> None:
    """Nothing is guessed about a name, unit or word."""
    rejected: list[str] = []

    assert list(read_offer(offer(row), OVERLAY, rejected.append)) == []
    assert rejected == [row[0]]


def test_a_long_context_row_goes_above_the_threshold() -> None:
    """The threshold is the model's; the list does not name it."""
    name = "Claude Haiku 5.5 (Amazon Bedrock Edition)"
    row = ("USE1-MP:USE1_input_tokens_long_ctx_global_standard-Units", "us-east-1", name, "Units", "0.5")

    [claim] = read_offer(offer(row), OVERLAY, lambda _: None)

    assert (claim.row.rates, claim.row.over) == ({}, ((100_000, {"input": 500_000}),))


def test_a_price_list_of_today_beats_the_overlay() -> None:
    """A newer figure of the authority replaces the older one, rate by rate, and the change is reported."""
    row = ("EUW3-NovaPro-input-tokens", "eu-west-3", "Nova Pro", "1K tokens", "0.00120")
    claims = list(read_offer(offer(row), OVERLAY, lambda _: None))

    built = build(OVERLAY, load_extracts(), claims)

    [found] = [
        each
        for each in built.rows["amazon.nova-pro-v1:0"]
        if each.regions == ("eu-west-3",) and each.tier == "default" and each.rates
    ]
    assert found.rates == {"input": 1_200_000, "output": 4_720_000, "cache_read": 295_000, "cache_write": 0}
    assert found.source == "price-list-now"
    assert any("Price List today: 1.2" in each.statements for each in built.disagreements)


def test_a_price_list_adds_regions_and_long_context() -> None:
    """A Region that was not listed gets its row, and rates above a threshold join the row below it."""
    haiku = "Claude Haiku 5.5 (Amazon Bedrock Edition)"
    rows = (
        ("CAN1-NovaPro-input-tokens", "ca-central-1", "Nova Pro", "1K tokens", "0.00085"),
        ("CAN1-NovaPro-output-tokens", "ca-central-1", "Nova Pro", "1K tokens", "0.00340"),
        ("USE1-MP:USE1_input_tokens_long_ctx_global_standard-Units", "us-east-1", haiku, "Units", "0.6"),
        ("CAN1-Nova2Lite-input-tokens-flex-long-ctx", "ca-central-1", "Nova 2 Lite", "1K tokens", "0.1"),
    )
    claims = list(read_offer(offer(*rows), OVERLAY, lambda _: None))

    built = build(OVERLAY, load_extracts(), claims)

    [added] = [row for row in built.rows["amazon.nova-pro-v1:0"] if row.regions == ("ca-central-1",)]
    [changed] = [
        row
        for row in built.rows["anthropic.claude-haiku-5-5"]
        if (row.scope, row.tier, row.regions) == ("global", "default", ("commercial",))
    ]
    assert added.rates == {"input": 850_000, "output": 3_400_000}
    assert (changed.rates or {})["input"] == 100_000
    assert dict(changed.over)[100_000] == {
        "input": 600_000,
        "output": 2_500_000,
        "cache_read": 50_000,
        "cache_write": 625_000,
        "cache_write_1h": 1_000_000,
    }


def test_two_rows_of_a_price_list_that_differ_are_in_doubt() -> None:
    """Where one price holds everywhere, two Regions that differ leave the shipped price in place."""
    opus = "Claude Opus 5.5 (Amazon Bedrock Edition)"
    rows = (
        ("USE1-MP:USE1_input_tokens_global_standard-Units", "us-east-1", opus, "Units", "4"),
        ("EUC1-MP:EUC1_input_tokens_global_standard-Units", "eu-central-1", opus, "Units", "5"),
    )
    claims = list(read_offer(offer(*rows), OVERLAY, lambda _: None))
    shipped = build(OVERLAY, load_extracts())

    built = build(OVERLAY, load_extracts(), claims)

    assert built.failed
    assert adopt(built, shipped).rows == shipped.rows


def test_a_price_list_does_not_undo_a_decision_to_give_no_number() -> None:
    """What people found to be in dispute stays without a price."""
    row = ("UGW1-meta.llama3-70b-instruct-v1:0-mantle-input-tokens", "us-gov-west-1", "", "1K tokens", "0.00265")
    claims = list(read_offer(offer(row), OVERLAY, lambda _: None))

    built = build(OVERLAY, load_extracts(), claims)

    assert len(claims) == 1
    assert not any("us-gov-west-1" in each.regions for each in built.rows["meta.llama3-70b-instruct-v1:0"])


def test_a_folder_of_offers_is_read(tmp_path: Path) -> None:
    """Offer files are found wherever they lie; other JSON beside them is ignored."""
    row = ("USE1-NovaMicro-input-tokens", "us-east-1", "Nova Micro", "1K tokens", "0.000035")
    (tmp_path / "eu").mkdir()
    (tmp_path / "eu" / "index.json").write_text(json.dumps(offer(row)))
    (tmp_path / "other.json").write_text("[]")
    said: list[str] = []

    claims = refreshed_claims(str(tmp_path), (), OVERLAY, said.append)

    assert [claim.row.rates for claim in claims] == [{"input": 35_000}]
    assert said == ["Price List: 1 rows read, 0 not understood and left out"]


@pytest.mark.parametrize("content", [None, "{}", '{"offerCode": "AmazonS3"}'])
def test_a_folder_without_offers_is_an_error(tmp_path: Path, content: str | None) -> None:
    """Silence would look like a refreshed snapshot."""
    if content is not None:
        (tmp_path / "index.json").write_text(content)

    with pytest.raises(GenaiObsError, match="no offer file"):
        refreshed_claims(str(tmp_path), (), OVERLAY, lambda _: None)


def test_an_offer_of_another_service_is_refused() -> None:
    """Only the two offers of Bedrock have prices of models."""
    with pytest.raises(GenaiObsError, match="not a Bedrock offer"):
        list(read_offer(offer(code="AmazonS3"), OVERLAY, lambda _: None))


def test_offers_are_read_from_a_server(tmp_path: Path) -> None:
    """The address has the offer and the Region in it, as at AWS."""
    row = ("USE1-NovaMicro-input-tokens", "us-east-1", "Nova Micro", "1K tokens", "0.000035")
    for code in price_list.OFFERS:
        folder = tmp_path / "offers/v1.0/aws" / code / "current/us-east-1"
        folder.mkdir(parents=True)
        (folder / "index.json").write_text(json.dumps(offer(row, code=code)))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path)))
    Thread(target=server.serve_forever, daemon=True).start()

    claims = refreshed_claims(f"http://127.0.0.1:{server.server_port}", ("us-east-1",), OVERLAY, lambda _: None)
    server.shutdown()
    server.server_close()

    assert len(claims) == 2


class _Quiet(SimpleHTTPRequestHandler):
    """A file server that keeps its log to itself."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""


def test_a_server_that_cannot_be_reached_is_an_error() -> None:
    """The address is in the message."""
    with pytest.raises(GenaiObsError, match="AmazonBedrock/current/us-east-1"):
        list(price_list.download_offers("http://127.0.0.1:9", ("us-east-1",)))


def test_a_place_that_is_neither_folder_nor_address_is_refused(tmp_path: Path) -> None:
    """A misspelt folder is the user's mistake."""
    with pytest.raises(GenaiObsError, match="neither a folder nor a URL"):
        refreshed_claims(str(tmp_path / "gone"), (), OVERLAY, lambda _: None)


def test_no_place_means_no_price_list() -> None:
    """The Price List is an extra, not a condition."""
    assert refreshed_claims(None, (), OVERLAY, lambda _: None) == []
