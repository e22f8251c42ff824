"""
What CloudWatch takes metrics from and what it leaves out, as data: each rule with its sentence and how sure it is.

The facts are those of the pages "Specification: Embedded metric format", "Monitoring embedded metric format" and of
the API's MetricDatum, Dimension and PutMetricData (Amazon CloudWatch User Guide and API Reference).
"""

from dataclasses import dataclass
from typing import Literal

# Limits [documented], except where a line says otherwise.
MOST_DEFINITIONS = 100
MOST_DIMENSIONS = 30
MOST_VALUES = 100
LONGEST_NAMESPACE = 255
LONGEST_METRIC_NAME = 255
# The published schema says 250, the API 255: the stricter one, because a document must pass both [derived].
LONGEST_DIMENSION_NAME = 250
LONGEST_DIMENSION_VALUE = 1024
LARGEST_VALUE = 2.0**360
OLDEST_MS = 14 * 86_400_000
NEWEST_MS = 2 * 3_600_000
RESOLUTIONS = (1, 60)
UNITS = frozenset(
    unit
    for line in (
        "Seconds Microseconds Milliseconds Percent Count Count/Second None",
        "Bytes Kilobytes Megabytes Gigabytes Terabytes",
        "Bits Kilobits Megabits Gigabits Terabits",
        "Bytes/Second Kilobytes/Second Megabytes/Second Gigabytes/Second Terabytes/Second",
        "Bits/Second Kilobits/Second Megabits/Second Gigabits/Second Terabits/Second",
    )
    for unit in line.split()
)

Counted = Literal["EMFParsingErrors", "EMFValidationErrors"]
Mark = Literal["documented", "observed", "derived", "unknown"]


@dataclass(frozen=True, slots=True)
class Rule:
    """
    One reason why values are not published.

    Args:
        slug: Its stable name.

        sentence: What is wrong, for people.

        lost: What goes with it: the whole line, a directive, a dimension set or a metric.

        counted: The metric of ``AWS/Logs`` in which CloudWatch counts it; None for a silent loss.

        mark: How sure it is that CloudWatch does just this; ``unknown`` marks our own choice.
    """

    slug: str
    sentence: str
    lost: Literal["line", "directive", "set", "metric"]
    counted: Counted | None
    mark: Mark


# The one rule that is none of CloudWatch's: it publishes what this leaves out.
COUNTED_ONLY = "too-many-metrics"

# What is left out here only: CloudWatch publishes it.
LEFT_OUT_HERE = frozenset((COUNTED_ONLY, "emf-statistic-set"))

_PARSING: Counted = "EMFParsingErrors"
_VALIDATION: Counted = "EMFValidationErrors"

RULES = {
    rule.slug: rule
    for rule in (
        # Lines that CloudWatch does not know as EMF: nothing is counted anywhere.
        Rule(
            "emf-in-text",
            "text stands before or after the EMF document, so CloudWatch sees an ordinary line",
            "line",
            None,
            "derived",
        ),
        Rule(
            "emf-quoted",
            "the EMF document is quoted inside another JSON object, as JSON log formats do",
            "line",
            None,
            "derived",
        ),
        Rule(
            "emf-nested",
            "_aws stands inside another object, and CloudWatch looks for it at the root only",
            "line",
            None,
            "derived",
        ),
        Rule(
            "emf-not-json",
            "the line is no JSON (cut, with single quotes, or more than one object)",
            "line",
            None,
            "derived",
        ),
        Rule(
            "emf-nan",
            "NaN or Infinity stands on the line; JSON has no such number, so the line is no EMF",
            "line",
            None,
            "derived",
        ),
        Rule("emf-too-long", "the line is longer than the 1 MB that CloudWatch takes", "line", None, "documented"),
        Rule("emf-bad-aws", "_aws is no object", "line", None, "unknown"),
        # Lines known as EMF that have another shape than the specification's.
        Rule("emf-no-directives", "_aws has no array CloudWatchMetrics", "line", _PARSING, "derived"),
        Rule(
            "emf-bad-shape",
            "a directive lacks Namespace, Dimensions or Metrics, or one is of another type",
            "line",
            _PARSING,
            "derived",
        ),
        Rule("emf-bad-timestamp", "_aws.Timestamp is no whole number of milliseconds", "line", _PARSING, "derived"),
        Rule(
            "emf-no-time",
            "_aws.Timestamp is missing, and nothing else tells the time of the line",
            "line",
            _PARSING,
            "unknown",
        ),
        # Values that break the rules of metrics.
        Rule(
            "emf-outside-window",
            "_aws.Timestamp lies over 14 days before, or over 2 hours after, the event was taken",
            "line",
            _VALIDATION,
            "unknown",
        ),
        Rule(
            "emf-too-many-metrics",
            "a directive defines over 100 metrics: all metrics of the line are lost",
            "line",
            _VALIDATION,
            "observed",
        ),
        Rule(
            "emf-bad-namespace",
            "the namespace is empty, over 255 characters long, or has characters that none may have",
            "directive",
            _VALIDATION,
            "documented",
        ),
        Rule(
            "emf-no-dimension-set",
            "Dimensions holds no set; [[]] publishes without dimensions",
            "directive",
            _PARSING,
            "unknown",
        ),
        Rule(
            "emf-reserved-namespace",
            "namespaces that begin with AWS/ are CloudWatch's own",
            "directive",
            _VALIDATION,
            "derived",
        ),
        Rule("emf-too-many-dimensions", "a dimension set has over 30 names", "set", _VALIDATION, "documented"),
        Rule(
            "emf-bad-dimension-name",
            "the name of a dimension is blank, over 250 characters long, not ASCII, or begins with a colon",
            "set",
            _VALIDATION,
            "documented",
        ),
        Rule("emf-double-dimension", "a dimension set names a dimension twice", "set", _VALIDATION, "unknown"),
        Rule(
            "emf-missing-dimension",
            "a dimension is named that is not on the root of the line",
            "set",
            _VALIDATION,
            "derived",
        ),
        Rule(
            "emf-bad-dimension-value",
            "the value of a dimension is not text, or is blank, not ASCII, or over 1024 characters long",
            "set",
            _VALIDATION,
            "documented",
        ),
        Rule(
            "emf-bad-metric-name",
            "the name of a metric is blank or over 255 characters long",
            "metric",
            _VALIDATION,
            "documented",
        ),
        Rule("emf-bad-unit", "the unit is none of CloudWatch's 27", "metric", _VALIDATION, "documented"),
        Rule("emf-bad-resolution", "StorageResolution is neither 1 nor 60", "metric", _VALIDATION, "unknown"),
        Rule(
            "emf-missing-value",
            "a metric is named that is not on the root of the line",
            "metric",
            _VALIDATION,
            "derived",
        ),
        Rule(
            "emf-nested-value",
            "a metric is named by a path; only members of the root can be metrics",
            "metric",
            _VALIDATION,
            "derived",
        ),
        Rule(
            "emf-bad-value",
            "the value of a metric is no number (text, true, null or an object)",
            "metric",
            _VALIDATION,
            "documented",
        ),
        # The specification knows numbers and lists of them; exporters of OpenTelemetry write these, and they arrive.
        Rule(
            "emf-statistic-set",
            "the value of a metric is a statistic set or a histogram, which is not counted here",
            "metric",
            None,
            "observed",
        ),
        Rule("emf-too-many-values", "a metric has over 100 values on a line", "metric", _VALIDATION, "documented"),
        Rule("emf-value-too-large", "a value is beyond 2^360", "metric", _VALIDATION, "documented"),
        Rule(
            "emf-no-values", "a metric has an empty list of values, which publishes nothing", "metric", None, "unknown"
        ),
        # Ours: what a laptop does not keep.
        Rule(
            COUNTED_ONLY,
            "there are more metrics than are kept in memory: of these only the number is known",
            "metric",
            None,
            "unknown",
        ),
    )
}
