"""Where the commands that ask get their answers: files on this machine, or log groups in CloudWatch."""

import argparse
import re
import sys
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from genai_obs.errors import GenaiObsError
from genai_obs.tools.cli.when import TimeRange
from genai_obs.tools.output.numbers import readable_bytes, readable_usd
from genai_obs.tools.output.progress import Waiting

if TYPE_CHECKING:
    from genai_obs.tools.insights.result import Result

# What names log groups inside a query; blanks, comments and an empty command may go before it.
_SOURCE = re.compile(r"(?:\s|#[^\n]*\n|\|)*source\b", re.IGNORECASE)
_DEMO_LOG = "genai-obs-demo.log"


def add_place_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where to look: ``--log-group``, ``--profile``, ``--region``."""
    parser.add_argument(
        "--log-group",
        action="append",
        default=[],
        metavar="NAME",
        help="ask CloudWatch instead of files: a name, a prefix ending in * or an ARN; may be repeated",
    )
    parser.add_argument("--profile", metavar="NAME", help="AWS profile, as for the AWS CLI")
    parser.add_argument("--region", metavar="REGION", help="AWS Region, as for the AWS CLI")


def is_in_cloudwatch(text: str, files: Sequence[str], arguments: argparse.Namespace) -> bool:
    """
    Return whether CloudWatch is asked: ``--log-group`` is given, or no file is and the query begins with SOURCE.

    Raises:
        GenaiObsError: Both files and log groups are named, or neither.
    """
    groups = bool(arguments.log_group) or (not files and _SOURCE.match(text) is not None)
    if files and groups:
        raise GenaiObsError("two-places", f"give files or --log-group, not both ({files[0]} is taken as a file)")
    if not files and not groups:
        known = f"such as {_DEMO_LOG}" if Path(_DEMO_LOG).is_file() else "genai-obs demo makes one to try"
        raise GenaiObsError("no-place", f"name the log to ask: files, folders or - for stdin ({known}), or --log-group")
    return groups


def ask(
    text: str,
    files: Sequence[str],
    arguments: argparse.Namespace,
    when: TimeRange,
    now_ms: int,
    limit: int | None = None,
) -> "Result":
    """
    Run a query where the arguments say.

    Raises:
        TextError: The query is wrong.
        GenaiObsError: What it should read cannot be read.
    """
    if is_in_cloudwatch(text, files, arguments):
        return _ask_cloudwatch(text, arguments, when, now_ms, limit)
    return _ask_files(text, files, when, now_ms, limit)


def _ask_files(text: str, files: Sequence[str], when: TimeRange, now_ms: int, limit: int | None) -> "Result":
    from genai_obs.tools.insights.engine import run_query
    from genai_obs.tools.logs.inputs import find_inputs

    inputs = find_inputs(files)
    with Waiting("reading …") as waiting:
        total = 0

        def tell(count: int) -> None:
            nonlocal total
            total += count
            waiting.say(f"{readable_bytes(total)} read …")

        return run_query(
            text, inputs, start_ms=when.start_ms, end_ms=when.end_ms, now_ms=now_ms, limit=limit, on_bytes=tell
        )


def _ask_cloudwatch(
    text: str, arguments: argparse.Namespace, when: TimeRange, now_ms: int, limit: int | None
) -> "Result":
    from genai_obs.tools.cloudwatch.query import query_cloudwatch
    from genai_obs.tools.cloudwatch.session import logs_client

    if when.start_ms is None:
        raise GenaiObsError("bad-time", "CloudWatch needs a start: --since 24h, or a day")
    client = logs_client(arguments.profile, arguments.region)
    end_ms = now_ms if when.end_ms is None else when.end_ms
    with Waiting("asking CloudWatch …") as waiting:

        def tell(status: str, matched: int, scanned: int, size: int, usd: float | None) -> None:
            price = "" if usd is None else f", about {readable_usd(Decimal(str(usd)))} USD"
            waiting.say(f"{status}: {matched:,} of {scanned:,} records match, {readable_bytes(size)} scanned{price}")

        return query_cloudwatch(
            text, arguments.log_group, when.start_ms, end_ms, client=client, limit=limit, progress=tell
        )


def explain(text: str, files: Sequence[str], arguments: argparse.Namespace, when: TimeRange, now_ms: int) -> str:
    """
    Return the tree of a query and its SQL over these files; without files, over none.

    Raises:
        TextError: The query is wrong.
    """
    if arguments.log_group:
        raise GenaiObsError("two-places", "--explain shows how files are asked; CloudWatch does not say how it works")
    from genai_obs.tools.insights.engine import explain_query
    from genai_obs.tools.logs.inputs import events_input, find_inputs

    inputs = find_inputs(files) if files else events_input(())
    return explain_query(text, inputs, start_ms=when.start_ms, end_ms=when.end_ms, now_ms=now_ms)


def ask_and_tell(
    text: str, files: Sequence[str], arguments: argparse.Namespace, when: TimeRange, now_ms: int
) -> "Result":
    """
    Run a query where the arguments say, and say on stderr what was doubtful and, if wanted, what was read.

    Raises:
        GenaiObsError: What it should read cannot be read.
    """
    began = time.perf_counter()
    result = ask(text, files, arguments, when, now_ms)
    tell_warnings(result)
    tell_statistics(result, time.perf_counter() - began, always=arguments.verbose)
    return result


def tell_warnings(result: "Result") -> None:
    """Say on stderr what the query and the lines made doubtful."""
    for sentence in result.warnings:
        say(f"warning: {sentence}" if not sentence.startswith("warning") else sentence)
    broken = result.statistics.broken_lines
    if broken:
        say(f"{count_of(broken, 'line')} could not be read and {'was' if broken == 1 else 'were'} left out")


def tell_statistics(result: "Result", seconds: float, *, always: bool) -> None:
    """Say on stderr what was read, if somebody looks or asks."""
    if always or sys.stderr.isatty():
        say(describe_statistics(result, seconds))


def describe_statistics(result: "Result", seconds: float) -> str:
    """Return one line: rows, events, bytes, time; and the lines without a time of their own."""
    statistics = result.statistics
    parts = [count_of(len(result.rows), "row")]
    if statistics.records_scanned is not None:
        matched = "" if statistics.records_matched is None else f", {statistics.records_matched:,} matched"
        parts.append(f"{count_of(statistics.records_scanned, 'event')}{matched}")
    parts.append(f"{readable_bytes(statistics.bytes_scanned)} read in {seconds:.1f} s")
    if statistics.timeless_lines:
        parts.append(f"{count_of(statistics.timeless_lines, 'line')} took a neighbour's time")
    return "; ".join(parts)


def count_of(count: int, noun: str) -> str:
    """Return ``1 line``, ``2,000 lines``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def now_in_ms() -> int:
    """Return the time by this machine's clock, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def say(sentence: str) -> None:
    """Say one sentence on stderr."""
    print(f"genai-obs: {sentence}", file=sys.stderr)
