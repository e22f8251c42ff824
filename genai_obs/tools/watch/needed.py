"""Which alarms must be judged so that some can be told: a composite needs those that it watches."""

from collections.abc import Callable
from dataclasses import replace

from genai_obs.tools.alarms.composite import parse_rule
from genai_obs.tools.alarms.rule import Alarm, CompositeAlarm
from genai_obs.tools.definitions.model import Definitions


def keep_needed(definitions: Definitions, is_chosen: Callable[[str], bool]) -> Definitions:
    """
    Return definitions with fewer alarms: the chosen ones, and what composites among them watch.

    Args:
        definitions: All alarms.

        is_chosen: Whether the alarm of a name is wanted.

    Raises:
        TextError: The rule of a composite cannot be read.
    """
    alarms = {alarm.name: alarm for alarm in definitions.alarms}
    needed: set[str] = set()
    waiting = [name for name in alarms if is_chosen(name)]
    while waiting:
        name = waiting.pop()
        if name in alarms and name not in needed:
            needed.add(name)
            waiting += _watched(alarms[name])
    return replace(definitions, alarms=tuple(alarm for alarm in definitions.alarms if alarm.name in needed))


def _watched(alarm: Alarm) -> list[str]:
    return [child.name for child in parse_rule(alarm.rule).children()] if isinstance(alarm, CompositeAlarm) else []
