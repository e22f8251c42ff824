"""Why an alarm is in its state: one evaluation told in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from genai_obs.tools.alarms.comparison import Booleans
from genai_obs.tools.alarms.evaluation import newest_real
from genai_obs.tools.alarms.low_samples import least_samples
from genai_obs.tools.alarms.rule import MetricAlarm
from genai_obs.tools.alarms.state import State
from genai_obs.tools.alarms.watched import Watched, period_of, watched_query
from genai_obs.tools.alarms.words import (
    count_word,
    duration,
    label_of,
    listed,
    newest_periods,
    shown_numbers,
    with_article,
    with_unit,
)

_BEYOND = {
    "GreaterThanThreshold": "above",
    "GreaterThanOrEqualToThreshold": "at or above",
    "LessThanThreshold": "below",
    "LessThanOrEqualToThreshold": "at or below",
    "LessThanLowerOrGreaterThanUpperThreshold": "outside",
    "LessThanLowerThreshold": "below",
    "GreaterThanUpperThreshold": "above",
}
_WITHIN = {
    "GreaterThanThreshold": "not above",
    "GreaterThanOrEqualToThreshold": "below",
    "LessThanThreshold": "not below",
    "LessThanOrEqualToThreshold": "above",
    "LessThanLowerOrGreaterThanUpperThreshold": "inside",
    "LessThanLowerThreshold": "not below",
    "GreaterThanUpperThreshold": "not above",
}
# Values that a sentence bears; of more it tells the range.
_MOST_VALUES = 3
_SILENCE: Mapping[str, str] = {
    "breaching": "silence counts as a breach",
    "notBreaching": "silence counts as no breach",
    "ignore": "silence changes nothing, so it stays ",
    "missing": "without data it cannot be judged",
}


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """
    One evaluation of one series.

    Args:
        alarm: The alarm.

        state: Its state after it.

        watched: What it looked at: one row.

        kept: Whether the evaluation left the state as it was.

        guard: What says that the guard of its expression held back every period; None where nothing does.
    """

    alarm: MetricAlarm
    state: State
    watched: Watched
    kept: bool
    guard: str | None = None

    @property
    def used(self) -> Booleans:
        """Which datapoints counted."""
        return newest_real(self.watched.points[0], self.alarm.evaluation_periods)

    @property
    def breaching(self) -> Booleans:
        """Which of them breach."""
        return np.asarray(self.used & self.watched.breaching[0])


def reason_of(scene: Scene) -> str:
    """Return why the alarm is in its state: values, threshold, periods, and what silence had to do with it."""
    if not scene.used.any():
        return _nothing(scene)
    if _rests_on_guesses(scene):
        return _guesses(scene)
    parts = [_breaches(scene) if scene.breaching.any() else _calm(scene), _silence(scene), scene.guard]
    reason = "; ".join(part for part in parts if part)
    return f"{scene.watched.label}: {reason}" if scene.watched.label else reason


def silence_counts(alarm: MetricAlarm, state: State) -> str:
    """Return what the silence of the whole range counts as."""
    return f"{_SILENCE[alarm.missing_data]}{state.name if alarm.missing_data == 'ignore' else ''}"


def _nothing(scene: Scene) -> str:
    alarm = scene.alarm
    label, _ = label_of(watched_query(alarm))
    looked_at = duration(period_of(alarm) * scene.watched.points.shape[1])
    silence = silence_counts(alarm, scene.state)
    band = " (or has no band yet)" if alarm.band_id is not None else ""
    what = (
        f"no value in the last {looked_at}: {scene.guard}" if scene.guard else f"no data in the last {looked_at}{band}"
    )
    return f"{with_article(label)} has {what}; {silence}"


def _breaches(scene: Scene) -> str:
    alarm, count = scene.alarm, int(np.count_nonzero(scene.breaching))
    needed = "" if scene.state is State.ALARM else _needed(alarm, count)
    return f"{_told(scene, scene.breaching)}, {_limit(scene, _BEYOND)}{needed}"


def _calm(scene: Scene) -> str:
    return f"{_told(scene, scene.used)}, {_limit(scene, _WITHIN)}"


def _told(scene: Scene, which: Booleans) -> str:
    """Return ``the spend was 3 and 4 USD in the last two one-hour periods``."""
    label, unit = label_of(watched_query(scene.alarm))
    values = scene.watched.points[0][which].tolist()
    beside = [] if scene.alarm.threshold is None else [scene.alarm.threshold]
    is_range = len(values) > _MOST_VALUES
    shown = shown_numbers([min(values), max(values)] if is_range else values, beside)
    is_one = len(set(shown)) == 1
    said = shown[0] if is_one else listed(shown, "to" if is_range else "and")
    return f"{with_article(label)} was {with_unit(said, unit)} {_when(scene, len(values), is_one=is_one)}"


def _when(scene: Scene, count: int, *, is_one: bool) -> str:
    """Return ``in two of the last three five-minute periods``, with ``each`` where one value holds for all."""
    alarm, used = scene.alarm, int(np.count_nonzero(scene.used))
    # Of a range with gaps the datapoints that count may lie further back than N periods.
    newest = scene.watched.points[0][-alarm.evaluation_periods :]
    has_gaps = bool(np.isnan(newest).any())
    total = used if has_gaps else alarm.evaluation_periods
    periods = newest_periods(period_of(alarm), total, timezone=alarm.timezone, with_data=has_gaps)
    if total in {1, count}:
        each = "each of " if total > 1 and is_one else ""
        return f"in {each}{periods}"
    return f"in {count_word(count)} of {periods}"


def _limit(scene: Scene, words: Mapping[str, str]) -> str:
    word = words[scene.alarm.comparison]
    _, unit = label_of(watched_query(scene.alarm))
    if scene.alarm.threshold is not None:
        points = scene.watched.points[0][scene.used].tolist()
        return f"{word} {with_unit(shown_numbers([scene.alarm.threshold], points)[0], unit)}"
    lower, upper = (with_unit(edge, unit) for edge in _band(scene))
    edges = {"LessThanLowerThreshold": ("lower", lower), "GreaterThanUpperThreshold": ("upper", upper)}
    if scene.alarm.comparison not in edges:
        return f"{word} the band of {lower} to {upper} expected here (ours, not CloudWatch's)"
    # The other edge does not matter, and may lie where no value can be.
    which, edge = edges[scene.alarm.comparison]
    return f"{word} {edge}, the {which} edge of the band expected here (ours, not CloudWatch's)"


def _band(scene: Scene) -> list[str]:
    """Return lower and upper bound beside the newest datapoint that counts."""
    place = int(np.flatnonzero(scene.used)[-1])
    assert scene.watched.lower is not None
    assert scene.watched.upper is not None
    bounds = [float(scene.watched.lower[0][place]), float(scene.watched.upper[0][place])]
    return shown_numbers(bounds, scene.watched.points[0][scene.used].tolist())


def _needed(alarm: MetricAlarm, count: int) -> str:
    missing = alarm.datapoints_to_alarm - count
    return "" if missing <= 0 else f" ({count_word(alarm.datapoints_to_alarm)} are needed)"


def _silence(scene: Scene) -> str:
    """Return what missing datapoints had to do with it; empty when nothing."""
    alarm, real = scene.alarm, int(np.count_nonzero(scene.used))
    filled = alarm.evaluation_periods - real
    count = int(np.count_nonzero(scene.breaching))
    if filled <= 0 or count >= alarm.datapoints_to_alarm:
        return ""
    return _FILLED[alarm.missing_data](scene, filled)


def _counted(filled: int, word: str) -> str:
    return f"{count_word(filled)} without data {'counts' if filled == 1 else 'count'} as {word}"


def _after_silence(scene: Scene, _: int) -> str:
    if scene.state is State.ALARM and not scene.kept:
        return "since then there is no data, and with missing data left at its default that is enough"
    return f"it is too early to tell, so it stays {scene.state.name}" if scene.kept else ""


_FILLED: Mapping[str, Callable[[Scene, int], str]] = {
    "breaching": lambda _, filled: _counted(filled, "breaching"),
    "notBreaching": lambda scene, filled: _counted(filled, "not breaching") if scene.breaching.any() else "",
    "ignore": lambda scene, _: f"the rest is silent, so it stays {scene.state.name}" if scene.kept else "",
    "missing": _after_silence,
}


def _rests_on_guesses(scene: Scene) -> bool:
    return scene.watched.too_few is not None and bool((scene.used & scene.watched.too_few[0]).any())


def _guesses(scene: Scene) -> str:
    query = watched_query(scene.alarm)
    label, _ = label_of(query)
    assert query.stat is not None
    least = least_samples(query.stat.stat)
    few = f"{with_article(label)} rests on fewer samples than the {least:,} from which on it is judged"
    return f"{few}, so it stays {scene.state.name}"


def most_alarming(scenes: Sequence[Scene]) -> Scene:
    """Return the scene to tell of several groups: one in ALARM, or the first."""
    return next((scene for scene in scenes if scene.state is State.ALARM), scenes[0])
