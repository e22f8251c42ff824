"""Functions of dates and times, and the periods they round to."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from insights_oracle import periods
from insights_sql import run_sql, shown

from genai_obs.tools.insights.functions.calls import CompileProblem
from genai_obs.tools.insights.functions.date_patterns import PatternError, strftime_of, strptime_of_java
from genai_obs.tools.insights.language.syntax import Period, PeriodUnit
from genai_obs.tools.insights.sql.periods import ceil_time, floor_time, length_ms
from genai_obs.tools.text.source import Span

MS = 1_767_225_601_250  # 2026-01-01 00:00:01.250, a Thursday
UNITS: list[PeriodUnit] = ["ms", "s", "m", "h", "d", "w", "mo", "q", "y"]


def period(count: int, unit: PeriodUnit) -> Period:
    """Return a period."""
    return Period(Span(0, 1), count, unit)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("bin(1s)", "2026-01-01 00:00:01.000"),
        ("bin(1000ms)", "2026-01-01 00:00:01.000"),
        ("bin(2000ms)", "2026-01-01 00:00:01.000"),
        ("bin(300s)", "2026-01-01 00:00:00.000"),
        ("bin(48h)", "2026-01-01 00:00:00.000"),
        ("bin(1w)", "2025-12-29 00:00:00.000"),
        ("bin(1mo)", "2026-01-01 00:00:00.000"),
        ("bin(1y)", "2026-01-01 00:00:00.000"),
        ("bin(99999999999999999999d)", "1970-01-01 00:00:00.000"),
        ("datefloor(@timestamp, 1d)", "2026-01-01 00:00:00.000"),
        ("datefloor(ms, 1h)", "1970-01-01 01:00:00.000"),
        ("datefloor(w, 1h)", None),
        ("datefloor(missing, 1h)", None),
        ("datefloor(-1, 1d)", "1969-12-31 00:00:00.000"),
        ("datefloor(-1, 1mo)", "1969-12-01 00:00:00.000"),
        ("dateceil(@timestamp, 1h)", "2026-01-01 01:00:00.000"),
        ("dateceil(3600000, 1h)", "1970-01-01 01:00:00.000"),
        ("dateceil(@timestamp, 1q)", "2026-04-01 00:00:00.000"),
        ("dateceil(0, 1y)", "1970-01-01 00:00:00.000"),
        ("dateceil(1e300, 1y)", None),
        ("dateceil(253402300799999, 1y)", None),
        ("toMillis(@timestamp)", str(MS)),
        ("toMillis(w)", None),
        ("fromMillis(ms)", "1970-01-01 01:00:01.000"),
        ("fromMillis(1.9)", "1970-01-01 00:00:00.001"),
        ("fromMillis(-1e300)", None),
        ("fromMillis(missing)", None),
        ("toMillis(fromMillis(5)) + 1", "6"),
        ('parseDate("2024-01-02 03:04:05", "yyyy-MM-dd HH:mm:ss")', "1704164645000"),
        ('parseDate("2024-01-02T03:04:05.123Z", "yyyy-MM-dd\'T\'HH:mm:ss.SSSX")', "1704164645123"),
        ('parseDate("2024-01-02T03:04:05+02:00", "yyyy-MM-dd\'T\'HH:mm:ssXXX")', "1704157445000"),
        ('parseDate("2024-01-02T03:04:05+0200", "yyyy-MM-dd\'T\'HH:mm:ssZ")', "1704157445000"),
        ('parseDate("02/Jan/2024", "dd/MMM/yyyy")', "1704153600000"),
        ('parseDate("2024-07-02", "yyyy-MM-dd", "Europe/Berlin")', "1719871200000"),
        ('parseDate("2024-07-02", "yyyy-MM-dd", "UTC")', "1719878400000"),
        ('parseDate("2024-99-02", "yyyy-MM-dd")', None),
        ('parseDate("nope", "yyyy-MM-dd")', None),
        ('parseDate(missing, "yyyy-MM-dd")', None),
        ('formatDate(@timestamp, "%Y-%m-%d %H:%M:%S %z %Z %%")', "2026-01-01 00:00:01 +0000 UTC %"),
        ('formatDate(@timestamp, "%F %T.%L day %j %a", "America/New_York")', "2025-12-31 19:00:01.250 day 365 Wed"),
        ('strftime(0, "%F")', "1970-01-01"),
        ('strftime(1e300, "%F")', None),
        ('strftime(missing, "%F")', None),
    ],
)
def test_time_functions(text: str, result: str | None) -> None:
    """Times are milliseconds in UTC; what is no time, or lies beyond year 9999, is absent."""
    assert shown(text, ms=3_601_000, w="word") == result


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ('parseDate("x", "yyyy-QQ")', "unsupported-date-pattern"),
        ('formatDate(0, "%Q")', "unsupported-date-pattern"),
        ('formatDate(0, "%Z", "Europe/Berlin")', "unsupported-date-pattern"),
        ('formatDate(0, "%")', "unsupported-date-pattern"),
        ('formatDate(0, "%F", "Mars/Base")', "unknown-time-zone"),
        ('formatDate(0, "%F", "../../etc/passwd")', "unknown-time-zone"),
        ("formatDate(0, f)", "constant-expected"),
        ("bin(5)", "period-needed"),
        ("datefloor(ms, 5)", "period-needed"),
    ],
)
def test_patterns_and_periods_that_cannot_be_read_are_refused(text: str, slug: str) -> None:
    """Half a pattern would give a plausible wrong date."""
    with pytest.raises(CompileProblem) as problem:
        shown(text, f="%F")

    assert problem.value.slug == slug


@settings(max_examples=80, deadline=None)
@given(st.integers(-(10**13), 10**14), st.integers(1, 70), st.sampled_from(UNITS))
def test_rounding_is_that_of_the_calendar(ms: int, count: int, unit: PeriodUnit) -> None:
    """Before and after 1970, for every unit, over its cap too: as a plain calendar computes it."""
    rounded = run_sql(
        f"SELECT {floor_time(f'{ms}::BIGINT', period(count, unit))}, {ceil_time(f'{ms}::BIGINT', period(count, unit))}"
    )

    assert rounded == [(periods.floor_to(ms, period(count, unit)), periods.ceil_to(ms, period(count, unit)))]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**13), st.integers(1, 30), st.sampled_from(UNITS), st.integers(0, 10**9))
def test_an_offset_moves_the_starts_of_the_periods(ms: int, count: int, unit: PeriodUnit, offset_ms: int) -> None:
    """``by bin(1d) offset 6h`` begins its days at six."""
    rounded = run_sql(f"SELECT {floor_time(f'{ms}::BIGINT', period(count, unit), offset_ms)}")

    assert rounded == [(periods.floor_to(ms, period(count, unit), offset_ms),)]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("count", [10**6, 10**30])
def test_a_huge_period_rounds_to_its_start_and_overflows_nothing(count: int, unit: PeriodUnit) -> None:
    """Longer than all logs: one bucket, no error of the engine."""
    now, huge = f"{MS}::BIGINT", period(count, unit)

    rows = run_sql(f"SELECT {floor_time(now, huge)} <= {MS}, {ceil_time(now, huge)} >= {MS}")

    assert rows == [(True, True)]


def test_counts_are_cut_to_the_caps_of_their_units() -> None:
    """Documented: 1000 ms, 60 s, 60 m, 24 h; nothing for days and longer."""
    lengths = {unit: length_ms(period(5_000, unit)) for unit in UNITS[:5]}

    assert lengths == {"ms": 1_000, "s": 60_000, "m": 3_600_000, "h": 86_400_000, "d": 5_000 * 86_400_000}


@pytest.mark.parametrize(
    ("java", "sql"),
    [
        ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "%Y-%m-%dT%H:%M:%S.%g%z"),
        ("d MMM yy h:mm a", "%d %b %y %I:%M %p"),
        ("'it''s' 100%", "it's 100%%"),
        ("''yyyy''", "'%Y'"),
    ],
)
def test_java_patterns_become_those_of_the_engine(java: str, sql: str) -> None:
    """Letters by their number, quoted text as it is."""
    assert strptime_of_java(java) == sql


@pytest.mark.parametrize("pattern", ["yyyyy", "G", "VV", "YYYY", "'open", "b"])
def test_unknown_letters_of_java_patterns_are_refused(pattern: str) -> None:
    """A week-based year, an era or a zone name would be read wrongly."""
    with pytest.raises(PatternError):
        strptime_of_java(pattern)


def test_every_strftime_letter_means_what_it_means_in_python() -> None:
    """DuckDB has some letters of its own, which would give something else."""
    moment = datetime(2026, 3, 5, 17, 8, 9, 123_456, tzinfo=UTC)
    for letter in "aAbBdFHIhjmMpRSTuUVwWyYfDnt%":
        written = strftime_of(f"%{letter}", zoned=False).replace("'", "''")

        assert run_sql(f"SELECT strftime(make_timestamp({int(moment.timestamp() * 1_000_000)}), '{written}')") == [
            (moment.strftime(f"%{letter}"),)
        ], letter
