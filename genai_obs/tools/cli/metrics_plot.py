"""``genai-obs metrics --plot METRIC``: its datapoints as a picture, or as JSON."""

import argparse
import math
import sys
from typing import TYPE_CHECKING

from genai_obs.errors import GenaiObsError
from genai_obs.tools.cli.metrics_output import dimensions
from genai_obs.tools.cli.metrics_report import Report
from genai_obs.tools.cli.showing import terminal_width, tolerate_old_terminals
from genai_obs.tools.cli.when import show_time

if TYPE_CHECKING:
    from genai_obs.tools.insights.result import Result

_PLOT_WIDTH = 100
# As many datapoints as one request of GetMetricData may ask for.
_MOST_PERIODS = 100_800
_MOST_POINTS = 2_000_000


def show(report: Report, period_s: int, arguments: argparse.Namespace) -> None:
    """
    Print the datapoints of the metrics of a report.

    Raises:
        GenaiObsError: There are none, too many series for a picture, or the period is shorter than they are stored by.
    """
    result = datapoints(report, period_s)
    if arguments.json:
        from genai_obs.tools.output.formats import render_json

        sys.stdout.writelines(render_json(result))
        return
    from genai_obs.tools.output.plot import render_plot

    tolerate_old_terminals()
    sys.stdout.write(render_plot(result, width=terminal_width() or _PLOT_WIDTH))
    sys.stdout.flush()


def datapoints(report: Report, period_s: int) -> "Result":
    """
    Return one row for each period and metric; periods without data have no value.

    Raises:
        GenaiObsError: There is no metric, there are too many datapoints, or the period is shorter than it is stored by.
    """
    import numpy as np

    from genai_obs.tools.insights.result import Column, Result
    from genai_obs.tools.metrics.queries import MetricStat
    from genai_obs.tools.metrics.store import MetricStore

    data = report.extraction.data
    if data.first_s is None or data.last_s is None:
        raise GenaiObsError("no-metric", "these lines publish no metric that could be drawn")
    names = report.asked or (report.rows[0].statistic,)
    first = data.first_s - data.first_s % period_s
    _check_size((data.last_s - first) // period_s + 1, len(report.rows) * len(names))
    starts = np.arange(first, data.last_s + 1, period_s, dtype=np.int64)
    store = MetricStore(data)
    rows: list[tuple[str | None, ...]] = []
    for row in report.rows:
        series = [store.read(MetricStat(row.metric, name, period_s), starts) for name in names]
        for start, *values in zip(starts.tolist(), *(each.tolist() for each in series), strict=True):
            texts = (None if math.isnan(value) else repr(value) for value in values)
            rows.append((_time(start), dimensions(row.metric), *texts))
    title = report.rows[0].metric.name
    columns = (
        Column("time", "time"),
        Column("dimensions"),
        *(Column(f"{name} of {title}", "number") for name in names),
    )
    return Result(columns, rows)


def _check_size(periods: int, series: int) -> None:
    if periods > _MOST_PERIODS or periods * series > _MOST_POINTS:
        raise GenaiObsError(
            "too-many-datapoints",
            f"{periods:,} periods of {series:,} series are too many: give a longer --period, a range with --start and "
            "--end, or fewer metrics with --match",
        )


def _time(start_s: int) -> str:
    """Return a time as results hold it."""
    text = show_time(start_s * 1000)
    return text + ("" if len(text) > len("2026-11-22 00:00") else ":00") + ".000"
