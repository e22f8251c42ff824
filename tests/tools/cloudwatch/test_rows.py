"""Rows of GetQueryResults as columns and tuples."""

from genai_obs.tools.cloudwatch.rows import WireRow, read_table
from genai_obs.tools.insights.result import Column


def row(**cells: str) -> WireRow:
    """Return a row as the service writes it."""
    return [{"field": name.replace("ptr", "@ptr"), "value": value} for name, value in cells.items()]


def test_column_that_only_some_rows_have_stands_where_they_put_it() -> None:
    """A missing field leaves a gap, and its column stays in order."""
    columns, rows = read_table([row(a="1", c="3", ptr="p"), row(a="1", b="x", c="3", ptr="q"), row(ptr="r")])

    assert [column.name for column in columns] == ["a", "b", "c", "@ptr"]
    assert rows == [("1", None, "3", "p"), ("1", "x", "3", "q"), (None, None, None, "r")]


def test_pointer_is_last_also_where_a_later_row_has_more() -> None:
    """@ptr never stands between fields."""
    columns, _ = read_table([row(ptr="p"), row(a="1", ptr="q")])

    assert [column.name for column in columns] == ["a", "@ptr"]


def test_kinds_follow_from_the_values() -> None:
    """Numbers and times are known by their text; one other value makes a column text."""
    columns, _ = read_table(
        [
            row(n="1", t="2026-01-01 00:00:00.000", m="1"),
            row(n="-2.5e3", t="2026-01-01 00:00:00.001", m="x"),
        ]
    )

    assert columns == (Column("n", "number"), Column("t", "time"), Column("m", "text"))


def test_no_rows_have_no_columns() -> None:
    """An empty answer is an empty table."""
    assert read_table([]) == ((), [])
