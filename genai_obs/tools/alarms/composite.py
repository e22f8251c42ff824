"""
States of composite alarms over a range, from those of the alarms they watch.

AWS: "alarm-combining" in the CloudWatch User Guide. The state is ALARM while the rule is true and else OK
(documented), so ``NOT ALARM(x)`` is true while x is INSUFFICIENT_DATA (derived). CloudWatch shows INSUFFICIENT_DATA
only between the creation of a composite and its first evaluation, which no replay sees.
"""

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import assert_never

import numpy as np
import numpy.typing as npt

from genai_obs.errors import GenaiObsError
from genai_obs.tools.alarms.composite_parser import parse_rule
from genai_obs.tools.alarms.composite_rule import AtLeast, Constant, Every, Node, Not, Rule, Some, StateIs
from genai_obs.tools.alarms.rule import CompositeAlarm
from genai_obs.tools.alarms.state import State, StateHistory, States
from genai_obs.tools.metrics.samples import Integers
from genai_obs.tools.text.diagnostics import Diagnostic, TextError
from genai_obs.tools.text.near import nearest

__all__ = ["check_children", "is_true", "order_composites", "parse_rule", "replay_composite", "states_at"]

Truths = npt.NDArray[np.bool_]


def replay_composite(alarm: CompositeAlarm, histories: Mapping[str, StateHistory]) -> StateHistory:
    """
    Return the states of a composite at every moment at which one of its children was evaluated.

    A child keeps its state until it is evaluated again; before its first evaluation it is INSUFFICIENT_DATA.

    Args:
        alarm: The composite.

        histories: Those of other alarms by name. Of a rule without children the moments of all of them are taken.

    Raises:
        TextError: The rule is none, or a child has no history: then nothing can be said of the composite.
    """
    rule = parse_rule(alarm.rule)
    check_children(rule, histories)
    children = {child.name: histories[child.name] for child in rule.children()}
    times = _union((children or histories).values())
    states = {name: states_at(history, times) for name, history in children.items()}
    truths = is_true(rule.root, states, len(times))
    return StateHistory(alarm.name, times, np.where(truths, State.ALARM, State.OK).astype(np.int8))


def check_children(rule: Rule, known: Iterable[str]) -> None:
    """
    Check that every alarm that a rule names is one of the known.

    Raises:
        TextError: Some are not; with all of them.
    """
    names = set(known)
    problems = [
        Diagnostic("unknown-alarm", f'no states of an alarm "{child.name}" are known here', child.span, hint)
        for child in rule.children()
        if child.name not in names
        for hint in (_did_you_mean(child.name, names),)
    ]
    if problems:
        raise TextError(rule.source, problems)


def order_composites(alarms: Sequence[CompositeAlarm]) -> tuple[CompositeAlarm, ...]:
    """
    Return composites so that each stands behind those that it watches.

    Raises:
        TextError: A rule is none.

        GenaiObsError: Some watch each other in a circle; CloudWatch stops to evaluate them (documented).
    """
    named = {alarm.name: alarm for alarm in alarms}
    watched = {
        alarm.name: [child.name for child in parse_rule(alarm.rule).children() if child.name in named]
        for alarm in alarms
    }
    try:
        return tuple(named[name] for name in TopologicalSorter(watched).static_order())
    except CycleError as error:
        circle = " watches ".join(f'"{name}"' for name in reversed(error.args[1]))
        message = f"composite alarms watch each other in a circle: {circle}; CloudWatch would not evaluate them"
        raise GenaiObsError("composite-cycle", message) from None


def states_at(history: StateHistory, times_s: Integers) -> States:
    """Return the state that an alarm has at each moment: that of its last evaluation until then."""
    places = np.searchsorted(history.times_s, times_s, side="right") - 1
    known = np.append(history.states, np.int8(State.INSUFFICIENT_DATA))
    return known[places]


def is_true(node: Node, states: Mapping[str, States], moments: int) -> Truths:
    """Return whether a part of a rule is true at each of so many moments, given each child's state there."""
    match node:
        case StateIs():
            return np.equal(states[node.child.name], node.state)
        case Constant():
            return np.full(moments, node.value)
        case Not():
            return ~is_true(node.operand, states, moments)
        case Every():
            return np.asarray(np.all([is_true(operand, states, moments) for operand in node.operands], axis=0))
        case Some():
            return np.asarray(np.any([is_true(operand, states, moments) for operand in node.operands], axis=0))
        case AtLeast():
            return np.greater_equal(_count(node, states, moments), node.least)
        case _:
            assert_never(node)


def _count(node: AtLeast, states: Mapping[str, States], moments: int) -> npt.NDArray[np.int64]:
    count = np.zeros(moments, np.int64)
    for child in node.children:
        count += (states[child.name] == node.state) != node.negated
    return count


def _union(histories: Iterable[StateHistory]) -> Integers:
    times = [history.times_s for history in histories]
    return np.unique(np.concatenate(times)) if times else np.empty(0, np.int64)


def _did_you_mean(name: str, known: set[str]) -> str | None:
    near = nearest(name, sorted(known))
    return f"did you mean {near}?" if near else None
