"""From the hours that lines cover to a month: by what is measured, or with both bounds where it cannot be."""

from dataclasses import dataclass
from fractions import Fraction

HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Span:
    """
    An amount of which bounds are known; both are the same where the amount is.

    Args:
        least: It is not below this.

        most: It is not above this; None where nothing bounds it.
    """

    least: Fraction
    most: Fraction | None

    @classmethod
    def exactly(cls, amount: Fraction | int) -> "Span":
        """Return an amount that is known."""
        return cls(Fraction(amount), Fraction(amount))

    @property
    def exact(self) -> Fraction | None:
        """The amount, if it is known."""
        return self.least if self.least == self.most else None

    def __add__(self, other: "Span") -> "Span":
        most = None if self.most is None or other.most is None else self.most + other.most
        return Span(self.least + other.least, most)


@dataclass(frozen=True, slots=True)
class Basis:
    """
    What an estimate of a month rests on: the time from the first to the last line.

    Args:
        first_s: The first line, in seconds since 1970.

        last_s: The last.

        month_hours: Hours of the month to estimate.

        hours_with_lines: In how many hours of the clock there is a line; None where nobody looked.
    """

    first_s: int
    last_s: int
    month_hours: int
    hours_with_lines: int | None = None

    @property
    def seconds(self) -> int:
        """From the first line to the last."""
        return self.last_s - self.first_s

    @property
    def hours(self) -> int:
        """Hours of the clock in which the lines lie; metrics are billed for each such hour with data."""
        return self.last_s // HOUR_S - self.first_s // HOUR_S + 1

    @property
    def has_gaps(self) -> bool:
        """Whether most hours have no line: a wrong time far away, or files that are missing, make a month too cheap."""
        return self.hours_with_lines is not None and 2 * self.hours_with_lines < self.hours

    @property
    def is_enough(self) -> bool:
        """Whether it is an hour at least; of less, nobody can tell what the others look like."""
        return self.seconds >= HOUR_S

    def metric_months(self, metric_hours: int, metrics: int) -> Span:
        """
        Return what is billed of custom metrics in a month in which every hour is like these, on average.

        With less than an hour of lines: at least what was seen, at most every one of these metrics in every hour.

        Args:
            metric_hours: Sum over the hours of the metrics that had data in it.

            metrics: How many different ones there were.
        """
        if self.is_enough:
            return Span.exactly(Fraction(metric_hours, self.hours))
        return Span(Fraction(metric_hours, self.month_hours), Fraction(metrics))

    def per_month(self, amount: Fraction | int) -> Span:
        """Return what a month at the pace of these lines brings; of less than an hour, at least what they did."""
        if not self.is_enough:
            return Span(Fraction(amount), None)
        return Span.exactly(Fraction(amount) * self.month_hours * HOUR_S / self.seconds)
