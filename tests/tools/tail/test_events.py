"""Events as a tail takes them: in batches, chosen by a condition."""

from collections.abc import Iterator

import pytest

from genai_obs.errors import GenaiObsError
from genai_obs.tools.logs.events import LogEvent
from genai_obs.tools.tail.choose import Condition
from genai_obs.tools.tail.events import events_of, in_batches, newer_than
from genai_obs.tools.text.diagnostics import TextError

LINES = [
    '{"metric":"AICost","status":"ok","latency_ms":5,"timestamp":"2026-11-20T23:43:53.523Z"}',
    "START RequestId: 1",
    "",
    '2026-11-20T23:43:54.000Z stream {"metric":"AICost","status":"error","latency_ms":50}',
]
NOW_MS = 1_795_218_240_000


def test_lines_become_events_with_their_object_and_time() -> None:
    """Also behind a prefix, as `aws logs tail` prints lines; blank ones are left out."""
    events = events_of(LINES, calls_only=False)

    assert [event.message for event in events] == [LINES[0], LINES[1], LINES[3]]
    assert events[0].timestamp_ms == 1_795_218_233_523
    assert events[2].json_text == '{"metric":"AICost","status":"error","latency_ms":50}'


def test_lines_that_can_be_no_call_are_passed_over() -> None:
    """They are most of a log."""
    assert [event.message for event in events_of(LINES, calls_only=True)] == [LINES[0], LINES[3]]


def test_a_condition_chooses_as_a_filter_does() -> None:
    """The same language, and the events keep their order."""
    events = events_of(LINES, calls_only=False)

    assert Condition('status != "ok"', NOW_MS).chosen(events) == [events[2]]
    assert Condition("latency_ms > 1 # all calls", NOW_MS).chosen(events) == [events[0], events[2]]
    assert Condition("@message like /START/", NOW_MS).chosen(events) == [events[1]]
    assert Condition("latency_ms > 1", NOW_MS).chosen([]) == []


@pytest.mark.parametrize("end", ["", " |", "  # of today", " | # of today"])
def test_what_follows_a_condition_does_not_matter(end: str) -> None:
    """A last bar and a comment are forgiven, as in a query."""
    events = events_of(LINES, calls_only=True)

    assert Condition(f"(latency_ms > 5){end}", NOW_MS).chosen(events) == events[1:]


def test_a_condition_passes_its_warnings_on() -> None:
    """`true` is no literal of CloudWatch."""
    (warning,) = Condition("stream = true", NOW_MS).warnings

    assert warning.startswith("warning[bare-boolean]: ")
    assert Condition("stream = 1", NOW_MS).warnings == ()


def test_more_than_a_condition_is_refused() -> None:
    """A tail has no place for rows of a stats."""
    with pytest.raises(GenaiObsError, match="takes one condition") as caught:
        Condition('status = "ok" | stats count(*)', NOW_MS)

    assert caught.value.slug == "bad-filter"


def test_a_wrong_condition_is_shown_with_its_place() -> None:
    """As in a query."""
    with pytest.raises(TextError, match=r"\^\^"):
        Condition("statuss(x) = 1", NOW_MS)


def test_events_come_in_batches_and_none_is_lost() -> None:
    """What waits comes together, in order; the end of the source is the end."""
    events = [LogEvent(str(number), NOW_MS) for number in range(2500)]

    batches = list(in_batches(iter(events)))

    assert [event for batch in batches for event in batch] == events
    assert len(batches) < len(events)
    assert list(in_batches(iter(()))) == []


def test_what_the_source_raises_comes_after_its_events() -> None:
    """A lost connection is told, not swallowed."""

    def source() -> Iterator[LogEvent]:
        yield LogEvent("a", NOW_MS)
        raise GenaiObsError("aws-network", "lost")

    batches = in_batches(source())

    seen: list[LogEvent] = []
    with pytest.raises(GenaiObsError, match="lost"):
        seen.extend(event for batch in batches for event in batch)
    assert seen == [LogEvent("a", NOW_MS)]


def test_events_before_a_time_are_left_out() -> None:
    """One without a time may be new, so it is kept."""
    events = [LogEvent("old", 1), LogEvent("new", 2), LogEvent("none", None)]

    assert [event.message for event in newer_than(events, 2)] == ["new", "none"]
    assert newer_than(events, None) == events
