"""
States of a log alarm with ``by``: of each group (CloudWatch: contributor), and of the alarm out of all of them.

AWS: "alarm-log" in the CloudWatch User Guide.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from genai_obs.tools.alarms.comparison import Booleans, breaches
from genai_obs.tools.alarms.evaluation import Codes, judge, settle
from genai_obs.tools.alarms.log_windows import Runs
from genai_obs.tools.alarms.rule import LogAlarm
from genai_obs.tools.alarms.state import State, StateHistory, States
from genai_obs.tools.metrics.samples import Floats, Integers

# Groups of a run that CloudWatch looks at, and groups in ALARM that it keeps track of (documented: alarm-log).
MOST_GROUPS = 500
MOST_TRACKED = 100


@dataclass(frozen=True, slots=True, eq=False)
class LogHistory(StateHistory):
    """
    The history of a log alarm.

    With ``by``, ``values`` is that of the group furthest on the wrong side, and ``contributors`` holds 500 groups at
    most: those that were in ALARM, then those nearest to it. The alarm's own states rest on all of them.

    Args:
        groups: How many groups each run found; None without ``by``. CloudWatch looks at 500 only.

        alarming: How many of all groups are in ALARM after each run; None without ``by``.
    """

    groups: Integers | None = None
    alarming: Integers | None = None


def is_upper(alarm: LogAlarm) -> bool:
    """Return whether large values are the bad ones."""
    return alarm.comparison.startswith("Greater")


def judge_results(alarm: LogAlarm, results: Floats, present: Booleans) -> Codes:
    """
    Return what each evaluation says: a number of ``State`` or ``KEEP``.

    Args:
        alarm: M, N, comparison, threshold, treatment of missing data.

        results: Those of all runs, the first N - 1 of which are only there for the evaluations behind them.

        present: In which of them the group was found. One that was not in the newest is OK, whatever missing data
            means (documented); one that was not in an earlier one did not breach there (derived).
    """
    breaching = breaches(results, alarm.comparison, alarm.threshold) & present
    points = np.where(present, results, 0.0)
    windows = np.lib.stride_tricks.sliding_window_view
    codes = judge(
        windows(points, alarm.results_to_evaluate),
        windows(breaching, alarm.results_to_evaluate),
        evaluation_periods=alarm.results_to_evaluate,
        datapoints_to_alarm=alarm.results_to_alarm,
        missing_data=alarm.missing_data,
    )
    return np.where(present[-codes.size :], codes, np.int8(State.OK)).astype(np.int8)


def replay_groups(alarm: LogAlarm, moments_s: Integers, found: Mapping[str, Runs]) -> LogHistory:
    """
    Return the states of an alarm whose aggregation has ``by``.

    It is in ALARM while any group is (documented), else OK while any is OK. With no group at all the run has no value.

    Args:
        alarm: The alarm.

        moments_s: Its evaluations.

        found: What each run found of each group; N - 1 runs more than evaluations.
    """
    count = moments_s.size
    tally = _Tally(alarm, count)
    for name, runs in sorted(found.items()):
        tally.add(_replay_group(alarm, name, moments_s, runs), runs.rows[-count:] > 0)
    return LogHistory(alarm.name, moments_s, tally.states(), tally.newest, tally.worst(), tally.present, tally.alarming)


def _replay_group(alarm: LogAlarm, name: str, moments_s: Integers, runs: Runs) -> StateHistory:
    present = runs.rows > 0
    states = settle(judge_results(alarm, runs.results, present))
    values = np.where(present, runs.results, np.nan)[-moments_s.size :]
    return StateHistory(name, moments_s, states, values)


class _Tally:
    """Adds up groups one after another, so that a hundred thousand of them need not be kept."""

    def __init__(self, alarm: LogAlarm, count: int) -> None:
        self.present = np.zeros(count, np.int64)
        self.alarming = np.zeros(count, np.int64)
        self.newest = np.full(count, np.nan)
        self._alarm = alarm
        self._calm = np.zeros(count, np.bool_)
        self._kept: list[tuple[tuple[bool, float], StateHistory]] = []

    def add(self, history: StateHistory, present: Booleans) -> None:
        """Add a group that was found in some of the runs."""
        assert history.values is not None
        in_alarm = history.states == State.ALARM
        self.alarming += in_alarm
        self._calm |= present & (history.states == State.OK)
        self.present += present
        self.newest = (np.fmax if is_upper(self._alarm) else np.fmin)(self.newest, history.values)
        self._kept.append(((bool(in_alarm.any()), self._badness(history.values)), history))
        if len(self._kept) > 2 * MOST_GROUPS:
            self._drop_best()

    def states(self) -> States:
        """Return the states of the alarm itself."""
        nothing = judge_results(
            replace(self._alarm, results_to_evaluate=1, results_to_alarm=1), np.full(1, np.nan), np.ones(1, np.bool_)
        )
        known = [self.alarming > 0, self._calm, self.present > 0]
        said = [np.int8(State.ALARM), np.int8(State.OK), np.int8(State.INSUFFICIENT_DATA)]
        return settle(np.select(known, said, nothing[0]).astype(np.int8))

    def worst(self) -> dict[str, StateHistory]:
        """Return the groups that are kept, the worst first."""
        self._drop_best()
        return {history.alarm: history for _, history in self._kept}

    def _drop_best(self) -> None:
        self._kept.sort(key=lambda entry: entry[0], reverse=True)
        del self._kept[MOST_GROUPS:]

    def _badness(self, values: Floats) -> float:
        known = values[~np.isnan(values)]
        if not known.size:
            return -np.inf
        return float(known.max() if is_upper(self._alarm) else -known.min())
