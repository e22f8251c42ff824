"""How a result is printed: which format, how wide, with colour or without."""

import argparse
import os
import shutil
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genai_obs.tools.insights.result import Result

_TABLE = "table"
_PLOT_WIDTH = 100


def add_format_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``--format``, ``--json``, ``--plot`` and ``--no-color``."""
    from genai_obs.tools.output.formats import FORMATS

    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--format", choices=(_TABLE, *FORMATS), default=_TABLE, help="default: table, also into a pipe")
    ways.add_argument("--json", action="store_true", help="the same as --format json")
    ways.add_argument("--plot", action="store_true", help="draw the numbers: over time after by bin(), else as bars")
    parser.add_argument("--no-color", action="store_true", help="no colour on a terminal (NO_COLOR says the same)")


def chosen_format(arguments: argparse.Namespace) -> str:
    """Return the name of the format."""
    return "json" if arguments.json else str(arguments.format)


def show(result: "Result", arguments: argparse.Namespace) -> None:
    """
    Print a result on stdout.

    Raises:
        GenaiObsError: A plot was asked for and there is nothing that can be drawn.
    """
    from genai_obs.tools.output.formats import FORMATS

    write = sys.stdout.write
    if arguments.plot:
        from genai_obs.tools.output.plot import render_plot

        tolerate_old_terminals()
        write(render_plot(result, width=terminal_width() or _PLOT_WIDTH))
    elif (name := chosen_format(arguments)) == _TABLE:
        from genai_obs.tools.output.table import render_table

        tolerate_old_terminals()
        write(render_table(result, width=terminal_width(), colour=has_colour(arguments)))
    else:
        _write_utf8()
        for text in FORMATS[name](result):
            write(text)
    # A pipe that was closed must be noticed here, where main() expects it.
    sys.stdout.flush()


def terminal_width() -> int | None:
    """Return the cells of the terminal that stdout is, None if it is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def has_colour(arguments: argparse.Namespace) -> bool:
    """Return whether stdout is a terminal on which colours are wanted."""
    return sys.stdout.isatty() and not arguments.no_color and not os.environ.get("NO_COLOR")


def _write_utf8() -> None:
    """Write what programs read in UTF-8, whatever the terminal's encoding is."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8")


def tolerate_old_terminals() -> None:
    """Write what the terminal's encoding lacks as an escape instead of failing."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
