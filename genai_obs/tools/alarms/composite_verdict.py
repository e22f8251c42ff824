"""What a composite says at one moment: which of the alarms it watches made it so."""

from collections.abc import Mapping

import numpy as np

from genai_obs.tools.alarms.composite import states_at
from genai_obs.tools.alarms.composite_parser import parse_rule
from genai_obs.tools.alarms.rule import CompositeAlarm
from genai_obs.tools.alarms.state import State, StateHistory, Verdict
from genai_obs.tools.alarms.verdict import since


def composite_verdict(
    alarm: CompositeAlarm, history: StateHistory, histories: Mapping[str, StateHistory], at_s: int
) -> Verdict:
    """
    Return the state of a composite at a moment, and the states of its children.

    Args:
        alarm: The composite.

        history: Its replay.

        histories: Those of the alarms it watches.

        at_s: The moment, in seconds since 1970.
    """
    last = int(np.searchsorted(history.times_s, at_s, side="right")) - 1
    if last < 0:
        return Verdict(alarm.name, at_s, State.INSUFFICIENT_DATA, "it was not evaluated yet")
    moment = history.times_s[last : last + 1]
    children = {child.name: State(int(states_at(histories[child.name], moment)[0])) for child in parse_rule(alarm.rule).children()}
    return Verdict(alarm.name, at_s, State(int(history.states[last])), _reason(children), since(history, last))


def _reason(children: Mapping[str, State]) -> str:
    alarming = [name for name, state in children.items() if state is State.ALARM]
    if not children:
        return "its rule watches no alarm"
    if not alarming:
        return (
            "it watches one alarm, which is not in ALARM"
            if len(children) == 1
            else (f"none of the {len(children)} alarms it watches is in ALARM")
        )
    listed = ", ".join(alarming)
    return f"{listed} {'is' if len(alarming) == 1 else 'are'} in ALARM, of {len(children)} that it watches"
