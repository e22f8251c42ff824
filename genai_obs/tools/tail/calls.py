"""One line of text per inference: what it was, how long it took, what it cost, how it ended."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from genai_obs.schema import INFERENCE_METRIC
from genai_obs.tools.logs.events import LogEvent
from genai_obs.tools.output.numbers import readable_usd
from genai_obs.tools.output.shown import cut, make_harmless, width_of

_RED, _YELLOW, _DIM, _PLAIN = "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[0m"
_COLOURS = {"error": _RED, "timeout": _RED, "throttled": _YELLOW, "abandoned": _YELLOW}
_MODEL_WIDTH, _FIRST_WIDTH, _STATUS_WIDTH, _WHOSE_WIDTH = 24, 15, 9, 20
# A narrow line has less room for the model: first as much as most names take, then just what tells models apart.
_MODEL_SHORT, _MODEL_LEAST = 17, 8
# What says nothing on a narrow line: scope and vendor before the name, date and revision after it.
_BEFORE_NAME = re.compile(r"^(?:[a-z-]+\.)+(?=[a-z])")
_AFTER_NAME = re.compile(r"(?:-\d{8})?(?:-v\d+)?(?::\d+)?$")
_ID_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Call:
    """An inference record with the time of its event in milliseconds since 1970, None when nothing tells."""

    record: Mapping[str, Any]
    time_ms: int | None

    @property
    def cost_usd(self) -> Decimal | None:
        """The cost; None when it is unknown."""
        cost = self.record.get("cost_usd")
        return Decimal(repr(cost)) if isinstance(cost, int | float) and not isinstance(cost, bool) else None


def find_call(event: LogEvent) -> Call | None:
    """Return the inference that an event records, None if it records none."""
    if event.json_text is None or INFERENCE_METRIC not in event.json_text:
        return None
    import orjson

    try:
        record = orjson.loads(event.json_text)
    except ValueError:
        return None
    return Call(record, event.timestamp_ms) if record.get("metric") == INFERENCE_METRIC else None


def is_call(event: LogEvent) -> bool:
    """Return whether an event records an inference."""
    return find_call(event) is not None


def render_other(event: LogEvent, *, width: int | None, colour: bool) -> str:
    """Return any other event as one line, cut to the terminal."""
    text = f"{show_clock(event.timestamp_ms)}  {make_harmless(event.message)}"
    return _coloured(text if width is None else cut(text, width), _DIM if colour else None)


def render_call(call: Call, *, width: int | None = None, colour: bool = False) -> str:
    """
    Return the line of a call: time in UTC, model, tokens, latency, first token, cost, status, whose, which, what else.

    Args:
        call: The call.

        width: Cells of the terminal; what does not fit is left out, the least important first. None leaves nothing out.

        colour: Whether failures are coloured.
    """
    cells = list(_cells(call))
    while width is not None and _width(cells) > width and any(cell.rank for cell in cells):
        cells.remove(max(cells, key=lambda cell: cell.rank))
    if width is not None:
        cells = _squeezed(cells, _width(cells) - width)
    return "  ".join(_coloured(cell.text, cell.colour if colour else None) for cell in cells).rstrip()


class _Cell(NamedTuple):
    """A part of the line; the higher its rank the sooner it is left out, 0 never."""

    text: str
    rank: int = 0
    colour: str | None = None


def _squeezed(cells: list[_Cell], surplus: int) -> list[_Cell]:
    """Make a line shorter from which all was left out that may be: a narrower model, then no time of day."""
    if surplus <= 0:
        return cells
    clock, model, *others = cells
    kept = [clock]
    if surplus > _MODEL_WIDTH - _MODEL_SHORT:
        kept = []
        surplus -= width_of(clock.text) + 2
    narrow = min(_MODEL_WIDTH, max(_MODEL_WIDTH - surplus, _MODEL_LEAST))
    return [*kept, _Cell(_padded(model.text.rstrip(), narrow)), *others]


def _cells(call: Call) -> Iterator[_Cell]:
    record = call.record
    status = _word(record, "status") or "-"
    yield _Cell(show_clock(call.time_ms))
    yield _Cell(_padded(short_model(_word(record, "model") or _word(record, "model_id") or "-"), _MODEL_WIDTH))
    yield _Cell(f"{_tokens(record):>13}", 3)
    yield _Cell(f"{_ms(record, 'latency_ms'):>9}", 2)
    yield _Cell(_padded(_first_token(record), _FIRST_WIDTH), 6)
    yield _Cell(f"{_cost(call):>16}")
    yield _Cell(_padded(status, _STATUS_WIDTH), 0, _COLOURS.get(status))
    yield _Cell(_padded(_whose(record), _WHOSE_WIDTH), 4)
    yield _Cell(_padded((_word(record, "request_id") or "")[:_ID_LENGTH], _ID_LENGTH), 5, _DIM)
    if else_ := _what_else(record):
        yield _Cell(else_, 1)


def _width(cells: Sequence[_Cell]) -> int:
    return sum(width_of(cell.text) for cell in cells) + 2 * (len(cells) - 1)


def show_clock(time_ms: int | None) -> str:
    """Return the time of day in UTC."""
    if time_ms is None:
        return "--:--:--"
    return (datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=time_ms)).strftime("%H:%M:%S")


def short_model(model: str) -> str:
    """Return a model's name without Region, vendor, date and revision; of an ARN its last part."""
    name = model.rpartition("/")[2]
    short = _AFTER_NAME.sub("", _BEFORE_NAME.sub("", name))
    return short or name


def _tokens(record: Mapping[str, Any]) -> str:
    kinds = ("input_tokens", "cache_read_tokens", "cache_write_tokens")
    counts = [record[kind] for kind in kinds if isinstance(record.get(kind), int)]
    taken = f"{sum(counts):,}" if isinstance(record.get("input_tokens"), int) else "?"
    given = record.get("output_tokens")
    return f"{taken}→{given:,}" if isinstance(given, int) else f"{taken}→?"


def _ms(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    return f"{value:,.0f} ms" if isinstance(value, int | float) else "-"


def _first_token(record: Mapping[str, Any]) -> str:
    return f"first {_ms(record, 'time_to_first_token_ms')}" if "time_to_first_token_ms" in record else ""


def _cost(call: Call) -> str:
    cost = call.cost_usd
    return _word(call.record, "cost_status") or "unpriced" if cost is None else f"{readable_usd(cost)} USD"


def _what_else(record: Mapping[str, Any]) -> str:
    """Return what only few calls have: an error's name, a guardrail's action."""
    parts = [_word(record, "error_type")]
    if record.get("guardrail_triggered") is True:
        parts.append(f"guardrail {_word(record, 'guardrail_action') or 'intervened'}")
    return ", ".join(part for part in parts if part)


def _whose(record: Mapping[str, Any]) -> str:
    names = (_word(record, name) for name in ("tenant", "feature"))
    return "/".join(name for name in names if name)


def _word(record: Mapping[str, Any], name: str) -> str | None:
    value = record.get(name)
    return make_harmless(str(value)) if isinstance(value, str | int) and value != "" else None


def _padded(text: str, width: int) -> str:
    text = cut(text, width)
    return text + " " * (width - width_of(text))


def _coloured(text: str, colour: str | None) -> str:
    return f"{colour}{text}{_PLAIN}" if colour else text
