"""Numbers, times and metrics in the words of a sentence."""

import re
from collections.abc import Sequence
from decimal import Decimal

from genai_obs.schema import METRICS
from genai_obs.tools.alarms.windows import DAY_S, HOUR_S
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat
from genai_obs.tools.metrics.samples import MINUTE_S

_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_UNIT_AT_END = re.compile(r"(.*?)\s*\(([^()]+)\)")
_UNITS = {"Milliseconds": "ms", "Seconds": "s", "Percent": "%", "Bytes": "bytes"}
# CloudWatch has no currency unit.
_UNITS_BY_NAME = {metric.name: _UNITS.get(metric.unit, "") for metric in METRICS} | {"AICost": "USD"}
_STATISTICS = {
    "Sum": "sum",
    "Average": "average",
    "Minimum": "smallest value",
    "Maximum": "largest value",
    "SampleCount": "number of samples",
}
_PERCENTILE = re.compile(r"p(\d+(?:\.\d+)?)", re.ASCII)
_SIGNIFICANT = 3
_MOST_SIGNIFICANT = 12


def label_of(query: MetricQuery) -> tuple[str, str]:
    """Return what people call a query, and the unit of its values: a label may end with it, as in ``spend (USD)``."""
    if query.label is not None and query.label != query.id:
        found = _UNIT_AT_END.fullmatch(query.label)
        if found is not None:
            return found[1], found[2]
        return query.label, "" if query.stat is None else _unit_of(query.stat)
    if query.stat is None:
        return f"value of {query.expression}", ""
    return f"{_statistic(query.stat.stat)} of {query.stat.metric.name}", _unit_of(query.stat)


def with_article(label: str) -> str:
    """Return ``the error rate``; a label that begins with a capital letter or an article stays as it is."""
    return label if label[:1].isupper() or label.startswith(("the ", "a ", "an ")) else f"the {label}"


def shown_number(value: float, significant: int = _SIGNIFICANT) -> str:
    """Return a number with so many digits where it has decimals, and grouped: ``0.0123``, ``8.33``, ``12,346``."""
    if value == int(value):
        return f"{int(value):,}"
    decimals = max(0, significant - 1 - Decimal(value).adjusted())
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def shown_numbers(values: Sequence[float], beside: Sequence[float]) -> list[str]:
    """Return numbers with enough digits that none looks the same as another number beside it that it is not."""
    for significant in range(_SIGNIFICANT, _MOST_SIGNIFICANT):
        shown = [shown_number(value, significant) for value in values]
        others = {shown_number(other, significant): other for other in beside}
        if all(others.get(text, value) == value for text, value in zip(shown, values, strict=True)):
            return shown
    return [repr(value) for value in values]


def with_unit(text: str, unit: str) -> str:
    """Return a number, or several, with the unit behind."""
    return f"{text} {unit}" if unit else text


def listed(texts: Sequence[str], word: str = "and") -> str:
    """Return ``a``, ``a and b``, ``a, b and c``."""
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} {word} {texts[-1]}"


def count_word(count: int) -> str:
    """Return a small number as a word."""
    return _COUNTS[count] if 0 <= count < len(_COUNTS) else f"{count:,}"


def duration(seconds: int) -> str:
    """Return ``five minutes``, ``24 hours``, ``three days``; of one ``minute``, as after "the last"."""
    count, unit = _span(seconds)
    return unit if count == 1 else f"{count_word(count)} {unit}s"


def newest_periods(period_s: int, count: int, *, timezone: str | None, with_data: bool) -> str:
    """Return ``the last three five-minute periods``; one of them is ``the last five minutes``."""
    data = " with data" if with_data else ""
    if timezone is not None:
        name = {HOUR_S: "hour", DAY_S: "day", 7 * DAY_S: "week"}.get(period_s, f"{_adjective(period_s)} period")
        which = f"completed {name}" if count == 1 else f"{count_word(count)} completed {name}s"
        return f"the last {which}{data} ({timezone})"
    if count == 1 and not with_data:
        return f"the last {duration(period_s)}"
    period = f"{_adjective(period_s)} period"
    return f"the last {period if count == 1 else f'{count_word(count)} {period}s'}{data}"


def _span(seconds: int) -> tuple[int, str]:
    # One day is said in hours: windows slide, and the last 24 hours are no calendar day.
    for length, unit in ((DAY_S, "day"), (HOUR_S, "hour"), (MINUTE_S, "minute")):
        if seconds % length == 0 and seconds > (length if unit == "day" else 0):
            return seconds // length, unit
    return seconds, "second"


def _adjective(period_s: int) -> str:
    count, unit = _span(period_s)
    return f"{count_word(count)}-{unit}"


def _statistic(stat: str) -> str:
    found = _PERCENTILE.fullmatch(stat)
    if found is None:
        return _STATISTICS.get(stat, stat)
    ending = {"1": "st", "2": "nd", "3": "rd"}.get(found[1][-1], "th") if found[1][-2:-1] != "1" else "th"
    return f"{found[1]}{ending} percentile"


def _unit_of(stat: MetricStat) -> str:
    return (
        ""
        if stat.stat == "SampleCount" or stat.stat.startswith(("tc", "TC"))
        else _UNITS_BY_NAME.get(stat.metric.name, "")
    )
