"""What each driver of the bill costs, who says so and when; or why nobody knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from genai_obs.tools.bill.month import Span

Mark = Literal["documented", "observed", "derived", "unknown"]

# What is billed -> the unit that its price is for. The order is that of the bill.
DRIVERS: dict[str, str] = {
    "custom-metric": "metric-month",
    "log-ingestion": "GB",
    "log-storage": "GB-month",
    "standard-alarm": "alarm-metric-month",
    "high-resolution-alarm": "alarm-metric-month",
    "insights-alarm": "metric-month analysed",
    "composite-alarm": "alarm-month",
    "log-alarm": "alarm-month",
    "log-scan": "GB",
    "dashboard": "dashboard-month",
}


@dataclass(frozen=True, slots=True)
class Tier:
    """A price up to a quantity of the month; ``upto`` None has no end."""

    upto: Fraction | None
    usd: Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """
    What one driver costs in one Region.

    Args:
        driver: A key of ``DRIVERS``.

        region: The Region.

        tiers: Ascending, the last without an end; none where the price is not known.

        mark: How sure it is.

        as_of: The day of which the source speaks.

        source: Who says so.

        reason: Why there is no price; None where there is one.
    """

    driver: str
    region: str
    tiers: tuple[Tier, ...]
    mark: Mark
    as_of: date
    source: str
    reason: str | None = None

    def usd(self, quantity: Fraction) -> Fraction:
        """Return what a quantity of a month costs, exactly: each part of it at the price of its tier."""
        total, below = Fraction(0), Fraction(0)
        for tier in self.tiers:
            end = quantity if tier.upto is None else min(quantity, tier.upto)
            total += max(Fraction(0), end - below) * Fraction(tier.usd)
            below = max(below, end)
        return total

    def span(self, quantity: Span) -> Span:
        """Return what a quantity costs of which bounds are known; more of anything never costs less."""
        return Span(self.usd(quantity.least), None if quantity.most is None else self.usd(quantity.most))


@dataclass(frozen=True, slots=True)
class Free:
    """
    What an account gets each month before it is billed.

    Args:
        drivers: What it is for, together.

        quantity: How much, in the unit of the first driver.

        mark: How sure it is.

        as_of: The day of which the source speaks.

        source: Who says so.
    """

    drivers: tuple[str, ...]
    quantity: Fraction
    mark: Mark
    as_of: date
    source: str


@dataclass(frozen=True, slots=True)
class PriceBook:
    """All prices, by driver and Region, and the free tier."""

    version: str
    month_hours: int
    prices: Mapping[tuple[str, str], Price]
    free: tuple[Free, ...]

    def price(self, driver: str, region: str) -> Price | str:
        """Return the price of a driver in a Region, or why there is none."""
        found = self.prices.get((driver, region))
        if found is not None:
            return found if found.reason is None else found.reason
        known = sorted({place for name, place in self.prices if name == driver})
        if not known:
            return "no price was found for it"
        return f"prices were only found for {', '.join(known)}: give those of {region} with --prices FILE"

    def overlaid(self, other: "PriceBook") -> "PriceBook":
        """Return this book with the entries of another in the place of its own."""
        return PriceBook(
            version=f"{self.version} with {other.version}",
            month_hours=other.month_hours,
            prices={**self.prices, **other.prices},
            free=other.free or self.free,
        )
