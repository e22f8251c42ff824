"""
The command line: one module a command, found by name.

A command module has ``add_arguments(parser)`` and ``run(arguments) -> int``; its line of help stands in ``COMMANDS``.
Only the module of the command that was typed is imported, so ``--help`` stays fast and a command
never fails for want of another command's library.
"""

import argparse
import errno
import importlib
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, cast

from genai_obs.errors import GenaiObsError

# Name -> (module, what --help says). The order is that of the help text.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "run a real handler under the real Lambda runtime client, on loopback, and show what it cost"),
    "query": ("query", "ask logs in the language of CloudWatch Logs Insights, here or in CloudWatch"),
    "spend": ("spend", "say what the model calls cost: today, by model, service, tenant"),
    "tail": ("tail", "follow the model calls of a log, one line each"),
    "metrics": ("metrics", "say what CloudWatch would make of lines: metrics, what is dropped, the monthly bill"),
    "alarms": ("alarms", "judge alarms on lines: their states now and why, or a back-test over a past range"),
    "template": ("template", "write alarms, dashboard and saved queries as CloudFormation"),
    "import": ("import_", "turn Bedrock model invocation logs into records"),
    "check": ("check", "find mistakes in templates, dashboards and lines that other linters let pass"),
    "prices": ("prices", "show, quote, build and refresh prices; re-price logs"),
}

EXIT_USAGE = 2
EXIT_DEFECT = 70
EXIT_INTERRUPTED = 130

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Command(Protocol):
    """What a command module offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's own arguments."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Do the work and return the exit code."""


def main(argv: Sequence[str]) -> int:
    """
    Run one command.

    Returns:
        0, or 2 for a mistake of the user, 70 for a defect of ours, 130 after Ctrl-C, 143 after SIGTERM.
    """
    name = next((word for word in argv if word in COMMANDS), None)
    parser, command = _parser(name)
    arguments = parser.parse_args(argv)
    _open_missing_streams()
    if command is None:
        parser.print_help()
        return EXIT_USAGE
    _end_tidily_when_told()
    try:
        return command.run(arguments)
    except GenaiObsError as error:
        print(_report(error), file=sys.stderr)
        return EXIT_USAGE
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # `genai-obs … | head` is not a failure.
        _forget_stdout()
        return 0
    except OSError as error:
        if error.errno not in _FULL:
            return _report_defect()
        _forget_stdout()
        print(f"error[cannot-write]: cannot write the answer: {error.strerror}", file=sys.stderr)
        return EXIT_USAGE
    except Exception:  # noqa: BLE001 - a defect of ours: show it whole and say so by the exit code
        return _report_defect()


def _report_defect() -> int:
    import traceback

    traceback.print_exc()
    return EXIT_DEFECT


def _open_missing_streams() -> None:
    """A parent may start a program without stdout or stderr; what is written there is then for nobody."""
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the process ends
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - as above


def _forget_stdout() -> None:
    """Keep the interpreter from complaining at exit of what it cannot write."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _end_tidily_when_told() -> None:
    """Let SIGTERM, as editors and ``timeout`` send it, remove temporary files as Ctrl-C does."""

    def end(number: int, _: object) -> None:
        sys.exit(128 + number)

    # Signals reach the main thread only, and who embeds us in another has its own ways.
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, end)


def _report(error: GenaiObsError) -> str:
    from genai_obs.tools.output.shown import make_harmless
    from genai_obs.tools.text.diagnostics import TextError

    # A wrong text speaks for itself: each of its problems, with its slug and its place.
    text = str(error) if isinstance(error, TextError) else f"error[{error.slug}]: {error}"
    # Errors quote names that stood in somebody's lines or files.
    return "\n".join(map(make_harmless, text.split("\n")))


class _MixingParser(argparse.ArgumentParser):
    """A parser that takes options between and after files, as people type them; sub-commands cannot be mixed so."""

    _is_mixing = False

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse; argparse's own way to mix comes back here for its two passes."""
        if self._is_mixing or self._subparsers is not None:
            return super().parse_known_args(args, namespace)
        self._is_mixing = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._is_mixing = False


def _parser(chosen: str | None) -> tuple[argparse.ArgumentParser, Command | None]:
    """Return the parser with every command's name, and the chosen command with its arguments declared."""
    from genai_obs._version import __version__

    parser = argparse.ArgumentParser(prog="genai-obs", description="Observe the LLM calls of AWS Lambda functions.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_MixingParser)
    command: Command | None = None
    for name, (module, text) in COMMANDS.items():
        own = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if name == chosen:
            command = cast("Command", importlib.import_module(f"genai_obs.tools.cli.{module}"))
            command.add_arguments(own)
    return parser, command
