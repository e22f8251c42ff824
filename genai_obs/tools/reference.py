"""
The reference tables of the docs: ``python -m genai_obs.tools.reference docs/*.md``.

They are made from the tables that the code itself uses. A page keeps its prose; what stands between
``<!-- made: NAME -->`` and ``<!-- end -->`` is replaced.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path

from genai_obs import schema
from genai_obs.tools.definitions.tables import alarm_table, settings_table
from genai_obs.tools.insights.functions.reference import render_aggregates, render_functions
from genai_obs.tools.metrics.math.reference import TABLES as MATH_TABLES
from genai_obs.tools.metrics.reference import TABLES as METRICS_TABLES

_GROUPS = {
    "seed": "What every line begins with",
    "model": "Which model",
    "usage": "Usage",
    "time": "Time",
    "cost": "Cost",
    "guardrail": "Guardrail",
    "outcome": "Outcome",
    "correlation": "Correlation",
    "caller": "The caller's",
    "content": "Content",
}


def render_fields() -> str:
    """Return the record's fields as Markdown tables, one for each group."""
    parts = []
    for group, title in _GROUPS.items():
        rows = [
            f"| `{field.name}` | {field.kind} | {field.meaning} |" for field in schema.FIELDS if field.group == group
        ]
        parts.append("\n".join([f"### {title}", "", "| field | type | meaning |", "|---|---|---|", *rows]))
    return "\n\n".join(parts)


def render_metrics() -> str:
    """Return the metrics as a Markdown table."""
    rows = [
        f"| `{metric.name}` | {metric.unit} | {metric.statistic} | `{metric.field}` | {metric.meaning} |"
        for metric in schema.METRICS
    ]
    head = ["| metric | EMF unit | read it as | from the field | meaning |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows])


TABLES: dict[str, Callable[[], str]] = {
    "alarms": alarm_table,
    "settings": settings_table,
    **MATH_TABLES,
    **METRICS_TABLES,
    "fields": render_fields,
    "metrics": render_metrics,
    "functions": render_functions,
    "aggregates": render_aggregates,
}


def refresh(text: str) -> str:
    """Return a page with its made parts made anew."""

    def replace(match: re.Match[str]) -> str:
        name = match.group(1)
        return f"<!-- made: {name} -->\n{TABLES[name]()}\n<!-- end -->"

    return re.sub(r"<!-- made: (\w+) -->\n.*?<!-- end -->", replace, text, flags=re.DOTALL)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        page = Path(name)
        page.write_text(refresh(page.read_text(encoding="utf-8")), encoding="utf-8")
