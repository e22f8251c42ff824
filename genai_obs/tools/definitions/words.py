"""Alarms in words: what is watched and when it fires, said from the object alone."""

import re
from collections.abc import Mapping

from genai_obs.tools.alarms.rule import Alarm, CompositeAlarm, LogAlarm, MetricAlarm
from genai_obs.tools.alarms.words import label_of
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat

_IS: dict[str, str] = {
    "GreaterThanThreshold": "above",
    "GreaterThanOrEqualToThreshold": "at least",
    "LessThanThreshold": "below",
    "LessThanOrEqualToThreshold": "at most",
    "LessThanLowerOrGreaterThanUpperThreshold": "outside",
    "LessThanLowerThreshold": "below",
    "GreaterThanUpperThreshold": "above",
}

_MISSING: dict[str, str] = {
    "missing": "Without any data it is INSUFFICIENT_DATA; one breach followed by silence may raise it.",
    "notBreaching": "Without data a {what} counts as fine.",
    "breaching": "Without data a {what} counts as a breach.",
    "ignore": "Without data it stays in its state.",
}

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")

_GUARD = re.compile(r"IF\(\s*([a-z]\w*)\s*(>=|>)\s*(\d+(?:\.\d+)?)\s*,")
_AGGREGATION = re.compile(
    r"\s*(?P<function>\w+)\((?P<field>[^()]*)\)(?:\s+by\s+(?P<by>[^|]+?))?\s*(?:\|.*)?", re.IGNORECASE
)
_FUNCTIONS = {"sum": "sum", "avg": "average", "min": "smallest value", "max": "largest value", "count": "number"}
_FIELD_UNITS = {"_usd": "USD", "_ms": "ms", "_percent": "%"}
_ANY_IN_ALARM = re.compile(r'ALARM\("[^"()]+"\)(?: OR ALARM\("[^"()]+"\))*')


def explain(alarm: Alarm) -> str:
    """Return a few lines: what is watched, when it fires, what missing data mean."""
    match alarm:
        case MetricAlarm():
            return "\n".join([_watches(alarm), fires(alarm), _missing(alarm), *_seldom(alarm)])
        case LogAlarm():
            return "\n".join([_asks(alarm), fires(alarm), _without_data(alarm.missing_data, "run")])
        case CompositeAlarm():
            return fires(alarm)


def fires(alarm: Alarm) -> str:
    """Return the sentence that says when an alarm fires."""
    match alarm:
        case MetricAlarm():
            return f"Fires when {_breach(alarm)} {_periods(alarm)}{_guard(alarm)}."
        case LogAlarm():
            return f"Fires when {_log_breach(alarm)} in {_runs(alarm)}."
        case CompositeAlarm():
            return _composite(alarm.rule)


def missing_words(alarm: Alarm) -> str:
    """Return CloudWatch's word for how missing data are treated; a composite has none."""
    return "" if isinstance(alarm, CompositeAlarm) else alarm.missing_data


def duration_words(seconds: int) -> str:
    """Return a time in words: ``five minutes``, ``24 hours``."""
    count, unit = _span(seconds)
    return f"{_count(count)} {unit}" + ("" if count == 1 else "s")


def _span(seconds: int) -> tuple[int, str]:
    # A day is said in hours: windows slide, and the last 24 hours are no calendar day.
    for length, unit in ((3600, "hour"), (60, "minute")):
        if seconds % length == 0:
            return seconds // length, unit
    return seconds, "second"


def _count(count: int) -> str:
    return _NUMBERS[count] if 0 <= count < len(_NUMBERS) else str(count)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) and abs(value) < 1e15 else f"{value:g}"


def watched(alarm: MetricAlarm) -> MetricQuery:
    """Return the row whose values are compared: the one that returns data and is no band."""
    returning = [query for query in alarm.queries if query.return_data and query.id != alarm.band_id]
    return returning[0] if returning else alarm.queries[0]


def period_of(alarm: MetricAlarm) -> int:
    """Return the seconds of the alarm's periods; 0 when no row says."""
    periods = [query.stat.period_s for query in alarm.queries if query.stat is not None]
    periods += [query.period_s for query in alarm.queries if query.period_s is not None]
    return periods[0] if periods else 0


def _label(query: MetricQuery) -> tuple[str, str]:
    """Return what a row is called, and its unit; where the label is the row's id, guards of ours call a count so."""
    return (query.id, "") if query.label == query.id else label_of(query)


def _statistic(stat: MetricStat) -> str:
    return f"{stat.stat} of {stat.metric}"


def _watches(alarm: MetricAlarm) -> str:
    row = watched(alarm)
    name, _ = _label(row)
    if row.stat is not None:
        return f"Watches the {name}: {_statistic(row.stat)}."
    inputs = [f"{query.id} is {_statistic(query.stat)}" for query in alarm.queries if query.stat is not None]
    return f"Watches the {name}: {row.expression}" + (f", where {'; '.join(inputs)}." if inputs else ".")


def _breach(alarm: MetricAlarm) -> str:
    name, unit = _label(watched(alarm))
    is_ = _IS[alarm.comparison]
    if alarm.threshold is None:
        return f"the {name} is {is_} its usual band{_width(alarm)}"
    return f"the {name} is {is_} {_amount(alarm.threshold, unit)}"


def _amount(threshold: float, unit: str) -> str:
    return f"{_number(threshold)} {unit}".rstrip()


def _width(alarm: MetricAlarm) -> str:
    for query in alarm.queries:
        found = re.search(r"ANOMALY_DETECTION_BAND\([^,]+,\s*([\d.]+)\s*\)", query.expression or "")
        if query.id == alarm.band_id and found:
            return f" ({found[1]} standard deviations wide)"
    return ""


def _periods(alarm: MetricAlarm) -> str:
    needed, looked_at = alarm.datapoints_to_alarm, alarm.evaluation_periods
    period_s = period_of(alarm)
    clock = f" by the clock of {alarm.timezone}" if alarm.timezone else ""
    count, unit = _span(period_s)
    if looked_at == 1 and clock:
        return f"over the last completed {_count(count)}-{unit} period{clock}"
    if looked_at == 1:
        last = duration_words(period_s).removeprefix("one ") if count == 1 else duration_words(period_s)
        return f"over the last {last}"
    periods = f"{_count(count)}-{unit} periods{clock}"
    if needed == looked_at:
        return f"in each of the last {_count(looked_at)} {periods}"
    return f"in {_count(needed)} of the last {_count(looked_at)} {periods}"


def _guard(alarm: MetricAlarm) -> str:
    """Return the condition that an expression such as ``IF(calls >= 20, …)`` begins with."""
    found = _GUARD.match(watched(alarm).expression or "")
    if found is None:
        return ""
    labels = {query.id: _label(query)[0] for query in alarm.queries}
    how = "at least" if found[2] == ">=" else "more than"
    each = "" if alarm.evaluation_periods == 1 else " each"
    return f", with {how} {found[3]} {labels.get(found[1], found[1])}{each}"


def _missing(alarm: MetricAlarm) -> str:
    return _without_data(alarm.missing_data, "period")


def _seldom(alarm: MetricAlarm) -> list[str]:
    """Return sentences for what most alarms do not have."""
    said = []
    if alarm.low_samples == "ignore":
        said.append("A period with too few samples for its percentile leaves it in its state.")
    if alarm.warm_up_minutes is not None:
        waits = duration_words(60 * alarm.warm_up_minutes)
        said.append(f"It is judged from {waits} after its creation on, or as soon as there are data.")
    return said


def _without_data(missing: str, what: str) -> str:
    return _MISSING[missing].format(what=what)


def _aggregation(alarm: LogAlarm) -> Mapping[str, str | None]:
    found = _AGGREGATION.fullmatch(alarm.aggregation)
    return found.groupdict() if found else {}


def _asks(alarm: LogAlarm) -> str:
    covered = duration_words(alarm.start_offset_s - alarm.end_offset_s).removeprefix("one ")
    late = f" that ended {duration_words(alarm.end_offset_s)} before" if alarm.end_offset_s else ""
    every = duration_words(alarm.schedule_s).removeprefix("one ")
    over = f"{covered}{late}" if late else f"last {covered}"
    return f"Asks every {every}, over the {over}: {alarm.query} → {alarm.aggregation}."


def _log_breach(alarm: LogAlarm) -> str:
    parts = _aggregation(alarm)
    field = (parts.get("field") or "").strip()
    function = (parts.get("function") or "").lower()
    unit = next((unit for suffix, unit in _FIELD_UNITS.items() if field.endswith(suffix)), "")
    what = (
        "the number of matching lines"
        if function == "count"
        else f"the {_FUNCTIONS.get(function, function)} of {field}"
    )
    if not parts:
        what = alarm.aggregation
    of_each = f" of any one {parts['by']}" if parts.get("by") else ""
    return f"{what}{of_each} is {_IS[alarm.comparison]} {_amount(alarm.threshold, unit)}"


def _runs(alarm: LogAlarm) -> str:
    covered = duration_words(alarm.start_offset_s - alarm.end_offset_s)
    if alarm.results_to_evaluate == 1:
        return f"the last {covered.removeprefix('one ')}"
    return f"{_count(alarm.results_to_alarm)} of the last {_count(alarm.results_to_evaluate)} runs over {covered}"


def _composite(rule: str) -> str:
    if _ANY_IN_ALARM.fullmatch(rule):
        names = re.findall(r'ALARM\("([^"]+)"\)', rule)
        return (
            f"Fires when {names[0]} is in ALARM."
            if len(names) == 1
            else f"Fires when any is in ALARM: {', '.join(names)}."
        )
    return f"Fires when this is true: {rule}."
