"""Windows that the clock of a time zone aligns."""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from alarm_published import DAY, HOUR, METRIC, MINUTE, MONDAY, alarm_on, store_of

from genai_obs.errors import GenaiObsError
from genai_obs.tools.alarms.history import replay
from genai_obs.tools.alarms.schedule import schedule_of
from genai_obs.tools.alarms.state import State
from genai_obs.tools.alarms.wall_clock import PERIODS_S, edges_between, zone_of

VECTORS = json.loads((Path(__file__).parents[2] / "compliance" / "alarms.json").read_text())


def at(text: str, zone: str = "UTC") -> int:
    """Return a moment by what a clock of the zone shows."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


@pytest.mark.parametrize("vector", VECTORS["time_zones"], ids=lambda vector: str(vector["id"]))
def test_time_zones_are_those_that_cloudwatch_takes(vector: dict[str, Any]) -> None:
    """Names, offsets in steps of five minutes, with and without UTC before them."""
    if vector["valid"]:
        assert zone_of(vector["timezone"]).utcoffset(datetime(2026, 11, 16)) is not None  # noqa: DTZ001 - local time
    else:
        with pytest.raises(GenaiObsError, match="multiple of five minutes"):
            zone_of(vector["timezone"])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Europe/Berln", "did you mean Europe/Berlin?"),
        ("+15:00", "no UTC offset"),
        ("+01:60", "no UTC offset"),
        ("../etc/passwd", "there is no time zone"),
        ("", "there is no time zone"),
        ("+1:00", "there is no time zone"),
    ],
)
def test_what_is_no_time_zone_is_said(text: str, sentence: str) -> None:
    """With the nearest name where there is one."""
    with pytest.raises(GenaiObsError) as caught:
        zone_of(text)

    assert sentence in str(caught.value)
    assert caught.value.slug == "bad-time-zone"


def test_a_machine_without_time_zones_says_what_to_install() -> None:
    """Offsets still work there."""
    code = (
        "from genai_obs.tools.alarms.wall_clock import zone_of\n"
        "from genai_obs.errors import GenaiObsError\n"
        "print(zone_of('+05:30'))\n"
        "try:\n    zone_of('Europe/Berlin')\nexcept GenaiObsError as error:\n    print(error.slug, error)\n"
    )
    environment = {**os.environ, "PYTHONTZPATH": ""}
    block = "import sys; sys.modules['tzdata'] = None\n"

    run = subprocess.run(
        [sys.executable, "-c", block + code], env=environment, capture_output=True, text=True, check=True
    )

    assert run.stdout.splitlines()[0] == "UTC+05:30"
    assert "no-time-zones" in run.stdout
    assert "pip install tzdata" in run.stdout


@pytest.mark.parametrize(
    ("zone", "period_s", "moment", "newest"),
    [
        ("UTC", HOUR, "2026-11-18T12:34", "2026-11-18T11:00"),
        ("UTC", HOUR, "2026-11-18T12:00", "2026-11-18T11:00"),
        ("UTC", 300, "2026-11-18T12:34", "2026-11-18T12:25"),
        ("UTC", DAY, "2026-11-18T12:34", "2026-11-17T00:00"),
        ("UTC", 7 * DAY, "2026-11-18T12:00", "2026-11-09T00:00"),
        ("Asia/Kolkata", HOUR, "2026-11-18T12:40", "2026-11-18T11:00"),
        ("Asia/Kolkata", DAY, "2026-11-18T23:59", "2026-11-17T00:00"),
        ("America/New_York", DAY, "2026-11-18T00:00", "2026-11-17T00:00"),
    ],
)
def test_the_newest_window_is_the_last_that_is_over(zone: str, period_s: int, moment: str, newest: str) -> None:
    """Hours, midnights and Mondays of the zone; a window that ends at the moment itself is over."""
    starts = schedule_of(period_s, 1, zone, at(moment, zone), at(moment, zone)).starts()

    assert starts[:, -1].tolist() == [at(newest, zone)]


def test_days_are_as_long_as_the_zone_makes_them() -> None:
    """23 hours in spring, 25 in autumn."""
    berlin = zone_of("Europe/Berlin")
    spring = edges_between(berlin, DAY, at("2026-03-30T12:00"), at("2026-03-30T12:00"), 2)
    autumn = edges_between(berlin, DAY, at("2026-10-26T12:00"), at("2026-10-26T12:00"), 2)

    assert 23 * HOUR in np.diff(spring)
    assert 25 * HOUR in np.diff(autumn)
    assert {datetime.fromtimestamp(edge, berlin).hour for edge in [*spring, *autumn]} == {0}


def test_midnights_that_a_clock_skips_are_where_it_skips() -> None:
    """In Cairo, summer time begins at midnight: 2026-04-24 starts at 01:00."""
    edges = edges_between(zone_of("Africa/Cairo"), DAY, at("2026-04-25T12:00"), at("2026-04-25T12:00"), 2)

    assert at("2026-04-23T22:00") in edges


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "Australia/Lord_Howe", "-03:30"])
@pytest.mark.parametrize("period_s", PERIODS_S)
def test_there_are_always_enough_edges(zone: str, period_s: int) -> None:
    """As many whole windows as were asked for lie before the first moment."""
    start_s = at("2026-04-06T03:17")

    edges = edges_between(zone_of(zone), period_s, start_s, start_s + HOUR, 3)

    assert np.count_nonzero(edges <= start_s) > 3
    assert (np.diff(edges) > 0).all()
    assert edges[-1] + 2 * period_s > start_s + HOUR


def test_a_long_day_is_added_up_whole() -> None:
    """A cent a minute is 15 dollars on the day with 25 hours, and 14.40 on any other."""
    start_s, end_s = at("2026-10-24T00:00", "Europe/Berlin"), at("2026-10-27T00:00", "Europe/Berlin")
    store = store_of({METRIC: {minute: [0.01] for minute in range(start_s, end_s, MINUTE)}})
    alarm = alarm_on(period_s=DAY, threshold=14.5, timezone="Europe/Berlin")

    history = replay(alarm, store, start_s + DAY, end_s)

    assert history.values is not None
    by_day = dict(zip(history.times_s.tolist(), history.values.tolist(), strict=True))
    assert round(by_day[at("2026-10-25T00:00", "Europe/Berlin")], 6) == 14.4
    assert round(by_day[at("2026-10-26T00:00", "Europe/Berlin")], 6) == 15.0
    assert history.states[-1] == State.OK
    assert history.states[history.times_s.tolist().index(at("2026-10-26T09:00"))] == State.ALARM


def test_a_breach_at_noon_is_reported_after_midnight() -> None:
    """Only completed windows are looked at; a sliding window of the same length tells at once."""
    noon = MONDAY + 12 * HOUR
    store = store_of({METRIC: {noon: [100.0]}})

    aligned = replay(alarm_on(period_s=DAY, timezone="UTC"), store, MONDAY, MONDAY + 2 * DAY)
    sliding = replay(alarm_on(period_s=DAY), store, MONDAY, MONDAY + 2 * DAY)

    first = {name: int(h.times_s[h.states == State.ALARM][0]) for name, h in [("wall", aligned), ("slide", sliding)]}
    assert first == {"wall": MONDAY + DAY, "slide": noon + MINUTE}
    assert timedelta(seconds=first["wall"] - first["slide"]) == timedelta(hours=11, minutes=59)
