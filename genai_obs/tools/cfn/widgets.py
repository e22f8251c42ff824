"""The parts of a dashboard body as plain data: rows of metrics, widgets, and their places on a grid of 24 columns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from genai_obs.tools.cfn.intrinsics import Value

Member = dict[str, Value]

COLUMNS = 24
MINUTES_5 = 300
HOUR = 3_600


@dataclass(frozen=True, slots=True)
class Widget:
    """
    A widget without a place.

    Args:
        kind: ``metric``, ``text``, ``log`` or ``alarm``.

        properties: As the dashboard body has them.

        width: In columns.

        height: In rows.
    """

    kind: str
    properties: Member
    width: int = 6
    height: int = 6


def placed(lines: Iterable[Sequence[Widget]]) -> list[Member]:
    """Return widgets side by side, each line below the one before; a line that is too long goes on below itself."""
    found: list[Member] = []
    top = 0
    for line in lines:
        x, height = 0, 0
        for widget in line:
            if x + widget.width > COLUMNS:
                x, top, height = 0, top + height, 0
            found.append(_at(widget, x, top))
            x, height = x + widget.width, max(height, widget.height)
        top += height
    return found


def _at(widget: Widget, x: int, y: int) -> Member:
    place: Member = {"type": widget.kind, "x": x, "y": y, "width": widget.width, "height": widget.height}
    return place | {"properties": widget.properties}


def metric(namespace: str, name: str, dimensions: dict[str, str], **rendering: Value) -> list[Value]:
    """Return a row of a statistic, in full: the shorthands of CloudWatch's own exports are hard to read."""
    pairs = [part for pair in dimensions.items() for part in pair]
    return [namespace, name, *pairs, rendering]


def expression(text: str, **rendering: Value) -> list[Value]:
    """Return a row of metric math or SEARCH."""
    return [{"expression": text, **rendering}]


def graph(
    title: str,
    rows: Sequence[Value],
    region: str,
    *,
    period: int = MINUTES_5,
    unit: str | None = None,
    lines: Sequence[Member] = (),
    stacked: bool = False,
    width: int = 8,
) -> Widget:
    """Return a graph over time; ``lines`` are thresholds, ``unit`` is what its axis says."""
    axis: Member = {"min": 0, "showUnits": False, **({} if unit is None else {"label": unit})}
    properties: Member = {
        "title": title,
        "view": "timeSeries",
        "stacked": stacked,
        "region": region,
        "period": period,
        "metrics": list(rows),
        "yAxis": {"left": axis},
    }
    if lines:
        properties["annotations"] = {"horizontal": list(lines)}
    return Widget("metric", properties, width)


def total(title: str, rows: Sequence[Value], region: str) -> Widget:
    """
    Return one number for the whole range shown.

    ``setPeriodToTimeRange`` and ``singleValueFullPrecision`` are in no page of AWS's; consoles export them (observed).
    Without the second, small amounts of dollars are shown as powers of ten.
    """
    properties: Member = {
        "title": title,
        "view": "singleValue",
        "region": region,
        "period": HOUR,
        "metrics": list(rows),
        "setPeriodToTimeRange": True,
        "singleValueFullPrecision": True,
    }
    return Widget("metric", properties, width=4, height=4)


def logs(title: str, query: str, log_groups: Sequence[str], region: str, *, view: str = "table") -> Widget:
    """Return what a Logs Insights query finds; every refresh scans, and is billed for it."""
    sources = [f"SOURCE '{name}'" for name in log_groups]
    properties: Member = {
        "title": title,
        "view": view,
        "region": region,
        "query": " | ".join((*sources, query)),
    }
    return Widget("log", properties, width=12)


def text(markdown: str, height: int = 2) -> Widget:
    """Return a text over the whole width."""
    return Widget("text", {"markdown": markdown}, COLUMNS, height)
