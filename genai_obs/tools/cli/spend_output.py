"""How ``genai-obs spend`` prints its report: what is missing first, then the sum, then the groups."""

import argparse
import sys
from decimal import Decimal

from genai_obs.tools.cli.showing import has_colour, terminal_width, tolerate_old_terminals
from genai_obs.tools.cli.when import show_time
from genai_obs.tools.insights.result import Column
from genai_obs.tools.output.numbers import count_of, readable_usd
from genai_obs.tools.output.table import ReadableColumn, make_column, readable_column, render_columns
from genai_obs.tools.spend.budget import Comparison, Period
from genai_obs.tools.spend.question import Group
from genai_obs.tools.spend.report import Report


def show(report: Report, period: Period, comparison: Comparison, arguments: argparse.Namespace) -> None:
    """Print a report for people on stdout."""
    tolerate_old_terminals()
    lines = _sentences(report, period, comparison)
    sys.stdout.write("".join(line + "\n" for line in lines))
    if report.lines:
        table = render_columns(_columns(report), width=terminal_width(), colour=has_colour(arguments))
        sys.stdout.write("\n" + table)
    sys.stdout.flush()


def render_json(report: Report, period: Period, comparison: Comparison, text: str) -> str:
    """Return a report as one JSON object; costs are numbers in fixed notation, null where nothing could be priced."""
    import orjson

    names = [group.name for group in report.groups]
    groups = [
        dict(zip(names, line.key, strict=True))
        | {"cost_usd": _json_usd(line.cost_usd), "calls": line.calls, "unpriced": line.unpriced}
        for line in report.lines
    ]
    document = {
        "start": None if period.start_ms is None else show_time(period.start_ms),
        "end": show_time(period.now_ms if period.end_ms is None else period.end_ms),
        "calls": report.calls,
        "unpriced": report.unpriced,
        "unpriced_because": dict(report.unpriced_because),
        "cost_usd": _json_usd(report.cost_usd),
        "by": names,
        "groups": groups,
        "budget_usd": _json_usd(comparison.budget_usd),
        "budget_share": None if comparison.share is None else float(comparison.share),
        "projected_usd": _json_usd(comparison.projected_usd),
        "query": text,
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def _sentences(report: Report, period: Period, comparison: Comparison) -> list[str]:
    if not report.calls:
        return [f"no model calls {_describe(period)}"]
    lines = []
    if report.unpriced:
        reasons = ", ".join(f"{reason}: {count:,}" for reason, count in report.unpriced_because.items())
        lines.append(f"{report.unpriced:,} of {count_of(report.calls, 'call')} unpriced ({reasons})")
    lines.append(f"{readable_usd(report.cost_usd)} USD for {count_of(report.calls, 'call')} {_describe(period)}")
    if comparison.budget_usd is not None and comparison.share is not None:
        lines.append(f"{_percent(comparison.share)} of the budget of {_short_usd(comparison.budget_usd)} USD")
    if comparison.projected_usd:
        beyond = ""
        if comparison.budget_usd is not None and comparison.projected_usd > comparison.budget_usd:
            beyond = ", more than the budget"
        lines.append(f"projection: {readable_usd(comparison.projected_usd)} USD by midnight UTC at this pace{beyond}")
    return lines


def _describe(period: Period) -> str:
    start, end = period.start_ms, period.end_ms
    if period.is_today and start is not None:
        return f"today, {show_time(start)[:10]} UTC"
    if start is not None and end is not None:
        return f"from {show_time(start)} to {show_time(end)} UTC"
    if start is not None:
        return f"since {show_time(start)} UTC"
    return "in all" if end is None else f"up to {show_time(end)} UTC"


def _columns(report: Report) -> list[ReadableColumn]:
    columns = [
        readable_column(_key_column(group), [line.key[place] for line in report.lines])
        for place, group in enumerate(report.groups)
    ]
    costs = [None if line.cost_usd is None else readable_usd(line.cost_usd) for line in report.lines]
    shares = [
        _percent(line.cost_usd / report.cost_usd) if line.cost_usd is not None and report.cost_usd else None
        for line in report.lines
    ]
    columns.append(make_column("USD", costs, "number"))
    columns.append(make_column("share", shares, "number"))
    columns.append(make_column("calls", [f"{line.calls:,}" for line in report.lines], "number"))
    if report.unpriced:
        unpriced = [f"{line.unpriced:,}" if line.unpriced else None for line in report.lines]
        columns.append(make_column("unpriced", unpriced, "number"))
    return columns


def _key_column(group: Group) -> Column:
    return Column(group.name, "time" if group.is_time else "text")


def _percent(share: Decimal) -> str:
    """Return a share in percent; what is not nothing is not shown as nothing."""
    percent = share * 100
    return "<0.1 %" if 0 < percent < Decimal("0.05") else f"{percent:,.1f} %"


def _short_usd(amount: Decimal) -> str:
    text = readable_usd(amount)
    return text.rstrip("0").rstrip(".")


def _json_usd(amount: Decimal | None) -> object:
    import orjson

    if amount is None:
        return None
    text = f"{amount:.12f}".rstrip("0").rstrip(".")
    return orjson.Fragment(text.encode())
