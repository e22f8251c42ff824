"""What the commands that ask say on stderr: warnings always, what was read to those who look."""

import sys
import time
from typing import TYPE_CHECKING

from genai_obs.tools.output.numbers import count_of, readable_bytes
from genai_obs.tools.output.shown import make_harmless

if TYPE_CHECKING:
    from genai_obs.tools.insights.result import Result


def say(sentence: str) -> None:
    """Say one sentence."""
    print(f"genai-obs: {make_harmless(sentence)}", file=sys.stderr)


def tell_warnings(result: "Result") -> None:
    """Say what the query and the lines made doubtful."""
    for warning in result.warnings:
        tell_warning(warning)
    broken = result.statistics.broken_lines
    if broken:
        say(f"warning: {count_of(broken, 'line')} could not be read")


def tell_warning(warning: str) -> None:
    """Say a sentence, or what is marked in a query's text: on lines of its own, as errors are."""
    if warning.startswith("warning["):
        print("\n".join(make_harmless(line) for line in warning.split("\n")), file=sys.stderr)
    else:
        say(f"warning: {warning}")


def tell_no_metrics(consequence: str) -> None:
    """Say that lines hold no metrics, what follows of it, and how they get some."""
    say(f"no line is an EMF document, so {consequence}")
    say("  in Lambda the library writes EMF by itself; elsewhere GENAI_OBS_EMF=1 or emf=True does, and import --emf")


def tell_statistics(result: "Result", seconds: float, *, always: bool) -> None:
    """Say what was read, if somebody looks or asks."""
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


def now_in_ms() -> int:
    """Return the time by this machine's clock, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000
