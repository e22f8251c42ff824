"""What CloudWatch would discover in a message."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_obs.tools.logs.discover import MOST_FIELDS, discover


def fields(message: str) -> dict[str, object] | None:
    """Return the object whose leaves are the fields."""
    text = discover(message)[0]
    found: dict[str, object] | None = None if text is None else json.loads(text)
    return found


def flat(value: object, name: str = "") -> list[tuple[str, object]]:
    """Return the leaves of a value the plain way."""
    if isinstance(value, dict):
        members = value.items()
    elif isinstance(value, list):
        members = {str(place): each for place, each in enumerate(value)}.items()
    else:
        return [] if value is None else [(name, value)]
    return [leaf for key, each in members for leaf in flat(each, f"{name}.{key}" if name else key)]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ('{"a":1}', {"a": 1}),
        ('[INFO]\t2026-11-21T12:00:00.000Z\tid\t{"a":{"b":[1,2]}}\n', {"a": {"b": [1, 2]}}),
        ('event {\'a\': 1} then {"b": 2} and {"c": 3}', {"b": 2}),
        ('{{"a":1}}', None),
        ('x {{"a":1}}', {"a": 1}),
        ('x {"a":NaN} {"b":"\\ud800"} {"c":1}', {"c": 1}),
        ("START RequestId: 1 Version: $LATEST", None),
        ("no { json } here", None),
        ("", None),
        ("[1, 2]", None),
        ('"{}"', {}),
    ],
)
def test_the_first_json_object_holds_the_fields(message: str, expected: dict[str, object] | None) -> None:
    """The message itself, or the first object inside a text; what only begins like one is passed over."""
    assert fields(message) == expected


def test_the_message_itself_is_not_copied() -> None:
    """Readers tell by identity that a message is its own JSON."""
    message = '{"a":1}'

    assert discover(message)[0] is message


@pytest.mark.parametrize("prefix", ["", "text "])
@pytest.mark.parametrize("count", [MOST_FIELDS - 1, MOST_FIELDS, MOST_FIELDS + 1, 5 * MOST_FIELDS])
def test_the_first_200_fields_are_taken(count: int, prefix: str) -> None:
    """In document order, named with dots; with fewer the text stays as it is."""
    record = {"a": {"b": list(range(count - 2))}, "c": "x", "d": 1.5}
    message = json.dumps(record)

    text = discover(prefix + message)[0]

    assert text is not None
    assert (text == message) == (count <= MOST_FIELDS)
    assert flat(json.loads(text)) == flat(record)[:MOST_FIELDS]


def test_what_is_no_field_does_not_count() -> None:
    """Null, the empty object and the empty array."""
    message = json.dumps({f"k{n}": [None, {}, [], n][n % 4] for n in range(4 * MOST_FIELDS)})

    assert discover(message)[0] is message


def test_numbers_of_a_cut_object_keep_their_text() -> None:
    """Digits beyond a double, and decimals as written."""
    numbers = "12345678901234567890123,1.50,1e3,-0.0," * MOST_FIELDS

    text = discover('{"x":[' + numbers + "0]}")[0]

    assert text is not None
    assert text.startswith('{"x.0":12345678901234567890123,"x.1":1.50,"x.2":1e3,"x.3":-0.0,')


LEAVES: st.SearchStrategy[object] = st.sampled_from([None, True, 1, -2.5, "x", "", "é", {}, []])
NESTED = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab."), inner)
)


@settings(max_examples=40)
@given(st.lists(NESTED, min_size=1, max_size=6), st.integers(1, 120))
def test_a_cut_object_is_the_beginning_of_the_whole(parts: list[object], repeated: int) -> None:
    """Whatever the nesting, the first leaves are those that a plain walk finds."""
    message = json.dumps({str(place): each for place, each in enumerate(parts * repeated)})

    text = discover(message)[0]

    assert text is not None
    if text is message:
        assert len(flat(json.loads(message))) <= MOST_FIELDS
    else:
        assert json.loads(text, object_pairs_hook=list) == flat(json.loads(message))[:MOST_FIELDS]


HOSTILE = {
    "open braces": "x" + "{" * 1_000_000,
    "open objects": "x" + '{"a":' * 200_000,
    "open objects apart": "x" + '{"a":[1,2,' * 100_000,
    "open strings": "x" + '{"' * 500_000,
    "deep and long names": '{"' + "n" * 1000 + '":' + '{"a":' * 900 + "[" + "1," * 400 + "1]" + "}" * 901,
    "endless number": '{"a":' + "9" * 1_000_000 + "}",
    "endless number inside": 'x {"a":' + "9" * 1_000_000 + "}",
}


@pytest.mark.parametrize("message", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_lines_cost_bounded_work(message: str) -> None:
    """A megabyte made to be slow costs no more than a few readings of it."""
    started = time.process_time()

    discover(message)

    assert time.process_time() - started < 1


def test_names_longer_than_a_query_are_left_out() -> None:
    """No query can ask for them, and nesting would make them grow without end."""
    message = json.dumps({"n" * 20_000: {"x": 1}, "a": list(range(300))})

    found = fields(message)

    assert found is not None
    assert next(iter(found)) == "a.0"


def test_half_a_surrogate_behind_a_double_name_is_broken() -> None:
    """What the second of two equal names hides is seen by the query engine, which refuses the line."""
    assert discover(r'{"a":"\ud800","a":1}') == (None, None, True)
    assert discover(r'text {"a":"\ud800","a":1}') == (None, None, False)
