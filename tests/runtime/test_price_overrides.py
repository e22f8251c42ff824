"""The user's own prices: precedence, exactness, and that a bad one never becomes the list price."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_obs._runtime.price_overrides import PriceContext, parse_fraction, picousd
from genai_obs._runtime.prices import PriceBook, format_usd, packaged_snapshot

MODEL = "us.anthropic.claude-sonnet-4-6"
LIST_PRICE = ("0.0198", "ok")
PROFILE = "arn:aws:bedrock:eu-west-3:123456789012:application-inference-profile/abcdef123456"


def cost(book: PriceBook, model: str = MODEL, region: str = "us-east-1", **more: Any) -> tuple[str | None, str]:
    """Return what 1,000 tokens in and out cost, as text, and the status."""
    amount, status, _ = book.cost_of(model, region, 1000, 1000, **more)
    return None if amount is None else format_usd(amount).decode(), status


def test_a_price_of_the_user_replaces_the_list_price() -> None:
    """Prices are copied from AWS's page, in USD per million tokens, and stay exact."""
    book = PriceBook({"prices": {MODEL: {"input": 3.3, "output": 0.1}}}, {})

    assert cost(book) == ("0.0034", "overridden")
    assert cost(book, "global.anthropic.claude-sonnet-4-6") == ("0.018", "ok")


def test_a_price_of_the_user_stands_for_the_whole_row() -> None:
    """A cache rate that the user did not give is missing, not the list's."""
    book = PriceBook({"prices": {MODEL: {"input": "3", "output": "15"}}}, {})

    assert cost(book, cache_read_tokens=5) == (None, "no_rate")


def test_prices_may_be_limited_to_regions_and_a_tier() -> None:
    """Outside its Regions and tier an override is no hit."""
    entry = {"input": 1, "output": 1, "regions": ["eu-west-1"], "tier": "batch"}
    book = PriceBook({"prices": {MODEL: entry}}, {})

    assert cost(book, region="eu-west-1", processing="batch") == ("0.002", "overridden")
    assert cost(book, region="eu-west-1") == LIST_PRICE
    assert cost(book, region="us-east-1", processing="batch") == ("0.0099", "ok")


def test_an_input_price_alone_is_an_embedding_model() -> None:
    """Without an output rate, a missing output count is natural."""
    book = PriceBook({"prices": {"acme.embed": {"input": 0.1}}}, {})

    assert book.cost_of("acme.embed", "us-east-1", 1000, None)[:2] == (100_000_000, "overridden")
    assert cost(book, "acme.embed") == (None, "no_rate")


def test_an_alias_tells_what_an_opaque_profile_is() -> None:
    """The profile is priced as the model it stands for, in its own ARN's Region."""
    book = PriceBook({"aliases": {PROFILE: "amazon.nova-pro-v1:0"}}, {})

    assert cost(book, PROFILE, "us-east-1") == ("0.0059", "ok")


def test_a_price_may_name_an_arn() -> None:
    """An opaque id can be given a price of its own."""
    book = PriceBook({"prices": {PROFILE: {"input": 1, "output": 2}}}, {})

    assert cost(book, PROFILE) == ("0.003", "overridden")


def test_a_profile_arn_is_found_under_its_id() -> None:
    """The price of a profile id holds for the ARN of that profile."""
    book = PriceBook({"prices": {MODEL: {"input": 1, "output": 2}}}, {})

    assert cost(book, f"arn:aws:bedrock:us-east-1:1:inference-profile/{MODEL}") == ("0.003", "overridden")


@pytest.mark.parametrize("multiplier", [0.93, "0.93", Decimal("0.93")])
def test_a_multiplier_is_exact(multiplier: object) -> None:
    """0.93 is 93 hundredths, whatever type it has: no binary fraction slips in."""
    book = PriceBook({"multiplier": multiplier}, {})

    assert cost(book) == ("0.018414", "overridden")
    assert cost(book, "amazon.nova-micro-v1:0") == ("0.00016275", "overridden")


def test_a_fraction_of_a_picodollar_is_rounded_once() -> None:
    """35,000 pico-USD times 0.0001 is 3.5, which becomes 4; nothing is rounded before the sum."""
    book = PriceBook({"multiplier": "0.0001"}, {})

    assert book.cost_of("amazon.nova-micro-v1:0", "us-east-1", 1, 0)[0] == 4
    assert book.cost_of("amazon.nova-micro-v1:0", "us-east-1", 2, 0)[0] == 7


def test_a_multiplier_is_named_in_the_price() -> None:
    """A cost with a discount can be computed again from its record."""
    _, _, price = PriceBook({"multiplier": 0.5}, {}).cost_of(MODEL, "us-east-1", 1, 1)

    assert orjson.loads(orjson.dumps(price))["multiplier"] == "5/10"


def test_a_multiplier_reaches_long_context() -> None:
    """The rates above a threshold are multiplied too."""
    book = PriceBook({"multiplier": "0.5"}, {})

    assert book.cost_of("global.openai.gpt-6-sol", "us-east-1", 300_000, 0)[:2] == (600_000_000_000, "overridden")


def test_the_first_source_wins() -> None:
    """Argument, then inline JSON, then the file, then the snapshot."""
    inline = json.dumps({"prices": {MODEL: {"input": 2, "output": 2}, "a.b": {"input": 2, "output": 2}}})
    book = PriceBook({"prices": {MODEL: {"input": 1, "output": 1}}}, {"GENAI_OBS_PRICES": inline})

    assert cost(book) == ("0.002", "overridden")
    assert cost(book, "a.b") == ("0.004", "overridden")
    assert cost(book, "amazon.nova-pro-v1:0") == ("0.004", "ok")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("prices.json", '{"prices": {"a.b": {"input": 3.3, "output": 0}}}'),
        ("prices.toml", '[prices."a.b"]\ninput = 3.3\noutput = 0\n'),
    ],
)
def test_a_file_may_be_json_or_toml(tmp_path: Path, name: str, text: str) -> None:
    """Both say the same."""
    path = tmp_path / name
    path.write_text(text)

    assert cost(PriceBook(environ={"GENAI_OBS_PRICES_FILE": str(path)}), "a.b") == ("0.0033", "overridden")


def test_a_file_may_be_a_whole_snapshot(tmp_path: Path) -> None:
    """What `prices refresh` writes takes the place of the packaged prices."""
    snapshot = packaged_snapshot()
    row = {"scope": "regional", "tier": "default", "regions": "commercial", "rates": [1, 2], "source": "mine"}
    path = tmp_path / "prices.json"
    path.write_bytes(
        orjson.dumps(
            {
                "format": "genai-obs-prices/1",
                "version": snapshot.version,
                "sources": {"mine": "2026-11-21"},
                "region_sets": {},
                "aliases": {},
                "guardrails": {},
                "models": {"a.b": {"geo": [], "rows": [row]}},
            }
        )
    )
    book = PriceBook(environ={"GENAI_OBS_PRICES_FILE": str(path)})

    assert cost(book, "a.b") == ("0.000000003", "ok")
    assert cost(book) == (None, "unknown_model")


@pytest.mark.parametrize(
    ("argument", "sentence"),
    [
        ({"price": {}}, "unknown member"),
        ({"prices": []}, "must be objects"),
        ([], "must be an object"),
        ({"prices": {"m": 3}}, 'the price of "m"'),
        ({"prices": {"m": {}}}, "neither input nor output"),
        ({"prices": {"m": {"inputs": 3, "output": 1}}}, 'unknown member "inputs"'),
        ({"prices": {"m": {"input": -3}}}, "must not be negative"),
        ({"prices": {"m": {"input": "3,3"}}}, 'input of "m" must be a number'),
        ({"prices": {"m": {"input": True}}}, "must be a number"),
        ({"prices": {"m": {"input": float("nan")}}}, "must be a number"),
        ({"prices": {"m": {"input": 0.0000001}}}, "more than six decimals"),
        ({"prices": {"m": {"input": 1, "tier": "turbo"}}}, "the tier of"),
        ({"prices": {"m": {"input": 1, "regions": "us-east-1"}}}, "must be a list of Region names"),
        ({"aliases": {"x": 3}}, "must name a model id"),
        ({"multiplier": -1}, "multiplier must be"),
        ({"multiplier": "cheap"}, "multiplier must be"),
    ],
)
def test_a_bad_argument_is_refused_at_once(argument: Any, sentence: str) -> None:
    """Wrong use of `configure` fails where a developer sees it, with one clear sentence."""
    with pytest.raises(ValueError, match=sentence):
        PriceBook(argument, {})


def test_a_bad_price_in_the_environment_spoils_its_model_only() -> None:
    """The model has no cost, never the list price; other entries hold; the user hears of it once."""
    said: list[str] = []
    inline = json.dumps({"prices": {MODEL: {"input": "three"}, "a.b": {"input": 1, "output": 1}}})
    book = PriceBook(environ={"GENAI_OBS_PRICES": inline}, report=said.append)

    assert cost(book) == (None, "error")
    assert cost(book) == (None, "error")
    assert cost(book, "a.b") == ("0.002", "overridden")
    assert cost(book, "amazon.nova-pro-v1:0") == ("0.004", "ok")
    assert len(said) == 1
    assert said[0].startswith("GENAI_OBS_PRICES: input of")


@pytest.mark.parametrize("inline", ["{", "[]", "3", '{"multiplier": "x"}', '{"prize": {}}', '{"prices": 1}'])
def test_an_unreadable_environment_leaves_every_call_without_a_cost(inline: str) -> None:
    """When nobody can tell which models were meant, none gets a number."""
    said: list[str] = []
    book = PriceBook(environ={"GENAI_OBS_PRICES": inline}, report=said.append)

    assert cost(book) == (None, "error")
    assert len(said) == 1


def test_a_missing_file_leaves_every_call_without_a_cost(tmp_path: Path) -> None:
    """A path that leads nowhere is a mistake, not a wish for list prices."""
    said: list[str] = []
    book = PriceBook(environ={"GENAI_OBS_PRICES_FILE": str(tmp_path / "gone.json")}, report=said.append)

    assert cost(book) == (None, "error")
    assert "GENAI_OBS_PRICES_FILE" in said[0]


def test_a_broken_alias_leaves_its_id_without_a_cost() -> None:
    """An alias to nothing is an error for that id only."""
    book = PriceBook(environ={"GENAI_OBS_PRICES": json.dumps({"aliases": {PROFILE: None}})})

    assert cost(book, PROFILE) == (None, "error")
    assert cost(book) == LIST_PRICE


@pytest.mark.parametrize("answer", [Decimal("0.25"), 0.25, "0.25", Fraction(1, 4)])
def test_a_function_may_price_a_call(answer: object) -> None:
    """What it returns is the cost in USD."""
    book = PriceBook(lambda _: answer if not isinstance(answer, Fraction) else float(answer), {})

    assert cost(book) == ("0.25", "overridden")


def test_a_function_sees_the_call_and_may_pass_it_on() -> None:
    """None leaves the call to the next source."""
    seen: list[PriceContext] = []

    def price(call: PriceContext) -> Decimal | None:
        seen.append(call)
        return Decimal(1) if call.tier == "flex" else None

    book = PriceBook(price, {})

    assert cost(book, cache_read_tokens=7, at_ms=5) == ("0.01980231", "ok")
    assert cost(book, tier="flex") == ("1", "overridden")
    first = seen[0]
    assert (first.model_id, first.region, first.input_tokens, first.output_tokens) == (MODEL, "us-east-1", 1000, 1000)
    assert (first.cache_read_tokens, first.cache_write_tokens, first.cache_write_1h_tokens) == (7, None, None)
    assert (first.latency, first.processing, first.at_ms, first.units) == (None, None, 5, {})


def test_what_a_function_sees_cannot_be_changed() -> None:
    """The call is shared with nobody and read-only."""
    context = PriceContext(MODEL, None, (None,) * 5, (None, None, None), 0, None)

    with pytest.raises(AttributeError):
        context.region = "x"  # type: ignore[misc]


@pytest.mark.parametrize("answer", [-1, float("nan"), float("inf"), "free", object(), True])
def test_a_function_that_answers_nonsense_gives_no_cost(answer: object) -> None:
    """A negative or impossible amount is an error, not a price."""
    said: list[str] = []
    book = PriceBook(lambda _: answer, {}, said.append)

    assert cost(book) == (None, "error")
    assert len(said) == 1


def test_a_function_that_raises_gives_no_cost() -> None:
    """The user's mistake never reaches the call, and never becomes the list price."""

    def price(call: PriceContext) -> Decimal:
        raise KeyError(call.model_id)

    assert cost(PriceBook(price, {})) == (None, "error")


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=10**12, places=12))
def test_amounts_keep_every_digit(amount: Decimal) -> None:
    """Twelve decimals of USD are whole pico-USD, exactly."""
    assert picousd(amount) == int(amount * 10**12)


@given(st.floats(min_value=0, max_value=1e15, allow_nan=False))
def test_a_float_means_its_shortest_decimal(amount: float) -> None:
    """A float is read as it is printed."""
    numerator, denominator = parse_fraction(amount)

    assert Fraction(numerator, denominator) == Fraction(repr(amount))


@given(st.text(max_size=30))
def test_text_is_a_number_or_refused(text: str) -> None:
    """Any text gives a fraction or a ValueError."""
    try:
        _, denominator = parse_fraction(text)
    except ValueError:
        return

    assert denominator > 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["prices", "aliases", "multiplier", MODEL, "input", "output", "tier", "regions"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_environment_is_survived(document: object) -> None:
    """Nothing in the environment raises, and a call never has a number without a status that carries one."""
    book = PriceBook(environ={"GENAI_OBS_PRICES": json.dumps(document)})

    amount, status, _ = book.cost_of(MODEL, "us-east-1", 1000, 1000)

    assert (amount is not None) == (status in {"ok", "overridden"})
