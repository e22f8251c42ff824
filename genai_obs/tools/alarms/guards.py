"""Guards of expressions: ``IF(calls >= 20, …)`` computes nothing from too few calls; a reason has to say so."""

import re

import numpy as np

from genai_obs.tools.alarms.rule import MetricAlarm
from genai_obs.tools.alarms.watched import watched_query
from genai_obs.tools.alarms.words import shown_number
from genai_obs.tools.metrics.reader import MetricReader
from genai_obs.tools.metrics.samples import Integers

_GUARD = re.compile(r"\s*IF\s*\(\s*(?P<id>[a-z]\w*)\s*(?P<word>>=|>)\s*(?P<least>\d+(?:\.\d+)?)\s*,", re.ASCII)


def unmet_guard(alarm: MetricAlarm, reader: MetricReader, starts_s: Integers) -> str | None:
    """
    Return what says that the guard of an alarm's expression held back every period; None where there is no such guard.

    Args:
        alarm: The alarm.

        reader: Has the numbers.

        starts_s: The periods that were looked at.
    """
    found = _GUARD.match(watched_query(alarm).expression or "")
    counted = next((query for query in alarm.queries if found is not None and query.id == found["id"]), None)
    if found is None or counted is None or counted.stat is None:
        return None
    counts = reader.read(counted.stat, starts_s)
    least, most = float(found["least"]), float(np.max(counts, initial=0.0, where=~np.isnan(counts)))
    if most == 0 or most > least or (most == least and found["word"] == ">="):
        return None
    how = "" if found["word"] == ">=" else "more than "
    name = counted.label or counted.id
    return f"it takes {how}{shown_number(least)} {name} in a period, and no period had more than {shown_number(most)}"
