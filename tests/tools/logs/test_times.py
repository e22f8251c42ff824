"""Times: one rule, in Python and in SQL."""

import json
from datetime import UTC, datetime

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_obs.tools.logs.times import MAX_MS, parse_time_ms
from genai_obs.tools.logs.times_sql import time_sql

NOON_MS = 1_795_262_400_000  # 2026-11-21T12:00:00Z


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T12:00:00Z",
        "2026-11-21T12:00:00.000Z",
        "2026-11-21t12:00:00z",
        "2026-11-21 12:00:00",
        "2026-11-21 12:00:00,000",
        "2026-11-21 12:00:00,000+0000",
        "2026-11-21T12:00:00.000000+00:00",
        "2026-11-21T12:00:00.000999999Z",
        "2026-11-21T13:30:00.000+01:30",
        "2026-11-21T04:00:00-0800",
        "1795262400",
        "1795262400.0",
        "1795262400000",
        "1795262400000000",
        "1795262400000000000",
    ],
)
def test_every_form_of_a_time_is_read(text: str) -> None:
    """What loggers write is one moment, whatever its form."""
    assert parse_time_ms(text) == NOON_MS


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1_795_262_400, NOON_MS),
        (1_795_262_400.523, NOON_MS + 523),
        (1_795_262_400_523, NOON_MS + 523),
        (1_795_262_400_523_999, NOON_MS + 523),
        (1_795_262_400_523_999_000, NOON_MS + 523),
        (0, 0),
    ],
)
def test_epoch_numbers_are_told_by_their_magnitude(value: float, expected: int) -> None:
    """Seconds, milliseconds, microseconds, nanoseconds; what is finer than a millisecond is cut."""
    assert parse_time_ms(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        "",
        "today",
        "2026-11-21",
        "2026-11-31T12:00:00Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21T12:00:60Z",
        "2026-11-21T12:00:00+24:00",
        "2026-11-21T12:00:00+00:60",
        "2026-W47-6T12:00:00.000Z",
        "٢٠٢٦-11-21T12:00:00Z",
        "1969-12-31T23:59:59.999Z",
        "9999-12-31T23:59:59.999-00:01",
        "-1",
        " 1795262400",
        "1_795_262_400",
        -1,
        1e20,
        10**400,
        float("nan"),
        float("inf"),
        [],
        {},
    ],
)
def test_what_is_no_time_is_none(value: object) -> None:
    """Nothing is guessed, nothing raises."""
    assert parse_time_ms(value) is None


def test_the_edges_of_the_calendar() -> None:
    """The first and the last millisecond that can be shown; an offset may lead into 1970."""
    assert parse_time_ms("1970-01-01T00:00:00.000Z") == 0
    assert parse_time_ms("1969-12-31T23:00:00.000-01:00") == 0
    assert parse_time_ms("9999-12-31T23:59:59.999Z") == MAX_MS


@given(st.datetimes(timezones=st.just(UTC)).filter(lambda moment: moment.year >= 1970))
def test_iso_texts_are_read_back(moment: datetime) -> None:
    """Any moment that Python writes is read to the millisecond."""
    expected = int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000 + 1e-4)

    found = parse_time_ms(moment.isoformat())

    assert found is not None
    assert abs(found - expected) <= 1
    assert datetime.fromtimestamp(found // 1000, UTC) == moment.replace(microsecond=0)


DIGITS = "0123456789"
PIECES = st.sampled_from(
    ["2026-11-21", "2024-02-29", "2026-02-29", "1970-01-01", "1969-12-31", "9999-12-31", "0026-01-01"]
)
CLOCKS = st.sampled_from(["12:00:00", "00:00:00", "23:59:59", "24:00:00", "12:00:60", "1:00:00"])
DECIMALS = st.one_of(
    st.just(""), st.builds(lambda mark, d: mark + d, st.sampled_from(".,"), st.text(DIGITS, max_size=10))
)
ZONES = st.sampled_from(["", "Z", "z", "+00:00", "+0000", "-00:01", "+23:59", "+2400", "-12:60", "+1", " Z", "UTC"])
NEARLY = st.builds(lambda d, t, c, f, z: d + t + c + f + z, PIECES, st.sampled_from("Tt _"), CLOCKS, DECIMALS, ZONES)
MUTATED = st.builds(
    lambda text, place, character: text[:place] + character + text[place + 1 :],
    st.sampled_from(["2026-11-21T12:00:00.123Z", "2026-11-21 12:00:00,123+0000"]),
    st.integers(0, 27),
    st.characters(max_codepoint=0x17F, exclude_characters="\0", exclude_categories=["Cs"]),
)
NUMBERS = st.one_of(
    st.integers(-10, 10**22),
    st.floats(-1e3, 1e21, allow_nan=False),
    st.integers(0, 253402300799999),
    st.floats(0, 4e9),
)
VALUES = st.one_of(
    NEARLY,
    MUTATED,
    NUMBERS,
    NUMBERS.map(str),
    st.text(DIGITS + ".,-+:TZ ", max_size=30),
    st.sampled_from([None, True, [], {}, "null", "", '"', "\\"]),
)


@settings(max_examples=15, deadline=None)
@given(st.lists(VALUES, min_size=100, max_size=100))
def test_sql_and_python_read_the_same_times(values: list[object]) -> None:
    """Two readers of one log must not disagree about when something happened."""
    texts = [json.dumps(value, ensure_ascii=False) for value in values]

    with duckdb.connect() as connection:
        connection.execute("SET autoinstall_known_extensions=false")
        query = f"SELECT {time_sql('v::JSON')} FROM (SELECT unnest(?::VARCHAR[]) v)"
        found = [row[0] for row in connection.execute(query, [texts]).fetchall()]

    expected = [parse_time_ms(json.loads(text)) for text in texts]
    assert dict(zip(texts, expected, strict=True)) == dict(zip(texts, found, strict=True))


def test_sql_gives_null_for_null() -> None:
    """A line without the field has no time of its own."""
    with duckdb.connect() as connection:
        assert connection.execute(f"SELECT {time_sql('NULL::JSON')}").fetchall() == [(None,)]
