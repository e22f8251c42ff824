"""Times as people type them."""

import argparse
from datetime import UTC, datetime

import pytest

from genai_obs.errors import GenaiObsError
from genai_obs.tools.cli.when import TimeRange, add_time_arguments, read_range, read_time, show_time

NOW_MS = int(datetime(2026, 11, 21, 15, 30, 20, 250_000, tzinfo=UTC).timestamp() * 1000)


def utc(*parts: int) -> int:
    """Return a time in ms."""
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type, misc]


def ranged(*words: str, default: str | None = None) -> TimeRange:
    """Return the range of a command line."""
    parser = argparse.ArgumentParser()
    add_time_arguments(parser, default="none")
    return read_range(parser.parse_args(words), NOW_MS, default)


@pytest.mark.parametrize(
    ("text", "time_ms"),
    [
        ("now", NOW_MS),
        ("24h", NOW_MS - 86_400_000),
        ("2h30m", NOW_MS - 9_000_000),
        ("90s", NOW_MS - 90_000),
        ("1w", NOW_MS - 7 * 86_400_000),
        ("today", utc(2026, 11, 21)),
        ("yesterday", utc(2026, 11, 20)),
        ("2026-11-20", utc(2026, 11, 20)),
        ("2026-11-20 14:00", utc(2026, 11, 20, 14)),
        ("2026-11-20T14:00:05.125", utc(2026, 11, 20, 14, 0, 5) + 125),
        ("2026-11-20T14:00Z", utc(2026, 11, 20, 14)),
        ("2026-11-20T14:00+01:00", utc(2026, 11, 20, 13)),
        (" 2026-11-20 14:00 ", utc(2026, 11, 20, 14)),
        ("1795218233", 1_795_218_233_000),
        ("1795218233523", 1_795_218_233_523),
        ("999999999w", 0),
    ],
)
def test_a_time_reads_as_people_mean_it(text: str, time_ms: int) -> None:
    """Spans count back from now; what has no offset is UTC, as CloudWatch shows times."""
    assert read_time(text, NOW_MS) == time_ms


@pytest.mark.parametrize("text", ["", "soon", "24", "h", "24x", "-1h", "2026-13-01", "2026-11-20 25:00", "٢٤h", "1e9"])
def test_anything_else_is_a_sentence_with_examples(text: str) -> None:
    """A slip never means some other time."""
    with pytest.raises(GenaiObsError, match="is no time: give 2h30m, 7d") as caught:
        read_time(text, NOW_MS)

    assert caught.value.slug == "bad-time"


@pytest.mark.parametrize(("text", "day"), [("2026-11-20", 20), ("yesterday", 20), ("today", 21)])
def test_a_range_ends_with_the_whole_day(text: str, day: int) -> None:
    """`--start 2026-11-20 --end 2026-11-20` is that day."""
    assert ranged("--start", "2026-11-20", "--end", text) == TimeRange(
        utc(2026, 11, 20), utc(2026, 11, day) + 86_400_000 - 1
    )


def test_a_range_is_open_where_nothing_is_said() -> None:
    """The default stands in for a missing start only; `all` beats it."""
    assert ranged() == TimeRange(None, None)
    assert ranged(default="today") == TimeRange(utc(2026, 11, 21), None)
    assert ranged("--since", "all", default="today") == TimeRange(None, None)
    assert ranged("--since", "1h", default="today") == TimeRange(NOW_MS - 3_600_000, None)


@pytest.mark.parametrize("option", ["--since", "--start", "--end"])
def test_an_empty_time_is_refused(option: str) -> None:
    """A shell variable that is not set must not choose the default in silence: CloudWatch bills what it scans."""
    with pytest.raises(GenaiObsError, match="'' is no time"):
        ranged(option, "", default="today")


def test_a_range_that_ends_before_it_starts_is_refused() -> None:
    """Its answer would be empty, and nobody wants that."""
    with pytest.raises(GenaiObsError, match="ends before it starts: 2026-11-21 00:00 to 2026-11-20 23:59:59"):
        ranged("--since", "today", "--end", "yesterday")


@pytest.mark.parametrize(
    ("time_ms", "shown"),
    [
        (utc(2026, 11, 20, 14), "2026-11-20 14:00"),
        (utc(2026, 11, 20, 14, 0, 5), "2026-11-20 14:00:05"),
        (utc(2026, 11, 20, 14) + 7, "2026-11-20 14:00:00.007"),
    ],
)
def test_a_time_is_shown_as_exactly_as_it_is(time_ms: int, shown: str) -> None:
    """Seconds and milliseconds appear where there are any."""
    assert show_time(time_ms) == shown
