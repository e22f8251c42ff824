"""``genai-obs metrics``: what CloudWatch would make of lines, what it would drop, and what a month of that costs."""

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from genai_obs.errors import GenaiObsError
from genai_obs.tools.cli.defining import add_definition_arguments
from genai_obs.tools.cli.telling import now_in_ms, say, tell_no_metrics
from genai_obs.tools.cli.when import TimeRange, add_time_arguments, read_range

if TYPE_CHECKING:
    from genai_obs.tools.bill.prices import PriceBook
    from genai_obs.tools.cli.metrics_report import Month, Report, Selection
    from genai_obs.tools.definitions.model import Definitions
    from genai_obs.tools.logs.inputs import Inputs
    from genai_obs.tools.metrics.extract import Extraction

_REGION = "us-east-1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("files", nargs="+", metavar="FILES", help="files, folders, globs, or - for stdin")
    add_time_arguments(parser, default="all", end="the last line")
    parser.add_argument("--namespace", metavar="NAME", help="show only the metrics of this namespace")
    parser.add_argument("--match", metavar="TEXT", help="show only metrics with this in their name or dimensions")
    parser.add_argument(
        "--stat", metavar="NAMES", help="statistics to show: Sum, Average, Minimum, Maximum, p90, TM(10%%:90%%), …"
    )
    parser.add_argument(
        "--period", metavar="TIME", default="5m", help="period of datapoints: 60s, 5m, 1h (default: 5m)"
    )
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--plot", metavar="METRIC", help="draw the datapoints of a metric")
    ways.add_argument("--bill", action="store_true", help="estimate the monthly bill, and say what would explode it")
    parser.add_argument("--region", metavar="REGION", help=f"whose prices (default: {_REGION})")
    parser.add_argument("--prices", type=Path, metavar="FILE", help="prices of your own, laid over ours (TOML)")
    add_definition_arguments(parser)
    parser.add_argument("--no-alarms", action="store_true", help="bill no alarms and no dashboard")
    parser.add_argument("--exact", action="store_true", help="read large files line by line too")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--no-color", action="store_true", help="no colour on a terminal (NO_COLOR says the same)")
    parser.add_argument("-v", "--verbose", action="store_true", help="say what was read, also where nobody looks")


def run(arguments: argparse.Namespace) -> int:
    """
    Read, put together, print.

    Raises:
        GenaiObsError: The arguments are wrong, or what they name cannot be read.
    """
    try:
        _run(arguments)
    except ModuleNotFoundError as error:
        from genai_obs.tools.cli.defining import missing_library

        raise missing_library(error) from None
    return 0


def _run(arguments: argparse.Namespace) -> None:
    from genai_obs.tools.cli.metrics_report import Selection, make_report, read_period, read_statistics
    from genai_obs.tools.logs.inputs import find_inputs

    _check_options(arguments)
    when = read_range(arguments, now_in_ms(), None)
    asked = read_statistics(arguments.stat)
    period_s = read_period(arguments.period)
    selection = Selection(arguments.namespace, arguments.match, arguments.plot)
    # Before the work, so that a file that is wrong does not cost the wait.
    watched = _read_watched(arguments) if arguments.bill else None
    inputs = find_inputs(arguments.files)
    extraction = _extract(inputs, when, asked, selection, arguments)
    if when == TimeRange(None, None) and extraction.lines != 0 and not extraction.emf_lines:
        tell_no_metrics("CloudWatch makes no metric")
    report = make_report(extraction, asked, selection)
    if arguments.plot is not None:
        from genai_obs.tools.cli import metrics_plot

        metrics_plot.show(report, period_s, arguments)
        return
    month = None if watched is None else _estimate(extraction, inputs, when, watched, arguments)
    _show(report, month, arguments)


def _check_options(arguments: argparse.Namespace) -> None:
    """Refuse options of the bill where none is asked for: they would do nothing."""
    for option in ("--region", "--prices", "--definitions", "--set", "--environment", "--no-alarms"):
        if not arguments.bill and getattr(arguments, option.removeprefix("--").replace("-", "_")):
            raise GenaiObsError("needs-bill", f"{option} is for the monthly bill: add --bill")
    if arguments.no_alarms and (arguments.definitions or arguments.set or arguments.environment):
        raise GenaiObsError(
            "bad-option", "--no-alarms bills none, so it takes no --definitions, --set or --environment"
        )


def _read_watched(arguments: argparse.Namespace) -> "tuple[PriceBook, Definitions | None]":
    """Return the prices, and the alarms to bill."""
    from genai_obs.tools.bill.price_file import load_prices
    from genai_obs.tools.cli.defining import load, read_changes

    book = load_prices(arguments.prices)
    if arguments.no_alarms:
        return book, None
    return book, load(arguments, read_changes(arguments))


def _extract(
    inputs: "Inputs", when: TimeRange, asked: tuple[str, ...], selection: "Selection", arguments: argparse.Namespace
) -> "Extraction":
    from genai_obs.tools.cli.metrics_report import needs_values
    from genai_obs.tools.metrics.extract import extract
    from genai_obs.tools.output.numbers import count_of, readable_bytes
    from genai_obs.tools.output.progress import Waiting

    began = time.perf_counter()
    with Waiting(f"reading {inputs.describe()}", total=inputs.bytes_total) as waiting:
        extraction = extract(
            inputs,
            start_ms=when.start_ms,
            end_ms=when.end_ms,
            keep_values=lambda metric: selection.takes(metric) and needs_values(metric, asked),
            exact=arguments.exact,
            on_bytes=waiting.advance,
        )
    if arguments.verbose or sys.stderr.isatty():
        lines = "" if extraction.lines is None else f"{count_of(extraction.lines, 'line')}, "
        say(f"{lines}{readable_bytes(inputs.bytes_total)} read in {time.perf_counter() - began:.1f} s")
    return extraction


def _estimate(
    extraction: "Extraction",
    inputs: "Inputs",
    when: TimeRange,
    watched: "tuple[PriceBook, Definitions | None]",
    arguments: argparse.Namespace,
) -> "Month":
    from genai_obs.tools.bill.cardinality import fields_as_dimensions
    from genai_obs.tools.bill.estimate import count_metric_hours, estimate_bill
    from genai_obs.tools.bill.survey import survey_lines
    from genai_obs.tools.output.progress import Waiting

    book, definitions = watched
    region = arguments.region or _REGION
    with Waiting("counting what fields hold", total=inputs.bytes_total) as waiting:
        survey = survey_lines(inputs, start_ms=when.start_ms, end_ms=when.end_ms, on_bytes=waiting.advance)
    bill = estimate_bill(
        extraction,
        definitions,
        book=book,
        region=region,
        survey=survey,
        # The stack has one dashboard.
        dashboards=() if definitions is None else (None,),
    )
    if bill.basis is None:
        return bill, ()
    price = book.price("custom-metric", region)
    return bill, fields_as_dimensions(survey, bill.basis, count_metric_hours(extraction), price)


def _show(report: "Report", month: "Month | None", arguments: argparse.Namespace) -> None:
    if arguments.json:
        from genai_obs.tools.cli.metrics_json import render_json

        print(render_json(report, month))
        return
    from genai_obs.tools.cli import metrics_output

    metrics_output.show(report, month, arguments)
