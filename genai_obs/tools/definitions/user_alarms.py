"""An alarm of the user's own, from a table ``[[alarm]]`` of the file to the object."""

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

from genai_obs.tools.alarms.rule import (
    Alarm,
    Comparison,
    CompositeAlarm,
    LogAlarm,
    LowSamples,
    MetricAlarm,
    MissingData,
)
from genai_obs.tools.alarms.watched import is_sql
from genai_obs.tools.definitions.model import Settings, name_of
from genai_obs.tools.definitions.toml_table import TomlTable
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat

COMPARISONS: tuple[Comparison, ...] = get_args(Comparison)
BAND_COMPARISONS: tuple[Comparison, ...] = COMPARISONS[4:]
PLAIN_COMPARISONS: tuple[Comparison, ...] = COMPARISONS[:4]
MISSING_DATA: tuple[MissingData, ...] = get_args(MissingData)
LOW_SAMPLES: tuple[LowSamples, ...] = get_args(LowSamples)

# Ids of the rows that are made for the user.
_WATCHED = "value"
_BAND = "band"


def read_alarm(table: TomlTable, settings: Settings) -> Alarm | None:
    """
    Return the alarm of a table, or None when something is wrong with it; what it is, is then among the problems.

    Which kind it is, is told by the member that only this kind has.
    """
    before = len(table.problems)
    key = table.text("name", needed=True) or ""
    kinds = [kind for kind in _KINDS if table.has(kind)]
    if len(kinds) != 1:
        table.wrong(f"an alarm has exactly one of {', '.join(_KINDS)}; this one has {' and '.join(kinds) or 'none'}")
        return None
    alarm = _KINDS[kinds[0]](table, settings, name_of(settings, key))
    table.finish()
    return alarm if len(table.problems) == before else None


def _metric(table: TomlTable, settings: Settings, name: str) -> Alarm:
    stat = _statistic(table, settings)
    row = MetricQuery(_WATCHED, stat=stat, label=table.text("label"))
    return _metric_alarm(table, name, (row,))


def _expression(table: TomlTable, settings: Settings, name: str) -> Alarm:
    expression = table.text("expression", needed=True) or ""
    row = MetricQuery(_WATCHED, expression=expression, label=table.text("label"))
    if is_sql(row):
        # SQL names its metrics itself, and nothing else tells its period.
        return _metric_alarm(table, name, (replace(row, period_s=table.whole("period_s", needed=True)),))
    return _metric_alarm(table, name, (*_inputs(table, settings), row))


def _inputs(table: TomlTable, settings: Settings) -> tuple[MetricQuery, ...]:
    """Return the rows of ``metrics``: what an expression calls them, and the statistic of each."""
    inner = table.table("metrics")
    if inner is None:
        table.wrong("metrics is missing: the statistics that the expression is made of, each under its id")
        return ()
    rows = []
    for query_id in inner.members():
        statistic = inner.table(query_id)
        if statistic is not None:
            rows.append(MetricQuery(query_id, stat=_statistic(statistic, settings), return_data=False))
            statistic.finish()
    return tuple(rows)


def _statistic(table: TomlTable, settings: Settings) -> MetricStat:
    metric = table.text("metric", needed=True) or ""
    stat = table.text("statistic", needed=True) or ""
    period_s = table.whole("period_s", needed=True) or 0
    namespace = table.text("namespace") or settings.namespace
    dimensions = _dimensions(table, settings)
    return MetricStat(MetricId.of(namespace, metric, dimensions), stat, period_s, table.text("unit"))


def _dimensions(table: TomlTable, settings: Settings) -> dict[str, str]:
    given = table.table("dimensions")
    if given is None:
        # What every metric of ours is published with.
        return {"Environment": settings.environment}
    return {name: given.text(name) or "" for name in given.members()}


def _metric_alarm(table: TomlTable, name: str, rows: tuple[MetricQuery, ...]) -> MetricAlarm:
    width = table.number("band_width")
    if width is not None:
        rows = (*rows, MetricQuery(_BAND, expression=f"ANOMALY_DETECTION_BAND({_WATCHED}, {width:g})"))
        if table.number("threshold") is not None:
            table.wrong("threshold stands beside band_width: the band is the threshold")
    options = PLAIN_COMPARISONS if width is None else BAND_COMPARISONS
    periods = table.whole("evaluation_periods", needed=True) or 1
    return MetricAlarm(
        name=name,
        description=table.text("description", needed=True) or "",
        queries=rows,
        comparison=table.choice("comparison", options, needed=True) or options[0],
        threshold=table.number("threshold", needed=True) if width is None else None,
        evaluation_periods=periods,
        datapoints_to_alarm=_or(table.whole("datapoints_to_alarm"), periods),
        missing_data=table.choice("missing_data", MISSING_DATA, needed=True) or "missing",
        low_samples=table.choice("low_samples", LOW_SAMPLES) or "evaluate",
        band_id=None if width is None else _BAND,
        timezone=table.text("timezone"),
        warm_up_minutes=table.whole("warm_up_minutes"),
        threshold_parameter=table.text("threshold_parameter"),
    )


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value


def _log(table: TomlTable, settings: Settings, name: str) -> Alarm:
    groups = () if settings.log_group is None else (settings.log_group,)
    schedule_s = table.whole("schedule_s", needed=True) or 0
    end_offset_s = _or(table.whole("end_offset_s"), 0)
    looked_at = _or(table.whole("results_to_evaluate"), 1)
    return LogAlarm(
        name=name,
        description=table.text("description", needed=True) or "",
        query=table.text("query", needed=True) or "",
        aggregation=table.text("aggregation", needed=True) or "",
        comparison=table.choice("comparison", PLAIN_COMPARISONS, needed=True) or "GreaterThanThreshold",
        threshold=table.number("threshold", needed=True) or 0.0,
        schedule_s=schedule_s,
        start_offset_s=_or(table.whole("start_offset_s"), schedule_s + end_offset_s),
        end_offset_s=end_offset_s,
        log_groups=table.texts("log_groups") or groups,
        results_to_alarm=_or(table.whole("results_to_alarm"), looked_at),
        results_to_evaluate=looked_at,
        missing_data=table.choice("missing_data", MISSING_DATA, needed=True) or "missing",
        threshold_parameter=table.text("threshold_parameter"),
    )


def _composite(table: TomlTable, settings: Settings, name: str) -> Alarm:
    del settings
    description = table.text("description", needed=True) or ""
    return CompositeAlarm(name=name, description=description, rule=table.text("rule", needed=True) or "")


_KINDS: dict[str, Callable[[TomlTable, Settings, str], Alarm]] = {
    "metric": _metric,
    "expression": _expression,
    "query": _log,
    "rule": _composite,
}
