"""A result as a table for people: numbers aligned at their decimal point, long texts cut to the terminal."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from genai_obs.tools.insights.result import Column, ColumnKind, Result
from genai_obs.tools.output.numbers import align_points, all_read_as_numbers, readable_number
from genai_obs.tools.output.shown import cut, make_harmless, width_of

# The pointer to a record is for programs; CloudWatch's console does not show it either (observed).
HIDDEN_COLUMNS = frozenset(("@ptr",))
_MISSING = "-"
_GAP = "  "
_NARROWEST = 8
_UNREADABLE = 16
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


@dataclass(frozen=True, slots=True)
class ReadableColumn:
    """A column ready to print: its title, its cells, how many terminal cells it takes, what it holds."""

    title: str
    cells: list[str]
    width: int
    kind: ColumnKind

    @property
    def is_number(self) -> bool:
        """Whether it is padded on the left."""
        return self.kind == "number"


def render_table(result: Result, *, width: int | None, colour: bool = False) -> str:
    """
    Return a table, each line ended by a line break.

    Args:
        result: What to show.

        width: Cells of the terminal, into which the widest text columns are cut; where too little would be left of
            them, each row is a block of lines, one a column. None cuts nothing.

        colour: Whether titles are bold.
    """
    return render_columns(readable_columns(result), width=width, colour=colour)


def render_columns(columns: Sequence[ReadableColumn], *, width: int | None, colour: bool = False) -> str:
    """Return the table of columns that are ready to print."""
    if not columns:
        return ""
    fitting = _fit(columns, width)
    if any(fit.width < min(column.width, _UNREADABLE) for fit, column in zip(fitting, columns, strict=True)):
        return "\n".join(_records(columns, width, colour=colour))
    title = _line(fitting, [column.title for column in fitting])
    lines = [f"{_BOLD}{title}{_PLAIN}" if colour else title]
    lines += [_line(fitting, cells) for cells in zip(*(column.cells for column in fitting), strict=True)]
    return "".join(line + "\n" for line in lines)


def _records(columns: Sequence[ReadableColumn], width: int | None, *, colour: bool) -> Iterator[str]:
    """Yield a block of lines for each row: names and values."""
    widest = max(width_of(column.title) for column in columns)
    room = max(1, (width or 0) - widest - len(_GAP))
    for cells in zip(*(column.cells for column in columns), strict=True):
        lines = []
        for column, cell in zip(columns, cells, strict=True):
            title = column.title + " " * (widest - width_of(column.title))
            lines.append((f"{_BOLD}{title}{_PLAIN}" if colour else title) + _GAP + cut(cell.strip(), room) + "\n")
        yield "".join(lines)


def readable_columns(result: Result) -> list[ReadableColumn]:
    """Return the columns that people see, every cell harmless and on one line."""
    return [
        readable_column(column, [row[place] for row in result.rows])
        for place, column in enumerate(result.columns)
        if column.name not in HIDDEN_COLUMNS
    ]


def readable_column(column: Column, values: Sequence[str | None]) -> ReadableColumn:
    """Return a column of values as people read its kind; texts that are all digits are aligned, but not grouped."""
    if column.kind == "text" and all_read_as_numbers(values):
        return make_column(column.name, values, "number")
    return make_column(column.name, _READABLE[column.kind](values), column.kind)


def make_column(title: str, cells: Sequence[str | None], kind: ColumnKind) -> ReadableColumn:
    """Return a column of texts that are already as people read them."""
    texts = [_MISSING if cell is None else make_harmless(cell) for cell in cells]
    if kind == "number":
        texts = align_points(texts)
    title = make_harmless(title)
    return ReadableColumn(title, texts, max(map(width_of, (title, *texts))), kind)


def shorten_times(values: Sequence[str | None]) -> list[str | None]:
    """Return times without the part that is zero in all of them: milliseconds, then the time of day."""
    texts = list(values)
    for zero in (".000", " 00:00:00"):
        if all(text is None or text.endswith(zero) for text in texts):
            texts = [None if text is None else text.removesuffix(zero) for text in texts]
    return texts


def _readable_numbers(values: Sequence[str | None]) -> list[str | None]:
    return [None if value is None else readable_number(value) for value in values]


_READABLE: dict[ColumnKind, Callable[[Sequence[str | None]], Sequence[str | None]]] = {
    "number": _readable_numbers,
    "time": shorten_times,
    "text": list,
}


def _fit(columns: Sequence[ReadableColumn], width: int | None) -> Sequence[ReadableColumn]:
    """Cut the widest text column again and again until the line fits or nothing can be cut any more."""
    if width is None:
        return columns
    widths = [column.width for column in columns]
    room = width - len(_GAP) * (len(columns) - 1)
    texts = [place for place, column in enumerate(columns) if column.kind == "text"]
    while texts and sum(widths) > room:
        widest = max(texts, key=lambda place: widths[place])
        if widths[widest] <= _NARROWEST:
            break
        others = [widths[place] for place in texts if place != widest]
        target = max(_NARROWEST, max(others, default=0), widths[widest] - (sum(widths) - room))
        widths[widest] = min(target, widths[widest] - 1)
    return [_narrow(column, own) for column, own in zip(columns, widths, strict=True)]


def _narrow(column: ReadableColumn, width: int) -> ReadableColumn:
    if width == column.width:
        return column
    return ReadableColumn(cut(column.title, width), [cut(cell, width) for cell in column.cells], width, column.kind)


def _line(columns: Sequence[ReadableColumn], cells: Sequence[str]) -> str:
    padded = []
    for column, cell in zip(columns, cells, strict=True):
        blanks = " " * (column.width - width_of(cell))
        padded.append(blanks + cell if column.is_number else cell + blanks)
    return _GAP.join(padded).rstrip()
