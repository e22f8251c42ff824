"""The aggregates of ``stats``, one row each."""

from genai_obs.tools.insights.calls import Age, Mark, Signature

_ROWS: tuple[tuple[Age, Mark, tuple[tuple[str, int, int | None, str], ...]], ...] = (
    (
        "core",
        "documented",
        (
            ("count", 0, 1, "events; with a field, events that have it"),
            ("countDistinct", 1, 1, "different values; exact here"),
            ("sum", 1, 1, "sum of the numbers"),
            ("avg", 1, 1, "mean of the numbers"),
            ("stddev", 1, 1, "population standard deviation"),
            ("min", 1, 1, "smallest value, in sort order"),
            ("max", 1, 1, "largest value, in sort order"),
            (
                "pct",
                2,
                2,
                "percentile by nearest rank: the smallest value with at least so many percent at or below it",
            ),
            ("earliest", 1, 1, "value in the event with the smallest time, of those that have one"),
            ("latest", 1, 1, "value in the event with the largest time, of those that have one"),
            ("sortsFirst", 1, 1, "first value in sort order"),
            ("sortsLast", 1, 1, "last value in sort order"),
        ),
    ),
    ("core", "observed", (("median", 1, 1, "the same as pct(x, 50)"),)),
    (
        "new",
        "documented",
        (
            ("values", 1, 1, "list of the different values"),
            ("collectvalues", 1, 1, "the same as values"),
            ("variance", 1, 1, "population variance"),
            ("topk", 2, 2, "list of the k most frequent values"),
            ("rate", 2, 2, "sum of the field per period"),
            ("countOverTime", 1, 1, "events"),
            ("sumOverTime", 1, 1, "sum"),
            ("histogram", 2, 2, "counts by buckets of that width"),
        ),
    ),
)

AGGREGATES: dict[str, Signature] = {
    signature.name: signature
    for age, mark, rows in _ROWS
    for signature in (Signature(*row, group="aggregate", age=age, mark=mark) for row in rows)
}
