"""Words of the rules of composite alarms, and what people write in their place."""

from genai_obs.tools.alarms.state import State
from genai_obs.tools.text.cursor import shown
from genai_obs.tools.text.diagnostics import Diagnostic
from genai_obs.tools.text.near import nearest
from genai_obs.tools.text.tokens import Lexer, Token
from genai_obs.tools.text.tokens import Rule as Shape

# A name without quotes may hold anything but blanks, round brackets and commas ("alarm-combining", documented).
LEXER = Lexer(
    [
        Shape(None, r"\s+"),
        Shape("quoted", r'"(?:[^"\\]|\\[\s\S])*"'),
        Shape("open-quote", r'"[\s\S]*'),
        Shape("", r"[(),]"),
        Shape("name", r'[^\s(),"][^\s(),]*'),
    ]
)

STATES = {state.name: state for state in State}
CONSTANTS = {"TRUE": True, "FALSE": False}
AT_LEAST = "AT_LEAST"
FUNCTIONS = (*STATES, AT_LEAST)
HABITS = {"&&": "AND", "&": "AND", "||": "OR", "|": "OR", "!": "NOT", "~": "NOT", "INSUFFICIENT": "INSUFFICIENT_DATA"}


def misspelt(token: Token, word: str) -> Diagnostic:
    """Return the problem that a word is in other letters, or of another language."""
    message = f"AWS documents {word}, not {shown(token.text)}"
    return Diagnostic("rule-word", message, token.span, f"write {word}")


def near_word(text: str, words: tuple[str, ...]) -> str | None:
    """Return a hint at the word that is meant, if one is near."""
    near = nearest(text.upper(), words)
    return f"did you mean {near}?" if near else None
