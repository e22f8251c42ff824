"""What each type of widget must hold."""

from collections.abc import Callable, Mapping

from genai_obs.tools.cfn.dashboard_problems import Path, Report
from genai_obs.tools.cfn.dashboard_rows import check_rows
from genai_obs.tools.cfn.dashboard_rules import (
    ALARM,
    ALARM_ARN,
    AXIS,
    CUSTOM,
    EXPLORER,
    LEGEND,
    LINE,
    LOG,
    METRIC,
    TABLE,
    TEXT,
    Members,
    anything,
    check_members,
    is_number,
    is_unknown,
)
from genai_obs.tools.insights.checks.query import check_query
from genai_obs.tools.insights.language.parser import parse_query
from genai_obs.tools.insights.language.syntax import Call, LogGroupSource, Query, Stats
from genai_obs.tools.insights.language.tree import walk
from genai_obs.tools.text.diagnostics import TextError

Properties = Mapping[str, object]

_NOT_OVER_TIME = ("singleValue", "gauge", "bar", "pie", "table")
_OVER_TIME = ("timeSeries", "bar")
_STATES = {"ALARM", "INSUFFICIENT_DATA", "OK"}
_SUMMARIES = {"MIN", "MAX", "SUM", "AVG"}


def check_properties(kind: str, properties: Properties, report: Report, path: Path) -> int:
    """Say what is wrong with a widget's properties; return how many metrics it asks for."""
    members, check = KINDS[kind]
    check_members(properties, members, report, path)
    return check(properties, report, path)


def _metric(properties: Properties, report: Report, path: Path) -> int:
    _parts(properties, report, path)
    _view(properties, report, path)
    annotations = _annotations(properties.get("annotations"), report, (*path, "annotations"))
    alarms = annotations.get("alarms")
    if alarms and ("metrics" in properties or set(annotations) - {"alarms"}):
        message = "a widget of an alarm shows that alarm alone: no metrics and no other lines"
        report.error("dashboard-alarms", message, (*path, "annotations", "alarms"))
    if "metrics" in properties:
        return check_rows(properties, report, (*path, "metrics"))
    if not alarms:
        report.error("dashboard-member", "metrics is missing", path)
    return 0


def _parts(properties: Properties, report: Report, path: Path) -> None:
    axes = properties.get("yAxis")
    if axes is not None:
        sides = check_members(axes, _SIDES, report, (*path, "yAxis"))
        for side, axis in sides.items():
            check_members(axis, AXIS, report, (*path, "yAxis", side))
    for name, members in (("legend", LEGEND), ("table", TABLE)):
        if name in properties:
            check_members(properties[name], members, report, (*path, name))
    table = properties.get("table")
    columns = table.get("summaryColumns") if isinstance(table, dict) else None
    if columns is not None and not (isinstance(columns, list) and set(map(str, columns)) <= _SUMMARIES):
        report.error("dashboard-member", "summaryColumns lists MIN, MAX, SUM, AVG", (*path, "table"))


def _view(properties: Properties, report: Report, path: Path) -> None:
    view = properties.get("view", "timeSeries")
    axes = properties.get("yAxis")
    left = axes.get("left") if isinstance(axes, dict) else None
    has_ends = isinstance(left, dict) and is_number(left.get("min")) and is_number(left.get("max"))
    if view == "gauge" and not has_ends:
        report.error("dashboard-gauge", "a gauge needs yAxis.left.min and yAxis.left.max", path)
    if properties.get("sparkline") and view != "singleValue":
        report.warn("dashboard-view", "sparkline belongs to singleValue and does nothing here", path)
    if properties.get("setPeriodToTimeRange") and view not in _NOT_OVER_TIME:
        report.warn("dashboard-view", "setPeriodToTimeRange makes one value of the range; a graph has many", path)
    if "table" in properties and view != "table":
        report.warn("dashboard-view", "table belongs to the view table and does nothing here", path)


def _annotations(annotations: object, report: Report, path: Path) -> Properties:
    if annotations is None:
        return {}
    found = check_members(annotations, _ANNOTATIONS, report, path)
    alarms = found.get("alarms", [])
    if not isinstance(alarms, list) or len(alarms) > 1:
        report.error("dashboard-alarms", "alarms is a list of one ARN at most", (*path, "alarms"))
    else:
        _arns(alarms, report, (*path, "alarms"))
    for direction in ("horizontal", "vertical"):
        lines = found.get(direction, [])
        if not isinstance(lines, list):
            report.error("dashboard-member", f"{direction} is a list", (*path, direction))
            continue
        for number, line in enumerate(lines):
            _line(line, direction, report, (*path, direction, number))
    return found


def _line(line: object, direction: str, report: Report, path: Path) -> None:
    """Check a line, or two that are the edges of a band."""
    if isinstance(line, list):
        if len(line) != 2:
            report.error("dashboard-annotation", "a band has two lines", path)
        for number, edge in enumerate(line[:2]):
            _line(edge, direction, report, (*path, number))
        return
    members = LINE if direction == "horizontal" else {**LINE, "value": METRIC["region"]}
    found = check_members(line, members, report, path)
    if found and "value" not in found:
        report.error("dashboard-annotation", "value is missing", path)


def _text(_: Properties, __: Report, ___: Path) -> int:
    return 0


def _log(properties: Properties, report: Report, path: Path) -> int:
    text = properties.get("query")
    if not isinstance(text, str) or properties.get("queryLanguage", "CWLI") != "CWLI":
        return 0
    place = (*path, "query")
    try:
        query = parse_query(text)
        check_query(query)
    except TextError as error:
        report.error("dashboard-query", f"the query is wrong:\n{error}", place)
        return 0
    _sources(query, report, place)
    if properties.get("view") in _OVER_TIME and not _is_over_time(query):
        report.warn("dashboard-view", f"{properties['view']} needs stats … by bin(…); this query has none", place)
    return 0


def _sources(query: Query, report: Report, path: Path) -> None:
    sources = [isinstance(command, LogGroupSource) for command in query.commands]
    if not any(sources):
        report.error("dashboard-source", "a query of a dashboard begins with SOURCE 'log group' | …", path)
    elif sources != sorted(sources, reverse=True):
        report.error("dashboard-source", "every SOURCE stands before the other commands", path)


def _is_over_time(query: Query) -> bool:
    groups = [item.expression for command in query.commands if isinstance(command, Stats) for item in command.groups]
    return any(isinstance(part, Call) and part.function == "bin" for group in groups for part in walk(group))


def _alarm(properties: Properties, report: Report, path: Path) -> int:
    alarms = properties.get("alarms")
    if isinstance(alarms, list):
        _arns(alarms, report, (*path, "alarms"))
    states = properties.get("states")
    if states is not None and not (isinstance(states, list) and set(map(str, states)) <= _STATES):
        report.error("dashboard-member", "states lists ALARM, INSUFFICIENT_DATA, OK", (*path, "states"))
    return 0


def _arns(alarms: list[object], report: Report, path: Path) -> None:
    for number, alarm in enumerate(alarms):
        if not is_unknown(alarm) and not (isinstance(alarm, str) and ALARM_ARN.fullmatch(alarm)):
            report.error("dashboard-alarms", f"{str(alarm)[:80]!r} is no ARN of an alarm", (*path, number))


def _explorer(properties: Properties, _: Report, __: Path) -> int:
    metrics = properties.get("metrics")
    return len(metrics) if isinstance(metrics, list) else 0


# Their contents are looked at one by one.
_SIDES: Members = {name: anything() for name in ("left", "right")}
_ANNOTATIONS: Members = {name: anything() for name in ("alarms", "horizontal", "vertical")}

KINDS: dict[str, tuple[Members, Callable[[Properties, Report, Path], int]]] = {
    "metric": (METRIC, _metric),
    "text": (TEXT, _text),
    "log": (LOG, _log),
    "alarm": (ALARM, _alarm),
    "explorer": (EXPLORER, _explorer),
    "custom": (CUSTOM, _text),
}
