"""A result as text: for people (table, md) or for programs (json, ndjson, csv), which get every value untouched."""

import csv
import io
from collections.abc import Callable, Iterator
from types import MappingProxyType

from genai_obs.tools.insights.result import Result
from genai_obs.tools.output.table import readable_columns


def render_json(result: Result) -> Iterator[str]:
    """Yield a list of objects field → text, one a line, as GetQueryResults gives the values."""
    before = "["
    for text in _objects(result):
        yield f"{before}\n{text}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def render_ndjson(result: Result) -> Iterator[str]:
    """Yield one object a line."""
    for text in _objects(result):
        yield f"{text}\n"


def render_csv(result: Result) -> Iterator[str]:
    """Yield lines as RFC 4180 has them: CRLF, quotes where needed; a missing value is an empty cell."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in ([column.name for column in result.columns], *result.rows):
        writer.writerow(row)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def render_markdown(result: Result) -> Iterator[str]:
    """Yield a table as GitHub reads it, numbers to the right; markup in values is shown, not obeyed."""
    columns = readable_columns(result)
    if not columns:
        return
    yield _markdown_row([_escape(column.title) for column in columns])
    yield _markdown_row(["---:" if column.is_number else "---" for column in columns])
    for cells in zip(*(column.cells for column in columns), strict=True):
        yield _markdown_row([_escape(cell.strip()) for cell in cells])


# The formats for programs and papers; the table is another matter, because it needs to know its terminal.
FORMATS: MappingProxyType[str, Callable[[Result], Iterator[str]]] = MappingProxyType(
    {"json": render_json, "ndjson": render_ndjson, "csv": render_csv, "md": render_markdown}
)


def _objects(result: Result) -> Iterator[str]:
    import orjson

    for row in result.as_objects():
        yield orjson.dumps(row).decode()


def _markdown_row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


_MARKUP = str.maketrans({character: f"\\{character}" for character in "\\|`*_[]<>&~$"})


def _escape(text: str) -> str:
    # Links that are made without any markup (https://…) stay links: they show where they lead.
    return text.translate(_MARKUP)
