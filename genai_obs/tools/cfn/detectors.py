"""Anomaly detectors as ``AWS::CloudWatch::AnomalyDetector``: one for each series that a band is drawn around."""

import re
from collections.abc import Iterator, Sequence

from genai_obs.tools.alarms.rule import Alarm, MetricAlarm
from genai_obs.tools.cfn.alarms import dimensions, metric_queries
from genai_obs.tools.cfn.intrinsics import Properties, Value
from genai_obs.tools.cfn.names import logical_ids
from genai_obs.tools.cfn.parameters import Parameters
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat

_BAND = re.compile(r"\s*ANOMALY_DETECTION_BAND\(\s*([a-z][A-Za-z0-9_]*)\s*(?:,\s*[\d.]+\s*)?\)\s*")
_ID = re.compile(r"[a-z][A-Za-z0-9_]*")


def detector_resources(alarms: Sequence[Alarm], parameters: Parameters, prefix: str) -> dict[str, Value]:
    """
    Return the detectors of all alarms on bands, each once.

    An alarm with a band has CloudWatch make its model by itself; a detector of one's own is where days can be excluded
    from the training. ``MetricTimeZone`` is CloudFormation's spelling, ``MetricTimezone`` the API's.
    """
    found: dict[str, Properties] = {}
    for alarm in alarms:
        detector = _detector(alarm, parameters) if isinstance(alarm, MetricAlarm) else None
        if detector is not None and detector not in found.values():
            found[alarm.name.removeprefix(prefix)] = detector
    ids = logical_ids(found, "Detector")
    return {
        ids[name]: {"Type": "AWS::CloudWatch::AnomalyDetector", "Properties": detector}
        for name, detector in found.items()
    }


def _detector(alarm: MetricAlarm, parameters: Parameters) -> Properties | None:
    watched = _watched(alarm)
    if watched is None:
        return None
    [query, *inputs] = watched
    model: Properties = (
        {"SingleMetricAnomalyDetector": _single(query.stat, parameters)}
        if query.stat is not None
        else {"MetricMathAnomalyDetector": {"MetricDataQueries": _maths(alarm, query, inputs, parameters)}}
    )
    return {**model, "Configuration": {"MetricTimeZone": alarm.timezone or "UTC"}}


def _watched(alarm: MetricAlarm) -> list[MetricQuery] | None:
    """Return the row that the band is drawn around, and before long all rows that it is computed from."""
    rows = {query.id: query for query in alarm.queries}
    band = rows.get(alarm.band_id or "")
    match = _BAND.fullmatch(band.expression) if band is not None and band.expression is not None else None
    if match is None or match[1] not in rows:
        return None
    return list(_needed(rows[match[1]], rows))


def _needed(query: MetricQuery, rows: dict[str, MetricQuery]) -> Iterator[MetricQuery]:
    yield query
    for name in dict.fromkeys(_ID.findall(query.expression or "")):
        if name in rows and name != query.id:
            yield from _needed(rows[name], rows)


def _single(stat: MetricStat, parameters: Parameters) -> Properties:
    return {
        "Namespace": stat.metric.namespace,
        "MetricName": stat.metric.name,
        "Dimensions": dimensions(stat.metric, parameters),
        "Stat": stat.stat,
    }


def _maths(
    alarm: MetricAlarm, query: MetricQuery, inputs: Sequence[MetricQuery], parameters: Parameters
) -> list[Value]:
    """Return the rows in the alarm's order; the one that is watched returns data, and only it."""
    names = {query.id, *(row.id for row in inputs)}
    rows = metric_queries([row for row in alarm.queries if row.id in names], parameters)
    return [{**row, "ReturnData": row["Id"] == query.id} for row in rows if isinstance(row, dict)]
