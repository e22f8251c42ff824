"""The command ``parse`` in its four forms, and ``json``."""

from genai_obs.tools.insights.language.command_parts import CommandParser
from genai_obs.tools.insights.language.lexer import string_value
from genai_obs.tools.insights.language.regex import group_names
from genai_obs.tools.insights.language.syntax import (
    Command,
    Expression,
    Name,
    ParseCsv,
    ParseGlob,
    ParseJson,
    ParseLogfmt,
    ParseRegex,
    String,
)
from genai_obs.tools.text.cursor import Cursor


def parse_parse(parser: CommandParser, start: int) -> Command:
    """``"parse" [ field ] ( glob | regex | "logfmt" "as" name | "csv" "as" names )``."""
    cursor = parser.cursor
    operand = None if _has_no_operand(cursor) else parser.expressions.postfix()
    if cursor.at("string"):
        return _glob(parser, start, operand)
    if cursor.at("regex"):
        return _regex(parser, start, operand)
    if cursor.accept_word("logfmt"):
        cursor.expect_word("as", "write parse field logfmt as name")
        name = parser.name()
        return ParseLogfmt(cursor.since(start), operand, name)
    if cursor.accept_word("csv"):
        cursor.expect_word("as", "write parse field csv as a, b")
        names = parser.names()
        return ParseCsv(cursor.since(start), operand, names)
    raise cursor.unexpected("a quoted pattern or a /regex/", 'write parse field "text * text" as name')


def _has_no_operand(cursor: Cursor) -> bool:
    if cursor.at("string", "regex"):
        return True
    if not cursor.at_word("logfmt", "csv") or not cursor.at("name", ahead=1):
        return False
    if not cursor.at_word("as", ahead=1):
        word = cursor.peek()
        hint = f"write parse field {word.text} as name"
        raise cursor.problem("unexpected-token", "the field stands before logfmt and csv", word.span, hint)
    return True


def _glob(parser: CommandParser, start: int, operand: Expression | None) -> Command:
    """``string [ "as" ] name { "," name }``: as many names as there are ``*``."""
    cursor = parser.cursor
    token = cursor.take()
    pattern = String(token.span, string_value(token))
    if not cursor.accept_word("as") and cursor.at("name"):
        parser.note("missing-as", "CloudWatch documents as before the names", cursor.peek().span, "write as")
    names = parser.names() if cursor.at("name", "string", "period") or not cursor.at("|", "end") else ()
    stars = pattern.value.count("*")
    if stars != len(names) or not stars:
        hint = "give each * a name" if stars else "put * where the value is, or look for the text with filter and like"
        raise cursor.problem("glob-names", f"the pattern has {stars} * but {len(names)} names follow", token.span, hint)
    return ParseGlob(cursor.since(start), operand, pattern, names)


def _regex(parser: CommandParser, start: int, operand: Expression | None) -> Command:
    """``regex [ "as" name { "," name } ] [ "multi" ]``."""
    cursor = parser.cursor
    pattern = parser.expressions.regex()
    groups = group_names(pattern.pattern)
    named = cursor.accept_word("as") is not None
    names = parser.names() if named else tuple(Name(pattern.span, group) for group in groups)
    multi = cursor.accept_word("multi") is not None
    if named and groups:
        raise cursor.problem(
            "regex-names", "the names stand either in the regular expression or after as", pattern.span
        )
    return ParseRegex(cursor.since(start), operand, pattern, names, named_groups=not named, multi=multi)


def parse_json(parser: CommandParser, start: int) -> Command:
    """``"json" "field" "=" field string "as" name``."""
    cursor = parser.cursor
    cursor.expect_word("field", 'write json field=name "path" as new')
    cursor.expect("=", "= after field")
    operand = parser.expressions.postfix()
    token = cursor.expect("string", "a quoted path", 'such as "a.b"')
    cursor.expect_word("as", "name the result")
    name = parser.name()
    return ParseJson(cursor.since(start), operand, String(token.span, string_value(token)), name)
