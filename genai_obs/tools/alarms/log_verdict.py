"""What a log alarm says at one moment, in words: which groups are over the line, and with what."""

import math

import numpy as np

from genai_obs.tools.alarms.aggregation import Aggregation, parse_aggregation
from genai_obs.tools.alarms.comparison import breaches
from genai_obs.tools.alarms.log_groups import MOST_GROUPS, MOST_TRACKED, LogHistory, is_upper
from genai_obs.tools.alarms.rule import LogAlarm
from genai_obs.tools.alarms.state import State, StateHistory, Verdict
from genai_obs.tools.alarms.verdict import since
from genai_obs.tools.alarms.words import count_word, duration, listed, shown_numbers, with_unit
from genai_obs.tools.metrics.samples import MINUTE_S

# Groups that a sentence names.
_NAMED = 3

# A range that ends so shortly before the run is called "the last …": lines need a moment to arrive.
_RECENT_S = 5 * MINUTE_S

_LINES = {
    "GreaterThanThreshold": "above",
    "GreaterThanOrEqualToThreshold": "at or above",
    "LessThanThreshold": "below",
    "LessThanOrEqualToThreshold": "at or below",
}
_WITHIN = {
    "GreaterThanThreshold": "not above",
    "GreaterThanOrEqualToThreshold": "below",
    "LessThanThreshold": "not below",
    "LessThanOrEqualToThreshold": "above",
}
_SILENCE = {
    "breaching": "which counts as a breach",
    "notBreaching": "which counts as no breach",
    "ignore": "so it stays as it was",
    "missing": "so it cannot be judged",
}
_LABELS = {"sum": "the sum of", "avg": "the average", "min": "the smallest", "max": "the largest"}


def log_verdict(alarm: LogAlarm, history: LogHistory, at_s: int) -> Verdict:
    """
    Return the state of a log alarm at a moment and why.

    Args:
        alarm: The alarm.

        history: Its replay; the newest run until the moment counts.

        at_s: The moment.
    """
    last = int(np.searchsorted(history.times_s, at_s, side="right")) - 1
    if last < 0:
        return Verdict(alarm.name, at_s, State.INSUFFICIENT_DATA, "its query was not run yet")
    state = State(int(history.states[last]))
    words = _Words(alarm, parse_aggregation(alarm.aggregation))
    reason = words.of_groups(history, last) if words.aggregation.groups else words.of_one(history, last)
    return Verdict(alarm.name, at_s, state, reason + words.rule(), since(history, last))


class _Words:
    """The sentences of one alarm."""

    def __init__(self, alarm: LogAlarm, aggregation: Aggregation) -> None:
        self.aggregation = aggregation
        self._alarm = alarm
        self._field = (aggregation.field or "").replace("`", "")
        self._unit = _unit_of(self._field)

    def of_one(self, history: LogHistory, last: int) -> str:
        """Return what the one value of a run is, and on which side of the line."""
        assert history.values is not None
        value = float(history.values[last])
        if math.isnan(value):
            silence = _SILENCE[self._alarm.missing_data]
            return f"the query found no number in {self._field} {self._window()}, {silence}"
        return f"{self._said(None, value)} {self._window()}, {self._line(value)}"

    def of_groups(self, history: LogHistory, last: int) -> str:
        """Return which groups are over the line; of none the one nearest to it."""
        assert history.values is not None
        assert history.alarming is not None
        if history.alarming[last]:
            return self._over(history, last) + self._limits(history, last)
        nearest = float(history.values[last])
        if math.isnan(nearest):
            return f"the query found no {self._groups()} {self._window()}, {_SILENCE[self._alarm.missing_data]}"
        names = (name for name, group in history.contributors.items() if _value(group, last) == nearest)
        # Not all of very many groups are kept.
        name = next(names, f"one {self._groups()}")
        most = "most" if is_upper(self._alarm) else "least"
        none = f"no {self._groups()} is {self._line()} {self._window()}: {self._said(name, nearest)}, the {most}"
        return none + self._limits(history, last)

    def rule(self) -> str:
        """Return how many results must be over the line, where it is not the newest one alone."""
        needed, of = self._alarm.results_to_alarm, self._alarm.results_to_evaluate
        return "" if of == 1 else f" ({count_word(needed)} of the last {count_word(of)} results must be)"

    def _over(self, history: LogHistory, last: int) -> str:
        assert history.alarming is not None
        over = {
            name: _value(group, last)
            for name, group in history.contributors.items()
            if group.states[last] == State.ALARM
        }
        ranked = sorted(over, key=lambda name: _rank(over[name], upper=is_upper(self._alarm)))[:_NAMED]
        now = [name for name in ranked if self._is_over(over[name])]
        silent = [name for name in ranked if math.isnan(over[name])]
        before = [name for name in ranked if name not in now and name not in silent]
        parts = []
        if now:
            parts.append(f"{listed([self._said(name, over[name]) for name in now])} {self._window()}, {self._line()}")
        if before:
            parts.append(f"{listed(before)} {'was' if len(before) == 1 else 'were'} {self._line()} in earlier results")
        if silent:
            parts.append(f"{listed(silent)} had no number in {self._field}")
        more = int(history.alarming[last]) - len(ranked)
        if more:
            parts.append("one other is in ALARM too" if more == 1 else f"{count_word(more)} others are in ALARM too")
        return "; ".join(parts)

    def _limits(self, history: LogHistory, last: int) -> str:
        assert history.groups is not None
        assert history.alarming is not None
        said = ""
        if history.groups[last] > MOST_GROUPS:
            which = "the largest" if self.aggregation.descending else "it does not say which"
            said += f"; CloudWatch looks at {MOST_GROUPS} of the {history.groups[last]:,} groups only, {which}"
        if history.alarming[last] > MOST_TRACKED:
            said += f"; CloudWatch keeps track of {MOST_TRACKED} in ALARM only"
        return said

    def _said(self, group: str | None, value: float) -> str:
        """Return ``acme spent 14.20 USD``, ``the average score was 0.4``."""
        shown = self._shown(value)
        if self.aggregation.field is None:
            rows = f"{shown} {'row' if value == 1 else 'rows'}"
            return f"the query found {rows}" if group is None else f"{group} had {rows}"
        if self.aggregation.function == "sum" and self._unit == "USD":
            return f"{shown} were spent" if group is None else f"{group} spent {shown}"
        label = f"{_LABELS[self.aggregation.function]} {self._field}"
        return f"{label} was {shown}" if group is None else f"{label} of {group} was {shown}"

    def _is_over(self, value: float) -> bool:
        return bool(breaches(np.array([value]), self._alarm.comparison, self._alarm.threshold)[0])

    def _line(self, value: float | None = None) -> str:
        """Return on which side of the line a value is; of None that it is on the bad one."""
        side = (_LINES if value is None or self._is_over(value) else _WITHIN)[self._alarm.comparison]
        return f"{side} {self._shown(self._alarm.threshold)}"

    def _shown(self, value: float) -> str:
        """Return a value with its unit, never looking like the line when it is not on it."""
        cents = f"{value:,.2f}"
        if self._unit == "USD" and abs(value) >= 1 and value != int(value) and cents != f"{self._alarm.threshold:,.2f}":
            return f"{cents} USD"
        return with_unit(shown_numbers([value], [self._alarm.threshold])[0], self._unit)

    def _groups(self) -> str:
        return " and ".join(field.replace("`", "") for field in self.aggregation.groups)

    def _window(self) -> str:
        ago = self._alarm.end_offset_s
        until = f" up to {ago / MINUTE_S:g} minutes before the run" if ago > _RECENT_S else ""
        return f"in the last {duration(self._alarm.start_offset_s - ago)}{until}"


def _unit_of(field: str) -> str:
    return {"usd": "USD", "ms": "ms"}.get(field.rpartition("_")[2], "")


def _value(group: StateHistory, last: int) -> float:
    return math.nan if group.values is None else float(group.values[last])


def _rank(value: float, *, upper: bool) -> tuple[bool, float]:
    """Return what sorts the worst value first, and a missing one last."""
    return math.isnan(value), -value if upper else value
