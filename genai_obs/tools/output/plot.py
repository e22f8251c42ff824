"""A result as a picture in the terminal: columns over time, or one bar a row."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from genai_obs.errors import GenaiObsError
from genai_obs.tools.insights.result import Column, Result
from genai_obs.tools.output.blocks import bar, columns_of_blocks
from genai_obs.tools.output.numbers import align_points, all_read_as_numbers, readable_number
from genai_obs.tools.output.shown import cut, make_harmless, width_of
from genai_obs.tools.output.table import HIDDEN_COLUMNS
from genai_obs.tools.output.timeline import Series, Timeline, lay_out

_HEIGHT = 8
_MOST_SERIES = 12
_WIDEST_LABEL = 40
_NARROWEST_LABEL = 6
_NARROWEST = 20
_GAP = "  "


def render_plot(result: Result, *, width: int) -> str:
    """
    Return a picture of a result.

    A result with a time column (``bin()``) gives one small graph for each number column and each combination of its
    text columns; any other gives one bar a row for each number column. A missing value is a gap.

    Raises:
        GenaiObsError: No column holds numbers, or there are more series than anybody can read.
    """
    result = _with_numbers(result)
    numbers = _places(result, "number")
    if not numbers:
        names = ", ".join(column.name for column in result.columns) or "none"
        raise GenaiObsError("cannot-plot", f"--plot needs a column of numbers, and the result has none ({names})")
    width = max(width, _NARROWEST)
    times = _places(result, "time")
    lines = _graphs(result, times[0], numbers, width) if times else _bars(result, numbers, width)
    return "".join(line.rstrip() + "\n" for line in lines)


def _places(result: Result, kind: str) -> list[int]:
    return [place for place, column in enumerate(result.columns) if column.kind == kind and _is_shown(column)]


def _with_numbers(result: Result) -> Result:
    """Return a result whose fields of digits count as numbers, if the query computed none."""
    if _places(result, "number"):
        return result
    columns = tuple(
        Column(column.name, "number")
        if column.kind == "text" and all_read_as_numbers([row[place] for row in result.rows])
        else column
        for place, column in enumerate(result.columns)
    )
    return replace(result, columns=columns)


def _is_shown(column: Column) -> bool:
    return column.name not in HIDDEN_COLUMNS


def _graphs(result: Result, time: int, numbers: Sequence[int], width: int) -> Iterator[str]:
    series = _series(result, time, numbers)
    if len(series) > _MOST_SERIES:
        message = f"the result has {len(series)} series; at most {_MOST_SERIES} are drawn: group or filter further"
        raise GenaiObsError("cannot-plot", message)
    margin = max((len(text) for one in series for text in _scale(one)), default=0)
    timeline = lay_out([row[time] for row in result.rows], max(1, width - margin - 2))
    for place, one in enumerate(series):
        if place:
            yield ""
        yield from _graph(one, timeline, margin, width)
    if series and timeline.merged:
        yield cut(f"each column is the highest of up to {timeline.merged} values", width)


def _series(result: Result, time: int, numbers: Sequence[int]) -> list[Series]:
    """Return the points by number column and by the texts beside them, in the order of their first row."""
    texts = [place for place in _places(result, "text") if place != time]
    found: dict[tuple[int, tuple[str | None, ...]], Series] = {}
    for row in result.rows:
        key = tuple(row[place] for place in texts)
        for number in numbers:
            title = _title(result.columns[number].name, key)
            one = found.setdefault((number, key), Series(title, []))
            one.points.append((row[time], _number(row[number])))
    # Graphs of one measure stand together; sorting keeps the order of the rows within each.
    return [found[key] for key in sorted(found, key=lambda key: key[0])]


def _graph(series: Series, timeline: Timeline, margin: int, width: int) -> Iterator[str]:
    yield cut(series.title, width)
    values = timeline.place(series)
    low, high = _bounds(series)
    rows = columns_of_blocks(values, low, high, _HEIGHT, timeline.column_width)
    for place, row in enumerate(rows):
        label = readable_number(_text(high)) if place == 0 else ""
        label = readable_number(_text(low)) if place == len(rows) - 1 else label
        yield f"{label:>{margin}} ┤{row}" if label else f"{'':>{margin}} │{row}"
    yield f"{'':>{margin}}  {timeline.axis(width - margin - 2)}"


def _bars(result: Result, numbers: Sequence[int], width: int) -> Iterator[str]:
    labels = [_label(result, row) for row in result.rows]
    for turn, number in enumerate(numbers):
        if turn:
            yield ""
        yield cut(make_harmless(result.columns[number].name), width)
        yield from _bars_of([row[number] for row in result.rows], labels, width)


def _bars_of(texts: Sequence[str | None], labels: Sequence[str], width: int) -> Iterator[str]:
    """Yield one line a row: label, value, bar."""
    shown = align_points([_shown(text) for text in texts])
    longest = max(map(len, shown), default=0)
    widest = min(max(map(width_of, labels), default=0), _WIDEST_LABEL, max(_NARROWEST_LABEL, width // 2 - longest))
    room = max(1, width - widest - longest - 2 * len(_GAP))
    values = [_number(text) for text in texts]
    low, high = min([0.0, *_known(values)]), max([0.0, *_known(values)])
    for label, value, text in zip(labels, values, shown, strict=True):
        name = cut(label, max(1, widest))
        drawn = "" if value is None else bar(value, low, high, room)
        yield f"{name}{' ' * (widest - width_of(name))}{_GAP}{text:>{longest}}{_GAP}{drawn}"


def _shown(text: str | None) -> str:
    return "-" if text is None else make_harmless(readable_number(text))


def _label(result: Result, row: Sequence[str | None]) -> str:
    texts = [row[place] for place in _places(result, "text")]
    return make_harmless(" · ".join("-" if text is None else text for text in texts))


def _title(name: str, key: Sequence[str | None]) -> str:
    texts = [name, *("-" if text is None else text for text in key)]
    return make_harmless(" · ".join(texts))


def _scale(series: Series) -> tuple[str, str]:
    low, high = _bounds(series)
    return readable_number(_text(low)), readable_number(_text(high))


def _bounds(series: Series) -> tuple[float, float]:
    known = _known([value for _, value in series.points])
    return min([0.0, *known]), max([0.0, *known])


def _known(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def _text(number: float) -> str:
    return str(int(number)) if number.is_integer() else repr(number)
