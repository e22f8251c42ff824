"""A threshold with which an alarm would have fired about as often as somebody wants."""

import math
from dataclasses import dataclass, replace

import numpy as np

from genai_obs.tools.alarms.backtest import LEAST_SPAN_S, WEEK_S, Backtest, summarise
from genai_obs.tools.alarms.comparison import THRESHOLD_COMPARISONS
from genai_obs.tools.alarms.history import replay
from genai_obs.tools.alarms.rule import MetricAlarm
from genai_obs.tools.alarms.schedule import EXTRA_POINTS
from genai_obs.tools.alarms.trials import Trials
from genai_obs.tools.alarms.watched import watched_query
from genai_obs.tools.alarms.windows import DAY_S
from genai_obs.tools.alarms.words import label_of, with_unit
from genai_obs.tools.metrics.reader import MetricReader

# Thresholds tried before the search closes in on one; more of them near the end of the rarest values.
_TRIED = 48

# A round threshold may fire a little less often than the best one, down to this share of it.
_ABOUT = 0.9
_DIGITS = 7


@dataclass(frozen=True, slots=True)
class Suggestion:
    """
    A threshold.

    Args:
        threshold: What to set; None where there is none to suggest.

        backtest: What it would have given; None like ``threshold``.

        sentence: The suggestion, or the reason why there is none, in words.
    """

    threshold: float | None
    backtest: Backtest | None
    sentence: str


def suggest_threshold(
    alarm: MetricAlarm,
    reader: MetricReader,
    start_s: int,
    end_s: int,
    alerts_per_week: float,
    *,
    extra_points: int = EXTRA_POINTS,
) -> Suggestion:
    """
    Return the threshold with which an alarm would have fired at most so often, and as nearly so often as there is.

    The strictest thresholds are tried first and the search ends at the first that fires too often: one far below,
    with which the alarm would never leave ALARM, fires rarely too and is no answer.

    Args:
        alarm: Everything but its threshold is kept.

        reader: Has the numbers.

        start_s: Start of the range that is replayed.

        end_s: Its end; at least a day later.

        alerts_per_week: How many alerts are wanted; 0 or more.

        extra_points: How many periods more than N sliding windows fetch, as in the replay.

    Raises:
        GenaiObsError: The alarm cannot be judged.
    """
    if alarm.comparison not in THRESHOLD_COMPARISONS:
        return _none("an anomaly band is its own threshold; its width is what can be changed")
    if end_s - start_s < LEAST_SPAN_S:
        return _none("less than a day does not tell how often a week it would fire")
    trials = Trials.of(alarm, reader, start_s, end_s, extra_points)
    if trials is None:
        return _none("it watches several series, each with thresholds of its own")
    if not trials.thresholds:
        return _none("it has no datapoint in the range")
    most = int(alerts_per_week * (end_s - start_s) / WEEK_S)
    place = search(trials, most)
    if place is None:
        return _none(f"it would fire more than {alerts_per_week:g} times a week without a breach: for want of data")
    threshold = _readable(trials, place, most)
    tried = replay(replace(alarm, threshold=threshold), reader, start_s, end_s, extra_points=extra_points)
    backtest = summarise(tried)
    return Suggestion(threshold, backtest, _sentence(alarm, threshold, backtest) + _never(trials, backtest, most))


def search(trials: Trials, most: int) -> int | None:
    """Return the place of the threshold that fires most often, but at most so often; None when even the first does."""
    last = len(trials.thresholds)
    good, bad = -1, last
    for place in (np.unique(np.geomspace(1, last, _TRIED).astype(np.int64)) - 1).tolist():
        if trials.count(place) > most:
            bad = place
            break
        good = place
    if good < 0:
        return None
    while bad < last and bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if trials.count(middle) <= most else (good, middle)
    return trials.most_frequent(good)


def _readable(trials: Trials, place: int, most: int) -> float:
    """Return a round threshold that fires about as often as the one found, and not too often; else that one."""
    exact = trials.thresholds[place]
    least = math.ceil(_ABOUT * trials.count(place))
    rounded = (trials.stricter(exact, digits) for digits in range(2, _DIGITS))
    fitting = (option for option in (trials.alike(place), *rounded) if least <= trials.count_at(option) <= most)
    return next(fitting, exact)


def _none(reason: str) -> Suggestion:
    return Suggestion(None, None, f"no threshold to suggest: {reason}")


def _sentence(alarm: MetricAlarm, threshold: float, backtest: Backtest) -> str:
    count = len(backtest.firings)
    fired = {0: "never have fired", 1: "have fired once", 2: "have fired twice"}.get(
        count, f"have fired {count:,} times"
    )
    _, unit = label_of(watched_query(alarm))
    span = f"{backtest.span_s / DAY_S:,.3g} days"
    shown = with_unit(_every_digit(threshold), unit)
    return f"with a threshold of {shown} it would {fired} in {span}{_share(backtest)}"


def _every_digit(threshold: float) -> str:
    """Return a threshold so that who copies it sets just this one: a rounded one may be breached by other values."""
    short = f"{threshold:,.12g}"
    return short if float(short.replace(",", "")) == threshold else f"{threshold:,}"


def _share(backtest: Backtest) -> str:
    percent = 100 * (backtest.alarm_share or 0.0)
    if not percent:
        return ""
    return f", in ALARM {'less than 0.1' if percent < 0.1 else format(percent, '.1f')} % of the time"


def _never(trials: Trials, backtest: Backtest, most: int) -> str:
    """Return what is to be said of a threshold that never fires although some alerts are welcome."""
    if backtest.firings or not most:
        return ""
    is_too_often = any(count > most for count in trials.tried)
    return ", and with the next laxer one more often than wanted" if is_too_often else ", nor with any other"
