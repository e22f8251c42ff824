"""Questions to the engine whose answers are known otherwise; each returns what went wrong, None if nothing did."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import reject

from genai_obs.tools.insights import syntax
from genai_obs.tools.insights.engine import run_query
from genai_obs.tools.insights.result import Result
from genai_obs.tools.logs import columns
from genai_obs.tools.logs.events import LogEvent
from genai_obs.tools.logs.inputs import Inputs, events_input, find_inputs
from genai_obs.tools.text.diagnostics import TextError
from insights_oracle.agreement import Cells, same_rows
from insights_oracle.evaluate import evaluate

NOW_MS = 1_772_700_000_000


def answer(text: str, inputs: Inputs, *, exact: bool = False, store: Path | None = None) -> Result:
    """Return what the engine says, over all times."""
    try:
        return run_query(text, inputs, start_ms=None, end_ms=None, now_ms=NOW_MS, exact=exact, store=store)
    except TextError as error:
        # "Human-readable timestamps" cannot be compared (page of functions): the engine refuses what the evaluator can.
        if error.slug == "time-as-text":
            reject()
        raise


def disagreement(query: syntax.Query, events: Sequence[LogEvent], *, ordered: bool) -> str | None:
    """Compare the engine with the plain evaluator."""
    names, rows = evaluate(query, events, start_ms=None, end_ms=None, now_ms=NOW_MS)
    result = answer(query.text, events_input(events))
    return _difference(query, events, ("evaluator", names, rows), ("engine", *_parts(result)), ordered=ordered)


def reading_disagreement(query: syntax.Query, events: Sequence[LogEvent], *, ordered: bool) -> str | None:
    """Compare the ways to read one log file: line by line, by columns, into a store and out of it."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = Path(folder) / "lines.log"
        path.write_text("".join(f"{event.message}\n" for event in events), encoding="utf-8")
        inputs = find_inputs([str(path)])
        exact = ("line by line", *_parts(answer(query.text, inputs, exact=True)))
        # However small the file, let it be read by columns where that can be right.
        patch.setattr(columns, "LEAST_BYTES", 0)
        others = [("by columns", answer(query.text, inputs))]
        store = Path(folder) / "store"
        others += [(name, answer(query.text, inputs, store=store)) for name in ("into a store", "out of a store")]
        for name, result in others:
            found = _difference(query, events, exact, (name, *_parts(result)), ordered=ordered)
            if found is not None:
                return found
    return None


def _parts(result: Result) -> tuple[list[str], Sequence[Cells]]:
    return [column.name for column in result.columns], result.rows


def _difference(
    query: syntax.Query,
    events: Sequence[LogEvent],
    first: tuple[str, list[str], Sequence[Cells]],
    second: tuple[str, list[str], Sequence[Cells]],
    *,
    ordered: bool,
) -> str | None:
    if first[1] == second[1] and same_rows(first[2], second[2], ordered=ordered):
        return None
    lines = [f"  {event.timestamp_ms} {event.message!r}" for event in events]
    answers = [f"{name}: {names} {[list(row) for row in rows]}" for name, names, rows in (first, second)]
    return "\n".join(["", query.text, *lines, *answers])
