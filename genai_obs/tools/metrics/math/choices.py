"""What CloudWatch documents nowhere, and what this project decided: the one table of it, shown in the docs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """A question that AWS's pages leave open, and our answer, in Markdown."""

    question: str
    answer: str


CHOICES = (
    Choice(
        "which operator binds more strongly",
        "weakest first: `OR`, `AND`, comparisons, `+ -`, `* /`, sign, `^`; `^` groups to the right, the others to the "
        "left. A warning asks for parentheses where languages differ",
    ),
    Choice("`AVG` of one series with gaps", "divides by all periods of the range: missing counts as 0"),
    Choice("`MAX`, `MIN`, `STDDEV` with gaps", "only datapoints that exist count"),
    Choice("`STDDEV`", "of the population: `STDDEV([2, 4])` is 1"),
    Choice(
        "a number of a series without any datapoint",
        "`SUM`, `AVG`, `MIN`, `MAX`, `STDDEV` have no value; `DATAPOINT_COUNT` is 0",
    ),
    Choice("computing with a number that has no value", "gives no datapoints, and no value"),
    Choice("a moment at which no series of an array has a datapoint", "none in the result, not even a count of 0"),
    Choice(
        "a series without any datapoint in the range",
        "is a series with gaps only: `a + b` is `a` then, and `FILL(b, 0)` is 0 in every period",
    ),
    Choice("`FILL` at the edges", "`REPEAT` leaves a gap at the start, `LINEAR` at the start and at the end"),
    Choice("`RUNNING_SUM` at a gap", "stays a gap"),
    Choice(
        "no finite result",
        "overflow, `LOG` and `LOG10` of 0 or less, and roots of negative numbers drop the datapoint, like a division "
        "by zero",
    ),
    Choice(
        "comparisons and `AND`, `OR` of a series with a number", "as arithmetic: a datapoint where the series has one"
    ),
    Choice("`IF` with only numbers", "is a number"),
    Choice("`IF` with a number as condition that takes a number where the other side is a series", "is a flat line"),
    Choice("`FIRST` and `LAST` of an array without series", "a series without datapoints"),
    Choice("`SORT`", "series without datapoints stand last, equal ones as they stood before"),
    Choice("`SLICE` without an end", "goes to the end"),
    Choice("places, limits and widths", "are numbers written out, not computed"),
    Choice("a row that returns no data", "may be a single number, for other rows to use"),
    Choice("rows of different periods", "are refused together: they are evaluated one period at a time"),
    Choice("texts", "stand in single or double quotes"),
    Choice("a search with a namespace alone in braces", "finds metrics without dimensions"),
    Choice("`AND` and `OR` in a search", "`AND` binds more strongly"),
    Choice("a term that is a whole name in another case, as `customcount1`", "finds the name"),
    Choice("metrics silent for two weeks", "a search finds them here; CloudWatch's does not"),
    Choice("a Metrics Insights query without `GROUP BY`", "is one series for other rows, not an array of one"),
    Choice("`!=` on a metric without the key", "does not hold, and neither does `=`"),
    Choice("groups without `ORDER BY`", "are ordered by name"),
    Choice("`ORDER BY`", "compares the function over all values of the whole range"),
    Choice("quotes inside quotes in SQL", "are doubled"),
    Choice(
        "labels",
        "numbers have six digits, times are UTC; a metric without label is called by its name, an expression by its id",
    ),
)
