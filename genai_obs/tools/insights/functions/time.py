"""Functions of dates and times."""

from collections.abc import Callable

from genai_obs.tools.insights.functions.calls import Arguments, CompileProblem, Function, functions_of
from genai_obs.tools.insights.functions.date_patterns import PatternError, strftime_of, strptime_of_java
from genai_obs.tools.insights.language.syntax import Field
from genai_obs.tools.insights.sql.let import let
from genai_obs.tools.insights.sql.periods import ceil_time, floor_time
from genai_obs.tools.insights.sql.values import Sql, as_time, number, number_constant, quote_text, text, time


def _bin(arguments: Arguments) -> Sql:
    """Round ``@timestamp`` down: ``bin`` always means it (documented)."""
    timestamp = arguments.scope.resolve(Field(arguments.call.span, ("@timestamp",)))
    return time(floor_time(as_time(timestamp), arguments.period(0)))


def _date_floor(arguments: Arguments) -> Sql:
    return time(floor_time(arguments.time(0), arguments.period(1)))


def _date_ceil(arguments: Arguments) -> Sql:
    return time(ceil_time(arguments.time(0), arguments.period(1)))


def _from_millis(arguments: Arguments) -> Sql:
    return time(arguments.time(0))


def _to_millis(arguments: Arguments) -> Sql:
    return number(f"CAST({arguments.time(0)} AS DOUBLE)")


def _now(arguments: Arguments) -> Sql:
    """Return the second in which the query started: seconds, not milliseconds (documented)."""
    return number_constant(arguments.scope.now_ms // 1000)


def _zone(arguments: Arguments) -> str | None:
    """Return the zone in the third argument; None for UTC."""
    if len(arguments) < 3:
        return None
    import zoneinfo

    name = arguments.constant_text(2, "the time zone")
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise CompileProblem(
            "unknown-time-zone", f'there is no time zone "{name}"', arguments.span(2), "such as Europe/Berlin"
        ) from unknown
    return None if name == "UTC" else name


def _pattern(arguments: Arguments, read: Callable[[str], str]) -> str:
    try:
        return quote_text(read(arguments.constant_text(1, "the pattern")))
    except PatternError as part:
        raise CompileProblem(
            "unsupported-date-pattern", f'"{part}" in a date pattern is not supported', arguments.span(1)
        ) from part


def _parse_date(arguments: Arguments) -> Sql:
    zone = _zone(arguments)
    pattern = _pattern(arguments, strptime_of_java)
    written = arguments.text(0)
    has_offset = "%z" in pattern
    if has_offset:
        # DuckDB knows offsets in digits only.
        written = f"regexp_replace({written}, '[zZ]$', '+00')"
    moment = f"try_strptime({written}, {pattern})"
    if zone is not None and not has_offset:
        moment = f"timezone({quote_text(zone)}, {moment})"
    return number(f"CAST(epoch_ms({moment}) AS DOUBLE)")


def _format_date(arguments: Arguments) -> Sql:
    zone = _zone(arguments)
    pattern = _pattern(arguments, lambda written: strftime_of(written, zoned=zone is not None))

    def formatted(ms: str) -> str:
        moment = f"make_timestamp_ms({ms})"
        if zone is not None:
            moment = f"timezone({quote_text(zone)}, timezone('UTC', {moment}))"
        return f"CASE WHEN q_time(CAST({ms} AS DOUBLE)) IS NOT NULL THEN strftime({moment}, {pattern}) END"

    return text(let([arguments.time(0)], formatted))


FUNCTIONS: dict[str, Function] = functions_of(
    "time",
    "core",
    (
        ("bin", 1, 1, "`@timestamp` rounded down to the period", _bin),
        ("datefloor", 2, 2, "the time rounded down to the period", _date_floor),
        ("dateceil", 2, 2, "the time rounded up to the period; the start of one is itself", _date_ceil),
        ("fromMillis", 1, 1, "epoch milliseconds as a time; absent outside the years 1 to 9999", _from_millis),
        ("toMillis", 1, 1, "a time as epoch milliseconds", _to_millis),
        ("now", 0, 0, "when the query started, epoch seconds", _now),
    ),
) | functions_of(
    "time",
    "new",
    (
        ("parseDate", 2, 3, "a text read by a Java date pattern (and time zone), as epoch milliseconds", _parse_date),
        ("formatDate", 2, 3, "a time written by a strftime pattern (and time zone)", _format_date),
        ("strftime", 2, 3, "the same as formatDate", _format_date),
    ),
)
