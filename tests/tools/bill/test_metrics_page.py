"""The page on metrics says what the price file says."""

import re
from pathlib import Path

import pytest

from genai_obs.tools.bill.price_file import PRICES_PATH, load_prices
from genai_obs.tools.bill.prices import DRIVERS, Tier

PAGE = (Path(__file__).parents[3] / "docs" / "metrics.md").read_text("utf-8")
BOOK = load_prices()


def shown(tiers: tuple[Tier, ...]) -> str:
    """Return tiers as the page has them."""
    parts = [f"{tier.usd:f}" + ("" if tier.upto is None else f" to {int(tier.upto):,}") for tier in tiers]
    return "; ".join(parts) or "unknown"


@pytest.mark.parametrize("driver", DRIVERS)
def test_every_price_of_the_file_stands_on_the_page(driver: str) -> None:
    """With its tiers, its unit and its day."""
    price = BOOK.prices[driver, "us-east-1"]

    row = f"| `{driver}` | {shown(price.tiers)} | {DRIVERS[driver]} | {price.as_of} | "

    assert row in PAGE


def test_the_page_has_no_price_that_the_file_lacks() -> None:
    """Each row of its table is one of the file."""
    assert set(re.findall(r"^\| `([a-z-]+)` \| [\d.u]", PAGE, re.MULTILINE)) == set(DRIVERS)


def test_the_file_of_the_page_can_be_read(tmp_path: Path) -> None:
    """What people copy works."""
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    file = tmp_path / "own.toml"
    file.write_text(example, "utf-8")

    book = load_prices(file)

    assert len(book.prices) == len(BOOK.prices) + 2
    assert PRICES_PATH.is_file()
