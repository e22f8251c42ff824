"""What a composite says at one moment: which of the alarms it watches made it so."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from genai_obs.tools.alarms.composite import replay_composite, states_at
from genai_obs.tools.alarms.composite_parser import parse_rule
from genai_obs.tools.alarms.rule import CompositeAlarm
from genai_obs.tools.alarms.state import State, StateHistory, Verdict
from genai_obs.tools.alarms.verdict import since

# Three states each: more of them make more combinations than anybody would want to wait for.
_MOST_UNKNOWN = 5


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
    children = {
        child.name: State(int(states_at(histories[child.name], moment)[0]))
        for child in parse_rule(alarm.rule).children()
    }
    return Verdict(alarm.name, at_s, State(int(history.states[last])), _reason(children), since(history, last))


def verdict_despite(
    alarm: CompositeAlarm, histories: Mapping[str, StateHistory], at_s: int, unknown: Sequence[str]
) -> Verdict:
    """
    Return what a composite says although some of its children cannot be judged here.

    Its state is told where it is the same whatever they are; else it is None.

    Args:
        alarm: The composite.

        histories: Those of the alarms that were judged.

        at_s: The moment, in seconds since 1970.

        unknown: Names of its children that have no history.
    """
    listed = ", ".join(unknown)
    reason = f"it depends on {listed}, of which these lines cannot tell"
    if len(unknown) > _MOST_UNKNOWN:
        return Verdict(alarm.name, at_s, None, reason)
    first_s = min((int(history.times_s[0]) for history in histories.values() if history.times_s.size), default=at_s)
    possible = {
        _with(alarm, histories, at_s, dict(zip(unknown, states, strict=True)), first_s).state
        for states in product(State, repeat=len(unknown))
    }
    if len(possible) != 1:
        return Verdict(alarm.name, at_s, None, reason)
    known = _with(alarm, histories, at_s, dict.fromkeys(unknown, State.OK), first_s)
    told = f"{known.reason}, whatever {listed} may be, of which these lines cannot tell"
    # When it began may have depended on them.
    return replace(known, reason=told, since_s=None)


def _with(
    alarm: CompositeAlarm,
    histories: Mapping[str, StateHistory],
    at_s: int,
    assumed: Mapping[str, State],
    first_s: int,
) -> Verdict:
    times = np.array([first_s], np.int64)
    made = {name: StateHistory(name, times, np.array([state], np.int8)) for name, state in assumed.items()}
    everything = {**histories, **made}
    return composite_verdict(alarm, replay_composite(alarm, everything), everything, at_s)


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
