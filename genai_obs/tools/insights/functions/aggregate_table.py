"""The aggregates of ``stats``, one row each."""

from decimal import Decimal

from genai_obs.tools.insights.functions.calls import Arguments, CompileProblem, Function, Writer, functions_of
from genai_obs.tools.insights.language.syntax import Field
from genai_obs.tools.insights.sql.values import (
    Kind,
    Sql,
    as_number,
    as_text,
    as_time,
    finite,
    json_value,
    natural_keys,
    number,
    present,
    text,
)


def _count(arguments: Arguments) -> Sql:
    """
    Count events, or those that have a field.

    Observed: where no event of a group has the field, the row lacks the count; it is not 0.
    """
    if not len(arguments) or arguments.value(0).is_literal:
        return number("CAST(count(*) AS DOUBLE)")
    counted = f"count(CASE WHEN {present(arguments.value(0))} THEN 1 END)"
    return number(f"CAST(nullif({counted}, 0) AS DOUBLE)")


def _count_distinct(arguments: Arguments) -> Sql:
    return number(f"CAST(nullif(count(DISTINCT {arguments.text(0)}), 0) AS DOUBLE)")


def _sum(arguments: Arguments) -> Sql:
    """Sum up with compensation: then the last digits hardly depend on how the work was shared out."""
    return number(finite(f"fsum({arguments.number(0)})"))


def _average(arguments: Arguments) -> Sql:
    return number(finite(f"favg({arguments.number(0)})"))


def _spread(function: str) -> Writer:
    return lambda arguments: number(finite(f"{function}({arguments.number(0)})"))


def _extreme(function: str) -> Writer:
    """
    Return the writer of the first or the last value in sort order; numbers come after other texts.

    Which order ``min`` and ``max`` use for texts is unknown on CloudWatch, so ours.
    """

    def write(arguments: Arguments) -> Sql:
        value = arguments.value(0)
        if value.kind in {Kind.NUMBER, Kind.TIME}:
            return Sql(f"{function}({value.text})", value.kind)
        if value.kind is Kind.BOOL:
            return number(f"{function}({as_number(value)})")
        _, number_sql, runs, text_sql = natural_keys(value)
        of_numbers = (
            f"arg_{function}({text_sql}, CASE WHEN {number_sql} IS NOT NULL THEN ({number_sql}, {text_sql}) END)"
        )
        of_texts = f"arg_{function}({text_sql}, {runs})"
        order = [of_texts, of_numbers] if function == "min" else [of_numbers, of_texts]
        return text(f"COALESCE({', '.join(order)})")

    return write


def _percentile_at(arguments: Arguments, percent: float) -> Sql:
    # As a decimal first: in doubles 99.9 / 100 is a little too much, and the next rank would be taken.
    share = float(Decimal(repr(percent)) / 100)
    return number(f"quantile_disc({arguments.number(0)}, {share!r})")


def _percentile(arguments: Arguments) -> Sql:
    percent = arguments.constant_number(1, "the percentage")
    if not 0 <= percent <= 100:
        raise CompileProblem("argument-range", "a percentile lies between 0 and 100", arguments.span(1))
    return _percentile_at(arguments, percent)


def _median(arguments: Arguments) -> Sql:
    return _percentile_at(arguments, 50)


def _by_time(function: str) -> Writer:
    """Return the writer of a value at an end of time; events without it are skipped (unknown, so ours)."""

    def write(arguments: Arguments) -> Sql:
        value = arguments.value(0)
        timestamp = as_time(arguments.scope.resolve(Field(arguments.call.span, ("@timestamp",))))
        # Observed: a time comes out as its milliseconds.
        kind, sql = (Kind.NUMBER, as_number(value)) if value.kind in _NUMERIC else (Kind.TEXT, as_text(value))
        key = f"CASE WHEN {sql} IS NOT NULL AND {timestamp} IS NOT NULL THEN ({timestamp}, {sql}) END"
        return Sql(f"arg_{function}({sql}, {key})", kind)

    return write


_NUMERIC = frozenset({Kind.NUMBER, Kind.BOOL, Kind.TIME})


def _values(arguments: Arguments) -> Sql:
    """Return the different texts as a list by code point, so that it is the same every time."""
    distinct = f"list(DISTINCT {arguments.text(0)}) FILTER (WHERE {arguments.text(0)} IS NOT NULL)"
    return json_value(f"to_json(list_sort({distinct}))")


def _top(arguments: Arguments) -> Sql:
    count = arguments.constant_number(0, "how many")
    if not 1 <= count <= 10_000:
        raise CompileProblem("argument-range", "topk gives 1 to 10000 values", arguments.span(0))
    entries = f"map_entries(histogram({arguments.text(1)}))"
    ordered = f"list_sort(list_transform({entries}, lambda entry: (-CAST(entry['value'] AS BIGINT), entry['key'])))"
    return json_value(f"to_json(list_transform({ordered}[:{int(count)}], lambda pair: pair[2]))")


def _refused(why: str) -> Writer:
    def write(arguments: Arguments) -> Sql:
        raise arguments.refuse(why)

    return write


AGGREGATES: dict[str, Function] = (
    functions_of(
        "aggregate",
        "core",
        (
            ("count", 0, 1, "events; with a field, events that have it", _count),
            ("countDistinct", 1, 1, "different values; exact here", _count_distinct),
            ("sum", 1, 1, "sum of the numbers", _sum),
            ("avg", 1, 1, "mean of the numbers", _average),
            ("stddev", 1, 1, "population standard deviation", _spread("stddev_pop")),
            ("min", 1, 1, "smallest value, in sort order", _extreme("min")),
            ("max", 1, 1, "largest value, in sort order", _extreme("max")),
            (
                "pct",
                2,
                2,
                "percentile by nearest rank: the smallest value with at least so many percent at or below it",
                _percentile,
            ),
            ("earliest", 1, 1, "value in the event with the smallest time, of those that have one", _by_time("min")),
            ("latest", 1, 1, "value in the event with the largest time, of those that have one", _by_time("max")),
            ("sortsFirst", 1, 1, "first value in sort order", _extreme("min")),
            ("sortsLast", 1, 1, "last value in sort order", _extreme("max")),
        ),
    )
    | functions_of("aggregate", "core", (("median", 1, 1, "the same as pct(x, 50)", _median),), "observed")
    | functions_of(
        "aggregate",
        "new",
        (
            ("values", 1, 1, "list of the different values", _values),
            ("collectvalues", 1, 1, "the same as values", _values),
            ("variance", 1, 1, "population variance", _spread("var_pop")),
            ("topk", 2, 2, "topk(k, field): list of the k most frequent values, the most frequent first", _top),
            ("countOverTime", 0, 1, "the same as count", _count),
            ("sumOverTime", 1, 1, "the same as sum", _sum),
            (
                "rate",
                2,
                2,
                "refused here: which change per interval is meant is not published",
                _refused("rate(): how CloudWatch computes the change per interval is not published"),
            ),
            (
                "histogram",
                2,
                2,
                "refused here: the form of its map is not published",
                _refused("histogram(): the form of its result is not published"),
            ),
        ),
    )
)
