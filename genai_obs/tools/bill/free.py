"""What the free tier may take off: shown apart, because the whole account shares it."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from genai_obs.tools.bill.month import Span
from genai_obs.tools.bill.prices import Free, PriceBook


@dataclass(frozen=True, slots=True)
class FreeShare:
    """
    What one allowance may take off.

    Args:
        free: The allowance.

        usd: At most so much, if nothing else in the account uses it; None where a price or a quantity is not known.
    """

    free: Free
    usd: Fraction | None


def free_shares(book: PriceBook, region: str, used: Mapping[str, Span]) -> tuple[FreeShare, ...]:
    """
    Return what each allowance may take off.

    Which units AWS gives for free is not said where a driver has tiers or several share an allowance; the dearest are
    taken (derived: an upper bound).

    Args:
        book: Prices and allowances.

        region: The Region.

        used: What is used in a month, by driver.
    """
    return tuple(FreeShare(free, _usd(free, book, region, used)) for free in book.free if _is_used(free, used))


def _is_used(free: Free, used: Mapping[str, Span]) -> bool:
    return any(driver in used for driver in free.drivers)


def _usd(free: Free, book: PriceBook, region: str, used: Mapping[str, Span]) -> Fraction | None:
    offers: list[tuple[Fraction, Fraction]] = []
    for driver in free.drivers:
        price, quantity = book.price(driver, region), used.get(driver)
        if quantity is None:
            continue
        if isinstance(price, str):
            return None
        amount = free.quantity if quantity.most is None else min(free.quantity, quantity.most)
        offers.append((max(Fraction(tier.usd) for tier in price.tiers), amount))
    left, total = free.quantity, Fraction(0)
    for usd, amount in sorted(offers, reverse=True):
        taken = min(left, amount)
        total += taken * usd
        left -= taken
    return total
