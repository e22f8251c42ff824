"""The monthly bill of what lines publish and of what watches them: each figure with its driver and its source."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from genai_obs.tools.bill.alarm_costs import BYTES_PER_GB, Charge, cost_of_alarm
from genai_obs.tools.bill.free import FreeShare, free_shares
from genai_obs.tools.bill.month import Basis, Span
from genai_obs.tools.bill.prices import DRIVERS, Price, PriceBook
from genai_obs.tools.bill.survey import Survey
from genai_obs.tools.definitions.model import Definitions
from genai_obs.tools.metrics.extract import Extraction

_DAY_S = 86_400
_STORAGE = (
    "billed for the compressed bytes and for as long as they are kept, and lines tell neither; "
    "set a retention for the log group"
)
_ANY_METRICS = "its metrics depend on the data"
_NO_LINES = "no line has a time, so nothing tells what a month is like"
_NO_VOLUME = "the volume of the lines was not measured"


@dataclass(frozen=True, slots=True)
class Item:
    """
    One line of the bill.

    Args:
        driver: What is billed: a key of ``DRIVERS``.

        quantity: How much of it in a month, in the driver's unit; None where that is not known.

        because: Where the quantity comes from.

        price: Its price; None where it is not known.

        reason: Why there is no amount; None where there is one.
    """

    driver: str
    quantity: Span | None
    because: str
    price: Price | None
    reason: str | None

    @property
    def unit(self) -> str:
        """The unit of the quantity."""
        return DRIVERS[self.driver]

    @property
    def usd(self) -> Span | None:
        """What it costs a month at list price, before anything free; None where that is not known."""
        return None if self.price is None or self.quantity is None else self.price.span(self.quantity)


@dataclass(frozen=True, slots=True)
class AlarmCost:
    """What one alarm is billed for and what that costs; None where a part of it is not known."""

    alarm: str
    charges: tuple[Charge, ...]
    usd: Fraction | None


@dataclass(frozen=True, slots=True)
class Bill:
    """
    A month in USD, at list prices.

    Args:
        region: The Region.

        version: Of the prices.

        basis: What the month is made of; None without lines that have a time.

        items: In the order of the drivers.

        alarms: What each alarm costs by itself.

        free: What the free tier may take off, which all of the account shares.

        query_usd: What one query over a day of such lines costs; None where that is not known.
    """

    region: str
    version: str
    basis: Basis | None
    items: tuple[Item, ...]
    alarms: tuple[AlarmCost, ...]
    free: tuple[FreeShare, ...]
    query_usd: Fraction | None

    @property
    def usd(self) -> Span | None:
        """The sum of what is known; None where nothing is."""
        known = [item.usd for item in self.items if item.usd is not None]
        return sum(known, Span.exactly(0)) if known else None

    @property
    def unknown(self) -> tuple[Item, ...]:
        """What is not in the sum, because its price or its quantity is not known."""
        return tuple(item for item in self.items if item.usd is None)


def estimate_bill(
    extraction: Extraction,
    definitions: Definitions | None,
    *,
    book: PriceBook,
    region: str,
    survey: Survey | None = None,
    dashboards: Sequence[int | None] = (),
) -> Bill:
    """
    Return what CloudWatch would bill in a month in which every hour is like those of the lines, on average.

    Args:
        extraction: The metrics that the lines publish.

        definitions: What watches them; None for no alarms.

        book: The prices.

        region: The Region in which it all is.

        survey: Volume and times of the lines; without it the costs of the logs are not known.

        dashboards: For each dashboard the number of its metrics, None where nobody counted.
    """
    basis = make_basis(extraction, survey, book.month_hours)
    pace = _pace(basis, survey)
    charges = _charges_of_alarms(definitions, pace, book.month_hours)
    items = [_metrics_item(extraction, basis, book, region), *_log_items(basis, survey, book, region)]
    items += _alarm_items((charge for _, each in charges for charge in each), book, region)
    items += _dashboard_items(dashboards, book, region)
    items.sort(key=lambda item: list(DRIVERS).index(item.driver))
    alarms = tuple(AlarmCost(name, each, _usd_of(each, book, region)) for name, each in charges)
    used = {item.driver: item.quantity for item in items if item.quantity is not None}
    free = free_shares(book, region, used)
    return Bill(region, book.version, basis, tuple(items), alarms, free, _query_usd(pace, book, region))


def make_basis(extraction: Extraction, survey: Survey | None, month_hours: int) -> Basis | None:
    """Return from when to when the lines are; by their metrics where nobody looked at the others."""
    if survey is not None and survey.first_ms is not None and survey.last_ms is not None:
        return Basis(survey.first_ms // 1000, survey.last_ms // 1000, month_hours, len(survey.hours))
    data = extraction.data
    if data.first_s is None or data.last_s is None:
        return None
    return Basis(data.first_s, data.last_s, month_hours)


def count_metrics(extraction: Extraction) -> int:
    """Return how many custom metrics the lines make; of sets with too many, each combination counts as all metrics."""
    more = sum((each.combinations - each.kept) * len(each.metrics) for each in extraction.cardinality)
    return len(extraction.data.samples) + more


def count_metric_hours(extraction: Extraction) -> int:
    """Return in how many hours each metric had data, added up: what CloudWatch bills."""
    return sum(each.metric_hours for each in extraction.cardinality)


def _metrics_item(extraction: Extraction, basis: Basis | None, book: PriceBook, region: str) -> Item:
    metrics, hours = count_metrics(extraction), count_metric_hours(extraction)
    if basis is None:
        return _item("custom-metric", None, _NO_LINES, book, region)
    because = f"{_count(hours, 'metric-hour')} of {_count(metrics, 'metric')} in {basis.hours:,} h"
    quantity = basis.metric_months(hours, metrics)
    if not all(each.is_exact for each in extraction.cardinality):
        quantity, because = Span(quantity.least, None), f"at least {because}"
    return _item("custom-metric", quantity, because, book, region)


def _log_items(basis: Basis | None, survey: Survey | None, book: PriceBook, region: str) -> Iterator[Item]:
    if survey is None:
        yield _item("log-ingestion", None, _NO_VOLUME, book, region)
    elif basis is None:
        yield _item("log-ingestion", None, _NO_LINES, book, region)
    else:
        because = f"{survey.bytes:,} bytes of {_count(survey.lines, 'line')} in {basis.seconds / 3600:,.1f} h"
        yield _item("log-ingestion", basis.per_month(Fraction(survey.bytes, BYTES_PER_GB)), because, book, region)
    yield _item("log-storage", None, _STORAGE, book, region)


def _pace(basis: Basis | None, survey: Survey | None) -> Fraction | None:
    """Return bytes of lines a second; None where the lines do not tell."""
    if basis is None or survey is None or not basis.is_enough:
        return None
    return Fraction(survey.bytes, basis.seconds)


def _charges_of_alarms(
    definitions: Definitions | None, pace: Fraction | None, month_hours: int
) -> list[tuple[str, tuple[Charge, ...]]]:
    alarms = () if definitions is None else definitions.alarms
    return [(alarm.name, cost_of_alarm(alarm, month_hours=month_hours, bytes_per_second=pace)) for alarm in alarms]


def _alarm_items(charges: Iterable[Charge], book: PriceBook, region: str) -> Iterator[Item]:
    by_driver: dict[str, list[Charge]] = {}
    for charge in charges:
        by_driver.setdefault(charge.driver, []).append(charge)
    for driver, each in by_driver.items():
        known = [charge.quantity for charge in each if charge.quantity is not None]
        alarms = _count(len(each), "alarm")
        if len(known) < len(each):
            why = next(charge.because for charge in each if charge.quantity is None)
            yield _item(driver, None, f"{alarms}: {why}", book, region)
        else:
            yield _item(driver, Span.exactly(sum(known, Fraction(0))), alarms, book, region)


def _dashboard_items(dashboards: Sequence[int | None], book: PriceBook, region: str) -> Iterator[Item]:
    if dashboards:
        counts = ", ".join(_ANY_METRICS if count is None else _count(count, "metric") for count in dashboards)
        yield _item("dashboard", Span.exactly(len(dashboards)), counts, book, region)


def _item(driver: str, quantity: Span | None, because: str, book: PriceBook, region: str) -> Item:
    price = book.price(driver, region)
    if isinstance(price, str):
        return Item(driver, quantity, because, None, price)
    return Item(driver, quantity, because, price, because if quantity is None else None)


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _usd_of(charges: Sequence[Charge], book: PriceBook, region: str) -> Fraction | None:
    """Return what charges cost by themselves, at the first tier; None where a part is not known."""
    total = Fraction(0)
    for charge in charges:
        price = book.price(charge.driver, region)
        if isinstance(price, str) or charge.quantity is None:
            return None
        total += price.usd(charge.quantity)
    return total


def _query_usd(pace: Fraction | None, book: PriceBook, region: str) -> Fraction | None:
    price = book.price("log-scan", region)
    return None if pace is None or isinstance(price, str) else price.usd(pace * _DAY_S / BYTES_PER_GB)
