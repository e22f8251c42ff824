"""What people write from habit and metric math does not have, with what it has instead."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Foreign:
    """What to write instead of an operator, and the operator that it is read as to find further mistakes."""

    hint: str
    taken_as: str


# Between two operands.
OPERATORS = {
    "=": Foreign("write ==", "=="),
    "===": Foreign("write ==", "=="),
    "!==": Foreign("write !=", "!="),
    "<>": Foreign("write !=", "!="),
    "**": Foreign("write ^", "^"),
    "&": Foreign("write AND", "AND"),
    "|": Foreign("write OR", "OR"),
    "and": Foreign("write AND", "AND"),
    "And": Foreign("write AND", "AND"),
    "or": Foreign("write OR", "OR"),
    "Or": Foreign("write OR", "OR"),
    "%": Foreign("write a - b * FLOOR(a / b)", "/"),
    "mod": Foreign("write a - b * FLOOR(a / b)", "/"),
    "?": Foreign("write IF(condition, a, b)", "AND"),
}

# Before an operand.
PREFIXES = {
    "!": "write IF(x, 0, 1), or turn the comparison around",
    "NOT": "write IF(x, 0, 1), or turn the comparison around",
    "not": "write IF(x, 0, 1), or turn the comparison around",
    "+": "leave it out",
}

# Functions of other languages, in upper case.
FUNCTIONS = {
    "AVERAGE": "did you mean AVG()?",
    "MEAN": "did you mean AVG()?",
    "MINIMUM": "did you mean MIN()?",
    "MAXIMUM": "did you mean MAX()?",
    "COUNT": "did you mean DATAPOINT_COUNT() or METRIC_COUNT()? how often something was published is the statistic "
    "SampleCount",
    "SAMPLECOUNT": "SampleCount is a statistic of the row, not a function",
    "STD": "did you mean STDDEV()?",
    "STDEV": "did you mean STDDEV()?",
    "CEILING": "did you mean CEIL()?",
    "LN": "did you mean LOG()?",
    "LOG2": "write LOG(x) / 0.6931471805599453",
    "SQRT": "write x ^ 0.5",
    "POW": "write a ^ b",
    "POWER": "write a ^ b",
    "MOD": "write a - b * FLOOR(a / b)",
    "ROUND": "write FLOOR(x + 0.5)",
    "COALESCE": "did you mean FILL()?",
    "IFNULL": "did you mean FILL()?",
    "IIF": "did you mean IF()?",
    "CASE": "write IF() inside IF()",
    "DERIVATIVE": "did you mean RATE()?",
    "DELTA": "did you mean DIFF()?",
    "CUMSUM": "did you mean RUNNING_SUM()?",
    "TIMESERIES": "did you mean TIME_SERIES()?",
    "MEDIAN": "a median is the statistic p50 of the row, not a function",
    "PERCENTILE": "a percentile is the statistic of the row, such as p90, not a function",
    "P90": "a percentile is the statistic of the row, not a function",
    "P99": "a percentile is the statistic of the row, not a function",
    "TOP": "write SLICE(SORT(METRICS(), SUM, DESC), 0, 5)",
    "TOPK": "write SLICE(SORT(METRICS(), SUM, DESC), 0, 5)",
}
