"""What every alarm of a set did over a range, and which threshold would have fired as often as somebody wants."""

from collections.abc import Iterator
from dataclasses import dataclass

from genai_obs.errors import GenaiObsError
from genai_obs.tools.alarms.backtest import Backtest, summarise
from genai_obs.tools.alarms.rule import Alarm, CompositeAlarm, LogAlarm
from genai_obs.tools.alarms.suggest import Suggestion, suggest_threshold
from genai_obs.tools.watch.judge import Judged, Lines


@dataclass(frozen=True, slots=True)
class Tested:
    """
    One alarm over the range.

    Args:
        alarm: The alarm.

        backtest: What it did; None where these lines cannot tell.

        why_not: Why they cannot; None where they can.

        suggestion: The threshold for the wanted number of alerts; None where none was asked for.
    """

    alarm: Alarm
    backtest: Backtest | None
    why_not: str | None = None
    suggestion: Suggestion | None = None


def backtest(
    judged: Judged, lines: Lines, *, start_s: int, end_s: int, alerts_per_week: float | None = None
) -> tuple[Tested, ...]:
    """
    Return what each alarm did, in the order of the set.

    Args:
        judged: The replays.

        lines: What they were made of.

        start_s: Start of the range, in seconds since 1970.

        end_s: Its end.

        alerts_per_week: How many alerts a week somebody wants of each alarm with a threshold; None for no suggestion.
    """
    return tuple(_test(judged, lines, start_s, end_s, alerts_per_week))


def _test(judged: Judged, lines: Lines, start_s: int, end_s: int, alerts_per_week: float | None) -> Iterator[Tested]:
    for alarm, verdict in zip(judged.definitions.alarms, judged.verdicts, strict=True):
        history = judged.histories.get(alarm.name)
        if history is None:
            yield Tested(alarm, None, verdict.reason)
            continue
        suggestion = (
            None
            if alerts_per_week is None
            else _suggest(alarm, lines, start_s, end_s, alerts_per_week, judged.extra_points)
        )
        yield Tested(alarm, summarise(history), None, suggestion)


def _suggest(
    alarm: Alarm, lines: Lines, start_s: int, end_s: int, alerts_per_week: float, extra_points: int
) -> Suggestion | None:
    if isinstance(alarm, LogAlarm):
        return Suggestion(None, None, "no threshold to suggest: of log alarms only the one they have is tried")
    if isinstance(alarm, CompositeAlarm):
        return None
    try:
        return suggest_threshold(alarm, lines.store, start_s, end_s, alerts_per_week, extra_points=extra_points)
    except GenaiObsError as error:
        return Suggestion(None, None, str(error))
