"""``genai-obs query``: a Logs Insights query on files of this machine, or on CloudWatch."""

import argparse
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from genai_obs.errors import GenaiObsError
from genai_obs.tools.cli import asking, showing
from genai_obs.tools.cli.places import add_place_arguments, add_reading_arguments, is_in_cloudwatch
from genai_obs.tools.cli.telling import now_in_ms, say, tell_statistics, tell_warnings
from genai_obs.tools.cli.when import add_time_arguments, read_range
from genai_obs.tools.queries import load_saved_queries, saved_query

if TYPE_CHECKING:
    from genai_obs.tools.insights.result import Result

_PATH_SIGNS = (".", "/", "~")
_CLOUD_DEFAULT = "1h"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "words",
        nargs="*",
        metavar="QUERY [FILES]",
        help="the query, @NAME of a saved one or @./FILE; then files, folders, globs, or - for stdin",
    )
    parser.add_argument("-f", "--file", metavar="FILE", help="read the query from a file; all words are then FILES")
    parser.add_argument("--list", action="store_true", help="show the saved queries")
    add_place_arguments(parser)
    add_reading_arguments(parser)
    add_time_arguments(parser, default="all of the files; 1h in CloudWatch")
    parser.add_argument("--limit", type=_positive, metavar="N", help="at most N rows, if the query says no less")
    parser.add_argument("--explain", action="store_true", help="show the tree of the query and its SQL; do not run it")
    showing.add_format_arguments(parser)
    parser.add_argument("-v", "--verbose", action="store_true", help="say what was read, also where nobody looks")


def run(arguments: argparse.Namespace) -> int:
    """
    Ask, print.

    Raises:
        TextError: The query is wrong.
        GenaiObsError: The arguments contradict each other, or what they name cannot be read.
    """
    if arguments.list:
        _list(as_json=showing.chosen_format(arguments) in {"json", "ndjson"})
        return 0
    text, files = _query_and_files(arguments)
    now_ms = now_in_ms()
    if arguments.explain:
        print(asking.explain(text, files, arguments, read_range(arguments, now_ms, None), now_ms))
        return 0
    when = read_range(arguments, now_ms, _default_start(text, files, arguments))
    began = time.perf_counter()
    try:
        result = asking.ask(text, files, arguments, when, now_ms, arguments.limit, explain_nothing=True)
    except GenaiObsError as error:
        raise _with_hint(error, arguments) from None
    _print(result, arguments, time.perf_counter() - began)
    return 0


def _print(result: "Result", arguments: argparse.Namespace, seconds: float) -> None:
    tell_warnings(result)
    showing.show(result, arguments)
    tell_statistics(result, seconds, always=arguments.verbose)


def _with_hint(error: GenaiObsError, arguments: argparse.Namespace) -> GenaiObsError:
    """Return an error with what is probably wrong with the words: no quotes, or the files before the query."""
    if error.slug != "no-file" or arguments.file is not None:
        return error
    first = arguments.words[0]
    if os.path.exists(first):  # noqa: PTH110 - a query may be too long for a Path to ask about
        return GenaiObsError(error.slug, f"{error}; the query stands before the files")
    if first.isalpha():
        return GenaiObsError(error.slug, f"{error}; a query of several words stands in quotes")
    return error


def _default_start(text: str, files: list[str], arguments: argparse.Namespace) -> str | None:
    """Return where a question without a start begins: files are asked whole, CloudWatch bills what it scans."""
    if not is_in_cloudwatch(text, files, arguments):
        return None
    if arguments.since is None and arguments.start is None:
        say("asking the last hour of CloudWatch; --since says otherwise")
    return _CLOUD_DEFAULT


def _query_and_files(arguments: argparse.Namespace) -> tuple[str, list[str]]:
    if arguments.file is not None:
        return _read(arguments.file), arguments.words
    if not arguments.words:
        raise GenaiObsError("no-query", "give a query, such as: genai-obs query @daily-spend FILE (--list shows more)")
    first, *files = arguments.words
    return _text(first), files


def _text(word: str) -> str:
    """Return the query that a word is or names; no query begins with ``@``."""
    if not word.startswith("@"):
        return word
    name = word[1:]
    if name.startswith(_PATH_SIGNS) or name.endswith(".cwli"):
        return _read(name)
    return saved_query(name).text


def _read(name: str) -> str:
    from genai_obs.tools.logs.files import cannot_read

    try:
        return sys.stdin.read() if name == "-" else Path(name).expanduser().read_text(encoding="utf-8-sig")
    except OSError as error:
        raise cannot_read(name, error) from None
    except UnicodeDecodeError:
        raise GenaiObsError("bad-file", f"{name} is no text in UTF-8") from None


def _list(*, as_json: bool) -> None:
    saved = load_saved_queries().values()
    if as_json:
        import orjson

        rows = [{"name": query.name, "title": query.title, "query": query.text} for query in saved]
        print(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
        return
    for query in saved:
        print(f"@{query.name}: {query.title}")
        print("".join(f"    {line}\n" for line in query.text.splitlines()))


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:10]) <= 10**9:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of rows from 1 on")
    return int(text)
