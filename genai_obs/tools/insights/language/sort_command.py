"""The command ``sort``, and ``order by``, its form in other languages."""

from genai_obs.tools.insights.language.command_parts import CommandParser
from genai_obs.tools.insights.language.syntax import Command, Sort, SortKey


def parse_sort(parser: CommandParser, start: int) -> Command:
    """``"sort" [ "by" ] key [ "asc" | "desc" ] { "," key [ "asc" | "desc" ] }``."""
    cursor = parser.cursor
    if cursor.at_word("by") and cursor.at("name", "(", ahead=1) and not cursor.at_word("asc", "desc", ahead=1):
        parser.note("sort-by", "CloudWatch documents sort without by", cursor.take().span, "leave by out")
    keys = [_sort_key(parser)]
    while parser.comma():
        keys.append(_sort_key(parser))
    return Sort(cursor.since(start), tuple(keys))


def parse_order(parser: CommandParser, start: int) -> Command:
    """``"order" "by" …``: seen in public queries, the same as sort."""
    word = parser.cursor.previous()
    parser.cursor.expect_word("by", "write sort")
    parser.note("order-by", "CloudWatch documents sort, not order by", word.span, "write sort")
    return parse_sort(parser, start)


def _sort_key(parser: CommandParser) -> SortKey:
    cursor = parser.cursor
    start = cursor.peek().span.start
    expression = parser.expressions.expression()
    text = parser.text_since(start, expression)
    direction = cursor.accept_word("asc", "desc", "ascending", "descending")
    if direction and len(direction.text) > 4:
        raise cursor.problem(
            "unexpected-token", f"the direction is written {direction.text[:-6].lower()}", direction.span
        )
    if not direction and cursor.at_word("as"):
        raise cursor.problem(
            "sort-alias", "no name is made in sort", cursor.peek().span, "make it in a fields command before"
        )
    descending = direction is not None and direction.is_word("desc")
    return SortKey(cursor.since(start), expression, text, descending)
