"""Ask the demo's log what its users would ask: saved queries, run on this machine."""

import time
from collections.abc import Iterator
from pathlib import Path

from genai_obs.tools.insights.engine import run_query
from genai_obs.tools.logs.inputs import find_inputs
from genai_obs.tools.output.table import render_table
from genai_obs.tools.queries import saved_query

# What the AI cost, who used it up, what was slow, and what a guardrail stopped.
QUESTIONS = ("daily-spend", "tokens-by-model", "slow-requests", "guardrails")

_MOST_ROWS = 5


def ask(path: Path, *, width: int | None) -> Iterator[str]:
    """
    Yield each question with its answer, ready to print.

    Args:
        path: The log.

        width: Cells of the terminal; None for no limit.
    """
    inputs = find_inputs([str(path)])
    for name in QUESTIONS:
        query = saved_query(name)
        now_ms = time.time_ns() // 1_000_000
        result = run_query(query.text, inputs, start_ms=None, end_ms=None, now_ms=now_ms, limit=_MOST_ROWS)
        table = render_table(result, width=width) if result.rows else "no rows\n"
        yield f"genai-obs query @{name}  # {query.title}\n{table}"
