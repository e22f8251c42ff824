"""``genai-obs check``: mistakes in templates, dashboards and lines that deploy, and then never work."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from genai_obs.tools.cli.telling import say

if TYPE_CHECKING:
    from genai_obs.tools.check.checked import Checked

# What a check that found errors ends with; 2 is for what could not be checked.
EXIT_FOUND = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILES",
        help="templates (YAML or JSON), dashboard bodies (JSON), and logs: files, folders, globs, or - for stdin",
    )
    parser.add_argument("--strict", action="store_true", help="let warnings fail the check too")
    parser.add_argument("--json", action="store_true", help="print a JSON list of what was found")


def run(arguments: argparse.Namespace) -> int:
    """
    Check, print, and return 1 if there are errors.

    Raises:
        GenaiObsError: A file cannot be read, or is not what it looks like.
    """
    from genai_obs.tools.output.progress import Waiting

    try:
        from genai_obs.tools.check.checked import check_names

        with Waiting("checking") as waiting:
            checked = check_names(arguments.files, on_bytes=waiting.advance)
    except ModuleNotFoundError as error:
        from genai_obs.tools.cli.defining import missing_library

        raise missing_library(error) from None
    if arguments.json:
        print(_render_json(checked))
    else:
        _show(checked)
    for name in arguments.files:
        _note_templates_in(Path(name))
    severities = {finding.severity for each in checked for finding in each.findings}
    failed = bool(severities) if arguments.strict else "error" in severities
    return EXIT_FOUND if failed else 0


def _show(checked: "Sequence[Checked]") -> None:
    from genai_obs.tools.cli.showing import tolerate_old_terminals
    from genai_obs.tools.output.numbers import count_of
    from genai_obs.tools.output.shown import make_harmless

    tolerate_old_terminals()
    for each in checked:
        for finding in each.findings:
            text = finding.render(each.source)
            sys.stdout.write("".join(make_harmless(line) + "\n" for line in (f"{each.name}: {text}").split("\n")))
    sys.stdout.flush()
    errors, warnings = (
        sum(finding.severity == severity for each in checked for finding in each.findings)
        for severity in ("error", "warning")
    )
    names = ", ".join(f"{each.name} ({each.what})" for each in checked[:3])
    more = f" and {len(checked) - 3} more" if len(checked) > 3 else ""
    say(f"{count_of(errors, 'error')}, {count_of(warnings, 'warning')} in {names}{more}")


def _note_templates_in(folder: Path) -> None:
    """Say that a folder was read as log lines, where it holds what may be templates."""
    if not folder.is_dir():
        return
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in {".yaml", ".yml", ".template"})
    if found:
        say(f"{folder} was checked as log lines; templates are checked by their names: {', '.join(map(str, found))}")


def _render_json(checked: "Sequence[Checked]") -> str:
    import orjson

    rows = []
    for each in checked:
        for finding in each.findings:
            line, column = (None, None)
            if each.source is not None and finding.span is not None:
                line, column = each.source.line_column(finding.span.start)
            rows.append(
                {
                    "file": each.name,
                    "severity": finding.severity,
                    "slug": finding.slug,
                    "message": finding.sentence,
                    "hint": finding.hint,
                    "line": line,
                    "column": column,
                    "count": finding.count,
                }
            )
    return orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode()
