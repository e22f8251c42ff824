"""The lexer that both languages build from a table of rules."""

from genai_obs.tools.text.source import Source, Span
from genai_obs.tools.text.tokens import Lexer, Rule, Token

_LEXER = Lexer(
    [
        Rule(None, r"\s+"),
        Rule("name", r"[a-z]+", lambda found, offset: not found or found[-1].span.end < offset),
        Rule("letters", r"[a-z]+"),
        Rule("number", r"[0-9]+"),
        Rule("", r"<=|<"),
    ]
)


def _tokens(text: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in _LEXER.tokens(Source(text))]


def test_the_first_rule_that_matches_makes_the_token() -> None:
    """Rules are tried in the order of the table; a symbol is its own kind."""
    assert _tokens("ab <= 12") == [("name", "ab"), ("<=", "<="), ("number", "12"), ("end", "")]


def test_a_condition_chooses_between_rules() -> None:
    """A rule may look at the tokens before it, as a slash does that divides or opens a pattern."""
    assert _tokens("1ab ab") == [("number", "1"), ("letters", "ab"), ("name", "ab"), ("end", "")]


def test_a_text_without_a_rule_becomes_unknown_tokens() -> None:
    """Every text has tokens; the language says what is wrong with them."""
    assert _tokens("a?!") == [("name", "a"), ("unknown", "?"), ("unknown", "!"), ("end", "")]


def test_tokens_know_their_places() -> None:
    """Spans point into the text, and the end has an empty one behind it."""
    tokens = _LEXER.tokens(Source(" ab 7"))

    assert [token.span for token in tokens] == [Span(1, 3), Span(4, 5), Span(5, 5)]


def test_words_are_compared_without_case() -> None:
    """Keywords are written in any case; other kinds of tokens are no words."""
    assert Token("name", "LiMiT", Span(0, 5)).is_word("sort", "limit")
    assert not Token("string", "limit", Span(0, 5)).is_word("limit")
