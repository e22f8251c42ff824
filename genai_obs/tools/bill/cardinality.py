"""Which fields would explode the bill if somebody made them a dimension."""

from dataclasses import dataclass
from fractions import Fraction

from genai_obs.tools.bill.month import Basis, Span
from genai_obs.tools.bill.prices import Price
from genai_obs.tools.bill.survey import Survey

ADVICE = "keep it a field: a query or a log alarm can group by it, and nothing more is billed"


@dataclass(frozen=True, slots=True)
class FieldCost:
    """
    What a field would do as one more dimension of the finest set of each line.

    Args:
        field: Its name.

        values: Different values that were seen.

        metric_months: Custom metrics that a month would be billed for, with it.

        usd: What they would cost; None where no price is known.

        times: How many times the metrics of today that is.

        is_at_least: Whether there are more values than were told apart.
    """

    field: str
    values: int
    metric_months: Span
    usd: Span | None
    times: Fraction
    is_at_least: bool


def fields_as_dimensions(survey: Survey, basis: Basis, metric_hours: int, price: Price | str) -> tuple[FieldCost, ...]:
    """
    Return the fields that would make more metrics, the worst first.

    A line without the field is taken as publishing what it does now; a value that no dimension may have (too long, not
    ASCII) publishes nothing, because CloudWatch drops the set (documented).

    Args:
        survey: What the lines hold.

        basis: From when to when they are.

        metric_hours: Metrics by hour, as they are now.

        price: Of custom metrics, or why it is not known.
    """
    now = survey.finest_metric_hours()
    found = []
    for name in survey.stored:
        more = survey.metric_hours_with(name) - now
        if more > 0 and metric_hours:
            found.append(_cost(name, survey, more, basis, metric_hours, price))
    return tuple(sorted(found, key=lambda cost: (-cost.metric_months.least, cost.field)))


def _cost(name: str, survey: Survey, more: int, basis: Basis, metric_hours: int, price: Price | str) -> FieldCost:
    is_at_least = name in survey.overflowing
    # Such fields have new values all the time: of less than an hour nothing bounds them.
    months = basis.metric_months(metric_hours + more, 0)
    if is_at_least or not basis.is_enough:
        months = Span(months.least, None)
    usd = None if isinstance(price, str) else price.span(months)
    times = Fraction(metric_hours + more, metric_hours)
    return FieldCost(name, survey.values_of(name), months, usd, times, is_at_least)
