"""Who answers in the local world: how models behave, and the canned mind that thinks up what they say."""

import random
from dataclasses import dataclass
from typing import Protocol

from genai_obs.tools.local.prompts import Prompt


@dataclass(frozen=True, slots=True)
class Temper:
    """
    How a model behaves.

    Args:
        name: Found in the model id.

        first_ms: Typical time to the first token.

        token_ms: Typical time per output token.

        tokens: Shortest and longest answer.

        cache_minimum: Fewest tokens of a prompt that can be cached, None for a model without caching.
    """

    name: str
    first_ms: float
    token_ms: float
    tokens: tuple[int, int]
    cache_minimum: int | None = None


# Orders of magnitude, not measurements; the minimum lengths of cached prompts are those of the AWS page
# "Prompt caching for faster model inference".
TEMPERS = (
    Temper("claude-sonnet", 900, 14, (120, 320), 1024),
    Temper("claude-haiku", 450, 7, (60, 200), 4096),
    Temper("nova-micro", 180, 3, (30, 90), 1024),
    Temper("nova-lite", 260, 4, (60, 180), 1024),
    Temper("nova-pro", 420, 8, (80, 240), 1024),
    Temper("llama", 330, 6, (60, 200)),
    Temper("", 350, 6, (60, 180)),
)

SENTENCES = (
    "You can return any item within thirty days of delivery.",
    "Please keep the original packaging, because the carrier scans its label.",
    "The refund goes back to the card that you paid with.",
    "It usually takes three to five working days to arrive.",
    "Your parcel left our warehouse and is on its way to you.",
    "If nothing arrives by Friday, write to us and we send it again.",
    "I have noted this in your order, so you need not explain it twice.",
    "The warranty covers faults in material and workmanship for two years.",
    "Wear from normal use is not covered, but we repair it at cost.",
    "You can change the delivery address until the parcel is packed.",
    "A colleague from billing will look at the second charge today.",
    "Vouchers cannot be paid out, but they never expire.",
)
_LABELS = ("billing", "delivery", "returns", "warranty", "other")


@dataclass(frozen=True, slots=True)
class Spoken:
    """
    What a mind said.

    Args:
        text: The text.

        input_tokens: All tokens of the prompt, cached ones included.

        output_tokens: Tokens of the text.

        cut: Whether the limit ended it.

        cached_tokens: Tokens of the prompt that came from a cache; None lets the world decide by its own book.

        took_ms: Time it took, to the first token and in all; None lets the world decide.
    """

    text: str
    input_tokens: int
    output_tokens: int
    cut: bool
    cached_tokens: int | None = None
    took_ms: tuple[float, float] | None = None


class Mind(Protocol):
    """Thinks up an answer; a real model replaces the canned one."""

    def speak(self, prompt: Prompt, temper: Temper) -> Spoken:
        """Answer a prompt."""


class CannedMind:
    """Strings ready-made sentences together; the same seed gives the same answers in the same order."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def speak(self, prompt: Prompt, temper: Temper) -> Spoken:
        """Answer with about as many tokens as the model is wont to."""
        if "one word" in prompt.system + prompt.question:
            text = self._chance.choice(_LABELS)
        else:
            text = self._ramble(self._chance.randint(*temper.tokens))
        limit = prompt.max_tokens
        cut = limit is not None and count_tokens(text) > limit
        if cut and limit is not None:
            text = text[: limit * 4]
        return Spoken(text, count_tokens(prompt.cached + prompt.fresh), count_tokens(text), cut)

    def _ramble(self, tokens: int) -> str:
        """Return a text of at least so many tokens, whole sentences, none twice until all were said."""
        sentences: list[str] = []
        while count_tokens(" ".join(sentences)) < tokens:
            if len(sentences) % len(SENTENCES) == 0:
                order = self._chance.sample(SENTENCES, len(SENTENCES))
            sentences.append(order[len(sentences) % len(SENTENCES)])
        return " ".join(sentences)


def count_tokens(text: str) -> int:
    """Return the tokens of a text by rule of thumb: one for every started four characters."""
    return -(-len(text) // 4)
