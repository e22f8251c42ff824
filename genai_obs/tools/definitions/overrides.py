"""What a file changes in an alarm of the default set."""

from dataclasses import replace
from typing import Any

from genai_obs.tools.alarms.rule import Alarm, CompositeAlarm, LogAlarm, MetricAlarm
from genai_obs.tools.definitions.toml_table import TomlTable
from genai_obs.tools.definitions.user_alarms import COMPARISONS, LOW_SAMPLES, MISSING_DATA
from genai_obs.tools.metrics.queries import MetricQuery


def read_override(table: TomlTable, alarm: Alarm) -> Alarm:
    """Return the alarm with what the table says instead; mistakes are taken down, and what they concern stays."""
    match alarm:
        case MetricAlarm():
            members = _metric_members(table, alarm)
        case LogAlarm():
            members = _log_members(table)
        case CompositeAlarm():
            members = {"description": table.text("description")}
    table.finish()
    return replace(alarm, **_said(members))


def _said(members: dict[str, Any]) -> dict[str, Any]:
    """Return the members that were said; a threshold of its own is no longer the one that a parameter sets."""
    said = {name: value for name, value in members.items() if value is not None}
    if "threshold" in said:
        said.setdefault("threshold_parameter", None)
    return said


def _shared_members(table: TomlTable) -> dict[str, Any]:
    return {
        "description": table.text("description"),
        "comparison": table.choice("comparison", COMPARISONS),
        "threshold": table.number("threshold"),
        "missing_data": table.choice("missing_data", MISSING_DATA),
        "threshold_parameter": table.text("threshold_parameter"),
    }


def _metric_members(table: TomlTable, alarm: MetricAlarm) -> dict[str, Any]:
    members = _shared_members(table) | {
        "evaluation_periods": table.whole("evaluation_periods"),
        "datapoints_to_alarm": table.whole("datapoints_to_alarm"),
        "low_samples": table.choice("low_samples", LOW_SAMPLES),
        "timezone": table.text("timezone"),
        "warm_up_minutes": table.whole("warm_up_minutes"),
    }
    if alarm.band_id is not None and members["threshold"] is not None:
        table.wrong("threshold: the band is the threshold of this alarm; the setting band_width makes it wider")
        members["threshold"] = None
    period_s = table.whole("period_s")
    if period_s is not None:
        members["queries"] = tuple(_with_period(query, period_s) for query in alarm.queries)
    return members


def _log_members(table: TomlTable) -> dict[str, Any]:
    return _shared_members(table) | {
        "query": table.text("query"),
        "aggregation": table.text("aggregation"),
        "schedule_s": table.whole("schedule_s"),
        "start_offset_s": table.whole("start_offset_s"),
        "end_offset_s": table.whole("end_offset_s"),
        "log_groups": table.texts("log_groups"),
        "results_to_alarm": table.whole("results_to_alarm"),
        "results_to_evaluate": table.whole("results_to_evaluate"),
    }


def _with_period(query: MetricQuery, period_s: int) -> MetricQuery:
    return query if query.stat is None else replace(query, stat=replace(query.stat, period_s=period_s))
