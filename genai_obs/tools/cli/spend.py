"""``genai-obs spend``: what the model calls cost, and how many of them could not be priced."""

import argparse
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from genai_obs.tools.cli import asking
from genai_obs.tools.cli.places import add_place_arguments, add_reading_arguments
from genai_obs.tools.cli.telling import now_in_ms, say
from genai_obs.tools.cli.when import TimeRange, add_time_arguments, read_range, show_time

if TYPE_CHECKING:
    from genai_obs.tools.spend.budget import Budget
    from genai_obs.tools.spend.question import Group


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("files", nargs="*", metavar="FILES", help="files, folders, globs, or - for stdin")
    add_place_arguments(parser)
    add_reading_arguments(parser)
    add_time_arguments(parser, default="today, which begins at midnight UTC")
    parser.add_argument(
        "--by",
        default="model",
        metavar="NAMES",
        help="split by model, service, tenant, feature, user, hour, day, … or several with commas (default: model)",
    )
    parser.add_argument(
        "--budget", metavar="USD", help="compare with a budget of the time asked about, or with 50/day (hour, week)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--show-query", action="store_true", help="print the query that is asked, and do not ask it")
    parser.add_argument("--no-color", action="store_true", help="no colour on a terminal (NO_COLOR says the same)")
    parser.add_argument("-v", "--verbose", action="store_true", help="say what was read, also where nobody looks")


def run(arguments: argparse.Namespace) -> int:
    """
    Ask, add up, print.

    Raises:
        GenaiObsError: The arguments are wrong, or what they name cannot be read.
    """
    from genai_obs.tools.spend.budget import read_budget
    from genai_obs.tools.spend.question import read_groups, spend_query

    groups = read_groups(arguments.by)
    text = spend_query(groups)
    if arguments.show_query:
        print(text)
        return 0
    budget = None if arguments.budget is None else read_budget(arguments.budget)
    now_ms = now_in_ms()
    when = read_range(arguments, now_ms, "today")
    _answer(text, groups, budget, when, now_ms, arguments)
    return 0


def _answer(
    text: str,
    groups: "Sequence[Group]",
    budget: "Budget | None",
    when: TimeRange,
    now_ms: int,
    arguments: argparse.Namespace,
) -> None:
    from genai_obs.tools.cli import spend_output
    from genai_obs.tools.spend.budget import Period, compare
    from genai_obs.tools.spend.report import read_report

    period = Period(when.start_ms, when.end_ms, now_ms)
    # Before the work, so that a budget that cannot be compared does not cost the wait.
    compare(budget, period, Decimal(0))
    report = read_report(asking.ask_and_tell(text, arguments.files, arguments, when, now_ms), groups)
    comparison = compare(budget, period, report.cost_usd)
    if arguments.json:
        print(spend_output.render_json(report, period, comparison, text))
        return
    spend_output.show(report, period, comparison, arguments)
    if not report.calls:
        _tell_extent(arguments, now_ms)


def _tell_extent(arguments: argparse.Namespace, now_ms: int) -> None:
    """Say when the calls of the files were, if not in the time asked about; a query in CloudWatch costs money."""
    if not arguments.files or "-" in arguments.files:
        return
    from genai_obs.tools.spend.question import extent_query

    rows = asking.ask(extent_query(), arguments.files, arguments, TimeRange(None, None), now_ms).as_objects()
    found = rows[0] if rows else {}
    if "first" not in found or "last" not in found:
        say("there are no model calls in these files at all")
        return
    first, last = (show_time(int(float(found[name]))) for name in ("first", "last"))
    say(f"the {found['calls']} calls in these files are from {first} to {last} UTC: add --since all")
