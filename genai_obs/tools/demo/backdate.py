"""
Move a log into the past: every invocation as a whole, so that the times inside it stay what they were.

Only times move; no line is invented. What is inside a line otherwise stays byte for byte what the function wrote.
"""

import math
import random
import re
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Final

# The platform's and our own times, Powertools' and ric's, and the plain ones of the text format.
_JSON_TIME: Final = re.compile(r'(?P<before>"(?:timestamp|time)"\s*:\s*")(?P<time>[^"]+)(?P<after>")')
_EMF_TIME: Final = re.compile(r'(?P<before>"_aws"\s*:\s*\{\s*"Timestamp"\s*:\s*)(?P<time>\d+)')
_TEXT_TIME: Final = re.compile(r"^(?P<before>(?:\[[A-Z]+\]\t)?)(?P<time>\d{4}-\d\d-\d\dT[\d:.]+Z)(?P<after>[\t ])")


def spread_times(count: int, end: float, span_s: float, *, seed: int = 0, zone: tzinfo | None = None) -> list[float]:
    """
    Return ascending times within a span, denser by day than by night.

    Args:
        count: How many.

        end: Latest moment, in seconds since the epoch.

        span_s: Length of the span before it.

        seed: The same number gives the same times.

        zone: Where it is day or night; None for the machine's own zone.
    """
    chance = random.Random(seed)  # noqa: S311 - no secret
    slots = [end - span_s + span_s * (index + 0.5) / 240 for index in range(240)]
    weights = [_busyness(datetime.fromtimestamp(slot, zone)) for slot in slots]
    chosen = chance.choices(slots, weights, k=count)
    half = span_s / 480
    # Whole milliseconds, because that is what the lines can say.
    return sorted(min(end, round(slot + chance.uniform(-half, half), 3)) for slot in chosen)


def shift_line(line: str, seconds: float) -> str:
    """Return a log line with all times that the platform, the loggers and EMF wrote moved by some seconds."""
    if not line.startswith("{"):
        return _TEXT_TIME.sub(
            lambda found: found["before"] + _shift_text(found["time"], seconds) + found["after"], line
        )
    line = _JSON_TIME.sub(lambda found: found["before"] + _shift_text(found["time"], seconds) + found["after"], line, 1)
    return _EMF_TIME.sub(lambda found: found["before"] + str(int(found["time"]) + round(seconds * 1000)), line, 1)


def shift_lines(lines: Sequence[str], seconds: float) -> list[str]:
    """Return the lines of one invocation moved together."""
    return [shift_line(line, seconds) for line in lines]


def _busyness(moment: datetime) -> float:
    """Return how much happens at an hour of the day: a hill around two in the afternoon, little at night."""
    hour = moment.hour + moment.minute / 60
    return 0.08 + math.exp(-(((hour - 14) / 4.5) ** 2))


def _shift_text(text: str, seconds: float) -> str:
    """Return a time written as RFC 3339 or as Powertools writes it, moved, in the form it had."""
    try:
        moment = datetime.fromisoformat(text.replace(",", "."))
    except ValueError:
        return text
    moved = moment + timedelta(seconds=seconds)
    if text.endswith("Z"):
        digits = "milliseconds" if "." in text else "seconds"
        return moved.isoformat(timespec=digits).replace("+00:00", "Z")
    return moved.strftime("%Y-%m-%d %H:%M:%S,") + f"{moved.microsecond // 1000:03d}" + moved.strftime("%z")
