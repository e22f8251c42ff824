"""What an alarm looks at: the datapoints of its range, evaluation by evaluation, and the bounds of its band."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from genai_obs.errors import GenaiObsError
from genai_obs.tools.alarms.comparison import Booleans, breaches, leaves_band
from genai_obs.tools.alarms.low_samples import least_samples
from genai_obs.tools.alarms.rule import MetricAlarm
from genai_obs.tools.alarms.sql_groups import grouped_select, left_by_limit, without_order
from genai_obs.tools.alarms.windows import HOUR_S
from genai_obs.tools.metrics.math.bands import Bands
from genai_obs.tools.metrics.math.sql.parser import MOST_SERIES, is_select
from genai_obs.tools.metrics.math.sql.syntax import Select
from genai_obs.tools.metrics.queries import MetricQuery
from genai_obs.tools.metrics.reader import MetricReader, Timeline
from genai_obs.tools.metrics.samples import Floats, Integers

if TYPE_CHECKING:
    from genai_obs.tools.metrics.math.evaluate import LabelledSeries

# Alarms on SQL see only this much (documented: cloudwatch-metrics-insights-limits).
SQL_REACH_S = 3 * HOUR_S


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """
    One series that an alarm watches. All arrays have a row for each evaluation and a column for each period.

    Args:
        label: Of a group of a SQL query; empty elsewhere.

        points: Its datapoints, NaN where missing.

        breaching: Which of them breach.

        too_few: Which of them rest on too few samples; None where that does not matter.

        lower: Lower bound of the band; None without one.

        upper: Upper bound of the band; None without one.
    """

    label: str
    points: Floats
    breaching: Booleans
    too_few: Booleans | None = None
    lower: Floats | None = None
    upper: Floats | None = None


def period_of(alarm: MetricAlarm) -> int:
    """
    Return the seconds of the alarm's periods.

    Raises:
        GenaiObsError: It has none, or several: an alarm has one period (documented: using-metric-math).
    """
    periods = {query.stat.period_s for query in alarm.queries if query.stat is not None}
    periods |= {query.period_s for query in alarm.queries if query.stat is None and query.period_s is not None}
    if len(periods) != 1:
        said = "no period" if not periods else f"periods of {', '.join(str(period) for period in sorted(periods))} s"
        raise GenaiObsError("alarm-periods", f"the alarm {alarm.name!r} has {said}, and needs exactly one")
    return periods.pop()


def is_sql(query: MetricQuery) -> bool:
    """Return whether a query is Metrics Insights SQL."""
    return query.expression is not None and is_select(query.expression)


def series_at_once(alarm: MetricAlarm, reader: MetricReader) -> int:
    """Return how many series an evaluation may hold at once: of SQL as many as there are metrics, up to its limit."""
    if not any(map(is_sql, alarm.queries)):
        return 1
    return max(1, min(MOST_SERIES, sum(1 for _ in reader.metrics())))


def watched_query(alarm: MetricAlarm) -> MetricQuery:
    """
    Return the query whose datapoints are judged: the one that returns data and is not the band.

    Raises:
        GenaiObsError: There is not exactly one such query, or the band is missing.
    """
    returned = [query for query in alarm.queries if query.return_data]
    values = [query for query in returned if query.id != alarm.band_id]
    expected = 1 if alarm.band_id is None else 2
    if len(returned) != expected or len(values) != 1:
        raise GenaiObsError(
            "return-data",
            f"exactly {expected} of the queries of the alarm {alarm.name!r} must return data, not {len(returned)}",
        )
    return values[0]


def watch(
    alarm: MetricAlarm, reader: MetricReader, starts_s: Integers, moments_s: Integers, bands: Bands | None
) -> tuple[Watched, ...]:
    """
    Return the series that the alarm watches; more than one only for SQL with groups.

    Args:
        alarm: The alarm.

        reader: Has the numbers.

        starts_s: Starts of the periods, a row for each evaluation.

        moments_s: The evaluations.

        bands: Gives anomaly bands.

    Raises:
        GenaiObsError: The alarm or its metric math is wrong, or needs bands and gets none.
    """
    query = watched_query(alarm)
    too_few = _too_few(alarm, query, reader, starts_s)
    if query.stat is not None and alarm.band_id is None:
        return (_against_threshold(alarm, "", reader.read(query.stat, starts_s), too_few),)
    timeline = Timeline(starts_s, period_of(alarm))
    seen = starts_s >= moments_s[:, np.newaxis] - SQL_REACH_S
    select = grouped_select(query)
    if select is not None:
        return tuple(
            _against_threshold(alarm, label, np.where(seen, points, np.nan), None)
            for label, points in _groups(query, select, reader, timeline)
        )
    found = _evaluated(alarm.queries, reader, timeline, bands)
    if alarm.band_id is not None:
        return (_against_band(alarm, found[query.id], found[alarm.band_id], too_few),)
    points = _only(alarm, found[query.id])
    if any(map(is_sql, alarm.queries)):
        points = np.where(seen, points, np.nan)
    return (_against_threshold(alarm, "", points, too_few),)


def _evaluated(
    queries: Sequence[MetricQuery], reader: MetricReader, timeline: Timeline, bands: Bands | None = None
) -> dict[str, "tuple[LabelledSeries, ...]"]:
    # Alarms on one statistic need no metric math, and most alarms are such.
    from genai_obs.tools.metrics.math.evaluate import evaluate_queries

    return evaluate_queries(queries, reader, timeline, bands=bands)


def _groups(
    query: MetricQuery, select: Select, reader: MetricReader, timeline: Timeline
) -> Iterator[tuple[str, Floats]]:
    """Return each group of a SQL query with its datapoints; where LIMIT leaves it out, they are missing."""
    # Everything else in the request is there for labels and graphs: an alarm on groups watches the query itself.
    found = _evaluated([without_order(query, select)], reader, timeline)[query.id]
    labels = _unique([series.label for series in found])
    points = [series.values for series in found]
    if select.limit is not None and select.limit < len(points):
        top = _evaluated([query], reader, timeline)[query.id]
        left = left_by_limit(points, [series.values for series in top])
        points = [np.where(rows[:, np.newaxis], values, np.nan) for rows, values in zip(left, points, strict=True)]
    return zip(labels, points, strict=True)


def _unique(labels: Sequence[str]) -> list[str]:
    """Return labels of which no two are the same: values of two keys may look so when put side by side."""
    seen = Counter[str]()
    unique = []
    for label in labels:
        seen[label] += 1
        unique.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return unique


def _only(alarm: MetricAlarm, series: "Sequence[LabelledSeries]") -> Floats:
    if len(series) != 1:
        raise GenaiObsError(
            "alarm-series",
            f"the alarm {alarm.name!r} must watch one time series, and its expression gives {len(series)}",
        )
    return series[0].values


def _against_threshold(alarm: MetricAlarm, label: str, points: Floats, too_few: Booleans | None) -> Watched:
    if alarm.threshold is None:
        raise GenaiObsError("no-threshold", f"the alarm {alarm.name!r} has neither a threshold nor a band")
    return Watched(label, points, breaches(points, alarm.comparison, alarm.threshold), too_few)


def _against_band(
    alarm: MetricAlarm,
    values: "Sequence[LabelledSeries]",
    band: "Sequence[LabelledSeries]",
    too_few: Booleans | None,
) -> Watched:
    lower, upper = band[0].values, band[-1].values
    # Where there is no band yet, nothing can be said about a datapoint: it is treated as missing (our choice).
    known = ~(np.isnan(lower) | np.isnan(upper))
    points = np.where(known, _only(alarm, values), np.nan)
    return Watched("", points, leaves_band(points, alarm.comparison, lower, upper), too_few, lower, upper)


def _too_few(alarm: MetricAlarm, query: MetricQuery, reader: MetricReader, starts_s: Integers) -> Booleans | None:
    if alarm.low_samples != "ignore" or query.stat is None:
        return None
    least = least_samples(query.stat.stat)
    if least is None:
        return None
    counts = reader.read(replace(query.stat, stat="SampleCount"), starts_s)
    return counts < least
