"""Fields that a query names and no event has: the usual reason why an answer is empty."""

from genai_obs import schema
from genai_obs.tools.insights.engine import run_query
from genai_obs.tools.insights.language.render import render_expression
from genai_obs.tools.insights.language.syntax import Field
from genai_obs.tools.insights.stages.plan import TimeRange, compile_query
from genai_obs.tools.logs.inputs import Inputs
from genai_obs.tools.text.near import nearest
from genai_obs.tools.text.source import Span

# Asking again must not take longer than somebody waits who looks at an empty answer.
_MOST_BYTES = 100_000_000
_MOST_ASKED = 30

# Who mistyped one name sees it among so many.
_MOST_NAMES = 5


def describe_absent_fields(text: str, inputs: Inputs, *, start_ms: int | None, end_ms: int | None) -> tuple[str, ...]:
    """
    Return a sentence for each discovered field of a query that no event has, with what was perhaps meant.

    There are none where no event lies in the time asked about, and where the inputs are too large to be read again.

    Raises:
        TextError: The query cannot be run.

        GenaiObsError: The input cannot be read.
    """
    if inputs.bytes_total > _MOST_BYTES:
        return ()
    plan = compile_query(text, wanted=TimeRange(start_ms, end_ms), now_ms=0, limit=None)
    names = [render_expression(Field(Span(0, 0), pieces)) for pieces in plan.demand.fields]
    if not 0 < len(names) <= _MOST_ASKED:
        return ()
    counts = ", ".join(f"count({name}) as c{place}" for place, name in enumerate(names, 1))
    asked = run_query(f"stats count(*) as c0, {counts}", inputs, start_ms=start_ms, end_ms=end_ms, now_ms=0)
    events, *having = asked.rows[0]
    if events == "0":
        return ()
    # A count of what no event has is absent, not 0.
    absent = [name for name, count in zip(names, having, strict=True) if count is None]
    return tuple(_describe(name) for name in absent[:_MOST_NAMES])


def _describe(name: str) -> str:
    sentence = f"no event has a field {name}"
    near = nearest(name, ["@message", "@timestamp", *(field.name for field in schema.FIELDS)], likeness=0.65)
    if near == name or "." in name:
        return sentence
    return f"{sentence}; did you mean {near}?" if near else f"{sentence}; a text would stand in quotes"
