"""Moving a log into the past."""

import itertools
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_obs.tools.demo.backdate import shift_line, shift_lines, spread_times

_NOON = datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp()
_HOUR = -3600.0


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            '{"metric":"AICost","timestamp":"2026-01-02T03:04:05.678Z","_aws":{"Timestamp":1767323045678}}',
            '{"metric":"AICost","timestamp":"2026-01-02T02:04:05.678Z","_aws":{"Timestamp":1767319445678}}',
        ),
        (
            '{"level":"INFO","timestamp":"2026-01-02 03:04:05,678+0000"}',
            '{"level":"INFO","timestamp":"2026-01-02 02:04:05,678+0000"}',
        ),
        (
            '{"timestamp": "2026-01-02T03:04:05Z", "level": "ERROR"}',
            '{"timestamp": "2026-01-02T02:04:05Z", "level": "ERROR"}',
        ),
        (
            '{"time":"2026-01-02T03:04:05.678Z","type":"platform.start"}',
            '{"time":"2026-01-02T02:04:05.678Z","type":"platform.start"}',
        ),
        ("[INFO]\t2026-01-02T03:04:05.678Z\tid\tsaid", "[INFO]\t2026-01-02T02:04:05.678Z\tid\tsaid"),
        (
            "2026-01-02T03:04:05.678Z id Task timed out after 3.00 seconds",
            "2026-01-02T02:04:05.678Z id Task timed out after 3.00 seconds",
        ),
    ],
    ids=["record", "powertools", "runtime client", "platform event", "logging", "timeout"],
)
def test_every_kind_of_time_moves(line: str, expected: str) -> None:
    """In the form it had, and nothing else in the line."""
    assert shift_line(line, _HOUR) == expected


@pytest.mark.parametrize(
    "line",
    [
        "START RequestId: 1 Version: $LATEST",
        "REPORT RequestId: 1\tDuration: 1.00 ms\t",
        "I wrote 2026-01-02T03:04:05Z into my text",
        '{"price":{"as_of":"2026-10-08","version":"2026-11-21"}}',
        '{"answer":"the field \\"timestamp\\":\\"2026-01-02T03:04:05Z\\" is mine"}',
        '{"timestamp":"yesterday"}',
    ],
)
def test_other_lines_stay_as_they_are(line: str) -> None:
    """Prices keep their dates, texts keep their words."""
    assert shift_line(line, _HOUR) == line


def test_the_times_of_one_invocation_keep_their_distances() -> None:
    """What took a second still takes a second."""
    lines = [
        '{"timestamp":"2026-01-02T03:04:05.000Z","_aws":{"Timestamp":1767323045000}}',
        '{"timestamp":"2026-01-02T03:04:06.000Z","_aws":{"Timestamp":1767323046000}}',
    ]

    first, second = (json.loads(line) for line in shift_lines(lines, -7.25))

    assert second["_aws"]["Timestamp"] - first["_aws"]["Timestamp"] == 1000
    for moved in (first, second):
        assert datetime.fromisoformat(moved["timestamp"]).timestamp() * 1000 == moved["_aws"]["Timestamp"]


@given(st.integers(min_value=1, max_value=300), st.sampled_from([60.0, 86_400.0, 604_800.0]))
def test_times_lie_in_the_span_and_ascend(count: int, span_s: float) -> None:
    """None lies in the future, none before the span."""
    times = spread_times(count, _NOON, span_s, zone=UTC)

    assert len(times) == count
    assert all(_NOON - span_s <= time <= _NOON for time in times)
    assert all(one <= other for one, other in itertools.pairwise(times))


def test_there_is_more_to_do_by_day() -> None:
    """A graph of a day has a hill in it."""
    hours = [datetime.fromtimestamp(time, UTC).hour for time in spread_times(500, _NOON, 86_400, zone=UTC)]

    by_day = sum(10 <= hour < 18 for hour in hours)
    by_night = sum(hour < 6 for hour in hours)
    assert by_day > 5 * by_night
