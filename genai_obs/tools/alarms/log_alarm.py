"""
States of log alarms over a range: the scheduled query at each run, aggregated, judged against the threshold.

AWS: "alarm-log" in the CloudWatch User Guide and "PutLogAlarm" in its API reference. Where they are silent:

- Runs are made at multiples of the schedule, counted from 1970 (unknown, so ours).
- Exactly the last N results are judged: nothing says that log alarms look further back, as metric alarms do
  (derived from "the last N query executions").
- The rows of a query are aggregated as another ``stats`` of it would; whether CloudWatch first cuts them to 10,000 is
  unknown.
- A run in which no group is found has no value; ``missing_data`` says what that means (unknown; derived from alarms on
  Metrics Insights, where the newest page says so).
"""

from contextlib import nullcontext

import numpy as np

from genai_obs.errors import GenaiObsError
from genai_obs.tools.alarms.aggregation import parse_aggregation
from genai_obs.tools.alarms.evaluation import settle
from genai_obs.tools.alarms.log_groups import LogHistory, judge_results, replay_groups
from genai_obs.tools.alarms.log_query import log_query
from genai_obs.tools.alarms.log_runs import runs_of
from genai_obs.tools.alarms.rule import LogAlarm
from genai_obs.tools.alarms.windows import moments_between
from genai_obs.tools.insights.engine import Session
from genai_obs.tools.logs.inputs import Inputs


def replay_log_alarm(
    alarm: LogAlarm, inputs: Inputs, start_s: int, end_s: int, *, session: Session | None = None
) -> LogHistory:
    """
    Return the states of a log alarm after each run from ``start_s`` to ``end_s``, both included.

    Earlier lines count where the range of time of a run reaches them. A query of stages that look at one row at a time
    is run once over all lines; any other once for each run, of which there may be 500.

    Args:
        alarm: The alarm.

        inputs: The lines.

        start_s: First moment, in seconds since 1970.

        end_s: Last moment.

        session: Queries of the same lines, shared with other alarms; None for one of its own.

    Raises:
        TextError: The query or the aggregation is none.

        GenaiObsError: The alarm's settings cannot be, the lines cannot be read, or there are too many runs.
    """
    _check(alarm)
    aggregation = parse_aggregation(alarm.aggregation)
    query = log_query(alarm, aggregation)
    earlier_s = (alarm.results_to_evaluate - 1) * alarm.schedule_s
    moments = moments_between(start_s, end_s, alarm.schedule_s)
    if not moments.size:
        return LogHistory(alarm.name, moments, np.empty(0, np.int8), np.empty(0))
    runs = moments_between(int(moments[0]) - earlier_s, end_s, alarm.schedule_s)
    with Session(inputs) if session is None else nullcontext(session) as queries:
        found = runs_of(alarm, query, queries, runs)
    if aggregation.groups:
        return replay_groups(alarm, moments, found)
    results = found[""].results
    states = settle(judge_results(alarm, results, np.ones(results.size, np.bool_)))
    return LogHistory(alarm.name, moments, states, results[-moments.size :])


def _check(alarm: LogAlarm) -> None:
    if alarm.schedule_s < 60 or alarm.schedule_s % 60 or not 0 <= alarm.end_offset_s < alarm.start_offset_s:
        message = f"{alarm.name} must run every whole number of minutes, over a range that begins before it ends"
        raise GenaiObsError("log-alarm-schedule", message)
    if not 1 <= alarm.results_to_alarm <= alarm.results_to_evaluate <= 100:
        message = f"{alarm.name} must alarm on 1 to all of the results it evaluates, which are 1 to 100"
        raise GenaiObsError("log-alarm-results", message)
