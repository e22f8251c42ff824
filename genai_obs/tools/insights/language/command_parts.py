"""What several commands are made of: lists of items, names and fields, and numbers of rows."""

from genai_obs.tools.insights.language.expressions_parser import ExpressionParser
from genai_obs.tools.insights.language.lexer import name_parts, string_value
from genai_obs.tools.insights.language.syntax import Expression, Field, Item, Name
from genai_obs.tools.text.cursor import Cursor, shown
from genai_obs.tools.text.diagnostics import Diagnostic
from genai_obs.tools.text.source import Span

# Rows a query may give (AWS: "CWL_QuerySyntax-Limit", documented).
MOST_ROWS = 100_000


class CommandParser:
    """The parts of commands at a cursor."""

    def __init__(self, cursor: Cursor, notes: list[Diagnostic]) -> None:
        self.cursor = cursor
        self.expressions = ExpressionParser(cursor, notes)
        self._notes = notes

    def items(self, stops: tuple[str, ...] = ()) -> tuple[Item, ...]:
        """Parse ``item { "," item }``; a comma before a pipe, the end or a word of ``stops`` closes the list."""
        items = [self._item()]
        while self.comma(stops):
            items.append(self._item())
        return tuple(items)

    def comma(self, stops: tuple[str, ...] = ()) -> bool:
        """Take a comma and return whether something follows it in the list."""
        token = self.cursor.accept(",")
        if token is None:
            return False
        at_stop = self.cursor.at_word(*stops) and self.cursor.at("name", ahead=1)
        if not (at_stop or self.cursor.at("|", "end")):
            return True
        self.note("trailing-comma", "the comma before this is too much for CloudWatch", token.span, "leave it out")
        return False

    def field_list(self) -> tuple[Field, ...]:
        """Parse ``field { "," field }``."""
        fields = [self.expressions.field()]
        while self.comma():
            fields.append(self.expressions.field())
        return tuple(fields)

    def names(self) -> tuple[Name, ...]:
        """Parse ``name { "," name }``."""
        names = [self.name()]
        while self.comma():
            names.append(self.name())
        return tuple(names)

    def name(self) -> Name:
        """Parse a new name: any name, one in backticks, also one that begins with a digit."""
        token = self.cursor.peek()
        if token.kind == "string":
            self.note("quoted-alias", "CloudWatch documents names plain or in backticks", token.span, "write `name`")
        elif token.kind not in {"name", "period"}:
            raise self.cursor.unexpected("a name", "odd names stand in backticks: `my name`")
        self.cursor.take()
        text = string_value(token) if token.kind == "string" else ".".join(name_parts(token))
        following = self.cursor.peek()
        if following.kind == "-" and following.span.start == token.span.end:
            raise self.cursor.problem(
                "odd-name",
                f"a name with - stands in backticks, so that {shown(text)} is not cut off",
                token.span.to(following.span),
                "write `my-name`",
            )
        return Name(token.span, text)

    def wildcard(self) -> Name:
        """Parse a name in which ``*`` stands for any text, such as ``cpu*``."""
        first = self.cursor.take()
        span = first.span
        while self.cursor.at("name", "*") and self.cursor.peek().span.start == span.end:
            span = span.to(self.cursor.take().span)
        return Name(span, self.cursor.source.text[span.start : span.end].replace("`", ""))

    def row_count(self) -> int:
        """Parse a number of rows, 1 to 100,000."""
        token = self.cursor.expect("number", "a number of rows")
        if not token.text.isascii() or not token.text.isdigit() or not 1 <= int(token.text) <= MOST_ROWS:
            raise self.cursor.problem("row-count", f"a number of rows is whole and from 1 to {MOST_ROWS:,}", token.span)
        return int(token.text)

    def text_since(self, start: int, expression: Expression) -> str:
        """Return the text from an offset to here; that of a plain name in backticks is the name alone."""
        span = self.cursor.since(start)
        is_plain = isinstance(expression, Field) and expression.span == span and not self._text(span).startswith("(")
        return expression.name if is_plain and isinstance(expression, Field) else self._text(span).strip()

    def note(self, slug: str, message: str, span: Span, hint: str | None = None) -> None:
        """Keep a warning about a form that CloudWatch does not document."""
        self._notes.append(Diagnostic(slug, message, span, hint))

    def _item(self) -> Item:
        start = self.cursor.peek().span.start
        expression = self.expressions.expression()
        text = self.text_since(start, expression)
        alias = self.name() if self.cursor.accept_word("as") else None
        return Item(self.cursor.since(start), expression, alias, text)

    def _text(self, span: Span) -> str:
        return self.cursor.source.text[span.start : span.end]
