"""Mistakes in the form of a query: what is said, where, and what would be right."""

import pytest

from genai_obs.tools.insights.language.parser import parse_query
from genai_obs.tools.text.diagnostics import Diagnostic, TextError


def _problems(text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(TextError) as caught:
        parse_query(text)
    return caught.value.diagnostics


def _problem(text: str) -> tuple[str, str, str | None]:
    (problem,) = _problems(text)
    return problem.slug, text[problem.span.start : problem.span.end], problem.hint


@pytest.mark.parametrize(
    ("text", "slug", "marked", "hint"),
    [
        ("", "empty-query", "", "try fields @message"),
        ("# nothing", "empty-query", "# nothing", "try fields @message"),
        ("field a", "unknown-command", "field", "did you mean fields?"),
        ("limt 5", "unknown-command", "limt", "did you mean limit?"),
        ("fields a | eval b = 1", "unknown-command", "eval", "write fields expression as name"),
        ("sum(rate(a)) by (b)", "unknown-command", "sum",
         "a function needs a command: stats sum(field) by group, or fields abs(field)"),
        ("sum by (b) (a)", "unknown-command", "sum", "write stats sum(field) by group"),
        ('status = "ok"', "unknown-command", "status", "a condition stands behind filter"),
        ("fields a\nsort a", "missing-pipe", "sort", None),
        ("fields a b", "unexpected-token", "b", "write as b, or a comma before it"),
        ("fields a;", "unexpected-token", ";", "leave it out"),
        ("fields a | | sort a", "unexpected-token", "|", None),
        ("fields a || sort a", "foreign-form", "||",
         "write or between conditions, one | between commands, concat(a, b) to join texts"),
        ("filter a && b", "foreign-form", "&&", "write and"),
        ("filter a <> b", "foreign-form", "<>", "write !="),
        ("filter a is null", "foreign-form", "is", "write ispresent(field) or not ispresent(field)"),
        ("filter a between 1 and 2", "foreign-form", "between", "write field >= a and field <= b"),
        ("stats sum(case when a > 1 then 1 else 0 end)", "foreign-form", "when", "write case(condition, a, otherwise)"),
        ("fields f(a).", "unexpected-token", "", None),
        ("fields a[b]", "unexpected-token", "b", "positions count from 0"),
        ("fields a['b-c']", "unexpected-token", "'b-c'", "write .`b-c` for a key"),
        ("fields a[1.5]", "unexpected-token", "1.5", None),
        ("fields a as 5", "unexpected-token", "5", "odd names stand in backticks: `my name`"),
        ("stats count(*) by a offset b", "unexpected-token", "b", None),
        ("fillmissing with a for b", "unexpected-token", "a", None),
        ("parse a b", "unexpected-token", "b", 'write parse field "text * text" as name'),
        ("SOURCE | fields a", "unexpected-token", "|", None),
        ("SOURCE logGroups(a", "unexpected-token", "SOURCE logGroups(a", None),
        ("fields a | || fields b", "unexpected-token", "||", "write one |"),
        ("fields a. b", "unexpected-token", ".", None),
        ("filter a = null", "foreign-form", "null", "write not ispresent(field)"),
        ("fields a ? b : c", "foreign-form", "?", "write if(condition, a, b)"),
        ("stats count(distinct a)", "foreign-form", "distinct", "write countDistinct(field)"),
        ("filter a = /x/", "misplaced-regex", "/x/", "write field like /regex/; a function takes a quoted text"),
        ("filter a like /x/i", "regex-flags", "i", "write (?i) inside, at its start"),
        ("filter a like /x/y/", "unescaped-slash", "y", "write a slash inside as \\/"),
        ("filter a like [/]/", "unexpected-token", "[", 'write like "text" or like /regex/'),
        ("filter a like /x[^/]/", "unescaped-slash", "]", "write a slash inside as \\/"),
        ("parse a /x/yes(?<b>z)/", "unescaped-slash", "yes", "write a slash inside as \\/"),
        ("filter a =~ 'x.*'", "unclear-pattern", "'x.*'", 'write =~ /regex/ or like "text"'),
        ("filter a like b", "unexpected-token", "b", 'write like "text" or like /regex/'),
        ("filter a in b", "unexpected-token", "b", 'write in ["a", "b"]'),
        ("filter a in (SOURCE 'x' | fields b)", "unsupported-command", "(",
         "the query text works on CloudWatch: add --log-group"),
        ("filter a = *", "unexpected-token", "*", "name the fields, or use ispresent()"),
        ("filter (a = 1", "unexpected-token", "", None),
        ("filter a = 1)", "unexpected-token", ")", "no parenthesis is open"),
        ("filter a = not b", "unexpected-token", "not", "put it in parentheses"),
        ("filter a = 10.0.0.1", "number-form", "10.0.0.1", "texts such as addresses stand in quotes"),
        ("filterIndex a > 1", "index-condition", "a > 1", "use filter for anything else"),
        ("stats by a", "unexpected-token", "by", "write count(*)"),
        ("stats count(*) by a having n > 1", "unexpected-token", "having", "write | filter"),
        ("stats count(*) as p-99", "odd-name", "p-", "write `my-name`"),
        ("sort a as b", "sort-alias", "as", "make it in a fields command before"),
        ("sort a descending", "unexpected-token", "descending", None),
        ("limit", "unexpected-token", "", None),
        ("limit 0", "row-count", "0", None),
        ("limit 100001", "row-count", "100001", None),
        ("limit 2.5", "row-count", "2.5", None),
        ("parse a 'x * y *' as b", "glob-names", "'x * y *'", "give each * a name"),
        ("parse a 'x' as b", "glob-names", "'x'",
         "put * where the value is, or look for the text with filter and like"),
        ("parse a /(?<b>x)/ as c", "regex-names", "/(?<b>x)/", None),
        ("parse logfmt a as b", "unexpected-token", "logfmt", "write parse field logfmt as name"),
        ("unnest a as b", "unexpected-token", "as", "write unnest list into name"),
        ("unmask @message", "unknown-command", "unmask", "write fields unmask(field)"),
        ("diff yesterday", "unexpected-token", "yesterday", None),
        ("fields $x", "parameter", "$", "put the value in the query"),
        ("fields {{x}}", "parameter", "{", None),
        ("-- hi", "unexpected-token", "-", "comments start with #"),
        ("SELECT a FROM b", "other-language", "SELECT", "start with fields, filter, parse or stats"),
        ("source=`x` | where a", "other-language", "source", "start with fields, filter, parse or stats"),
        ("search source=x", "other-language", "search", "start with fields, filter, parse or stats"),
        ("{ $.a = 1 }", "other-language", "{", "start with fields, filter, parse or stats"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_marked_and_put_right(text: str, slug: str, marked: str, hint: str | None) -> None:
    """One problem: its slug, the text it marks, and the hint."""
    assert _problem(text) == (slug, marked, hint)


@pytest.mark.parametrize(
    "command",
    [
        "join type=inner left=a right=b where a.x=b.x (SOURCE 'g' | fields x | limit 5)",
        "lookup table ip OUTPUT owner",
        "anomaly",
        "autoregress a p=1-3",
        "addtotals row=true a, b",
        "appendcols ( stats count(*) | limit 1 )",
        "outlier action=remove a",
        "sessionize user maxspan 30m",
        "logcompare timeshift 7d",
        "cidrlookup table ip OUTPUT owner",
        "relevantfields a, b where c = 1",
        "estimate",
        "$Saved(p = 1)",
    ],
)
def test_a_command_of_cloudwatch_alone_is_refused_by_name(command: str) -> None:
    """The rest of it, pipes in brackets included, is stepped over, and what follows is read."""
    unsupported, unknown = _problems(f"fields a | {command} | limt 1")

    assert unsupported.slug == "unsupported-command"
    assert unsupported.hint == "the query text works on CloudWatch: add --log-group"
    assert unknown.hint == "did you mean limit?"


def test_all_mistakes_are_told_in_the_order_of_the_text() -> None:
    """One run is enough to put a query right."""
    problems = _problems("filter a = | stats foo( | limit x | lmit 3 | fields 'a")

    assert [problem.slug for problem in problems] == [
        "unexpected-token",
        "unexpected-token",
        "unexpected-token",
        "unknown-command",
        "unterminated-text",
    ]


def test_a_bracket_that_is_never_closed_does_not_hide_what_follows() -> None:
    """Without its end the rest of a refused command reaches to the next pipe only."""
    unsupported, unknown = _problems("join (SOURCE 'a' | limt 1")

    assert (unsupported.slug, unknown.slug) == ("unsupported-command", "unknown-command")


def test_of_a_text_that_is_no_query_the_first_hundred_mistakes_are_told() -> None:
    """Nobody reads more, and the message must stay printable."""
    problems = _problems("x | " * 500 + "x")

    assert len(problems) == 100
    assert problems[-1].span.start == 99 * 4


def test_a_class_cut_by_its_own_slash_is_told_first() -> None:
    """Also where the | behind the slash seems to start a command; an escaped bracket opens no class."""
    first, *_ = _problems("filter a like /x[/|]/")

    assert (first.slug, first.hint) == ("unescaped-slash", "write a slash inside as \\/")
    assert len(parse_query(r"filter a like /\[x/| limit 3").commands) == 2


def test_a_query_is_at_most_10_000_characters_long() -> None:
    """CloudWatch takes no longer one; what is too much is marked."""
    fits = "fields a" + " " * 9_992

    assert parse_query(fits).commands
    assert _problem(fits + "  ") == ("query-too-long", "  ", None)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000,
        "not " * 2400,
        "-" * 9000,
        "2^" * 4900,
        "f(" * 4900,
        "x in [" * 1600,
        "a+" * 4900 + "a",
        "a=" * 4900 + "a",
    ],
)
def test_no_depth_ends_in_a_recursion_error(text: str) -> None:
    """Nesting has a limit of its own, with a place in the text."""
    (problem,) = _problems(f"filter {text}"[:10_000])

    assert problem.slug == "expression-too-deep"
