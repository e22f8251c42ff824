"""Commands of the query language, from text to tree."""

import pytest

from genai_obs.tools.insights.language.parser import parse_query
from genai_obs.tools.insights.language.render import render_command
from genai_obs.tools.insights.language.syntax import (
    Command,
    Fields,
    Limit,
    LogGroupSource,
    ParseGlob,
    ParseRegex,
    Sort,
    Stats,
)


def _command(text: str) -> Command:
    (command,) = parse_query(text).commands
    return command


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("FIELDS a, b AS c", "fields a, b as c"),
        ("display a", "display a"),
        ("where a = 1", "filter a = 1"),
        ("filter(a = 1)", "filter a = 1"),
        ("filterIndex a = 'x'", 'filter a = "x"'),
        ("filterindex a in [1,2,]", "filter a in [1, 2]"),
        ("stats count(*) by a, bin(5 min)", "stats count(*) by a, bin(5 min)"),
        ("stats sum(a) as s by bin(1h) offset 30m", "stats sum(a) as s by bin(1h) offset 30m"),
        ("sort a", "sort a"),
        ("sort by a DESC, b asc", "sort a desc, b"),
        ("order by a desc", "sort a desc"),
        ("limit 10", "limit 10"),
        ("limit any 10", "limit any 10"),
        ("head 10", "limit 10"),
        ("tail 10", "tail 10"),
        ('parse "a * b *" as x, y', 'parse "a * b *" as x, y'),
        ("parse f 'a*' @x", 'parse f "a*" as @x'),
        ("parse f /(?<x>a)/", "parse f /(?<x>a)/"),
        ("parse f /(a)(b)/ as x, y multi", "parse f /(a)(b)/ as x, y multi"),
        ("parse f logfmt as m", "parse f logfmt as m"),
        ("parse logfmt as m", "parse logfmt as m"),
        ("parse f csv as a, b", "parse f csv as a, b"),
        ("parse f[0].g '*' as a", 'parse f[0].g "*" as a'),
        ("json field=f 'a.b' as x", 'json field=f "a.b" as x'),
        ("dedup a, b", "dedup a, b"),
        ("unnest a.b into c", "unnest a.b into c"),
        ("expand a", "expand a"),
        ("pattern @message", "pattern @message"),
        ("diff", "diff"),
        ("diff PREVIOUSDAY", "diff previousDay"),
        ("accum a", "accum a"),
        ("accum a as b", "accum a as b"),
        ("countFrequent a, b", "countFrequent a, b"),
        ("count_frequent a", "countFrequent a"),
        ("filldown", "filldown"),
        ("filldown a, b*", "filldown a b*"),
        ("fillmissing", "fillmissing"),
        ("fillmissing with -1 for a, b", "fillmissing with -1 for a, b"),
        ("SOURCE logGroups(namePrefix: ['a'])", "SOURCE logGroups(namePrefix: ['a'])"),
    ],
)
def test_every_command_has_its_node(text: str, rendered: str) -> None:
    """What is rendered from the tree is what was meant."""
    assert render_command(_command(text)) == rendered


def test_commands_stand_in_the_order_written() -> None:
    """Pipes separate them; lines, blanks and comments mean nothing."""
    query = parse_query("fields a # one\n\n|limit 3|sort a")

    assert [type(command) for command in query.commands] == [Fields, Limit, Sort]


def test_a_column_is_named_by_its_text_or_alias() -> None:
    """The text is as written; a plain name in backticks loses them."""
    command = _command("fields  1  +  a , `b-c`, (d), e as `f g`, @x, 'it' as \"j\"")

    assert isinstance(command, Fields)
    assert [item.name for item in command.items] == ["1  +  a", "b-c", "(d)", "f g", "@x", "j"]


@pytest.mark.parametrize("alias", ["@x", "`a b`", "2xx", "1h", "count", "by", "a.b", "größe"])
def test_an_alias_may_be_any_name(alias: str) -> None:
    """Also words of the language, and names that begin with a digit."""
    command = _command(f"stats count(*) as {alias}")

    assert isinstance(command, Stats)
    assert command.aggregates[0].name == alias.strip("`")


def test_words_of_the_language_are_fields_where_no_command_can_stand() -> None:
    """Logs have fields named limit, count or type."""
    command = _command("fields count, limit, type, fields, in, by, sort")

    assert isinstance(command, Fields)
    assert [item.name for item in command.items] == ["count", "limit", "type", "fields", "in", "by", "sort"]


def test_groups_and_aggregates_are_kept_apart() -> None:
    """What stands behind by makes the groups."""
    command = _command("stats count(*) as count, avg(x) by type, bin(5m) as t")

    assert isinstance(command, Stats)
    assert [item.name for item in command.groups] == ["type", "t"]
    assert [item.name for item in command.aggregates] == ["count", "avg(x)"]


def test_a_glob_keeps_its_text_and_names() -> None:
    """Quotes and brackets in a glob are literal."""
    command = _command("""parse @message '"status":*, [*]' as code, rest""")

    assert isinstance(command, ParseGlob)
    assert command.pattern.value == '"status":*, [*]'
    assert [name.text for name in command.names] == ["code", "rest"]


def test_a_pattern_brings_its_own_names() -> None:
    """They come from the named groups, wherever those stand."""
    command = _command(r"parse @message /(?<a>\(?<x>)[(?<b>](?:c)(?P<d>.)/")

    assert isinstance(command, ParseRegex)
    assert [name.text for name in command.names] == ["a", "d"]
    assert command.named_groups


@pytest.mark.parametrize(
    "text",
    [
        "SOURCE '/aws/lambda/x'",
        "SOURCE /aws/lambda/x",
        "SOURCE x START=-3600s END=0s",
        'SOURCE logGroups(namePrefix: ["a", "b"]) dataSource(["c"])',
        'SOURCE logGroupTags([{"key": "env", "values": ["prod"]}])',
    ],
)
def test_a_source_is_kept_as_written(text: str) -> None:
    """Files stand in for the log groups, so nothing of it is read."""
    query = parse_query(f"{text} | SOURCE 'b' | fields a")

    assert query.commands[0] == LogGroupSource(query.commands[0].span, text)


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("| fields a", "leading-pipe"),
        ("fields a |", "trailing-pipe"),
        ("fields a, | limit 1", "trailing-comma"),
        ("filter a = 1, | limit 1", "trailing-comma"),
        ("stats count(*), by a", "trailing-comma"),
        ("filter a == 1", "double-equals"),
        ("sort by a", "sort-by"),
        ("order by a", "order-by"),
        ("stats count(*) group by a", "group-by"),
        ("parse '*' a", "missing-as"),
        ("filter !ispresent(a)", "exclamation-mark"),
        ("filter a in (1, 2)", "list-in-parentheses"),
        ("fields a as 'b'", "quoted-alias"),
    ],
)
def test_forms_that_no_page_documents_are_taken_with_a_note(text: str, slug: str) -> None:
    """People and AWS's own samples write them; the note says what is documented."""
    assert [note.slug for note in parse_query(text).notes] == [slug]
