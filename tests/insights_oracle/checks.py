"""Questions to the engine whose answers are known otherwise; each returns what went wrong, None if nothing did."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict, Unpack

import pytest
from hypothesis import reject

from genai_obs.tools.insights.engine import run_query
from genai_obs.tools.insights.result import Result
from genai_obs.tools.logs import columns
from genai_obs.tools.logs.inputs import Inputs, events_input, find_inputs
from genai_obs.tools.text.diagnostics import TextError
from insights_oracle.agreement import Cells, same_rows
from insights_oracle.evaluate import evaluate
from insights_oracle.strategies import Example

NOW_MS = 1_772_700_000_000


class Options(TypedDict, total=False):
    """How to ask."""

    start_ms: int | None
    end_ms: int | None
    limit: int | None
    exact: bool
    store: Path | None


def answer(text: str, inputs: Inputs, **options: Unpack[Options]) -> Result:
    """Return what the engine says, over all times unless told otherwise."""
    asked: Options = {"start_ms": None, "end_ms": None, **options}
    try:
        return run_query(text, inputs, now_ms=NOW_MS, **asked)
    except TextError as error:
        # "Human-readable timestamps" cannot be compared (page of functions): the engine refuses what the evaluator can.
        if error.slug == "time-as-text":
            reject()
        raise


def disagreement(example: Example) -> str | None:
    """Compare the engine with the plain evaluator."""
    bounds: Options = {"start_ms": example.start_ms, "end_ms": example.end_ms, "limit": example.limit}
    names, rows = evaluate(
        example.query,
        example.events,
        start_ms=example.start_ms,
        end_ms=example.end_ms,
        now_ms=NOW_MS,
        limit=example.limit,
    )
    result = answer(example.query.text, events_input(example.events), **bounds)
    return _difference(example, ("evaluator", names, rows), ("engine", *_parts(result)))


def reading_disagreement(example: Example) -> str | None:
    """Compare the ways to read one log file: line by line, by columns, into a store and out of it."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path, text = Path(folder) / "lines.log", example.query.text
        path.write_text("".join(f"{event.message}\n" for event in example.events), encoding="utf-8")
        inputs = find_inputs([str(path)])
        exact = ("line by line", *_parts(answer(text, inputs, exact=True)))
        # However small the file, let it be read by columns where that can be right.
        patch.setattr(columns, "LEAST_BYTES", 0)
        others = [("by columns", answer(text, inputs))]
        store = Path(folder) / "store"
        others += [(name, answer(text, inputs, store=store)) for name in ("into a store", "out of a store")]
        found = (_difference(example, exact, (name, *_parts(result))) for name, result in others)
        return next((difference for difference in found if difference is not None), None)


def _parts(result: Result) -> tuple[list[str], Sequence[Cells]]:
    return [column.name for column in result.columns], result.rows


def _difference(
    example: Example,
    first: tuple[str, list[str], Sequence[Cells]],
    second: tuple[str, list[str], Sequence[Cells]],
) -> str | None:
    if first[1] == second[1] and same_rows(first[2], second[2], ordered=example.ordered):
        return None
    asked = f"{example.query.text}\nfrom {example.start_ms} to {example.end_ms}, limit {example.limit}"
    lines = [f"  {event.timestamp_ms} {event.message!r}" for event in example.events]
    answers = [f"{name}: {names} {[list(row) for row in rows]}" for name, names, rows in (first, second)]
    return "\n".join(["", asked, *lines, *answers])
