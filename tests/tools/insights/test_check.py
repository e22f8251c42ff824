"""What a query must obey beyond grammar: errors and warnings, each with its place and hint."""

import pytest

from genai_obs.tools.insights.checks.query import check_query
from genai_obs.tools.insights.language.parser import parse_query
from genai_obs.tools.text.diagnostics import Diagnostic, TextError


def _errors(text: str) -> tuple[Diagnostic, ...]:
    query = parse_query(text)
    with pytest.raises(TextError) as caught:
        check_query(query)
    return caught.value.diagnostics


def _shown(text: str, problem: Diagnostic) -> tuple[str, str]:
    return problem.slug, text[problem.span.start : problem.span.end]


@pytest.mark.parametrize(
    ("text", "slug", "marked", "hint"),
    [
        ("fields lower(a)", "unknown-function", "lower", "did you mean tolower()?"),
        ("fields strlne(a)", "unknown-function", "strlne", "did you mean strlen()?"),
        ("stats percentile(a, 99)", "unknown-function", "percentile", "did you mean pct()?"),
        ("stats percentil(a, 99)", "unknown-function", "percentil", "did you mean pct()?"),
        ("stats P95(a)", "unknown-function", "P95", "did you mean pct(field, 95)?"),
        ("filter isnull(a)", "unknown-function", "isnull", "write not ispresent(field)"),
        ("fields frobnicate(a)", "unknown-function", "frobnicate", None),
        ("fields strlen(a, b)", "argument-count", "strlen(a, b)", None),
        ("fields coalesce()", "argument-count", "coalesce()", None),
        ("filter a like /x{99999}{99999}{99999}/ or b like /(/", "invalid-regex", "/(/", None),
        ("fields bin(start, 5m)", "argument-count", "bin(start, 5m)",
         "write bin(5m); other times take datefloor(time, 5m)"),
        ("stats max(a, b)", "argument-count", "max(a, b)",
         "write greatest() or least() for the largest or smallest of several"),
        ("stats count(a, b)", "argument-count", "count(a, b)", "write count(*) or countDistinct(field)"),
        ("stats sum(*)", "star", "sum(*)", "write sum(field)"),
        ("stats count(*) by bin(5)", "period-needed", "5", "units are ms, s, m, h, d, w, mo, q, y"),
        ("stats count(*) by bin(5M)", "period-needed", "5M", "units are ms, s, m, h, d, w, mo, q, y"),
        ("stats count(*) by bin(0m)", "period-needed", "0m", None),
        ("fields datefloor(@timestamp, 'x')", "period-needed", "'x'", "units are ms, s, m, h, d, w, mo, q, y"),
        ("filter a > 5m", "misplaced-period", "5m", "write the number of milliseconds"),
        ("fields 5m", "misplaced-period", "5m", None),
        ("stats pct(a, 101)", "argument-range", "101", None),
        ("stats pct(a, b)", "argument-range", "b", None),
        ("stats topk(0, a)", "argument-range", "0", None),
        ("filter count(*) > 5", "aggregate-outside-stats", "count(*)", "write stats count(*) as name"),
        ("fields sum(a)", "aggregate-outside-stats", "sum(a)", "write stats sum(a) as name"),
        ("stats sum(count(*))", "nested-aggregate", "sum(count(*))", "use a second stats"),
        ("stats count(*) by max(a)", "aggregate-in-by", "max(a)", "use a second stats"),
        ("stats count(*) by histogram(a, 50)", "unsupported-function", "histogram(a, 50)",
         "group by floor(field / width) * width"),
        ("filter a > ago(5m)", "unknown-function", "ago",
         "give the time range with --since, or compare toMillis(@timestamp) with a number"),
        ("stats a by b", "not-aggregated", "a", "write it behind by, or latest(a)"),
        ("stats count by a", "not-aggregated", "count", "write count(*)"),
        ("stats avg by a", "not-aggregated", "avg", "write avg(field)"),
        ("stats sum(a) + b", "not-aggregated", "b", "write it behind by, or latest(b)"),
        ("stats 1", "not-aggregated", "1", None),
        ("stats count(*), bin(5m)", "not-aggregated", "bin(5m)", None),
        ("stats count(*) as n, sum(a) as n", "duplicate-name", "sum(a) as n", "name one with as"),
        ("stats count(*) as n by a as n", "duplicate-name", "count(*) as n", "name one with as"),
        ("sort bin(1h)", "sort-call", "bin(1h)", "name it with as in a command before, and sort by the name"),
        ("sort -abs(a)", "sort-call", "abs(a)", "name it with as in a command before, and sort by the name"),
        ("stats count(*) as n by a | sort count(*)", "sort-call", "count(*)",
         "name it with as in a command before, and sort by the name"),
        ("stats count(*) as n by a | display b", "unknown-after-stats", "b", "its outputs are a, n"),
        ("stats sum(x) as total by a | sort totals", "unknown-after-stats", "totals", "did you mean total?"),
        ("stats count(*) as n by a | sort count", "unknown-after-stats", "count", "did you mean n?"),
        ("stats count(*) by a | fields count * 2 as d", "unknown-after-stats", "count",
         "write count(*) as count in the stats"),
        ("stats count(*) as n by a | filter n > 1 and b = 1", "unknown-after-stats", "b", "its outputs are a, n"),
        ("countFrequent a | display b", "unknown-after-stats", "b", "its outputs are a, _approxcount"),
        ("stats sum(a) as s by bin(5m) | stats max(s) by bin(1h)", "bin-without-timestamp", "bin(1h)",
         "name the first bin with as @t, and use datefloor(@t, period)"),
        ("stats count(*) as n by bin(1h) as t | stats max(n) by bin(1h)", "bin-without-timestamp", "bin(1h)",
         "name the first bin with as @t, and use datefloor(@t, period)"),
        ("stats count(*) as n by bin(1h) | sort bin(1h) asc", "sort-call", "bin(1h)",
         "name it with as in a command before, and sort by the name"),
        ("stats count(*) as n | fields bin(5m)", "bin-without-timestamp", "bin(5m)",
         "name the first bin with as @t, and use datefloor(@t, period)"),
        ("fields a | limit 5 | stats count(*) as n by a | stats max(n)", "before-stats", "limit", "move it behind"),
        ("sort a | stats count(*) as n by a | stats max(n)", "before-stats", "sort", "move it behind"),
        ("dedup a | sort a", "after-dedup", "sort", "write it before dedup"),
        ("dedup a | stats count(*)", "after-dedup", "stats", "write it before dedup"),
        ("dedup a | dedup b", "after-dedup", "dedup", "write it before dedup"),
        ("sort a | pattern @message", "pattern-order", "pattern", "move sort behind"),
        ("pattern @message | stats count(*)", "pattern-order", "stats", None),
        ("stats count(*) as n by a | pattern a", "pattern-order", "pattern", None),
        ("fields a | diff", "diff-without-pattern", "diff", None),
        ("fields a | SOURCE 'x'", "source-first", "SOURCE", None),
        ("stats count(*) by a | fillmissing", "fill-without-bin", "fillmissing", None),
        ("parse a '*' as u | stats latest(u) as u", "redefined-name", "u", "use another name"),
        ("parse a '*' as u | fields b as u", "redefined-name", "u", "use another name"),
        ("parse a '*' as u | parse b '*' as u", "redefined-name", "u", "use another name"),
        ("fields a as u | parse b '*' as u", "redefined-name", "u", "use another name"),
        ("filter @timestamp > '2026-01-01'", "time-as-text", "'2026-01-01'",
         "compare toMillis(@timestamp) with a number of milliseconds"),
        ("parse a /x/", "regex-names", "/x/", "write (?<name>…)"),
        ("parse a /(x)(y)/ as b", "regex-names", "/(x)(y)/", "groups without a name are (…), others (?:…)"),
        ("filter a like /(/", "invalid-regex", "/(/", None),
        ("filter a like /[a/", "invalid-regex", "/[a/", None),
        ("filter a like /*a/", "invalid-regex", "/*a/", None),
        ("parse a /(?<b>x)(?<b>y)/", "invalid-regex", "/(?<b>x)(?<b>y)/", None),
        ("parse a /(?<@b>x)/", "invalid-regex", "/(?<@b>x)/", "use letters, digits and _"),
        ("filter a like /x(?=y)/", "unsupported-regex", "/x(?=y)/", "use and with not like"),
        ("filter a like /(?<!y)x/", "unsupported-regex", "/(?<!y)x/", "use and with not like"),
        (r"filter a like /(x)\1/", "unsupported-regex", r"/(x)\1/", None),
        ("filter a like /x++/", "unsupported-regex", "/x++/", "write one +"),
        ("filter a like /(?>x)/", "unsupported-regex", "/(?>x)/", "write (?:…)"),
        ("fields regexReplace(a, '(', 'b')", "invalid-regex", "'('", None),
    ],
)  # fmt: skip
def test_a_query_without_sense_is_refused(text: str, slug: str, marked: str, hint: str | None) -> None:
    """One error: its slug, the text it marks, and the hint."""
    (error,) = _errors(text)

    assert (*_shown(text, error), error.hint) == (slug, marked, hint)


@pytest.mark.parametrize(
    ("text", "slug", "marked"),
    [
        ("filter ok = true", "bare-boolean", "true"),
        ("fields false as f", "bare-boolean", "false"),
        ("stats sum(a > 1)", "boolean-sum", "a > 1"),
        ("stats sum(a like 'x')", "boolean-sum", "a like 'x'"),
        ("stats count(not a)", "boolean-count", "not a"),
        ("stats sum(a in [1])", "boolean-sum", "a in [1]"),
        ("stats sum(ispresent(a))", "boolean-sum", "ispresent(a)"),
        ("stats median(a)", "median", "median(a)"),
        ("filter a like '%x%'", "like-wildcard", "'%x%'"),
        ("filter a like '*x'", "like-wildcard", "'*x'"),
        ("filter a like 'x' or 'y'", "constant-condition", "'y'"),
        ("filter a < b < c", "comparison-chain", "a < b < c"),
        ("filter a = REPORT", "unquoted-text", "REPORT"),
        ("filter foo-bar = 1", "minus", "foo-bar"),
        ("fields @msg", "unknown-system-field", "@msg"),
        ("fields jsonParse(a) as j, j.b", "same-command-access", "j.b"),
        ("stats count(*) by 'a'", "quoted-field", "'a'"),
        ("sort 'a'", "quoted-field", "'a'"),
        ("SOURCE 'a' | fields b", "source", "SOURCE 'a'"),
        ("dedup a | fields a", "after-dedup", "fields"),
        ("sort a | stats count(*)", "before-stats", "sort"),
        ("limit 5 | stats count(*)", "before-stats", "limit"),
        ("fields a as b | fields c as b", "redefined-name", "b"),
        ("filter a = 1 | parse @message '*' as a", "redefined-name", "a"),
        ("parse @message '*' as a | fields a", "listed-again", "a"),
        ("stats count(*) as n by a | filter b = 1", "filter-moved", "filter b = 1"),
        ("stats count(*) by bin(5m) | sort @timestamp", "sort-by-output", "@timestamp"),
        ("stats count(*) by a | sort count(*) desc", "sort-by-output", "count(*) desc"),
        ("stats count() by a | sort count", "sort-by-output", "count"),
        ("stats avg(ms) by a | sort avg_ms", "sort-by-output", "avg_ms"),
        ("stats count(*) by a | sort @timestamp desc", "sort-without-time", "@timestamp desc"),
        ("stats count(*) as n by a | display a, count(*)", "output-by-text", "count(*)"),
        ("stats count(a > 1)", "boolean-count", "a > 1"),
        ("fields datefloor(@timestamp + 9h, 1d) as day", "period-sum", "9h"),
        ("stats count(*) by bin(@timestamp, 1h) as hour", "argument-count", "bin(@timestamp, 1h)"),
    ],
)
def test_what_is_probably_not_meant_gets_a_warning(text: str, slug: str, marked: str) -> None:
    """The query runs, and one warning says what deserves a look."""
    (warning,) = check_query(parse_query(text))

    assert _shown(text, warning) == (slug, marked)


@pytest.mark.parametrize(
    "text",
    [
        "sort a | limit 3 | fields a",
        "limit 10 | sort a desc",
        "stats count(*) as n by a | sort n desc | limit 5 | fields n * 2 as m | display a, m",
        "stats max(a) as cap, max(b) as peak, cap - peak as slack",
        "stats count(*) / total as share by total",
        "stats sum(x) as s by bin(5m) as @t | stats max(s) as hi by dateceil(@t, 10m) as w | sort w",
        "stats max(@timestamp) as @timestamp by a | stats count(*) by bin(1h)",
        "stats sum(x) by bin(5m) | stats max(`sum(x)`) by bin(5m)",
        "stats sum(Fault) by svc | filter sum(Fault) > 3 | display svc, sum(Fault)",
        "stats latest(j) as j by a | fields j.b, j.c.d",
        "parse @message '*' as a | display a | stats count(*) by a",
        "filter a like /(?i)x/ and b like /a(?i)b/ and c like /[[:alpha:]]\\pL\\z/",
        "filter max - min > 3",
        "fields a - b, a -b",
        "pattern @message | sort @sampleCount desc | limit 3",
        "filter x = 1 | pattern @message | diff previousWeek",
        "stats count(*) by bin(5m) | sort `bin(5m)` | fillmissing with 0 for `count(*)`",
        "fields case(a, 1, b, 2, 3), if(a > 1, 'x', 'y'), now(), concat(a)",
        "stats topk(5, a)",
        "stats 0.2 / 1000 as price, count(*) as n, n * price as cost",
        "stats count_over_time(*) as n by bin(1h)",
        "dedup a | limit 5",
        r"filter a like /\Qa(b\E/ or a like /\y/",
        "sort a | dedup a | limit 3",
    ],
)
def test_sound_queries_pass_without_a_word(text: str) -> None:
    """Nothing is said about what CloudWatch documents."""
    assert check_query(parse_query(text)) == ()


def test_the_time_range_of_a_source_is_not_dropped_without_a_word() -> None:
    """Files have no other range than the one asked for beside the query."""
    (plain,) = check_query(parse_query("SOURCE 'a' | fields b"))
    (ranged,) = check_query(parse_query("SOURCE 'a' START=-3600s END=0s | fields b"))

    assert (plain.slug, plain.hint) == ("source", None)
    assert (ranged.slug, ranged.hint) == ("source", "give the time range with --since, or --start and --end")


def test_all_errors_are_told_at_once() -> None:
    """In the order of the text."""
    text = "fields lower(a) | sort bin(1h) | stats foo(b) | filter count(*) > 1"

    slugs = [error.slug for error in _errors(text)]
    assert slugs == ["unknown-function", "sort-call", "unknown-function", "aggregate-outside-stats"]


def test_at_most_ten_stats() -> None:
    """AWS allows ten on Standard log groups."""
    ten = "stats count(*) as n" + " | stats sum(n) as n" * 9

    assert all(warning.slug == "redefined-name" for warning in check_query(parse_query(ten)))
    assert "too-many-stats" in [error.slug for error in _errors(ten + " | stats sum(n) as n")]
