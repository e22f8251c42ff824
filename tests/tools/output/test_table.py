"""A result as a table for people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_obs.tools.insights.result import Column, Result
from genai_obs.tools.output.numbers import readable_bytes, readable_number
from genai_obs.tools.output.shown import cut, make_harmless, width_of
from genai_obs.tools.output.table import render_table


def table(columns: list[Column], *rows: tuple[str | None, ...], width: int | None = None, colour: bool = False) -> str:
    """Return the table of these rows."""
    return render_table(Result(tuple(columns), list(rows)), width=width, colour=colour)


def test_numbers_stand_below_each_other_at_their_point() -> None:
    """Points are aligned, thousands grouped, a missing value is a dash."""
    shown = table([Column("usd", "number")], ("1234.5",), ("0.000002485",), (None,), ("7",))

    assert shown.splitlines() == [
        "            usd",
        "1,234.5",
        "    0.000002485",
        "    -",
        "    7",
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0.12502600000000002", "0.125026"),
        ("0.000002485", "0.000002485"),
        ("152.33333333333334", "152.333"),
        ("1234567.891234", "1,234,567.891"),
        ("2151248", "2,151,248"),
        ("-1234", "-1,234"),
        ("0", "0"),
        ("1e300", "1e300"),
        ("1_000", "1_000"),
        ("no number", "no number"),
        ("nan", "nan"),
    ],
)
def test_a_number_loses_its_dust_and_nothing_else(text: str, shown: str) -> None:
    """Six digits are kept of a fraction, all of a whole number, and nothing becomes zero."""
    assert readable_number(text) == shown


def test_texts_of_digits_are_aligned_but_not_grouped() -> None:
    """An account number is a text: commas would make it another one."""
    shown = table([Column("account"), Column("name")], ("123456789012", "a"), ("7", "b"))

    assert shown.splitlines()[1:] == ["123456789012  a", "           7  b"]


def test_times_lose_what_is_zero_in_all_of_them() -> None:
    """Days show as days; one time of day keeps it everywhere."""
    days = table([Column("d", "time")], ("2026-11-20 00:00:00.000",), ("2026-11-21 00:00:00.000",), (None,))
    hours = table([Column("h", "time")], ("2026-11-20 00:00:00.000",), ("2026-11-21 01:00:00.000",))
    exact = table([Column("t", "time")], ("2026-11-20 00:00:00.000",), ("2026-11-21 01:00:00.001",))

    assert days.splitlines()[1:] == ["2026-11-20", "2026-11-21", "-"]
    assert hours.splitlines()[1] == "2026-11-20 00:00:00"
    assert exact.splitlines()[1] == "2026-11-20 00:00:00.000"


def test_a_hostile_value_cannot_command_the_terminal() -> None:
    """Escape sequences, direction overrides and breaks are shown, not obeyed; titles too."""
    hostile = "a\x1b[2J\x1b]0;x\x07\r\n\u202eb\x9bc\u2028\x00"

    shown = table([Column(hostile)], (hostile,), width=200)

    assert shown.splitlines()[1] == r"a\x1b[2J\x1b]0;x\x07\r\n\u202eb\x9bc\u2028\x00"
    assert shown.splitlines()[0] == shown.splitlines()[1]
    assert all(character.isprintable() or character == "\n" for character in shown)


def test_a_tab_is_a_blank_and_letters_of_all_scripts_stay() -> None:
    """REPORT lines are full of tabs; names are not only Latin."""
    assert make_harmless("Duration: 1 ms\tAño 日本 é 👩\u200d💻") == "Duration: 1 ms Año 日本 é 👩\u200d💻"


def test_wide_characters_take_two_cells() -> None:
    """Columns stay aligned beside Chinese text and combining accents."""
    shown = table([Column("a"), Column("b")], ("日本", "x"), ("e\u0301", "y"), ("four", "z"))

    assert shown.splitlines()[1:] == ["日本  x", "e\u0301     y", "four  z"]


def test_the_widest_text_is_cut_to_the_terminal() -> None:
    """Numbers and short texts stay whole, and the line fits."""
    columns = [Column("@timestamp", "time"), Column("n", "number"), Column("@message"), Column("id")]
    row = ("2026-11-20 14:00:00.123", "12", "word " * 100, "abc")

    shown = table(columns, row, width=60)

    assert [width_of(line) for line in shown.splitlines()][1] == 60
    assert shown.splitlines()[1].startswith("2026-11-20 14:00:00.123  12  word word")
    assert shown.splitlines()[1].endswith("…  abc")


def test_nothing_is_cut_without_a_terminal() -> None:
    """A file gets whole messages."""
    assert "x" * 5000 in table([Column("@message")], ("x" * 5000,))


def test_a_terminal_too_narrow_for_anything_still_gets_its_columns() -> None:
    """Where a line would show nothing but beginnings, each row is a block of lines."""
    columns = [Column("@timestamp", "time"), Column("n", "number"), Column("model"), Column("id")]
    rows = [("2026-11-20 14:00:00.123", "1234", "x" * 50, "y" * 20), ("2026-11-20 14:00:00.124", None, "m", None)]

    shown = table(columns, *rows, width=50)

    assert shown.splitlines() == [
        "@timestamp  2026-11-20 14:00:00.123",
        "n           1,234",
        "model       " + "x" * 37 + "…",
        "id          " + "y" * 20,
        "",
        "@timestamp  2026-11-20 14:00:00.124",
        "n           -",
        "model       m",
        "id          -",
    ]


def test_the_pointer_is_for_programs() -> None:
    """@ptr is not shown to people."""
    shown = table([Column("a"), Column("@ptr")], ("1", "CmEK"))

    assert shown == "a\n1\n"


def test_titles_are_bold_only_where_colour_is_wanted() -> None:
    """The escape codes are ours and around the title line only."""
    assert table([Column("a")], ("x",), colour=True) == "\x1b[1ma\x1b[0m\nx\n"
    assert "\x1b" not in table([Column("a")], ("x",))


def test_no_rows_leave_the_titles_and_no_columns_leave_nothing() -> None:
    """An empty answer is an answer."""
    assert table([Column("a"), Column("b")]) == "a  b\n"
    assert table([]) == ""


@pytest.mark.parametrize(
    ("text", "width", "shown"), [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("日本", 3, "日…"), ("日本", 2, "…")]
)
def test_a_cut_text_fits_and_says_so(text: str, width: int, shown: str) -> None:
    """A wide character that fits only by half is left out."""
    assert cut(text, width) == shown


@pytest.mark.parametrize(("count", "shown"), [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (10**9, "1.0 GB")])
def test_bytes_are_counted_in_thousands(count: int, shown: str) -> None:
    """As disks are sold and CloudWatch bills."""
    assert readable_bytes(count) == shown


@given(st.text(), st.integers(1, 30))
def test_any_text_is_harmless_and_fits(text: str, width: int) -> None:
    """Whatever a log line holds: nothing unprintable is left but what joins letters, and a cut text fits."""
    shown = make_harmless(text)

    assert all(character.isprintable() or character == "\u200d" for character in shown)
    assert width_of(cut(shown, width)) <= width
