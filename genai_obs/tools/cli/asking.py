"""Run a query where the arguments say, with a sign of life on a terminal."""

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from genai_obs.errors import GenaiObsError
from genai_obs.tools.cli.places import is_in_cloudwatch
from genai_obs.tools.cli.telling import tell_statistics, tell_warnings
from genai_obs.tools.cli.when import TimeRange
from genai_obs.tools.output.numbers import readable_bytes, readable_usd
from genai_obs.tools.output.progress import Waiting

if TYPE_CHECKING:
    from genai_obs.tools.insights.result import Result


def ask(
    text: str,
    files: Sequence[str],
    arguments: argparse.Namespace,
    when: TimeRange,
    now_ms: int,
    limit: int | None = None,
    *,
    explain_nothing: bool = False,
) -> "Result":
    """
    Run a query where the arguments say.

    Args:
        text: The query.

        files: What to read; none for CloudWatch.

        arguments: Where else to ask, and how to read.

        when: Which events count.

        now_ms: What ``now()`` says.

        limit: Rows at most.

        explain_nothing: Whether an empty answer of files comes with warnings about fields that no event has.

    Raises:
        TextError: The query is wrong.
        GenaiObsError: What it should read cannot be read.
    """
    if is_in_cloudwatch(text, files, arguments):
        return _ask_cloudwatch(text, arguments, when, now_ms, limit)
    return _ask_files(text, files, arguments, when, now_ms, limit, explain_nothing=explain_nothing)


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


def explain(text: str, files: Sequence[str], arguments: argparse.Namespace, when: TimeRange, now_ms: int) -> str:
    """
    Return the tree of a query and its SQL over these files; without files, over none.

    Raises:
        TextError: The query is wrong.
        GenaiObsError: Log groups are named, or a file cannot be read.
    """
    if arguments.log_group:
        raise GenaiObsError("two-places", "--explain shows how files are asked; CloudWatch does not say how it works")
    from genai_obs.tools.insights.engine import explain_query
    from genai_obs.tools.logs.inputs import events_input, find_inputs

    inputs = find_inputs(files) if files else events_input(())
    return explain_query(
        text,
        inputs,
        start_ms=when.start_ms,
        end_ms=when.end_ms,
        now_ms=now_ms,
        limit=arguments.limit,
        exact=arguments.exact,
    )


def _ask_files(
    text: str,
    files: Sequence[str],
    arguments: argparse.Namespace,
    when: TimeRange,
    now_ms: int,
    limit: int | None,
    *,
    explain_nothing: bool,
) -> "Result":
    from genai_obs.tools.insights.engine import run_query
    from genai_obs.tools.logs.inputs import find_inputs

    inputs = find_inputs(files)
    with Waiting(f"reading {inputs.describe()}", total=inputs.bytes_total) as waiting:
        result = run_query(
            text,
            inputs,
            start_ms=when.start_ms,
            end_ms=when.end_ms,
            now_ms=now_ms,
            limit=limit,
            exact=arguments.exact,
            store=arguments.store,
            on_bytes=waiting.advance,
        )
    if not explain_nothing or not result.says_nothing():
        return result
    from genai_obs.tools.insights.absent import describe_absent_fields

    absent = describe_absent_fields(text, inputs, start_ms=when.start_ms, end_ms=when.end_ms)
    return replace(result, warnings=(*result.warnings, *absent))


def _ask_cloudwatch(
    text: str, arguments: argparse.Namespace, when: TimeRange, now_ms: int, limit: int | None
) -> "Result":
    from genai_obs.tools.cloudwatch.query import query_cloudwatch
    from genai_obs.tools.cloudwatch.session import logs_client

    if when.start_ms is None:
        raise GenaiObsError("bad-time", "CloudWatch needs a start: --since 24h, or a day")
    client = logs_client(arguments.profile, arguments.region)
    end_ms = now_ms if when.end_ms is None else when.end_ms
    with Waiting("asking CloudWatch") as waiting:

        def tell(status: str, matched: int, scanned: int, size: int, usd: float | None) -> None:
            price = "" if usd is None else f", about {readable_usd(Decimal(str(usd)))} USD"
            waiting.say(f"{status}: {matched:,} of {scanned:,} records match, {readable_bytes(size)} scanned{price}")

        return query_cloudwatch(
            text, arguments.log_group, when.start_ms, end_ms, client=client, limit=limit, progress=tell
        )
