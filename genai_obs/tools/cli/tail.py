"""``genai-obs tail``: the model calls of a log as they happen, one line each."""

import argparse
import contextlib
import io
import itertools
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from genai_obs.errors import GenaiObsError
from genai_obs.schema import INFERENCE_METRIC
from genai_obs.tools.cli.places import add_place_arguments, is_in_cloudwatch
from genai_obs.tools.cli.showing import has_colour, terminal_width, tolerate_old_terminals
from genai_obs.tools.cli.telling import now_in_ms, say, tell_warning
from genai_obs.tools.cli.when import read_time

if TYPE_CHECKING:
    from genai_obs.tools.logs.events import LogEvent
    from genai_obs.tools.tail.totals import Totals

    Chooser = Callable[[Sequence[LogEvent]], list[LogEvent]]

_PAUSE_S = 0.3
# Where a tail without --since begins: enough for the last calls, however large the file is.
_TAIL_BYTES = 1 << 20
_LINES = 10
# What CloudWatch is asked to send (CloudWatch Logs: "Filter pattern syntax"): lines with this term; more is looked at
# here. A pattern on JSON would pass over records behind a prefix.
_CALLS_PATTERN = INFERENCE_METRIC


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="a file that grows, or - for stdin")
    add_place_arguments(parser)
    parser.add_argument("--filter", metavar="CONDITION", help="""show these only: 'status != "ok"', as after filter""")
    parser.add_argument("--since", metavar="TIME", help="begin with the calls since then, such as 10m; all for all")
    parser.add_argument(
        "-n", "--lines", type=_count, default=_LINES, metavar="N", help="begin with the last N calls (default: 10)"
    )
    parser.add_argument(
        "-f",
        "--follow",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="wait for more (the default)",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--all", action="store_true", help="show the other lines of the log too")
    what.add_argument("--json", action="store_true", help="print the records themselves, one JSON object a line")
    parser.add_argument("--no-color", action="store_true", help="no colour on a terminal (NO_COLOR says the same)")


def run(arguments: argparse.Namespace) -> int:
    """
    Show calls until Ctrl-C, or until the end of the file with ``--no-follow``; then say what they cost.

    Raises:
        TextError: The condition is wrong.
        GenaiObsError: The arguments contradict each other, or the log cannot be read.
    """
    from genai_obs.tools.tail.totals import Totals

    now_ms = now_in_ms()
    since_ms = None if arguments.since in {None, "all"} else read_time(arguments.since, now_ms)
    batches = _batches(arguments, since_ms, _chooser(arguments, now_ms))
    totals = Totals()
    show = _shower(arguments, totals)
    # Ctrl-C is how a tail ends: no mistake, and no reason to keep the sum back.
    with contextlib.suppress(KeyboardInterrupt):
        for batch in batches:
            for event in batch:
                show(event)
            sys.stdout.flush()
    say(totals.describe())
    return 0


def _chooser(arguments: argparse.Namespace, now_ms: int) -> "Chooser":
    """Return what keeps the calls (or all lines) for which the condition holds."""
    from genai_obs.tools.tail.calls import is_call
    from genai_obs.tools.tail.choose import Condition

    condition = None if arguments.filter is None else Condition(arguments.filter, now_ms)
    for warning in condition.warnings if condition else ():
        tell_warning(warning)

    def choose(events: "Sequence[LogEvent]") -> "list[LogEvent]":
        kept = [event for event in events if arguments.all or is_call(event)]
        return condition.chosen(kept) if condition else kept

    return choose


def _batches(arguments: argparse.Namespace, since_ms: int | None, choose: "Chooser") -> "Iterator[list[LogEvent]]":
    files = [] if arguments.file is None else [arguments.file]
    if is_in_cloudwatch("", files, arguments):
        return map(choose, _batches_of_cloudwatch(arguments, since_ms))
    return _batches_of_file(arguments, since_ms, choose)


def _batches_of_file(
    arguments: argparse.Namespace, since_ms: int | None, choose: "Chooser"
) -> "Iterator[list[LogEvent]]":
    """Yield what is wanted of a file: of what is there already the last few or those since a time, then all."""
    from genai_obs.tools.tail.events import events_of, newer_than
    from genai_obs.tools.tail.follow import FollowedFile, follow_file, follow_stream

    stream = _stream(arguments.file)
    whole = arguments.since is not None or stream is not None
    if stream is not None:
        lines = follow_stream(stream)
    else:
        file = FollowedFile(arguments.file, tail_bytes=None if whole else _TAIL_BYTES)
        lines = follow_file(file, (lambda: time.sleep(_PAUSE_S)) if arguments.follow else None)
    if not whole:
        there = [line for batch in itertools.takewhile(bool, lines) for line in batch]
        chosen = choose(events_of(there, calls_only=not arguments.all))
        yield chosen[len(chosen) - min(arguments.lines, len(chosen)) :]
    for batch in lines:
        yield choose(newer_than(events_of(batch, calls_only=not arguments.all), since_ms))


def _stream(name: str) -> io.BufferedReader | None:
    """Return stdin or a named pipe, opened; None for a file, which can be looked at again."""
    from genai_obs.tools.logs.files import open_to_read

    if name == "-":
        if sys.stdin is None:
            raise GenaiObsError("bad-file", "cannot read -: standard input is closed")
        return cast("io.BufferedReader", sys.stdin.buffer)
    return cast("io.BufferedReader", open_to_read(name)) if Path(name).is_fifo() else None


def _batches_of_cloudwatch(arguments: argparse.Namespace, since_ms: int | None) -> "Iterator[list[LogEvent]]":
    from genai_obs.tools.cloudwatch.follow import follow_groups
    from genai_obs.tools.cloudwatch.live_tail import live_tail
    from genai_obs.tools.cloudwatch.log_groups import find_arns
    from genai_obs.tools.cloudwatch.session import logs_client
    from genai_obs.tools.tail.events import in_batches

    if not arguments.follow:
        message = "--no-follow reads a file to its end; for what was in CloudWatch there is genai-obs query"
        raise GenaiObsError("two-ways", message)
    client = logs_client(arguments.profile, arguments.region)
    arns = find_arns(arguments.log_group, client=client)
    pattern = "" if arguments.all else _CALLS_PATTERN
    if arguments.since is None:
        return in_batches(live_tail(client, arns, pattern, notice=say))
    # Live tail knows no past; asking again and again does.
    return in_batches(follow_groups(client, arns, pattern, since_ms=since_ms or 0))


def _shower(arguments: argparse.Namespace, totals: "Totals") -> "Callable[[LogEvent], None]":
    """Return what prints an event and adds it up."""
    from genai_obs.tools.tail.calls import find_call, render_call, render_other

    tolerate_old_terminals()
    colour = has_colour(arguments)

    def show(event: "LogEvent") -> None:
        call = find_call(event)
        if call is not None:
            totals.add(call)
        if arguments.json:
            # One line, whoever wrote it: outside of its strings JSON has no breaks that matter.
            print((event.json_text or "").replace("\n", " ").replace("\r", " "))
        elif call is not None:
            print(render_call(call, width=terminal_width(), colour=colour))
        else:
            print(render_other(event, width=terminal_width(), colour=colour))

    return show


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > len("1000000"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of lines from 0 on")
    return int(text)
