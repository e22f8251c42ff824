"""How ``genai-obs metrics --bill`` prints the month: each figure with its driver, or with a reason."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from genai_obs.tools.cli.metrics_json import as_decimal
from genai_obs.tools.output.numbers import readable_number, readable_usd
from genai_obs.tools.output.shown import make_harmless
from genai_obs.tools.output.table import ReadableColumn, make_column

if TYPE_CHECKING:
    from genai_obs.tools.bill.alarm_costs import Charge
    from genai_obs.tools.bill.cardinality import FieldCost
    from genai_obs.tools.bill.estimate import AlarmCost, Bill, Item
    from genai_obs.tools.bill.free import FreeShare
    from genai_obs.tools.bill.month import Basis, Span

_TITLES = {
    "custom-metric": "custom metrics",
    "log-ingestion": "log ingestion",
    "log-storage": "log storage",
    "standard-alarm": "alarms",
    "high-resolution-alarm": "high-resolution alarms",
    "insights-alarm": "alarms on SQL",
    "composite-alarm": "composite alarms",
    "log-alarm": "log alarms",
    "log-scan": "scans of log alarms",
    "dashboard": "dashboards",
}
# The same in the list of alarms, after a number.
_BILLED = {
    "standard-alarm": "alarm metric",
    "high-resolution-alarm": "high-resolution alarm metric",
    "insights-alarm": "metric analysed",
    "composite-alarm": "composite",
    "log-alarm": "log alarm",
    "log-scan": "GB scanned",
}
_MOST_FIELDS = 10
_UNKNOWN = "unknown"
_SEE_BELOW = "see below"
_DAY_HOURS = 24
_SHORT = "; of less than a day, the busy or the quiet hours count too much"


def blocks(bill: "Bill", fields: "Sequence[FieldCost]", arguments: argparse.Namespace) -> Iterator[str]:
    """Yield the parts of a bill for people."""
    from genai_obs.tools.cli.metrics_output import table

    yield "\n" + "".join(make_harmless(line) + "\n" for line in _head(bill))
    yield table(_item_columns(bill.items), arguments)
    yield "\n" + "".join(make_harmless(line) + "\n" for line in _notes(bill))
    if any(item.price is not None for item in bill.items):
        yield table(_price_columns(bill.items), arguments)
    if bill.alarms:
        yield table(_alarm_columns(bill.alarms), arguments)
    if fields:
        yield table(_field_columns(fields[:_MOST_FIELDS]), arguments)
        yield _advice(fields)


def _head(bill: "Bill") -> Iterator[str]:
    unknown = ", ".join(_TITLES[item.driver] for item in bill.unknown)
    if bill.usd is None:
        yield f"what a month costs in {bill.region} is not known: {unknown}; --prices FILE takes yours"
    else:
        without = f", without {unknown}" if unknown else ""
        yield f"{_usd(bill.usd)} USD a month in {bill.region} at list prices{without}"
    if bill.basis is None:
        yield "no line has a time, so nothing tells what a month is like"
    elif bill.basis.is_enough:
        yield (
            f"made of {bill.basis.hours:,} hours of the clock: as if every hour of a month of {bill.basis.month_hours} "
            f"hours were like one of them{_SHORT if bill.basis.hours < _DAY_HOURS else ''}"
        )
        yield from _gaps(bill.basis)
    else:
        yield (
            f"the lines span {bill.basis.seconds / 60:,.0f} minutes, too little to tell what a month is like: what is "
            "billed by data is given as bounds"
        )


def _gaps(basis: "Basis") -> Iterator[str]:
    if basis.has_gaps:
        yield (
            f"warning: only {basis.hours_with_lines:,} of these hours have any line: if a time is wrong or files are "
            "missing, a month costs more; --start and --end leave the rest out"
        )


def _item_columns(items: "Sequence[Item]") -> list[ReadableColumn]:
    quantities = [item.quantity for item in items]
    return [
        make_column("billed", [_TITLES[item.driver] for item in items], "text"),
        make_column("a month", [None if each is None else _quantity(each) for each in quantities], "number"),
        make_column("unit", [item.unit for item in items], "text"),
        make_column("USD", [_UNKNOWN if item.usd is None else _usd(item.usd) for item in items], "number"),
        make_column("from", [_SEE_BELOW if item.because == item.reason else item.because for item in items], "text"),
    ]


def _notes(bill: "Bill") -> Iterator[str]:
    for item in bill.unknown:
        yield f"{_TITLES[item.driver]}: {item.reason}"
    if bill.free:
        yield "the free tier, which all of the account shares, may take off: " + ", ".join(map(_free, bill.free))
    if bill.query_usd is not None:
        yield f"each query over a day of such lines: {_money(bill.query_usd)} USD"


def _free(share: "FreeShare") -> str:
    titles = " and ".join(_TITLES[driver] for driver in share.free.drivers)
    return f"{_UNKNOWN if share.usd is None else f'up to {_money(share.usd)} USD'} of {titles}"


def _price_columns(items: "Sequence[Item]") -> list[ReadableColumn]:
    priced = [(_TITLES[item.driver], item.price) for item in items if item.price is not None]
    return [
        make_column("price of", [title for title, _ in priced], "text"),
        make_column("USD each", [", ".join(f"{tier.usd:f}" for tier in price.tiers) for _, price in priced], "text"),
        make_column("as of", [f"{price.as_of}" for _, price in priced], "text"),
        make_column("source", [f"{price.mark}: {price.source}" for _, price in priced], "text"),
    ]


def _alarm_columns(alarms: "Sequence[AlarmCost]") -> list[ReadableColumn]:
    billed = [", ".join(map(_charge, alarm.charges)) for alarm in alarms]
    return [
        make_column("alarm", [alarm.alarm for alarm in alarms], "text"),
        make_column("billed as", billed, "text"),
        make_column("USD a month", [_UNKNOWN if a.usd is None else _money(a.usd) for a in alarms], "number"),
    ]


def _charge(charge: "Charge") -> str:
    name = _BILLED[charge.driver]
    if charge.quantity is None:
        return f"{_UNKNOWN} {name}"
    plural = "s" if charge.quantity != 1 and name.endswith(("metric", "alarm")) else ""
    return f"{_number(charge.quantity)} {name}{plural}"


def _field_columns(fields: "Sequence[FieldCost]") -> list[ReadableColumn]:
    least = ["at least " if each.is_at_least else "" for each in fields]
    costs = [_UNKNOWN if each.usd is None else _usd(each.usd) for each in fields]
    return [
        make_column("as a dimension", [each.field for each in fields], "text"),
        make_column("values", [f"{most}{each.values:,}" for most, each in zip(least, fields, strict=True)], "number"),
        make_column("custom metrics", [_quantity(each.metric_months) for each in fields], "number"),
        make_column("times", [f"{float(each.times):,.2f}" for each in fields], "number"),
        make_column("USD a month", costs, "number"),
    ]


def _advice(fields: "Sequence[FieldCost]") -> str:
    from genai_obs.tools.bill.cardinality import ADVICE

    more = len(fields) - _MOST_FIELDS
    return (f"and {more:,} more; " if more > 0 else "") + ADVICE + "\n"


def _usd(span: "Span") -> str:
    return _between(span, _money)


def _quantity(span: "Span") -> str:
    return _between(span, _number)


def _between(span: "Span", shown: Callable[[Fraction], str]) -> str:
    if span.most is None:
        return f"at least {shown(span.least)}"
    return shown(span.least) if span.least == span.most else f"{shown(span.least)} to {shown(span.most)}"


def _money(amount: Fraction) -> str:
    return readable_usd(as_decimal(amount))


def _number(amount: Fraction) -> str:
    return readable_number(f"{as_decimal(amount):f}")
