"""How ``genai-obs metrics`` prints what it found: counts first, then what is lost, then the metrics."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from genai_obs.tools.cli.metrics_report import Report, Row
from genai_obs.tools.cli.showing import has_colour, terminal_width, tolerate_old_terminals
from genai_obs.tools.cli.when import show_time
from genai_obs.tools.metrics.rules import LEFT_OUT_HERE
from genai_obs.tools.output.numbers import count_of, readable_number
from genai_obs.tools.output.shown import make_harmless
from genai_obs.tools.output.table import ReadableColumn, make_column, render_columns

if TYPE_CHECKING:
    from genai_obs.tools.cli.metrics_report import Month
    from genai_obs.tools.metrics.drops import Dropped
    from genai_obs.tools.metrics.extract import Extraction
    from genai_obs.tools.metrics.identity import MetricId

# More rows than anybody reads; programs get all of them with --json.
MOST_ROWS = 200
_SILENT = "silent"
_PUBLISHED = "published"
_MOST_DIMENSION_COLUMNS = 3
_WIDE = 100
_MINUTE_S = 60


def show(report: Report, month: "Month | None", arguments: argparse.Namespace) -> None:
    """Print a report for people on stdout, with the bill of a month where there is one."""
    tolerate_old_terminals()
    for block in _blocks(report, arguments):
        sys.stdout.write(block)
    if month is not None:
        from genai_obs.tools.cli import metrics_bill

        for block in metrics_bill.blocks(*month, arguments):
            sys.stdout.write(block)
    sys.stdout.flush()


def table(columns: Sequence[ReadableColumn], arguments: argparse.Namespace) -> str:
    """Return a table as wide as the terminal, with an empty line before it."""
    return "\n" + render_columns(columns, width=terminal_width(), colour=has_colour(arguments))


def _blocks(report: Report, arguments: argparse.Namespace) -> Iterator[str]:
    yield "".join(make_harmless(line) + "\n" for line in _sentences(report))
    if report.extraction.dropped:
        yield table(_dropped_columns(report.extraction.dropped), arguments)
    if report.rows:
        yield table(_set_columns(report.extraction), arguments)
        yield table(_metric_columns(report), arguments)
    if len(report.rows) > MOST_ROWS:
        yield f"and {len(report.rows) - MOST_ROWS:,} more: --match TEXT shows fewer, --json all\n"


def _sentences(report: Report) -> Iterator[str]:
    extraction = report.extraction
    yield _counts(extraction)
    span = _span(extraction)
    if span is not None:
        yield span
    dropped = [each for each in extraction.dropped if each.slug not in LEFT_OUT_HERE]
    lost = sum(each.count for each in dropped)
    if lost:
        silent = sum(each.count for each in dropped if each.counted is None)
        yield f"{lost:,} dropped, {silent:,} of them without a trace in CloudWatch"
    for row in report.varying:
        units = " and ".join(row.units)
        yield f"warning: {row.metric} was published in {units}: who reads one unit misses the others"


def _counts(extraction: "Extraction") -> str:
    lines = "" if extraction.lines is None else f" of {count_of(extraction.lines, 'line')}"
    broken = f", {extraction.broken_lines:,} broken" if extraction.broken_lines else ""
    return f"{count_of(extraction.emf_lines, 'EMF line')}{lines}{broken}"


def _span(extraction: "Extraction") -> str | None:
    """Return how many custom metrics there are, from when to when, and how many of them are billed."""
    from genai_obs.tools.bill.alarm_costs import MONTH_HOURS
    from genai_obs.tools.bill.estimate import count_metric_hours, count_metrics, make_basis

    basis = make_basis(extraction, None, MONTH_HOURS)
    if basis is None:
        return None
    metrics, hours = count_metrics(extraction), count_metric_hours(extraction)
    least = "" if all(each.is_exact for each in extraction.cardinality) else "at least "
    first, last = show_time(basis.first_s * 1000), show_time(basis.last_s * 1000)
    when = f"at {first} UTC" if first == last else f"from {first} to {last} UTC"
    return (
        f"{least}{count_of(metrics, 'custom metric')} {when}: "
        f"{count_of(hours, 'metric-hour')} in {count_of(basis.hours, 'hour')}"
    )


def _dropped_columns(dropped: "Sequence[Dropped]") -> list[ReadableColumn]:
    return [
        make_column("dropped", [f"{each.count:,}" for each in dropped], "number"),
        make_column("what", [each.lost for each in dropped], "text"),
        make_column("counted as", [_counted_as(each) for each in dropped], "text"),
        make_column("first", [_place(each) for each in dropped], "text"),
        make_column("because", [each.sentence for each in dropped], "text"),
    ]


def _counted_as(dropped: "Dropped") -> str:
    return dropped.counted or (_PUBLISHED if dropped.slug in LEFT_OUT_HERE else _SILENT)


def _place(dropped: "Dropped") -> str:
    example = dropped.example
    metric = "" if example.metric is None else f" {example.metric}"
    return f"{example.source}:{example.event}{metric}"


def _set_columns(extraction: "Extraction") -> list[ReadableColumn]:
    sets = extraction.cardinality
    distinct = [", ".join(f"{name}: {count:,}" for name, count in each.distinct.items()) for each in sets]
    return [
        make_column("namespace", [each.namespace for each in sets], "text"),
        make_column("dimension set (values)", [text or "(none)" for text in distinct], "text"),
        make_column("combinations", [f"{each.combinations:,}" for each in sets], "number"),
        make_column("metrics", [f"{len(each.metrics):,}" for each in sets], "number"),
        make_column("metric-hours", [f"{each.metric_hours:,}" for each in sets], "number"),
    ]


def _metric_columns(report: Report) -> list[ReadableColumn]:
    rows = report.rows[:MOST_ROWS]
    columns = [make_column("metric", [row.metric.name for row in rows], "text"), *_dimension_columns(rows)]
    if len({row.metric.namespace for row in rows}) > 1:
        columns.insert(0, make_column("namespace", [row.metric.namespace for row in rows], "text"))
    # What is too wide for the line is printed as blocks, which are harder to read than a table with fewer columns.
    is_wide = (terminal_width() or _WIDE) >= _WIDE
    if is_wide:
        columns.append(make_column("unit", ["/".join(row.units) for row in rows], "text"))
    if any(row.resolution_s < _MINUTE_S for row in rows):
        columns.append(make_column("every", [f"{row.resolution_s} s" for row in rows], "text"))
    if report.asked:
        return columns + [make_column(name, [_shown(row, name) for row in rows], "number") for name in report.asked]
    if is_wide:
        columns.append(make_column("values", [_shown(row, "SampleCount") for row in rows], "number"))
    columns.append(make_column("statistic", [row.statistic for row in rows], "text"))
    columns.append(make_column("value", [_shown(row, row.statistic) for row in rows], "number"))
    return columns


def _dimension_columns(rows: Sequence[Row]) -> list[ReadableColumn]:
    """Return a column for each dimension, so that a cut text is not the one that tells metrics apart."""
    names = list(dict.fromkeys(name for row in rows for name in row.metric.dimension_names))
    if not 0 < len(names) <= _MOST_DIMENSION_COLUMNS:
        return [make_column("dimensions", [dimensions(row.metric) for row in rows], "text")]
    return [make_column(name, [dict(row.metric.dimensions).get(name) for row in rows], "text") for name in names]


def dimensions(metric: "MetricId") -> str:
    """Return the dimensions of a metric in one text."""
    return ", ".join(f"{name}={value}" for name, value in metric.dimensions) or "(none)"


def _shown(row: Row, statistic: str) -> str | None:
    value = row.statistics[statistic]
    return None if value is None else readable_number(f"{value!r}")
