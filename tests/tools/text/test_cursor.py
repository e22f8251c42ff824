"""The place in a row of tokens that parsers stand on."""

import pytest

from genai_obs.tools.text.cursor import Cursor, ProblemError, shown
from genai_obs.tools.text.source import Source, Span
from genai_obs.tools.text.tokens import Lexer, Rule

_LEXER = Lexer([Rule(None, r"\s+"), Rule("name", r"[A-Za-z]+"), Rule("", r"[,()]")])


def _cursor(text: str) -> Cursor:
    source = Source(text)
    return Cursor(source, _LEXER.tokens(source))


def test_taking_walks_through_the_tokens_and_stays_at_the_end() -> None:
    """Behind the last token comes the end, as often as one asks."""
    cursor = _cursor("a b")

    assert [cursor.take().text for _ in range(4)] == ["a", "b", "", ""]


def test_peeking_takes_nothing() -> None:
    """A parser may look ahead, also beyond the end."""
    cursor = _cursor("a b")

    assert (cursor.peek().text, cursor.peek(1).text, cursor.peek(9).kind) == ("a", "b", "end")
    assert cursor.take().text == "a"


def test_accepting_takes_only_what_was_asked_for() -> None:
    """What is not there is left for somebody else."""
    cursor = _cursor("As ,")

    assert cursor.accept(",") is None
    assert cursor.accept_word("by") is None
    token = cursor.accept_word("as")
    assert token is not None
    assert cursor.accept(",")


def test_a_missing_token_is_a_problem_at_its_place() -> None:
    """The problem says what was expected, what was found, and where."""
    cursor = _cursor("a b")
    cursor.take()

    with pytest.raises(ProblemError) as caught:
        cursor.expect("(", "a parenthesis", "write (")

    problem = caught.value.problem
    assert problem.message == 'expected a parenthesis, but found "b"'
    assert (problem.slug, problem.span, problem.hint) == ("unexpected-token", Span(2, 3), "write (")


def test_at_the_end_of_the_text_the_problem_says_so() -> None:
    """Nothing is not shown in quotes."""
    with pytest.raises(ProblemError, match="expected by, but the text ends"):
        _cursor("").expect_word("by")


def test_a_range_reaches_to_the_token_taken_last() -> None:
    """Commands know where they begin and end."""
    cursor = _cursor("ab cd ef")
    cursor.take()
    cursor.take()

    assert cursor.since(0) == Span(0, 5)


def test_long_texts_are_cut_in_messages() -> None:
    """A message stays on one line."""
    assert shown("a\n  b") == '"a b"'
    assert len(shown("x" * 100)) == 42
