"""
A dashboard body checked: CloudFormation's linters take any text for one, and CloudWatch says little.

The rules are those of the CloudWatch API Reference, "Dashboard body structure"; which members consoles export beyond it
is observed.
"""

import json
import re
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NoReturn

from genai_obs.tools.cfn.dashboard_kinds import KINDS, check_properties
from genai_obs.tools.cfn.dashboard_problems import Path, Problem, Report
from genai_obs.tools.cfn.dashboard_rules import BODY, VARIABLE, WIDGET, check_members, is_whole
from genai_obs.tools.cfn.widgets import COLUMNS
from genai_obs.tools.text.near import nearest

__all__ = ["Problem", "check_dashboard"]

# Documented in the limits of 2023, and no longer listed.
_MOST_METRICS = 2_500
_MOST_SHOWN = 200

_RELATIVE = re.compile(r"-P(T\d+[MH]|\d+[DWM])", re.ASCII)
_ABSOLUTE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII)
_BARE_REFERENCE = re.compile(r"([:,\[]\s*)\$\{[A-Za-z0-9:.]+\}")
_SIZE = 6

Box = tuple[int, int, int, int]


def check_dashboard(body: object) -> tuple[Problem, ...]:
    """
    Return what is wrong with a dashboard body, in its order.

    Args:
        body: The text of it, or what that text holds. Anything else, such as a reference that is not resolved, is
            said to be no body.
    """
    report = Report()
    found = _parsed(body, report)
    if found is not None:
        _check_body(found, report)
    return tuple(report.problems[:_MOST_SHOWN])


def _parsed(body: object, report: Report) -> Mapping[str, object] | None:
    if isinstance(body, str):
        try:
            body = _json(body)
        except json.JSONDecodeError as error:
            place = f"line {error.lineno}, column {error.colno}"
            report.error("dashboard-json", f"this is no JSON: {error.msg} ({place})", ())
            return None
        except (ValueError, RecursionError) as error:
            reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
            report.error("dashboard-json", f"this is no JSON: {reason}", ())
            return None
    if isinstance(body, dict):
        return body
    report.error("dashboard-json", "this is no object with widgets", ())
    return None


def _json(text: str) -> object:
    """Return what a text holds; references for numbers that are not known yet count as 1, which fits everywhere."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        known = _BARE_REFERENCE.sub(r"\1 1", text)
        if known == text:
            raise
        try:
            return json.loads(known, parse_constant=_no_constant)
        except json.JSONDecodeError:
            raise error from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"JSON has no {name}")


def _check_body(body: Mapping[str, object], report: Report) -> None:
    check_members(body, BODY, report, ())
    _check_range(body, report)
    widgets = body.get("widgets")
    if isinstance(widgets, list):
        counts = [_check_widget(widget, report, ("widgets", number)) for number, widget in enumerate(widgets)]
        report.title = ""
        if sum(counts) > _MOST_METRICS:
            message = f"a dashboard has at most {_MOST_METRICS:,} metrics, this one {sum(counts):,}"
            report.error("dashboard-limit", message, ("widgets",))
        _check_overlaps(widgets, report)
    variables = body.get("variables")
    for number, variable in enumerate(variables if isinstance(variables, list) else ()):
        _check_variable(variable, report, ("variables", number))


def _check_range(body: Mapping[str, object], report: Report) -> None:
    start, end = body.get("start"), body.get("end")
    if isinstance(start, str) and not _RELATIVE.fullmatch(start) and not _ABSOLUTE.fullmatch(start):
        message = "start is a duration back from now, such as -PT3H or -P7D, or a time such as 2026-11-21T00:00:00Z"
        report.error("dashboard-range", message, ("start",))
    if isinstance(end, str) and not _ABSOLUTE.fullmatch(end):
        report.error("dashboard-range", "end is a time such as 2026-11-21T00:00:00Z", ("end",))
    if end is not None and start is None:
        report.error("dashboard-range", "end needs a start", ("end",))


def _check_widget(widget: object, report: Report, path: Path) -> int:
    report.title = _title(widget)
    found = check_members(widget, WIDGET, report, path)
    _check_place(found, report, path)
    kind = found.get("type")
    if kind is None:
        return 0
    if not isinstance(kind, str) or kind not in KINDS:
        near = nearest(str(kind), KINDS)
        hint = f"did you mean {near}?" if near else f"there are {', '.join(KINDS)}"
        report.error("dashboard-type", f"there is no widget of type {str(kind)[:40]!r}; {hint}", (*path, "type"))
        return 0
    properties = found.get("properties")
    return check_properties(kind, properties, report, (*path, "properties")) if isinstance(properties, dict) else 0


def _title(widget: object) -> str:
    properties = widget.get("properties") if isinstance(widget, dict) else None
    title = properties.get("title") if isinstance(properties, dict) else None
    return title if isinstance(title, str) else ""


def _check_place(widget: Mapping[str, object], report: Report, path: Path) -> None:
    if ("x" in widget) != ("y" in widget):
        report.error("dashboard-place", "x and y stand together or not at all", path)
    x, y, width = widget.get("x", 0), widget.get("y", 0), widget.get("width", _SIZE)
    if not is_whole(x) or not is_whole(y) or not isinstance(x, int) or not isinstance(y, int):
        report.error("dashboard-place", "x and y are whole numbers", path)
    elif not 0 <= x < COLUMNS or y < 0:
        report.error("dashboard-place", f"x is 0 to {COLUMNS - 1}, y at least 0", path)
    elif isinstance(width, int) and x + width > COLUMNS:
        message = f"it ends at column {x + width} of a grid of {COLUMNS}"
        report.error("dashboard-place", message, path)


def _check_overlaps(widgets: Sequence[object], report: Report) -> None:
    """Warn of widgets on top of each other; what CloudWatch does with them is not documented."""
    boxes = [(number, box) for number, widget in enumerate(widgets) if (box := _box(widget)) is not None]
    for (one, first), (other, second) in combinations(boxes, 2):
        if first[0] < second[2] and second[0] < first[2] and first[1] < second[3] and second[1] < first[3]:
            report.warn("dashboard-overlap", f"it lies on widget {one + 1}", ("widgets", other))


def _box(widget: object) -> Box | None:
    """Return left, top, right and bottom; None where CloudWatch finds the place itself."""
    if not isinstance(widget, dict) or not (is_whole(widget.get("x")) and is_whole(widget.get("y"))):
        return None
    width, height = widget.get("width", _SIZE), widget.get("height", _SIZE)
    if not (is_whole(width) and is_whole(height)):
        return None
    return widget["x"], widget["y"], widget["x"] + width, widget["y"] + height


def _check_variable(variable: object, report: Report, path: Path) -> None:
    found = check_members(variable, VARIABLE, report, path)
    kind = found.get("type")
    if isinstance(kind, str) and kind in {"property", "pattern"} and kind not in found:
        report.error("dashboard-variable", f"a variable of type {kind} says which: {kind} is missing", path)
    if "values" in found and "search" in found:
        report.error("dashboard-variable", "a variable has values or a search, not both", path)
    if "search" in found and "populateFrom" not in found:
        report.error("dashboard-variable", "a search needs populateFrom", path)
