"""Where a question goes: files of this machine, or log groups in CloudWatch."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from genai_obs.errors import GenaiObsError

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


def add_reading_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how files are read: ``--store``, ``--exact``."""
    parser.add_argument(
        "--store", type=Path, metavar="DIR", help="keep what was read there, so that the next question is faster"
    )
    parser.add_argument("--exact", action="store_true", help="read large files line by line too, whatever the query")


def is_in_cloudwatch(text: str, files: Sequence[str], arguments: argparse.Namespace) -> bool:
    """
    Return whether CloudWatch is asked: ``--log-group`` is given, or no file is and the query begins with SOURCE.

    Raises:
        GenaiObsError: Both files and log groups are named, or neither; or an option is of the other place.
    """
    groups = bool(arguments.log_group) or (not files and _SOURCE.match(text) is not None)
    if files and groups:
        raise GenaiObsError("two-places", f"give files or --log-group, not both ({files[0]} is taken as a file)")
    if not files and not groups:
        known = f"such as {_DEMO_LOG}" if Path(_DEMO_LOG).is_file() else "genai-obs demo makes one to try"
        raise GenaiObsError("no-place", f"name the log to ask: files, folders or - for stdin ({known}), or --log-group")
    others = ("--store", "--exact") if groups else ("--profile", "--region")
    for option in others:
        if getattr(arguments, option.removeprefix("--"), None):
            raise GenaiObsError("two-places", f"{option} is for {'files' if groups else 'CloudWatch: add --log-group'}")
    return groups
