"""
Which members the parts of a dashboard body have, and which values they take.

The tables are those of the CloudWatch API Reference, "Dashboard body structure" (documented), and what consoles export
beyond it (observed).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from genai_obs.tools.cfn.dashboard_problems import Path, Report
from genai_obs.tools.text.near import nearest

Check = Callable[[object], bool]


@dataclass(frozen=True, slots=True)
class Member:
    """
    One member of an object.

    Args:
        allows: Whether it takes a value.

        says: What it takes, in words.

        required: Whether it must be there.
    """

    allows: Check
    says: str
    required: bool = False


Members = Mapping[str, Member]


def text(*, required: bool = False) -> Member:
    """Return a member that is a text with something in it."""
    return Member(lambda value: isinstance(value, str) and value != "", "a text", required)


def flag() -> Member:
    """Return a member that is true or false."""
    return Member(lambda value: isinstance(value, bool), "true or false")


def one_of(*values: str) -> Member:
    """Return a member that is one of some words."""
    return Member(lambda value: value in values, f"one of {', '.join(values)}")


def matching(pattern: str, says: str) -> Member:
    """Return a member whose text has a form."""
    form = re.compile(pattern, re.ASCII)
    return Member(lambda value: isinstance(value, str) and form.fullmatch(value) is not None, says)


def anything(*, required: bool = False) -> Member:
    """Return a member that is looked at elsewhere."""
    return Member(lambda _: True, "", required)


def a_list(most: int, *, least: int = 0, required: bool = False) -> Member:
    """Return a member that is a list of so many items."""
    says = f"a list of {least} to {most} items"
    return Member(lambda value: isinstance(value, list) and least <= len(value) <= most, says, required)


def is_number(value: object) -> bool:
    """Return whether a value is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_unknown(value: object) -> bool:
    """Return whether a text has a reference in it that only a deployment fills in."""
    return isinstance(value, str) and "${" in value


def is_whole(value: object) -> bool:
    """Return whether a value is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def _is_period(value: object) -> bool:
    # 1, 5, 10, 20 and 30 are periods of metrics with high resolution (GetMetricData, documented).
    return is_whole(value) and isinstance(value, int) and value > 0 and (value in {1, 5, 10, 20, 30} or value % 60 == 0)


NUMBER = Member(is_number, "a number")
PERIOD = Member(_is_period, "a number of seconds: a multiple of 60")
COLOR = matching(r"#[0-9a-fA-F]{6}", "a colour such as #d62728")
ALARM_ARN = re.compile(r"arn:[^:]*:cloudwatch:[^:]*:[^:]*:alarm:.+", re.DOTALL)
ACCOUNT = matching(r"\d{12}", "an account id of 12 digits")

VIEWS = ("timeSeries", "singleValue", "gauge", "bar", "pie", "table")

BODY: Members = {
    "widgets": a_list(500, required=True),
    "variables": a_list(25),
    "start": text(),
    "end": text(),
    "periodOverride": one_of("auto", "inherit"),
}
WIDGET: Members = {
    "type": anything(required=True),
    "x": anything(),
    "y": anything(),
    "width": Member(lambda value: isinstance(value, int) and is_whole(value) and 1 <= value <= 24, "1 to 24 columns"),
    "height": Member(lambda value: isinstance(value, int) and is_whole(value) and 1 <= value <= 1000, "1 to 1000 rows"),
    "properties": Member(lambda value: isinstance(value, dict), "an object", required=True),
}
METRIC: Members = {
    "region": text(required=True),
    "metrics": anything(),
    "view": one_of(*VIEWS),
    "stacked": flag(),
    "period": PERIOD,
    "stat": anything(),
    "title": Member(lambda value: isinstance(value, str), "a text"),
    "liveData": flag(),
    "sparkline": flag(),
    "trend": flag(),
    "legend": anything(),
    "timezone": matching(r"[+-]\d{4}", "an offset such as +0100"),
    "accountId": ACCOUNT,
    "yAxis": anything(),
    "annotations": anything(),
    "table": anything(),
    # From here on: observed in exports and in AWS CDK. A widget may keep a time range of its own, also a relative one.
    "start": text(),
    "end": text(),
    "setPeriodToTimeRange": flag(),
    "singleValueFullPrecision": flag(),
    "labels": anything(),
}
AXIS: Members = {
    "label": Member(lambda v: isinstance(v, str), "a text"),
    "min": NUMBER,
    "max": NUMBER,
    "showUnits": flag(),
}
RENDERING: Members = {
    "id": anything(),
    "expression": anything(),
    "label": Member(lambda value: isinstance(value, str), "a text"),
    "color": COLOR,
    "period": PERIOD,
    "stat": anything(),
    "visible": flag(),
    "yAxis": one_of("left", "right"),
    "region": text(),
    "accountId": ACCOUNT,
}
TABLE: Members = {
    "layout": one_of("horizontal", "vertical"),
    "stickySummary": flag(),
    "showTimeSeriesData": flag(),
    "summaryColumns": anything(),
}
LEGEND: Members = {"position": one_of("right", "bottom", "hidden")}
LINE: Members = {
    "value": NUMBER,
    "label": Member(lambda value: isinstance(value, str), "a text"),
    "color": COLOR,
    "fill": one_of("above", "below", "none", "before", "after", "between"),
    "visible": flag(),
    "yAxis": one_of("left", "right"),
}
TEXT: Members = {
    "markdown": Member(lambda value: isinstance(value, str), "a text", required=True),
    "background": one_of("solid", "transparent"),
}
LOG: Members = {
    "region": text(required=True),
    "query": text(required=True),
    "title": Member(lambda value: isinstance(value, str), "a text"),
    "view": one_of("table", "timeSeries", "bar", "pie"),
    "accountId": ACCOUNT,
    # Observed in exports.
    "stacked": flag(),
    "queryLanguage": text(),
}
ALARM: Members = {
    "alarms": a_list(100, least=1, required=True),
    "sortBy": one_of("default", "stateUpdatedTimestamp", "timestamp"),
    "states": anything(),
    "title": Member(lambda value: isinstance(value, str), "a text"),
}
EXPLORER: Members = {
    "metrics": a_list(100, least=1, required=True),
    "labels": anything(),
    "aggregateBy": anything(),
    # The console writes an empty one (observed).
    "splitBy": Member(lambda value: isinstance(value, str), "a text"),
    "period": PERIOD,
    "title": Member(lambda value: isinstance(value, str), "a text"),
    "widgetOptions": anything(),
    "region": text(),
}
CUSTOM: Members = {
    "endpoint": text(required=True),
    "params": anything(),
    "updateOn": anything(),
    "title": Member(lambda value: isinstance(value, str), "a text"),
}
VARIABLE: Members = {
    "type": Member(lambda value: value in ("property", "pattern"), "property or pattern", required=True),
    "property": text(),
    "pattern": text(),
    "inputType": Member(lambda value: value in ("input", "select", "radio"), "input, select or radio", required=True),
    "id": matching(r"[0-9A-Za-z_-]{1,32}", "1 to 32 letters, digits, - and _"),
    "label": Member(lambda value: isinstance(value, str) and len(value) <= 30, "at most 30 characters"),
    "defaultValue": Member(lambda value: isinstance(value, str), "a text"),
    "values": a_list(500, least=1),
    "search": Member(lambda value: isinstance(value, str) and len(value) <= 2048, "at most 2048 characters"),
    "populateFrom": text(),
    "visible": flag(),
}


def check_members(found: object, members: Members, report: Report, path: Path) -> Mapping[str, object]:
    """Say what is missing, unknown or of the wrong kind in an object; return it, empty where it is none."""
    if not isinstance(found, dict):
        report.error("dashboard-member", "an object is expected", path)
        return {}
    for name, member in members.items():
        if name not in found:
            if member.required:
                report.error("dashboard-member", f"{name} is missing", path)
        elif not is_unknown(found[name]) and not member.allows(found[name]):
            report.error("dashboard-member", f"{name} must be {member.says}", (*path, name))
    for name in found:
        if name not in members:
            near = nearest(str(name), members)
            hint = f"; did you mean {near}?" if near else ", or it is newer than what is documented"
            report.warn("dashboard-unknown-member", f"nothing reads {name!r}{hint}", (*path, name))
    return found
