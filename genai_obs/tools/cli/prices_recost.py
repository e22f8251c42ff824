"""``genai-obs prices recost``: old lines with their cost computed again."""

import argparse
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import orjson

from genai_obs._runtime.prices import PriceBook, format_usd
from genai_obs.errors import GenaiObsError
from genai_obs.tools.cli.files import check_exists, open_to_read
from genai_obs.tools.cli.prices_common import warn
from genai_obs.tools.logs.inputs import find_inputs
from genai_obs.tools.logs.reader import read_messages

if TYPE_CHECKING:
    from genai_obs.tools.prices.recost import Summary

_FILE_VARIABLE = "GENAI_OBS_PRICES_FILE"


def add_actions(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare ``recost`` and its options."""
    recost = actions.add_parser("recost", help="compute the cost of old lines again")
    recost.add_argument("files", nargs="+", metavar="FILES", help="log files, folders or patterns; - is stdin")
    recost.add_argument("--prices", metavar="FILE", help=f"snapshot or overrides, as for {_FILE_VARIABLE}")
    recost.add_argument("--json", action="store_true", help="print the summary as JSON, on stderr")
    recost.set_defaults(act=_recost)


def _recost(arguments: argparse.Namespace) -> int:
    from genai_obs.tools.prices.recost import Summary, recost_lines

    said: list[str] = []
    book = _open_book(arguments.prices, said)
    _pass_on(said)
    summary = Summary()
    for name in arguments.files:
        for line in recost_lines(_read_lines(name), book, summary):
            sys.stdout.buffer.write(line)
    sys.stdout.flush()
    _pass_on(said)
    _print_summary(summary, as_json=arguments.json)
    return 0


def _open_book(path: str | None, said: list[str]) -> PriceBook:
    """
    Return the price book; what it has to say is added to ``said``, now and later.

    Raises:
        GenaiObsError: A file was named and it, or what goes before it, is not valid: nobody wants every cost lost by
            a slip in an argument.
    """
    environ = dict(os.environ)
    if path is not None:
        check_exists(path)
        environ[_FILE_VARIABLE] = path
    book = PriceBook(environ=environ, report=said.append)
    if path is not None and said:
        variable, _, sentence = said[0].removesuffix(", so every call is left without a cost").partition(": ")
        raise GenaiObsError("bad-prices", f"{path if variable == _FILE_VARIABLE else variable}: {sentence}")
    return book


def _pass_on(said: list[str]) -> None:
    for sentence in said:
        warn(sentence)
    said.clear()


def _read_lines(name: str) -> Iterator[bytes]:
    """
    Yield the lines behind a name: a file, a folder, a pattern, or ``-`` for stdin.

    Raises:
        GenaiObsError: It cannot be read, or is packed in a way that nothing here can undo.
    """
    if name == "-":
        # Not through `find_inputs`, which keeps pipes: one reading is enough here, however long the pipe.
        yield from read_messages(sys.stdin.buffer, name)
        return
    for found in find_inputs([name]).files:
        with open_to_read(str(found.path)) as file:
            yield from read_messages(file, found.name)


def _print_summary(summary: "Summary", *, as_json: bool) -> None:
    """Print to stderr, because stdout is the lines."""
    before, after = format_usd(summary.before).decode(), format_usd(summary.after).decode()
    if as_json:
        document = {
            "lines": summary.lines,
            "records": summary.records,
            "changed": summary.changed,
            "cost_usd_before": orjson.Fragment(before),
            "cost_usd_after": orjson.Fragment(after),
            "cost_status": dict(summary.statuses),
        }
        print(orjson.dumps(document).decode(), file=sys.stderr)
        return
    statuses = ", ".join(f"{status} {count}" for status, count in sorted(summary.statuses.items()))
    warn(
        f"{summary.records} records in {summary.lines} lines, {summary.changed} changed: "
        f"{before} USD before, {after} USD after ({statuses or 'none'})"
    )
    if not summary.records:
        warn("no inference record found; a record is a whole message, never a part of a line of text")
