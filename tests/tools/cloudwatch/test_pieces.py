"""Pieces of a time range: together the whole, and nothing twice."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_obs.tools.cloudwatch.pieces import Piece
from genai_obs.tools.insights.language.parser import parse_query

DAY_MS = 86_400_000

PIECES = st.builds(
    lambda first, length: Piece(first, first + length),
    st.integers(0, 2 * DAY_MS),
    st.integers(0, 3_600_000),
)


@given(PIECES, st.integers(2, 16), st.sampled_from([1, 1000, 60_000, 3_600_000]))
def test_pieces_are_the_whole_and_share_nothing(piece: Piece, parts: int, step_ms: int) -> None:
    """Each millisecond lies in one piece, and pieces begin at whole steps."""
    pieces = piece.cut(parts, step_ms)

    assert pieces[0].first_ms == piece.first_ms
    assert pieces[-1].last_ms == piece.last_ms
    assert all(a.last_ms + 1 == b.first_ms for a, b in pairwise(pieces))
    assert all(b.first_ms % step_ms == 0 for b in pieces[1:])
    assert [p.opens for p in pieces] == [True] + [False] * (len(pieces) - 1)
    assert [p.closes for p in pieces] == [False] * (len(pieces) - 1) + [True]


@given(PIECES, st.integers(2, 16), st.sampled_from([1, 1000, 60_000, 3_600_000]))
def test_piece_stays_whole_only_where_no_step_lies_inside(piece: Piece, parts: int, step_ms: int) -> None:
    """A cut is found whenever there is one, so that cutting goes on to the last bin or millisecond."""
    inside = (piece.first_ms // step_ms + 1) * step_ms <= piece.last_ms

    assert (len(piece.cut(parts, step_ms)) > 1) == inside


@given(PIECES, st.integers(2, 16))
def test_seconds_hold_a_piece_if_only_the_first_millisecond_of_the_last_second_counts(piece: Piece, parts: int) -> None:
    """Inner pieces are sent with ranges that hold them however the service reads the end."""
    for part in piece.cut(parts, 1):
        start, end = part.seconds()

        assert start * 1000 <= part.first_ms
        assert part.closes or part.last_ms <= end * 1000


def test_whole_range_is_sent_as_it_was_asked_for() -> None:
    """Nobody's end is moved."""
    whole = Piece.of_seconds(10, 20)

    assert whole.seconds() == (10, 20)
    assert whole.cut(2, 1)[-1].seconds() == (15, 20)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fields a", "filter toMillis(@timestamp) <= 15499\n| fields a"),
        ("| fields a", "| filter toMillis(@timestamp) <= 15499\n| fields a"),
        ("# why\nfields a # b", "# why\nfilter toMillis(@timestamp) <= 15499\n| fields a # b"),
        ("SOURCE 'x' | fields a", "SOURCE 'x' | filter toMillis(@timestamp) <= 15499\n| fields a"),
    ],
)
def test_filter_is_the_first_command(text: str, expected: str) -> None:
    """The rest of the query stays as it was written."""
    first = Piece.of_seconds(10, 20).cut(2, 1)[0]

    assert first.filtered(parse_query(text)) == expected


def test_inner_piece_is_filtered_at_both_ends_and_the_whole_at_none() -> None:
    """Only where two pieces meet is anything filtered."""
    query = parse_query("fields a")
    whole = Piece.of_seconds(10, 12)

    assert whole.cut(3, 1000)[1].filtered(query) == (
        "filter toMillis(@timestamp) >= 11000 and toMillis(@timestamp) <= 11999\n| fields a"
    )
    assert whole.filtered(query) == "fields a"


def test_piece_is_shown_in_utc() -> None:
    """People read times, not milliseconds."""
    assert Piece(1_700_000_000_007, 1_700_000_001_000).shown() == "2023-11-14 22:13:20.007 to 2023-11-14 22:13:21.000"
