"""The engine and the plain evaluator agree on random queries over random events; and what follows from the language."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from insights_oracle.checks import answer, disagreement, reading_disagreement
from insights_oracle.strategies import Choices, Example, event_lists, examples, file_examples
from insights_oracle.writing import expression_text

from genai_obs.tools.logs.events import LogEvent
from genai_obs.tools.logs.inputs import events_input

NUMBERS, TEXTS = ("n", "o.p", "t"), ("s", "m", "x-y")


@st.composite
def conditions(draw: st.DrawFn) -> tuple[str, str]:
    """Return a field and a comparison of it with a literal, as texts."""
    choices = Choices(draw, NUMBERS, TEXTS, timed=False)
    compared = choices.comparison()
    return expression_text(compared.left), expression_text(compared)


def number_of_events(text: str, events: Sequence[LogEvent]) -> int:
    """Return how many events pass a filter."""
    counted = answer(f"filter {text} | stats count(*) as n", events_input(events)).rows[0][0]
    return int(counted or 0)


@settings(max_examples=40, derandomize=True)
@given(example=examples())
def test_the_engine_agrees_with_a_plain_evaluator(example: Example) -> None:
    """DuckDB's rows are those that a loop over the events gives, read from the same tree."""
    found = disagreement(example)

    assert found is None, found


@settings(max_examples=8, derandomize=True)
@given(example=file_examples())
def test_all_ways_of_reading_agree(example: Example) -> None:
    """Line by line, by columns, into a store and out of it: the answer is the same."""
    found = reading_disagreement(example)

    assert found is None, found


@settings(max_examples=8, derandomize=True)
@given(example=examples(), count=st.integers(1, 4))
def test_limit_gives_no_more_rows(example: Example, count: int) -> None:
    """``limit n`` at the end gives the first n rows at most."""
    inputs, text = events_input(example.events), example.query.text

    limited = answer(f"{text} | limit {count}", inputs).rows

    assert len(limited) == min(count, len(answer(text, inputs).rows))


@settings(max_examples=8, derandomize=True)
@given(events=event_lists(), condition=conditions())
def test_a_filter_and_its_negation_split_the_events(events: list[LogEvent], condition: tuple[str, str]) -> None:
    """Each event that has the field passes a comparison with a literal or its negation, never both."""
    field, compared = condition

    passed = number_of_events(compared, events) + number_of_events(f"not ({compared})", events)

    assert passed == number_of_events(f"ispresent({field})", events)
