"""
``pattern`` and ``diff``: texts grouped by their shape.

CloudWatch publishes no algorithm, so this one is ours and its patterns are not CloudWatch's: what varies from
line to line by its form (times, ids, numbers, addresses, values of JSON keys) becomes ``<*>``, and texts with the
same rest are one pattern.
"""

from genai_obs.tools.insights.language.syntax import Diff, Pattern
from genai_obs.tools.insights.sql.expressions import CompileProblem
from genai_obs.tools.insights.sql.values import Kind, Sql, as_text, quote_text
from genai_obs.tools.insights.stages.pipeline import Pipeline

# What is replaced, in this order: a wider form before the parts that it is made of.
_VARYING = (
    (r'(:\s*)"(?:[^"\\]|\\.)*"', r"\1<*>"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?", "<*>"),
    (r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b", "<*>"),
    (r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b", "<*>"),
    (r"\b(?:0x)?[0-9a-fA-F]*\d[0-9a-fA-F]{7,}\b", "<*>"),
    (r"[+-]?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", "<*>"),
)

_SEVERITIES = r"\b(FATAL|CRITICAL|ERROR|WARNING|WARN|INFO|DEBUG|TRACE)\b"


def add_pattern(pipeline: Pipeline, command: Pattern) -> None:
    """Group by shape: how many texts have it, their share, and how severe they sound."""
    value = pipeline.compile(command.operand)
    shape = as_text(value)
    for varying, written in _VARYING:
        shape = f"regexp_replace({shape}, {quote_text(varying)}, {quote_text(written)}, 'g')"
    pipeline.extend([f"{shape} AS shape"])
    _group(pipeline, _columns(pipeline))


def _columns(pipeline: Pipeline) -> dict[str, tuple[str, Kind]]:
    ranges = pipeline.ranges
    if ranges is None:
        count = "count(*)"
    else:
        pipeline.scope.demand.system.add("t")
        count = f"count(*) FILTER (t BETWEEN {ranges.start_ms} AND {ranges.end_ms})"
    columns = {
        "@pattern": ("shape", Kind.TEXT),
        "@ratio": (f"{count} / nullif(sum({count}) OVER (), 0)", Kind.NUMBER),
        "@sampleCount": (f"{count}::DOUBLE", Kind.NUMBER),
        "@severityLabel": (f"nullif(regexp_extract(upper(shape), {quote_text(_SEVERITIES)}, 1), '')", Kind.TEXT),
    }
    if ranges is not None:
        earlier = f"count(*) FILTER (t BETWEEN {ranges.earlier_start_ms} AND {ranges.earlier_end_ms})"
        columns["@previousSampleCount"] = (f"{earlier}::DOUBLE", Kind.NUMBER)
        columns["@difference"] = (f"({count} - {earlier})::DOUBLE", Kind.NUMBER)
    return columns


def _group(pipeline: Pipeline, columns: dict[str, tuple[str, Kind]]) -> None:
    outputs = {name: Sql(pipeline.new_column(), kind) for name, (_, kind) in columns.items()}
    listed = ",\n    ".join(f"{sql} AS {outputs[name].text}" for name, (sql, _) in columns.items())
    pipeline.add(f"SELECT {listed}\n  FROM {pipeline.current}\n  WHERE shape IS NOT NULL\n  GROUP BY shape")
    pipeline.close(outputs)
    by = "@difference" if "@difference" in outputs else "@sampleCount"
    pipeline.order = [f"abs({outputs[by].text}) DESC", outputs["@pattern"].text]


def add_diff(pipeline: Pipeline, command: Diff) -> None:
    """Nothing more: the pattern before it has counted both ranges."""
    if "@difference" not in pipeline.scope.names:
        raise CompileProblem("diff-without-pattern", "diff comes right after pattern", command.span)
