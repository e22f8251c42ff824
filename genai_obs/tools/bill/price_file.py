"""Price files: ours, and those that a user lays over it."""

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

from genai_obs.errors import GenaiObsError
from genai_obs.tools.bill.prices import DRIVERS, Free, Mark, Price, PriceBook, Tier

PRICES_PATH = Path(__file__).with_name("prices.toml")

# Digits before and after the point of any amount that makes sense; beyond, exact arithmetic would take for ever.
_MOST_DIGITS = 30


def load_prices(path: Path | None = None) -> PriceBook:
    """
    Return the prices of the package, or those with the entries of a file over them.

    Raises:
        GenaiObsError: The file cannot be read, or is not such a file.
    """
    ours = _read(PRICES_PATH)
    return ours if path is None else ours.overlaid(_read(path))


def _read(path: Path) -> PriceBook:
    try:
        text = path.read_text("utf-8")
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or "it is no UTF-8 text"
        raise GenaiObsError("bad-file", f"cannot read {path}: {why}") from None
    try:
        return _book(tomllib.loads(text, parse_float=Decimal))
    except tomllib.TOMLDecodeError as error:
        raise GenaiObsError("bad-bill-prices", f"{path} is no TOML: {error}") from None
    except (TypeError, ValueError) as error:
        raise GenaiObsError("bad-bill-prices", f"{path}: {error}") from None


def _book(document: Mapping[str, Any]) -> PriceBook:
    _known(document, ("version", "month_hours", "price", "free"), "the file")
    prices = [_price(row) for row in _rows(document, "price")]
    hours = document.get("month_hours", 730)
    if type(hours) is not int or not 672 <= hours <= 744:
        raise ValueError(f"month_hours is {hours!r}: a month has 672 to 744 hours")
    by_place = {(price.driver, price.region): price for price in prices}
    if len(by_place) < len(prices):
        raise ValueError("a driver has two prices for one Region")
    free = tuple(_free(row) for row in _rows(document, "free"))
    return PriceBook(str(document.get("version", "a file without a version")), hours, by_place, free)


def _rows(document: Mapping[str, Any], name: str) -> Iterable[Mapping[str, Any]]:
    rows = document.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"write each {name} as [[{name}]]")
    return rows


def _price(row: Mapping[str, Any]) -> Price:
    _known(row, ("driver", "region", "tiers", "mark", "as_of", "source", "reason"), "a price")
    driver = _driver(row.get("driver"))
    reason = row.get("reason")
    if (reason is None) == ("tiers" not in row):
        raise ValueError(f"the price of {driver} needs tiers, or a reason why it has none")
    return Price(
        driver=driver,
        region=_text(row, "region"),
        tiers=() if reason is not None else _tiers(row["tiers"], driver),
        mark=_mark(row),
        as_of=_day(row),
        source=str(row.get("source", "")),
        reason=None if reason is None else str(reason),
    )


def _free(row: Mapping[str, Any]) -> Free:
    _known(row, ("drivers", "quantity", "mark", "as_of", "source"), "a free quantity")
    drivers = row.get("drivers")
    if not isinstance(drivers, list) or not drivers:
        raise ValueError("a free quantity needs drivers = [...]")
    return Free(
        tuple(_driver(name) for name in drivers),
        _number(row.get("quantity"), "quantity"),
        _mark(row),
        _day(row),
        str(row.get("source", "")),
    )


def _tiers(rows: object, driver: str) -> tuple[Tier, ...]:
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f'the tiers of {driver} are a list of {{ upto = 10, usd = "0.30" }}, the last without upto')
    for row in rows:
        _known(row, ("upto", "usd"), f"a tier of {driver}")
    tiers = tuple(
        Tier(_number(row["upto"], "upto") if "upto" in row else None, Decimal(_decimal(row.get("usd")))) for row in rows
    )
    ends = [tier.upto for tier in tiers]
    bounded = [end for end in ends[:-1] if end is not None]
    if ends[-1] is not None or len(bounded) < len(ends) - 1 or bounded != sorted(set(bounded)):
        raise ValueError(f"the tiers of {driver} must ascend by upto, and only the last has none")
    return tiers


def _driver(name: object) -> str:
    if not isinstance(name, str) or name not in DRIVERS:
        raise ValueError(f"{name!r} is nothing that is billed: {', '.join(DRIVERS)}")
    return name


def _mark(row: Mapping[str, Any]) -> Mark:
    mark: Mark = row.get("mark", "observed")
    if mark not in get_args(Mark):
        raise ValueError(f"mark is {mark!r}: say {', '.join(get_args(Mark))}")
    return mark


def _day(row: Mapping[str, Any]) -> date:
    day = row.get("as_of")
    if type(day) is date:
        return day
    return date.fromisoformat(_text(row, "as_of"))


def _text(row: Mapping[str, Any], name: str) -> str:
    text = row.get(name)
    if not isinstance(text, str) or not text:
        raise ValueError(f'each entry needs {name} = "…"')
    return text


def _number(value: object, name: str) -> Fraction:
    number = Fraction(_decimal(value))
    if number <= 0:
        raise ValueError(f"{name} is {value}: it must be above 0")
    return number


def _decimal(value: object) -> Decimal:
    """Return an amount as it is written; a float of another reader would not be that."""
    try:
        amount = Decimal(value) if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else None
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite() or amount < 0 or _is_absurd(amount):
        raise ValueError(f"{value!r} is no amount of at least 0")
    return amount


def _is_absurd(amount: Decimal) -> bool:
    return amount.adjusted() > _MOST_DIGITS or int(amount.as_tuple().exponent) < -_MOST_DIGITS


def _known(row: Mapping[str, Any], names: tuple[str, ...], what: str) -> None:
    strange = sorted(set(row) - set(names))
    if strange:
        raise ValueError(f"{what} has no member {strange[0]!r}: {', '.join(names)}")
