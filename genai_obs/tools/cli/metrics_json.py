"""``genai-obs metrics --json``: everything, amounts in fixed notation, null where nothing is known."""

from dataclasses import asdict
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from genai_obs.tools.cli.metrics_report import Report, Row
from genai_obs.tools.cli.when import json_time

if TYPE_CHECKING:
    from genai_obs.tools.bill.cardinality import FieldCost
    from genai_obs.tools.bill.estimate import AlarmCost, Bill, Item
    from genai_obs.tools.bill.free import FreeShare
    from genai_obs.tools.bill.month import Basis, Span
    from genai_obs.tools.bill.prices import Price
    from genai_obs.tools.cli.metrics_report import Month

_DECIMALS = 12


def as_decimal(amount: Fraction) -> Decimal:
    """Return an amount to twelve decimals, as all costs of ours have them; a third of a cent has no end."""
    return Decimal(round(amount * 10**_DECIMALS)).scaleb(-_DECIMALS)


def render_json(report: Report, month: "Month | None") -> str:
    """Return a report as one JSON object."""
    import orjson

    document = _document(report)
    if month is not None:
        bill, fields = month
        document["bill"] = _bill(bill)
        document["as_dimensions"] = [_field(each) for each in fields]
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def _document(report: Report) -> dict[str, Any]:
    from genai_obs.tools.bill.estimate import count_metric_hours, count_metrics

    extraction = report.extraction
    data = extraction.data
    return {
        "lines": extraction.lines,
        "emf_lines": extraction.emf_lines,
        "broken_lines": extraction.broken_lines,
        "message_bytes": extraction.message_bytes,
        "start": None if data.first_s is None else json_time(data.first_s * 1000),
        "end": None if data.last_s is None else json_time(data.last_s * 1000),
        "custom_metrics": count_metrics(extraction),
        "metric_hours": count_metric_hours(extraction),
        "is_exact": all(each.is_exact for each in extraction.cardinality),
        "dropped": [asdict(each) for each in extraction.dropped],
        "dimension_sets": [asdict(each) for each in extraction.cardinality],
        "metrics": [_metric(row) for row in report.rows],
    }


def _metric(row: Row) -> dict[str, Any]:
    return {
        "namespace": row.metric.namespace,
        "name": row.metric.name,
        "dimensions": dict(row.metric.dimensions),
        "units": row.units,
        "resolution_s": row.resolution_s,
        "statistic": row.statistic,
        "statistics": row.statistics,
    }


def _bill(bill: "Bill") -> dict[str, Any]:
    return {
        "region": bill.region,
        "prices": bill.version,
        "basis": None if bill.basis is None else _basis(bill.basis),
        "usd": _span(bill.usd),
        "unknown": [item.driver for item in bill.unknown],
        "items": [_item(item) for item in bill.items],
        "alarms": [_alarm(alarm) for alarm in bill.alarms],
        "free": [_free(share) for share in bill.free],
        "query_over_a_day_usd": _number(bill.query_usd),
    }


def _basis(basis: "Basis") -> dict[str, Any]:
    return {
        "start": json_time(basis.first_s * 1000),
        "end": json_time(basis.last_s * 1000),
        "hours": basis.hours,
        "hours_with_lines": basis.hours_with_lines,
        "is_enough": basis.is_enough,
        "month_hours": basis.month_hours,
    }


def _item(item: "Item") -> dict[str, Any]:
    return {
        "driver": item.driver,
        "quantity": _span(item.quantity),
        "unit": item.unit,
        "usd": _span(item.usd),
        "because": item.because,
        "reason": item.reason,
        "price": None if item.price is None else _price(item.price),
    }


def _price(price: "Price") -> dict[str, Any]:
    tiers = [{"upto": _number(tier.upto), "usd": _number(Fraction(tier.usd))} for tier in price.tiers]
    return {"tiers": tiers, "mark": price.mark, "as_of": price.as_of.isoformat(), "source": price.source}


def _alarm(alarm: "AlarmCost") -> dict[str, Any]:
    charges = [
        {"driver": charge.driver, "quantity": _number(charge.quantity), "because": charge.because}
        for charge in alarm.charges
    ]
    return {"alarm": alarm.alarm, "charges": charges, "usd": _number(alarm.usd)}


def _free(share: "FreeShare") -> dict[str, Any]:
    free = share.free
    return {
        "drivers": free.drivers,
        "quantity": _number(free.quantity),
        "at_most_usd": _number(share.usd),
        "mark": free.mark,
        "as_of": free.as_of.isoformat(),
        "source": free.source,
    }


def _field(cost: "FieldCost") -> dict[str, Any]:
    return {
        "field": cost.field,
        "values": cost.values,
        "is_at_least": cost.is_at_least,
        "custom_metrics": _span(cost.metric_months),
        "times": round(float(cost.times), 6),
        "usd": _span(cost.usd),
    }


def _span(span: "Span | None") -> Any:
    """Return an amount as a number, or its bounds; null where it is not known."""
    if span is None:
        return None
    if span.exact is not None:
        return _number(span.exact)
    return {"least": _number(span.least), "most": _number(span.most)}


def _number(amount: Fraction | None) -> Any:
    import orjson

    if amount is None:
        return None
    text = f"{as_decimal(amount):f}"
    return orjson.Fragment((text.rstrip("0").rstrip(".") if "." in text else text).encode())
