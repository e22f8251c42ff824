"""Bars and columns out of block characters, an eighth of a cell fine."""

from collections.abc import Sequence

_FROM_LEFT = " ▏▎▍▌▋▊▉█"
_FROM_BELOW = " ▁▂▃▄▅▆▇█"
# Unicode has blocks that hang from above or grow from the right only as halves, so below zero is drawn more coarsely.
_HALF_FROM_RIGHT = "▐"
_HALF_FROM_ABOVE = "▀"
_FULL = "█"
_EIGHTHS = 8
# A value that is not zero stays visible beside one a million times its size.
_LEAST = 1


def bar(value: float, low: float, high: float, width: int) -> str:
    """
    Return a horizontal bar.

    Args:
        value: What the bar shows, between ``low`` and ``high``.

        low: The least value of all bars, at most 0: below zero the bar grows to the left.

        high: The greatest, at least 0.

        width: Cells from ``low`` to ``high``.
    """
    span = high - low
    if not span:
        return ""
    left = round(-low / span * width)
    if value < 0:
        halves = max(_LEAST, round(min(1.0, value / low) * left * 2))
        drawn = _HALF_FROM_RIGHT * (halves % 2) + _FULL * (halves // 2)
        return f"{drawn:>{left}}"
    return " " * left + _grow(value, high, width - left, _FROM_LEFT)


def columns_of_blocks(
    values: Sequence[float | None], low: float, high: float, height: int, column_width: int
) -> list[str]:
    """
    Return the lines, from the top, of a graph with one column a value; None is an empty column.

    Args:
        values: One each column.

        low: The least value, at most 0: what lies below zero hangs from the line of zero.

        high: The greatest, at least 0.

        height: Lines in all; at least one lies above zero, and one below it where ``low`` does.

        column_width: Cells of a column; from three on, the last one stays empty.
    """
    span = high - low
    below = min(height - 1, max(1, round(-low / span * height))) if low < 0 else 0
    columns = [_column(value, low, high, height - below, below) for value in values]
    ink = column_width - 1 if column_width > 2 else column_width
    gap = " " * (column_width - ink)
    return ["".join(column[line] * ink + gap for column in columns) for line in range(height)]


def _column(value: float | None, low: float, high: float, above: int, below: int) -> str:
    """Return the cells of one column from the top."""
    if value is None:
        return " " * (above + below)
    if value < 0:
        halves = max(_LEAST, round(min(1.0, value / low) * below * 2))
        hanging = _FULL * (halves // 2) + _HALF_FROM_ABOVE * (halves % 2)
        return " " * above + f"{hanging:<{below}}"
    return f"{_grow(value, high, above, _FROM_BELOW):<{above}}"[::-1] + " " * below


def _grow(value: float, high: float, cells: int, blocks: str) -> str:
    if value <= 0 or not high:
        return ""
    eighths = max(_LEAST, round(min(1.0, value / high) * cells * _EIGHTHS))
    return _FULL * (eighths // _EIGHTHS) + blocks[eighths % _EIGHTHS].strip()
