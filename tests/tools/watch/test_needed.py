"""Which alarms are judged when some are asked for."""

from dataclasses import replace

import pytest

from genai_obs.tools.alarms.rule import CompositeAlarm
from genai_obs.tools.definitions.defaults import default_definitions
from genai_obs.tools.definitions.model import Settings
from genai_obs.tools.watch.needed import keep_needed

DEFAULTS = default_definitions(Settings())
# Two composites above others: one of them watches the other, and one that is not in the set.
ABOVE = CompositeAlarm("above", "", 'ALARM("below") OR ALARM("elsewhere")')
BELOW = CompositeAlarm("below", "", 'ALARM("genai-production-throttles")')
SET = replace(DEFAULTS, alarms=(ABOVE, BELOW, *DEFAULTS.alarms))


@pytest.mark.parametrize(
    ("chosen", "needed"),
    [
        ({"genai-production-daily-spend"}, ["genai-production-daily-spend"]),
        ({"below"}, ["below", "genai-production-throttles"]),
        ({"above"}, ["above", "below", "genai-production-throttles"]),
        (set(), []),
    ],
)
def test_those_and_what_they_watch_are_kept(chosen: set[str], needed: list[str]) -> None:
    """In the order of the set; what a composite watches is judged with it, however far down."""
    kept = keep_needed(SET, chosen.__contains__)

    assert [alarm.name for alarm in kept.alarms] == needed
    assert replace(kept, alarms=SET.alarms) == SET
