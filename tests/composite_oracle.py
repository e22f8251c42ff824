"""Rules of composite alarms made at random, with what they mean worked out by plain Python."""

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st

STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")
NAMES = ("spend", "p90 latency", "a,b(c)", 'say "hi"', "back\\slash", "AND", "ALARM", "50%")

# What a rule says of the states of its children.
Meaning = Callable[[Mapping[str, str]], bool]


def _reference(draw: Any) -> tuple[str, str]:
    """Return a name of an alarm, and a way to write it."""
    name = draw(st.sampled_from(NAMES))
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    plain = not set(name) & set(' ,()"')
    return name, draw(st.sampled_from([name, quoted])) if plain else quoted


@st.composite
def _state_is(draw: Any) -> tuple[str, Meaning]:
    state, (name, written) = draw(st.sampled_from(STATES)), _reference(draw)
    return f"{state}({written})", lambda states: states[name] == state


@st.composite
def _at_least(draw: Any) -> tuple[str, Meaning]:
    children = [_reference(draw) for _ in range(draw(st.integers(1, 4)))]
    names = dict(children)
    state, negated = draw(st.sampled_from(STATES)), draw(st.booleans())
    percent = draw(st.one_of(st.none(), st.integers(1, 100)))
    count = draw(st.integers(1, len(names)))
    amount = str(count) if percent is None else f"{percent}%"
    text = f"AT_LEAST({amount}, {'NOT ' if negated else ''}{state}, ({', '.join(names.values())}))"

    def meaning(states: Mapping[str, str]) -> bool:
        fitting: int = sum((states[name] == state) != negated for name in names)
        return bool(fitting >= count if percent is None else fitting * 100 >= percent * len(names))

    return text, meaning


def _joined(parts: list[tuple[str, Meaning]], word: str, combine: Callable[..., bool]) -> tuple[str, Meaning]:
    text = f" {word} ".join(part for part, _ in parts)
    return text, lambda states: bool(combine(meaning(states) for _, meaning in parts))


_LEAVES = st.one_of(
    _state_is(),
    _at_least(),
    st.sampled_from([("TRUE", lambda _: True), ("FALSE", lambda _: False), ("false", lambda _: False)]),
)


def _operands(children: st.SearchStrategy[tuple[str, Meaning]]) -> st.SearchStrategy[tuple[str, Meaning]]:
    """Return rules that may stand beside any operator."""
    bracketed = children.map(lambda part: (f"( {part[0]})", part[1]))
    operand = st.one_of(_LEAVES, bracketed)
    return st.one_of(operand, operand.map(lambda part: (f"NOT {part[0]}", lambda states: not part[1](states))))


def _rules(children: st.SearchStrategy[tuple[str, Meaning]]) -> st.SearchStrategy[tuple[str, Meaning]]:
    every = st.lists(_operands(children), min_size=1, max_size=3).map(lambda parts: _joined(parts, "AND", all))
    return st.lists(every, min_size=1, max_size=3).map(lambda parts: _joined(parts, "\nOR", any))


def rules() -> st.SearchStrategy[tuple[str, Meaning]]:
    """Return texts of rules, each with its meaning: OR of AND of NOT of conditions, brackets around any rule."""
    return st.recursive(_LEAVES, _rules, max_leaves=12)
