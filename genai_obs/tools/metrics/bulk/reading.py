"""
Metrics of large inputs: DuckDB reads the regular documents of known shapes, plain Python everything else.

The shapes of a sample come first. Where many documents have others, those are learned in further rounds. Whatever is
not quite regular, such as a value that is text, goes through the same code as in small inputs, so that both ways agree.
"""

from genai_obs.tools.insights.events.database import Database
from genai_obs.tools.insights.sql.values import quote_text
from genai_obs.tools.logs.discover import discover
from genai_obs.tools.metrics.bulk.collect import Collector
from genai_obs.tools.metrics.bulk.shapes_sql import DIRECTIVES, KnownShapes, points_sql
from genai_obs.tools.metrics.bulk.source import Source
from genai_obs.tools.metrics.drops import Moment
from genai_obs.tools.metrics.emf import Document, load_json, read_document
from genai_obs.tools.metrics.plain import PlainReader
from genai_obs.tools.metrics.shapes import check_directives

# Fewer rows than these are read one by one: as fast as a further round.
_WORTH_A_ROUND = 20_000
_MOST_ROUNDS = 8
_PORTION = 10_000
_SAMPLE = 20_000
# A shape that is rarer among them is not worth columns of its own.
_FREQUENT = 5


class NeedsNeighboursError(Exception):
    """The time of a document stands in none of its members: only reading event after event tells it."""


def read_in_bulk(source: Source, database: Database, reader: PlainReader) -> None:
    """
    Take the metrics of a source: what is regular straight into the reader's families, the rest through the reader.

    Raises:
        NeedsNeighboursError: Events must be read one by one, with new families.
    """
    relation, known = source.relation, KnownShapes()
    for turn in range(_MOST_ROUNDS):
        learned = _find_shapes(database, relation, known)
        if turn and not learned.shapes:
            break
        known = learned
        # A turn reads what the one before has left; the one before that is overwritten.
        table = f"emf_points_{turn % 2}"
        database.execute(points_sql(table, relation, known))
        documents, values = Collector(database, table, known, reader.families, reader.drops, _wanted(reader)).collect()
        reader.documents += documents
        reader.values += values
        relation = f"(SELECT odd AS m, t, i FROM {table} WHERE odd IS NOT NULL)"  # noqa: S608
        ((odd,),) = database.execute(f"SELECT count(*) FROM {relation}").fetchall()  # noqa: S608
        if odd < _WORTH_A_ROUND:
            break
    _read_odd(database, relation, reader, knows_times=source.knows_times)


def _find_shapes(database: Database, relation: str, without: KnownShapes) -> KnownShapes:
    """Return the shapes that are frequent in the first documents, but those already known."""
    # A limit, because every line may have a shape of its own: grouping all would hold all.
    first = f"(SELECT m FROM {relation} WHERE contains(m, 'CloudWatchMetrics') LIMIT {_SAMPLE})"  # noqa: S608
    extracted = f"SELECT TRY(json_extract(m, {quote_text(DIRECTIVES)}))::VARCHAR AS directives FROM {first}"  # noqa: S608
    grouped = f"SELECT directives, count(*) AS n FROM ({extracted}) GROUP BY directives HAVING n >= {_FREQUENT}"  # noqa: S608
    found = KnownShapes()
    for text, _ in database.execute(f"{grouped} ORDER BY n DESC, directives").fetchall():
        if text is not None and text not in without.shapes:
            directives = load_json(text)
            if isinstance(directives, list):
                found.add(text, check_directives(directives))
    return found


def _wanted(reader: PlainReader) -> str:
    """Return SQL of whether a document is of the wanted time."""
    bounds = (
        "true" if reader.start_ms is None else f"stamp >= {reader.start_ms}",
        "true" if reader.end_ms is None else f"stamp <= {reader.end_ms}",
    )
    return " AND ".join(bounds)


def _read_odd(database: Database, relation: str, reader: PlainReader, *, knows_times: bool) -> None:
    """Read what is left one by one."""
    rows = database.execute(f"SELECT m, t, i FROM {relation}")  # noqa: S608
    is_bounded = reader.start_ms is not None or reader.end_ms is not None
    while portion := rows.fetchmany(_PORTION):
        for message, time_ms, ingested_ms in portion:
            own_ms = time_ms if knows_times else discover(message)[1]
            if own_ms is None and not knows_times and (is_bounded or _lacks_time(message)):
                raise NeedsNeighboursError
            reader.read(message, Moment(None, None, own_ms, ingested_ms))


def _lacks_time(message: str) -> bool:
    """Tell whether a message is a document that takes the time of its event."""
    document = read_document(message)
    return isinstance(document, Document) and document.timestamp is None
