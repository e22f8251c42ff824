"""What alarms and graphs ask of metrics: the members of CloudWatch's ``MetricDataQuery``."""

from dataclasses import dataclass

from genai_obs.tools.metrics.identity import MetricId


@dataclass(frozen=True, slots=True)
class MetricStat:
    """
    A statistic of one metric.

    Args:
        metric: The metric.

        stat: ``Sum``, ``Average``, ``SampleCount``, ``Minimum``, ``Maximum``, ``p90``, ``tm99``, ``TM(10%:90%)``, …

        period_s: Seconds of each datapoint.

        unit: Only values published with this unit; None for all.
    """

    metric: MetricId
    stat: str
    period_s: int
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """
    One row of a request: a statistic of a metric, or an expression (metric math, SEARCH or SQL) over other rows.

    Args:
        id: What expressions call it; begins with a lower-case letter.

        stat: The statistic; None for an expression.

        expression: The expression; None for a statistic.

        label: What people read.

        return_data: Whether it is an answer, or only an input of expressions.

        period_s: Seconds of each datapoint of an expression, where it says so itself (SQL).
    """

    id: str
    stat: MetricStat | None = None
    expression: str | None = None
    label: str | None = None
    return_data: bool = True
    period_s: int | None = None
