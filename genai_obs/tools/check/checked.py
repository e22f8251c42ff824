"""What a user names, each checked as what it is: a template, a dashboard's body, or log lines."""

import json
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from genai_obs.errors import GenaiObsError
from genai_obs.tools.cfn.dashboard_schema import check_dashboard
from genai_obs.tools.check.finding import Finding
from genai_obs.tools.check.lines import check_lines
from genai_obs.tools.check.published import Published
from genai_obs.tools.check.template import check_template
from genai_obs.tools.logs.files import cannot_read
from genai_obs.tools.logs.inputs import find_inputs
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.text.diagnostics import TextError
from genai_obs.tools.text.source import Source

What = Literal["template", "dashboard", "lines"]

_YAML = (".yaml", ".yml", ".template")
_JSON = ".json"
_KEYS: dict[str, What] = {"Resources": "template", "widgets": "dashboard"}
_STDIN = "-"
# Over a pipe no name tells YAML from lines, and a document of several lines is no log line.
_BEGINS_TEMPLATE = re.compile(
    rb"(\xef\xbb\xbf)?\s*(#[^\n]*\n\s*)*(---\s+)?"
    rb"((AWSTemplateFormatVersion|Transform|Description|Metadata|Parameters|Conditions|Globals|Resources)\s*:"
    rb'|\{\s*"(AWSTemplateFormatVersion|Transform|Description|Parameters|Conditions|Resources|widgets)")'
)
# A template or a dashboard's body is no larger; what is, is a log.
_LARGEST = 2_000_000


@dataclass(frozen=True, slots=True)
class Checked:
    """
    One thing that was checked.

    Args:
        name: As the user named it.

        what: What it was checked as.

        findings: What is wrong, in the order of the text.

        source: The text that places count in; None for lines.
    """

    name: str
    what: What
    findings: tuple[Finding, ...]
    source: Source | None = None


def check_names(names: Sequence[str], *, on_bytes: Callable[[int], None] | None = None) -> list[Checked]:
    """
    Check everything that is named, each as what it is; alarms of templates are held against the metrics of the lines.

    Raises:
        GenaiObsError: Something cannot be read, or is no template although its name says so.
    """
    kinds = [(name, *_kind(Path(name))) for name in names]
    of_lines: dict[str, tuple[Finding, ...]] = {}
    metrics: list[MetricId] = []
    for name, what, _ in kinds:
        if what == "lines" and name not in of_lines:
            of_lines[name], found = check_lines(find_inputs([name]), on_bytes=on_bytes)
            metrics.extend(found)
    published = Published(metrics)
    return [
        Checked(name, what, of_lines[name]) if what == "lines" else _check(name, what, text, published)
        for name, what, text in kinds
    ]


def _kind(path: Path) -> tuple[What, str]:
    """Return what a file is, and its text unless it holds lines."""
    if str(path) == _STDIN:
        return _kind_of_stdin()
    suffix = path.suffix.lower()
    if suffix in _YAML:
        return "template", _read(path)
    if suffix == _JSON and path.is_file() and path.stat().st_size <= _LARGEST:
        text = _read(path)
        what = _kind_of_json(text)
        return what, "" if what == "lines" else text
    return "lines", ""


def _kind_of_stdin() -> tuple[What, str]:
    """Return what comes over a pipe, by its first kilobytes; lines are left in it."""
    peek = getattr(sys.stdin.buffer, "peek", None)
    if peek is None or not _BEGINS_TEMPLATE.match(peek()):
        return "lines", ""
    try:
        text = sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise GenaiObsError("bad-file", "cannot read stdin: it is no UTF-8 text") from None
    return ("dashboard" if _kind_of_json(text) == "dashboard" else "template"), text


def _kind_of_json(text: str) -> What:
    document = _document(text)
    if isinstance(document, dict) and isinstance(document.get("Resources"), dict):
        return "template"
    if document is not None:
        return "dashboard" if isinstance(document, dict) and "widgets" in document else "lines"
    # A slip must not make log lines of a template; those are documents each by itself.
    is_broken = text.lstrip().startswith("{") and _document(text.lstrip().partition("\n")[0]) is None
    return next((what for key, what in _KEYS.items() if is_broken and f'"{key}"' in text), "lines")


def _check(name: str, what: What, text: str, published: Published) -> Checked:
    if what == "dashboard":
        return Checked(name, what, _of_dashboard(text))
    try:
        source, findings = check_template(text, published)
    except TextError as error:
        raise GenaiObsError(error.slug, f"{name}: {str(error).partition(': ')[2]}") from None
    return Checked(name, what, findings, source)


def _of_dashboard(body: str) -> tuple[Finding, ...]:
    return tuple(Finding(problem.slug, problem.severity, problem.sentence) for problem in check_dashboard(body))


def _document(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise cannot_read(str(path), error) from None
    except UnicodeDecodeError:
        raise GenaiObsError("bad-file", f"cannot read {path}: it is no UTF-8 text") from None
