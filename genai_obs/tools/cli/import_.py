"""``genai-obs import``: Bedrock's model invocation logs as records, without the calls that are on record already."""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from genai_obs.errors import GenaiObsError
from genai_obs.tools.cli.files import check_exists
from genai_obs.tools.cli.telling import say

if TYPE_CHECKING:
    from genai_obs._runtime.prices import PriceBook
    from genai_obs.tools.invocation_logs.importing import Importer, Summary
    from genai_obs.tools.invocation_logs.joining import RequestIds
    from genai_obs.tools.invocation_logs.reading import Passed
    from genai_obs.tools.logs.inputs import Inputs

_FILE_VARIABLE = "GENAI_OBS_PRICES_FILE"
# Datapoints and log events older than this are refused (CloudWatch API, PutMetricData; CloudWatch Logs, PutLogEvents).
_TOO_OLD_MS = 14 * 86_400_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "files", nargs="+", metavar="FILES", help="invocation logs: files, folders, globs, or - for stdin"
    )
    parser.add_argument(
        "--join",
        action="append",
        default=[],
        metavar="OUR_LOGS",
        help="leave out the calls that these logs of ours hold; may be repeated",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the records there, whole or not at all")
    parser.add_argument("--emf", action="store_true", help="add the metrics, for lines that go to CloudWatch Logs")
    parser.add_argument("--prices", metavar="FILE", help=f"snapshot or overrides, as for {_FILE_VARIABLE}")
    parser.add_argument(
        "--service-from-role", action="store_true", help="set the field service to the role that called"
    )
    parser.add_argument(
        "--json", action="store_true", help="print the summary as JSON: on stdout with --out, else on stderr"
    )


def run(arguments: argparse.Namespace) -> int:
    """
    Read, convert, write, say what became of it.

    Raises:
        GenaiObsError: A file cannot be read or written, or the prices are not valid.
    """
    from genai_obs.tools.invocation_logs.convert import Converter
    from genai_obs.tools.invocation_logs.importing import Importer
    from genai_obs.tools.invocation_logs.reading import Passed
    from genai_obs.tools.logs.inputs import find_inputs

    said: list[str] = []
    book = _open_book(arguments.prices, said)
    inputs = find_inputs(arguments.files)
    recorded = _read_recorded(arguments.join)
    importer = Importer(Converter(book, service_from_role=arguments.service_from_role), recorded)
    passed = Passed()
    with _opened(arguments.out) as file:
        old = _write(file, inputs, importer, passed, emf_block=arguments.emf)
    for sentence in said:
        say(f"warning: {sentence}")
    _tell(importer.summary, passed, old, arguments)
    return 0


def _read_recorded(names: list[str]) -> "RequestIds | None":
    from genai_obs.tools.invocation_logs.joining import recorded_ids
    from genai_obs.tools.logs.inputs import find_inputs
    from genai_obs.tools.output.progress import Waiting

    if not names:
        return None
    ours = find_inputs(names)
    with Waiting(f"reading {ours.describe()}", total=ours.bytes_total) as waiting:
        return recorded_ids(ours, waiting.advance)


def _write(file: BinaryIO, inputs: "Inputs", importer: "Importer", passed: "Passed", *, emf_block: bool) -> int:
    """Write the lines and return how many of them are too old for CloudWatch."""
    from genai_obs._runtime import settings
    from genai_obs.tools.cli.telling import now_in_ms
    from genai_obs.tools.invocation_logs.lines import Lines
    from genai_obs.tools.invocation_logs.reading import read_entries
    from genai_obs.tools.output.progress import Waiting

    lines = Lines(settings.current(), emf_block=emf_block)
    oldest_ms = now_in_ms() - _TOO_OLD_MS
    old = 0
    with Waiting(f"importing {inputs.describe()}", total=inputs.bytes_total) as waiting:
        for record, at_ms in importer.records(read_entries(inputs, waiting.advance, passed)):
            old += at_ms < oldest_ms
            file.write(lines.render(record, at_ms))
        file.flush()
    return old


def _open_book(path: str | None, said: list[str]) -> "PriceBook":
    """
    Return the price book; what it has to say is added to ``said``, now and while it is used.

    Raises:
        GenaiObsError: A file was named and is not valid: nobody wants every cost lost by a slip in an argument.
    """
    from genai_obs._runtime.prices import PriceBook

    environ = dict(os.environ)
    if path is not None:
        check_exists(path)
        environ[_FILE_VARIABLE] = path
    book = PriceBook(environ=environ, report=said.append)
    if path is not None and said:
        sentence = said[0].removesuffix(", so every call is left without a cost")
        raise GenaiObsError("bad-prices", sentence.replace(_FILE_VARIABLE, path, 1))
    return book


@contextmanager
def _opened(path: Path | None) -> Iterator[BinaryIO]:
    """
    Give what the lines are written to: stdout, or a file that takes its name when all of them are in it.

    Raises:
        GenaiObsError: It cannot be written.
    """
    if path is None:
        yield sys.stdout.buffer
        return
    if path.exists() and not path.is_file():
        # A pipe or a device has no name to take over.
        with _refused(path), path.open("wb") as file:
            yield file
        return
    # A link stays one: what it leads to is written anew.
    target = path.resolve()
    part = target.with_name(f"{target.name}.part")
    try:
        with _refused(path), part.open("wb") as file:
            yield file
        with _refused(path):
            part.replace(target)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _refused(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise GenaiObsError("cannot-write", f"cannot write {path}: {error.strerror or error}") from None


def _tell(summary: "Summary", passed: "Passed", old: int, arguments: argparse.Namespace) -> None:
    """Say what became of the entries: on stderr, because stdout is the records."""
    if arguments.json:
        import orjson

        document = {**_numbers(summary, passed), "cost_status": dict(sorted(summary.statuses.items()))}
        print(orjson.dumps(document).decode(), file=sys.stderr if arguments.out is None else sys.stdout)
    else:
        say(_describe(summary, passed))
    if not any((summary.imported, summary.already_recorded, summary.duplicates, summary.unreadable, passed.broken)):
        say("warning: there is no entry of Bedrock's model invocation log in these files")
    if arguments.emf and old:
        say(f"warning: {old:,} of these are older than two weeks: CloudWatch takes neither lines nor metrics of them")


def _describe(summary: "Summary", passed: "Passed") -> str:
    """Return what became of the entries in one sentence; what there is none of is left out."""
    from genai_obs.schema import PRICED_STATUSES
    from genai_obs.tools.output.numbers import count_of

    unpriced = sorted(summary.statuses.keys() - set(PRICED_STATUSES))
    reasons = ", ".join(f"{name}: {summary.statuses[name]:,}" for name in unpriced)
    parts = (
        (summary.statuses["estimated"], "of them with an estimated cost"),
        (summary.unpriced, f"of them without a cost ({reasons})"),
        (summary.without_id, "of them without a request id"),
        (summary.already_recorded, "already recorded"),
        (summary.duplicates, "delivered again"),
        (summary.unreadable + passed.broken, "not readable"),
        (passed.others, "of another kind"),
    )
    told = [f"{count:,} {what}" for count, what in parts if count]
    return "; ".join([f"{count_of(summary.imported, 'record')} imported", *told])


def _numbers(summary: "Summary", passed: "Passed") -> dict[str, int]:
    return {
        "imported": summary.imported,
        "already_recorded": summary.already_recorded,
        "duplicates": summary.duplicates,
        "without_id": summary.without_id,
        "unpriced": summary.unpriced,
        "unreadable": summary.unreadable + passed.broken,
        "other_lines": passed.others,
    }
