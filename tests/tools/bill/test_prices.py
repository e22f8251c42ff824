"""What CloudWatch costs: the figures of the price file, tiers, and files that a user lays over it."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_obs.errors import GenaiObsError
from genai_obs.tools.bill.price_file import PRICES_PATH, load_prices
from genai_obs.tools.bill.prices import DRIVERS, Price

REGION = "us-east-1"
BOOK = load_prices()


def price(driver: str) -> Price:
    """Return a price that is known."""
    found = BOOK.price(driver, REGION)
    assert not isinstance(found, str)
    return found


# By hand: each part of the quantity times the price of its tier.
@pytest.mark.parametrize(
    ("driver", "quantity", "usd"),
    [
        ("custom-metric", "0", "0"),
        ("custom-metric", "1", "0.30"),
        ("custom-metric", "9999.5", "2999.85"),
        ("custom-metric", "10000", "3000"),
        ("custom-metric", "10001", "3000.10"),
        ("custom-metric", "250000", "27000"),  # 3000 + 240,000 * 0.10
        ("custom-metric", "250001", "27000.05"),
        ("custom-metric", "1000000", "64500"),  # 27,000 + 750,000 * 0.05
        ("custom-metric", "1000001", "64500.02"),
        ("custom-metric", "800000", "54500"),  # the trap of the guide: a user id as a dimension
        ("log-ingestion", "1", "0.50"),
        ("log-ingestion", "10000", "5000"),
        ("log-ingestion", "10001", "5000.25"),
        ("log-ingestion", "30000", "10000"),
        ("log-ingestion", "30001", "10000.10"),
        ("log-ingestion", "50000", "12000"),
        ("log-ingestion", "60000", "12500"),  # stated as such by the source
        ("log-storage", "100", "3"),
        ("log-scan", "200", "1"),
        ("standard-alarm", "3", "0.30"),
        ("high-resolution-alarm", "2", "0.60"),
        ("composite-alarm", "1", "0.50"),
        ("dashboard", "1", "3"),
    ],
)
def test_a_quantity_costs_what_its_tiers_add_up_to(driver: str, quantity: str, usd: str) -> None:
    """Amounts are exact, at the boundaries too."""
    assert price(driver).usd(Fraction(quantity)) == Fraction(usd)


@pytest.mark.parametrize("driver", ["insights-alarm", "log-alarm"])
def test_an_unknown_price_is_a_reason(driver: str) -> None:
    """Nobody was found who states it, and that is said instead of a 0."""
    assert "no source for the price" in str(BOOK.price(driver, REGION))


@pytest.mark.parametrize("driver", DRIVERS)
def test_no_price_is_carried_to_another_region(driver: str) -> None:
    """Figures were found for one Region only."""
    assert BOOK.price(driver, "eu-west-1") == (
        "prices were only found for us-east-1: give those of eu-west-1 with --prices FILE"
    )


def test_each_driver_stands_in_the_file_with_its_source_and_day() -> None:
    """A figure without a source could not be checked."""
    for driver in DRIVERS:
        entry = BOOK.prices[driver, REGION]

        assert (entry.reason is None) == (entry.mark != "unknown")
        assert entry.source or entry.reason
        assert date(2022, 1, 1) < entry.as_of < date(2027, 1, 1)
    assert {free.quantity for free in BOOK.free} == {3, 5, 10}


@given(st.sampled_from(sorted(DRIVERS)), st.fractions(0, 2_000_000), st.fractions(0, 2_000_000))
def test_more_never_costs_less_and_together_never_more_than_apart(driver: str, one: Fraction, other: Fraction) -> None:
    """Tiers only get cheaper."""
    found = BOOK.price(driver, REGION)
    if isinstance(found, str):
        return

    together = found.usd(one + other)

    assert together >= found.usd(one)
    assert together <= found.usd(one) + found.usd(other)
    if len(found.tiers) == 1:
        assert together == found.usd(one) + found.usd(other)


OWN = """
version = "mine"
[[price]]
driver = "custom-metric"
region = "eu-west-1"
tiers = [{ upto = 2, usd = "0.50" }, { usd = 0.1 }]
as_of = 2026-11-01
source = "our contract"
"""


def test_a_file_of_the_user_adds_a_region(tmp_path: Path) -> None:
    """Its entries are laid over ours; a number in it is taken as it is written."""
    file = tmp_path / "own.toml"
    file.write_text(OWN, "utf-8")

    book = load_prices(file)
    own = book.price("custom-metric", "eu-west-1")

    assert not isinstance(own, str)
    assert own.usd(Fraction(3)) == Fraction("1.1")
    assert [tier.usd for tier in own.tiers] == [Decimal("0.50"), Decimal("0.1")]
    assert own.as_of == date(2026, 11, 1)
    assert book.price("custom-metric", REGION) == BOOK.price("custom-metric", REGION)
    assert book.free == BOOK.free
    assert book.version.endswith("with mine")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('driver = "custom-metric"', 'driver = "metrics"', "'metrics' is nothing that is billed"),
        ('region = "eu-west-1"', "", 'needs region = "…"'),
        ('usd = "0.50"', 'usd = "much"', "'much' is no amount"),
        ('usd = "0.50"', 'usd = "-1"', "'-1' is no amount"),
        ('usd = "0.50"', 'usd = "1e999999999"', "is no amount"),
        ('usd = "0.50"', "usd = true", "True is no amount"),
        ('usd = "0.50"', "usd = nan", "is no amount"),
        ("upto = 2, ", "", "must ascend by upto"),
        ("{ usd = 0.1 }", "{ upto = 2, usd = 0.1 }", "must ascend by upto"),
        ("{ usd = 0.1 }", "{ upto = 1, usd = 0.1 }, { usd = 1 }", "must ascend by upto"),
        ("upto = 2", "upto = 0", "it must be above 0"),
        ("usd = 0.1", "eur = 0.1", "no member 'eur'"),
        ("as_of = 2026-11-01", 'as_of = "yesterday"', "Invalid isoformat"),
        ("as_of = 2026-11-01", "", "needs as_of"),
        ("source", "sorce", "no member 'sorce'"),
        ("tiers = [{ upto", "tiers = [{ ", "no TOML"),
        ("[[price]]", "[price]", "write each price as [[price]]"),
        ('tiers = [{ upto = 2, usd = "0.50" }, { usd = 0.1 }]', "", "needs tiers, or a reason"),
        ('tiers = [{ upto = 2, usd = "0.50" }, { usd = 0.1 }]', "tiers = []", "are a list of"),
        ('version = "mine"', "month_hours = 24", "a month has 672 to 744 hours"),
        ('source = "our contract"', 'mark = "sure"', "mark is 'sure'"),
        ("[[price]]", OWN.replace('version = "mine"', "") + "[[price]]", "two prices for one Region"),
    ],
)
def test_a_wrong_file_is_refused_in_one_sentence(old: str, new: str, sentence: str, tmp_path: Path) -> None:
    """The sentence names the file and the mistake."""
    assert old in OWN
    file = tmp_path / "own.toml"
    file.write_text(OWN.replace(old, new), "utf-8")

    with pytest.raises(GenaiObsError) as caught:
        load_prices(file)

    assert caught.value.slug == "bad-bill-prices"
    assert sentence in str(caught.value)
    assert str(file) in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Missing, or no text."""
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe")

    for file in (tmp_path / "missing.toml", binary):
        with pytest.raises(GenaiObsError, match=file.name):
            load_prices(file)


def test_the_file_of_the_package_is_laid_over_itself_without_effect() -> None:
    """It is of the format that users write."""
    assert load_prices(PRICES_PATH).prices == BOOK.prices
