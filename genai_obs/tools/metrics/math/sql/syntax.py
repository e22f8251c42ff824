"""A Metrics Insights query, parsed."""

from dataclasses import dataclass, field

from genai_obs.tools.text.diagnostics import Diagnostic
from genai_obs.tools.text.source import Span


@dataclass(frozen=True, slots=True)
class Filter:
    """``key = 'value'`` or ``key != 'value'``."""

    key: str
    value: str
    equal: bool


@dataclass(frozen=True, slots=True)
class Select:
    """
    A query.

    Args:
        function: ``AVG``, ``COUNT``, ``MAX``, ``MIN`` or ``SUM``.

        metric: Name of the metric.

        namespace: Where it is published.

        dimensions: The exact set of its dimension names; None for any set (``FROM "namespace"``).

        span: Where the source of the metrics stands.

        filters: All must hold.

        keys: What to group by; empty for one series of all.

        order: Function to order the series by; None for none.

        descending: The largest first.

        limit: How many series at most; None for as many as there may be.

        warnings: What is probably not meant.
    """

    function: str
    metric: str
    namespace: str
    dimensions: tuple[str, ...] | None
    span: Span
    filters: tuple[Filter, ...] = ()
    keys: tuple[str, ...] = ()
    order: str | None = None
    descending: bool = False
    limit: int | None = None
    warnings: tuple[Diagnostic, ...] = field(default=(), compare=False)
