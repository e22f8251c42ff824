"""When an alarm with a warm-up period is judged for the first time."""

from genai_obs.tools.alarms.schedule import Schedule
from genai_obs.tools.metrics.samples import MINUTE_S


def first_evaluation(
    schedule: Schedule, evaluation_periods: int, warm_up_minutes: int, created_s: int, first_seen: int | None
) -> int:
    """
    Return the moment from which on the alarm is judged; until then it has INSUFFICIENT_DATA.

    The warm-up ends early when data can fill the window: created at 10:00, data from 10:04, 3 x 5 minutes, judged from
    10:19 (documented: alarm-warm-up).

    Args:
        schedule: Its evaluations.

        evaluation_periods: N.

        warm_up_minutes: Its full length.

        created_s: When the alarm was created.

        first_seen: Which evaluation saw a datapoint first; None for none.
    """
    full_s = created_s + MINUTE_S * warm_up_minutes
    if first_seen is None:
        return full_s
    if first_seen == 0:
        # The metric is older than the alarm. That its window counts as filled is our choice.
        return created_s
    # What the evaluation before did not see yet was published since.
    return min(full_s, int(schedule.moments_s[first_seen - 1]) + evaluation_periods * schedule.period_s)
