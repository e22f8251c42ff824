"""One statement that takes the values of all known shapes out of messages."""

from dataclasses import dataclass, field

from genai_obs.tools.insights.events.scan import pointer
from genai_obs.tools.insights.sql.values import quote_text
from genai_obs.tools.metrics import rules
from genai_obs.tools.metrics.emf import SIGNS
from genai_obs.tools.metrics.shapes import Shape

STAMP = pointer(("_aws", "Timestamp"))
DIRECTIVES = pointer(("_aws", "CloudWatchMetrics"))

# Beyond these a statement would be slower than reading line by line.
_MOST_SHAPES = 200
_MOST_COLUMNS = 400
# What DuckDB reads as JSON and JSON has not: NaN and Inf in any letters as values, and a comma before a bracket that
# closes. Inside a text both are harmless, and only cost a closer look. Three expressions, because each that begins with
# a letter of its own is searched for by that letter: one for all would double the time of the whole statement.
_NO_NUMBER = "-?(?:[iI][nN][fF]|[nN][aA][nN])"
_NO_JSON = (rf",\s*(?:[\]}}]|{_NO_NUMBER})", rf":\s*{_NO_NUMBER}", rf"\[\s*{_NO_NUMBER}")


@dataclass(slots=True)
class KnownShapes:
    """
    The shapes that one statement knows.

    Args:
        shapes: By the text of the directives, as DuckDB writes it.

        metrics: Name of each metric → number of its column, from 1.

        dimensions: Name of each dimension → number of its column, from 1.
    """

    shapes: dict[str, Shape] = field(default_factory=dict)
    metrics: dict[str, int] = field(default_factory=dict)
    dimensions: dict[str, int] = field(default_factory=dict)

    def add(self, text: str, shape: Shape) -> bool:
        """Add a shape if there is room, and tell whether there was."""
        metrics = {name for directive in shape.directives for name in directive.metric_names}
        dimensions = {name for directive in shape.directives for names in directive.sets for name in names}
        columns = len(self.metrics.keys() | metrics) + len(self.dimensions.keys() | dimensions)
        if len(self.shapes) >= _MOST_SHAPES or columns > _MOST_COLUMNS:
            return False
        self.shapes[text] = shape
        for name in sorted(metrics):
            self.metrics.setdefault(name, len(self.metrics) + 1)
        for name in sorted(dimensions):
            self.dimensions.setdefault(name, len(self.dimensions) + 1)
        return True


def points_sql(table: str, relation: str, known: KnownShapes) -> str:
    """
    Return the statement that makes a table of points.

    A regular row has ``shape`` (its number, from 1), ``stamp`` (ms), ``mN`` (value, NULL where the metric is not on the
    root) and ``dN`` (JSON of the dimension, empty where it is not on the root). Any other row that may be EMF has
    ``odd``, its message, and ``t`` and ``i``. Messages that cannot be EMF are left out.
    """
    paths = [STAMP, DIRECTIVES, *(pointer((name,)) for name in (*known.metrics, *known.dimensions))]
    # The values of the list that json_extract gives: time, directives, metrics, dimensions.
    metrics = [(name, f"m{number}", f"x[{number + 2}]") for name, number in known.metrics.items()]
    before = 2 + len(metrics)
    dimensions = [(f"d{number}", f"x[{number + before}]") for number in known.dimensions.values()]
    typed = [
        *(f"{_number(json)} AS {column}" for _, column, json in metrics),
        *(f"coalesce({json}::VARCHAR, '') AS {column}" for column, json in dimensions),
    ]
    columns = [*(column for _, column, _ in metrics), *(column for column, _ in dimensions)]
    texts = ", ".join(quote_text(text) for text in known.shapes)
    return f"""CREATE OR REPLACE TEMP TABLE {table} AS
WITH parsed AS (
  SELECT m, t, i, TRY(json_extract(m, [{", ".join(quote_text(path) for path in paths)}])) AS x
  FROM {relation} WHERE {" OR ".join(f"contains(m, {quote_text(sign)})" for sign in SIGNS)}
),
typed AS (
  SELECT {", ".join(("*", *typed))}, TRY_CAST(x[1]::VARCHAR AS BIGINT) AS stamp,
    list_position([{texts}]::VARCHAR[], x[2]::VARCHAR) AS shape
  FROM parsed
),
judged AS (SELECT *, coalesce({_regular(metrics)}, false) AS is_regular FROM typed)
SELECT {", ".join(("CASE WHEN is_regular THEN shape END::SMALLINT AS shape", "stamp", *columns))},
  CASE WHEN NOT is_regular THEN m END AS odd, t, i
FROM judged"""  # noqa: S608


def _regular(metrics: list[tuple[str, str, str]]) -> str:
    """Return SQL of whether a row needs no closer look."""
    return " AND ".join(
        (
            "coalesce(shape, 0) > 0",
            "stamp::VARCHAR = x[1]::VARCHAR",
            f"stamp BETWEEN 0 AND {LATEST_MS}",
            f"(i IS NULL OR stamp BETWEEN i - {rules.OLDEST_MS} AND i + {rules.NEWEST_MS})",
            *(f"NOT regexp_matches(m, {quote_text(pattern)})" for pattern in _NO_JSON),
            *(f"NOT ({column} IS NULL AND {_needs_a_look(name, json)})" for name, column, json in metrics),
            *(f"coalesce(abs({column}) <= {rules.LARGEST_VALUE!r}, true)" for _, column, _ in metrics),
        )
    )


# The year 10000, as for single lines.
LATEST_MS = 253_402_300_799_999


def _number(json: str) -> str:
    """Return SQL of the number of a JSON value, also of a list with just one; NULL for anything else."""
    text = f"({json}::VARCHAR)"
    return f"coalesce(TRY_CAST({text} AS DOUBLE), CASE WHEN {text}[1] = '[' THEN TRY_CAST({text}[2:-2] AS DOUBLE) END)"


def _needs_a_look(name: str, json: str) -> str:
    """Return SQL that tells whether a value that is no number must be looked at one by one."""
    return "true" if "." in name else f"{json} IS NOT NULL"
