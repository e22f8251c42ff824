"""
Labels of series, with CloudWatch's dynamic parts (CloudWatch User Guide, graph-dynamic-labels).

Numbers are written short, times in UTC; how CloudWatch writes them is not documented (our choice). What a label asks
for and nobody here knows, such as ``${PROP('AccountId')}``, is left as it stands.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import numpy as np

from genai_obs.tools.metrics.math.values import Series
from genai_obs.tools.metrics.queries import MetricQuery
from genai_obs.tools.metrics.reader import Timeline
from genai_obs.tools.metrics.samples import Floats, Integers

_PART = re.compile(r"\$\{\s*(?:PROP\(\s*'(?P<property>[^']*)'\s*\)|(?P<token>[A-Z_]+))\s*\}")

_NOTHING = "--"


def labels_of_row(query: MetricQuery, series: Sequence[Series], timeline: Timeline, *, several: bool) -> list[str]:
    """Return the label of each series of a row; ``several`` tells an array of series from a single one."""
    return [_label(query, one, timeline, several=several) for one in series]


def render_label(template: str, series: Series, timeline: Timeline) -> str:
    """Return a label with its dynamic parts filled in, as far as they are known."""

    def replace(part: re.Match[str]) -> str:
        found = _property(part["property"], series) if part["property"] else _token(part["token"], series, timeline)
        return part[0] if found is None else found

    return _PART.sub(replace, template)


def _label(query: MetricQuery, series: Series, timeline: Timeline, *, several: bool) -> str:
    """A label of a row with several series stands before the label of each (documented for searches)."""
    own = series.origin.label
    if query.label is None:
        return own if query.stat is not None or several else query.id
    if not query.label:
        return own
    label = render_label(query.label, series, timeline)
    return f"{label} {own}" if several and "${" not in query.label else label


def _property(name: str, series: Series) -> str | None:
    stat = series.origin.stat
    if stat is None:
        return None
    known = {
        "MetricName": stat.metric.name,
        "Namespace": stat.metric.namespace,
        "Stat": stat.stat,
        "Period": str(stat.period_s),
        **{f"Dim.{key}": value for key, value in stat.metric.dimensions},
    }
    return known.get(name)


def _token(name: str, series: Series, timeline: Timeline) -> str | None:
    if name == "LABEL":
        return series.origin.label
    place = _PLACES.get(name.removesuffix("_TIME"))
    # Many evaluations at once have no one value to show.
    if series.values.ndim != 1 or (place is None and name not in _NUMBERS):
        return None
    there = np.flatnonzero(~np.isnan(series.values))
    if not there.size:
        return "0" if name == "DATAPOINT_COUNT" else _NOTHING
    if place is None:
        return _number(_NUMBERS[name](series.values[there]))
    found = place(series.values, there)
    return _time(timeline.starts_s[found]) if name.endswith("_TIME") else _number(float(series.values[found]))


_NUMBERS: dict[str, Callable[[Floats], float]] = {
    "AVG": lambda values: float(values.mean()),
    "SUM": lambda values: float(values.sum()),
    "DATAPOINT_COUNT": lambda values: float(values.size),
}

# Tokens that name one datapoint, of which there is also the time: values and the places of datapoints -> a place.
_PLACES: dict[str, Callable[[Floats, Integers], int]] = {
    "MIN": lambda values, there: int(there[values[there].argmin()]),
    "MAX": lambda values, there: int(there[values[there].argmax()]),
    "FIRST": lambda _, there: int(there[0]),
    "LAST": lambda _, there: int(there[-1]),
}


def _number(value: float) -> str:
    return f"{value:.6g}"


def _time(start_s: int) -> str:
    return datetime.fromtimestamp(int(start_s), UTC).strftime("%Y-%m-%d %H:%M:%S")
