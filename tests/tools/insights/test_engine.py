"""Running queries: what the compliance data cannot say, such as limits, patterns and the plan that is shown."""

from collections.abc import Mapping

import pytest

from genai_obs.errors import GenaiObsError
from genai_obs.tools.insights.engine import explain_query, run_query
from genai_obs.tools.insights.result import Result
from genai_obs.tools.logs.events import LogEvent
from genai_obs.tools.logs.inputs import events_input
from genai_obs.tools.text.diagnostics import TextError

NOW_MS = 1_795_000_000_000
MINUTE_MS = 60_000


def text_event(minute: int, message: str) -> LogEvent:
    """Return a line of text, so many minutes after the start."""
    return LogEvent(message, NOW_MS + minute * MINUTE_MS)


def json_event(minute: int, json: str) -> LogEvent:
    """Return a line of JSON, so many minutes after the start."""
    return LogEvent(json, NOW_MS + minute * MINUTE_MS, json_text=json)


def ask(query: str, events: list[LogEvent], **options: int | None) -> Result:
    """Run a query over events."""
    times: Mapping[str, int | None] = {"start_ms": None, "end_ms": None, "now_ms": NOW_MS, **options}
    return run_query(query, events_input(events), **times)  # type: ignore[arg-type] # now_ms is never None


def test_rows_beyond_the_default_limit_are_cut_with_a_word() -> None:
    """Nobody takes the first 10,000 rows for all of them."""
    events = [text_event(0, f"line {number}") for number in range(10_001)]

    result = ask("fields @message", events)

    assert len(result.rows) == 10_000
    assert any("first 10,000 rows" in warning for warning in result.warnings)


def test_a_limit_of_the_query_is_no_surprise() -> None:
    """Who writes a limit needs no warning."""
    events = [text_event(0, "a"), text_event(1, "b")]

    result = ask("fields @message | limit 1", events)

    assert (result.rows, result.warnings) == ([("b",)], ())


@pytest.mark.parametrize(("query_limit", "limit", "rows"), [(3, 2, 2), (2, 3, 2)])
def test_the_smaller_limit_counts(query_limit: int, limit: int, rows: int) -> None:
    """A limit beside the query never gives more than the query asks for, nor less."""
    events = [text_event(minute, str(minute)) for minute in range(5)]

    result = ask(f"fields @message | limit {query_limit}", events, limit=limit)

    assert len(result.rows) == rows


def test_pattern_groups_texts_by_their_shape() -> None:
    """Numbers, ids and times vary; what is left is the pattern, the most frequent first."""
    events = [
        text_event(0, "took 17 ms for 0f8fad5b-d9cb-469f-a165-70867728950e"),
        text_event(1, "took 4.5 ms for 7c9e6679-7425-40de-944b-e07fc1f90ae7"),
        text_event(2, "ERROR no answer"),
    ]

    result = ask("pattern @message", events)

    assert result.as_objects() == [
        {"@pattern": "took <*> ms for <*>", "@ratio": "0.6666666666666666", "@sampleCount": "2"},
        {"@pattern": "ERROR no answer", "@ratio": "0.3333333333333333", "@sampleCount": "1", "@severityLabel": "ERROR"},
    ]


def test_diff_compares_with_the_range_before() -> None:
    """A pattern that is new stands out; the earlier range is as long as the query's own."""
    events = [text_event(0, "retry 1"), text_event(11, "retry 2"), text_event(12, "retry 3"), text_event(13, "gone")]

    result = ask(
        "pattern @message | diff", events, start_ms=NOW_MS + 10 * MINUTE_MS, end_ms=NOW_MS + 20 * MINUTE_MS - 1
    )

    counts = [(row["@pattern"], row["@sampleCount"], row["@previousSampleCount"]) for row in result.as_objects()]
    assert counts == [("gone", "1", "0"), ("retry <*>", "2", "1")]


def test_diff_with_the_day_before_leaves_out_what_lies_between() -> None:
    """Only the two ranges count, not the hours between them."""
    day = 24 * 60
    events = [text_event(-day, "retry 1"), text_event(-day // 2, "retry 2"), text_event(0, "retry 3")]

    result = ask("pattern @message | diff previousDay", events, start_ms=NOW_MS, end_ms=NOW_MS + MINUTE_MS)

    assert [row["@previousSampleCount"] for row in result.as_objects()] == ["1"]


def test_diff_without_a_range_is_refused() -> None:
    """There is nothing to compare with."""
    with pytest.raises(TextError) as caught:
        ask("pattern @message | diff", [text_event(0, "a")])

    assert caught.value.slug == "diff-needs-range"


def test_fillmissing_adds_the_empty_bins_of_each_group() -> None:
    """Between the first and the last bin there is a row for each group, with the given value."""
    events = [
        json_event(0, '{"k":"a","n":1}'),
        json_event(2, '{"k":"a","n":2}'),
        json_event(1, '{"k":"b","n":3}'),
    ]

    result = ask("stats sum(n) as s by bin(1m) as t, k | fillmissing with 0 for s | sort k, t", events)

    assert [(row["k"], row["s"]) for row in result.as_objects()] == [
        ("a", "1"),
        ("a", "0"),
        ("a", "2"),
        ("b", "0"),
        ("b", "3"),
        ("b", "0"),
    ]


def test_fillmissing_without_a_value_leaves_the_cells_empty() -> None:
    """No number is made up."""
    events = [json_event(0, '{"n":1}'), json_event(2, '{"n":2}')]

    result = ask("stats sum(n) as s by bin(1m) | fillmissing", events)

    assert [row.get("s") for row in result.as_objects()] == ["1", None, "2"]


def test_fillmissing_does_not_fill_the_memory() -> None:
    """Years of milliseconds are refused before they are made."""
    events = [json_event(0, '{"n":1}'), json_event(500_000, '{"n":2}')]

    with pytest.raises(GenaiObsError) as caught:
        ask("stats sum(n) by bin(1ms) | fillmissing", events)

    assert caught.value.slug == "too-many-bins"


def test_a_place_of_a_discovered_list_is_a_field() -> None:
    """People write list[0] where CloudWatch has list.0: both find it, and neither finds what is not there."""
    events = [json_event(0, '{"ips":["192.0.2.1","192.0.2.2"],"deep":{"list":[{"a":1}]}}')]

    result = ask("fields ips[1] as a, ips.1 as b, deep.list[0].a as c, ips[2] as d", events)

    assert result.as_objects() == [{"a": "192.0.2.2", "b": "192.0.2.2", "c": "1"}]


def test_the_plan_shows_the_tree_and_one_subquery_a_stage() -> None:
    """--explain is what was understood, and the very SQL that runs."""
    plan = explain_query(
        'filter metric = "AICost" | stats sum(value) by bin(1d)',
        events_input([text_event(0, "a")]),
        start_ms=None,
        end_ms=None,
        now_ms=NOW_MS,
    )

    assert "Filter [0:24]" in plan
    assert "Call [33:43] function='sum'" in plan
    assert plan.count(" AS (\n") == 3
    assert "each line is read" in plan


def test_what_a_query_names_is_all_that_is_read() -> None:
    """A field that no stage names has no column, and the text is not read for fields alone."""
    plan = explain_query(
        "stats count(*) by model",
        events_input([text_event(0, "a")]),
        start_ms=None,
        end_ms=None,
        now_ms=NOW_MS,
    )

    assert "'/model'" in plan
    assert '"s": ' not in plan


@pytest.mark.parametrize(
    "text",
    ["a'; DROP TABLE events; --", 'x" OR 1=1', "\u0000", "💥", "%s {0} \\"],
    ids=["quote", "name", "nul", "wide", "form"],
)
def test_hostile_texts_and_names_stay_texts_and_names(text: str) -> None:
    """What a query quotes reaches the database quoted."""
    name = text.replace("`", "").replace("\u0000", "")
    events = [json_event(0, '{"k":"v"}')]
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')

    result = ask(f'fields `{name}` as a, "{quoted}" as b | filter k != "{quoted}"', events)

    assert result.as_objects() == [{"b": text}]


def test_what_cannot_be_spilled_is_said_in_one_sentence() -> None:
    """Long lists are taken apart in memory; DuckDB's advice about its own settings helps nobody here."""
    numbers = ",".join(map(str, range(100_000)))
    events = [json_event(0, f'{{"l":"[{numbers}]"}}')] * 130

    with pytest.raises(GenaiObsError) as caught:
        ask("fields jsonParse(l) as k | unnest k into e | stats sum(e)", events)

    assert caught.value.slug == "out-of-memory"
    assert "\n" not in str(caught.value)
