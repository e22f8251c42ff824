"""A result as a picture in the terminal."""

import pytest

from genai_obs.errors import GenaiObsError
from genai_obs.tools.insights.result import Column, Result
from genai_obs.tools.output.plot import render_plot
from genai_obs.tools.output.shown import width_of

TIME = Column("bin(1h)", "time")
CALLS = Column("calls", "number")


def hour(number: int) -> str:
    """Return the time text of an hour."""
    return f"2026-11-20 {number:02}:00:00.000"


def plot(columns: list[Column], *rows: tuple[str | None, ...], width: int = 60) -> list[str]:
    """Return the lines of a picture."""
    return render_plot(Result(tuple(columns), list(rows)), width=width).splitlines()


def test_columns_grow_with_their_values() -> None:
    """The highest fills the graph, half of it half, and the axis says from when to when."""
    lines = plot([TIME, CALLS], (hour(1), "16"), (hour(0), "8"), (hour(2), "1"), width=40)

    graph = [line[4:] for line in lines[1:9]]
    assert lines[0] == "calls"
    assert [line[:3].strip() for line in lines[1:9]] == ["16", "", "", "", "", "", "", "0"]
    assert [line[0:7] for line in graph] == [" " * 7] * 4 + ["█" * 7] * 4
    assert all(line[8:15] == "█" * 7 for line in graph)
    assert graph[7][16:23] == "▄" * 7
    assert lines[9].split() == ["2026-11-20", "00:00", "2026-11-20", "02:00"]


def test_a_missing_value_and_an_empty_bin_are_gaps() -> None:
    """A bin without rows takes its place on the axis, and so does one without this number."""
    lines = plot([TIME, CALLS], (hour(0), "1"), (hour(1), None), (hour(3), "1"), width=40)

    bottom = lines[8][3:]
    assert bottom.rstrip() == "███████" + " " * 17 + "███████"


def test_calendar_months_stand_side_by_side() -> None:
    """Months of different lengths leave no gaps between them."""
    months = [(f"2026-{month:02}-01 00:00:00.000", "1") for month in range(1, 5)]

    lines = plot([Column("bin(1mo)", "time"), CALLS], *months, width=40)

    assert lines[8][3:].rstrip() == " ".join(["███████"] * 4)
    assert lines[9].split() == ["2026-01-01", "2026-04-01"]


def test_what_is_not_zero_is_seen() -> None:
    """A small value beside a large one is the lowest block, a zero none."""
    bottom = plot([TIME, CALLS], (hour(0), "1000000"), (hour(1), "0.1"), (hour(2), "0"), width=45)[8]

    assert bottom[11:].rstrip() == "███████ ▁▁▁▁▁▁▁"


def test_more_bins_than_cells_are_merged_into_the_highest() -> None:
    """No peak is lost, and the picture says what a column is."""
    rows = [(f"2026-11-20 00:{minute:02}:{second:02}.000", "1") for minute in range(10) for second in range(60)]
    rows[299] = (rows[299][0], "100")

    lines = plot([TIME, CALLS], *rows, width=40)

    assert lines[1].count("█") == 1
    assert lines[-1].startswith("each column is the highest of up to ")
    assert max(map(len, lines[1:9])) <= 40


def test_texts_beside_the_time_make_a_graph_each() -> None:
    """One graph a model and number, those of a number together."""
    columns = [TIME, Column("model"), CALLS, Column("usd", "number")]

    lines = plot(columns, (hour(0), "a", "1", "2"), (hour(0), None, "3", "4"), (hour(1), "a", "5", "6"))

    titles = [line for line in lines if line.startswith(("calls", "usd"))]
    assert titles == ["calls · a", "calls · -", "usd · a", "usd · -"]


def test_too_many_series_are_refused() -> None:
    """Hundreds of graphs tell nobody anything."""
    rows = [(hour(0), f"user {number}", "1") for number in range(13)]

    with pytest.raises(GenaiObsError, match="13 series; at most 12") as caught:
        plot([TIME, Column("user"), CALLS], *rows)

    assert caught.value.slug == "cannot-plot"


def test_below_zero_hangs_from_the_line() -> None:
    """A negative value is drawn under zero, as far as its share."""
    lines = plot([TIME, CALLS], (hour(0), "-4"), (hour(1), "4"), (hour(2), "-2"), width=40)

    cells = [[f"{line:40}"[4 + place] for line in lines[1:9]] for place in (0, 8, 16)]
    assert "".join(cells[0]) == "    ████"
    assert "".join(cells[1]) == "████    "
    assert "".join(cells[2]) == "    ██  "
    assert lines[8].startswith("-4")


def test_bars_stand_beside_their_labels_and_values() -> None:
    """Without a time each row is a bar, an eighth of a cell fine."""
    lines = plot([Column("model"), CALLS], ("a", "16"), ("bcd", "8"), (None, None), ("e", "0"), width=27)

    assert lines == [
        "calls",
        "a    16  " + "█" * 18,
        "bcd   8  " + "█" * 9,
        "-     -",
        "e     0",
    ]


def test_bars_below_zero_grow_to_the_left() -> None:
    """Zero is where the two kinds meet."""
    lines = plot([Column("model"), CALLS], ("a", "10"), ("b", "-10"), ("c", "-5"), width=28)

    assert lines[1:] == [
        "a   10            " + "█" * 10,
        "b  -10  " + "█" * 10,
        "c   -5       " + "█" * 5,
    ]


def test_digits_of_a_plain_field_can_be_drawn() -> None:
    """`fields @timestamp, latency_ms` has texts only."""
    lines = plot([Column("@timestamp", "time"), Column("latency_ms")], (hour(0), "5"), (hour(1), "10"))

    assert lines[0] == "latency_ms"


def test_a_number_beside_digits_leaves_them_labels() -> None:
    """`count(*) by http_status` counts; the status names the bar."""
    lines = plot([Column("http_status"), CALLS], ("503", "4"), ("429", "2"))

    assert [line.split()[0] for line in lines] == ["calls", "503", "429"]


def test_nothing_to_draw_is_said() -> None:
    """The sentence names the columns there are."""
    with pytest.raises(GenaiObsError, match=r"needs a column of numbers, and the result has none \(a, b\)"):
        plot([Column("a"), Column("b")], ("x", "y"))


def test_no_rows_draw_nothing() -> None:
    """An empty answer is no mistake."""
    assert plot([TIME, CALLS]) == []
    assert plot([Column("a"), CALLS]) == ["calls"]


@pytest.mark.parametrize("width", [1, 20, 40, 79, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Long labels are cut, and columns made narrower."""
    rows: list[tuple[str | None, ...]] = [(hour(number), "日本" * 30, str(number * 1000)) for number in range(24)]

    graph = plot([TIME, Column("model"), CALLS], *rows, width=width)
    bars = plot([Column("model"), CALLS], *[row[1:] for row in rows], width=width)

    assert max(map(width_of, graph + bars)) <= max(width, 20)


def test_a_hostile_label_is_shown_as_text() -> None:
    """Labels come from log lines."""
    lines = plot([Column("model"), CALLS], ("\x1b[31m", "1"))

    assert lines[1].startswith(r"\x1b[31m")
