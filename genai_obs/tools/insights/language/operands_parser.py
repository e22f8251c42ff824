"""Operands of expressions: literals, names, calls, and access into maps and lists."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace

from genai_obs.tools.insights.language.foreign import refuse_name, refuse_operand
from genai_obs.tools.insights.language.lexer import name_parts, string_value
from genai_obs.tools.insights.language.names import canonical
from genai_obs.tools.insights.language.periods import find_unit
from genai_obs.tools.insights.language.syntax import (
    Access,
    Boolean,
    Call,
    Expression,
    Field,
    Number,
    Period,
    String,
)
from genai_obs.tools.text.cursor import Cursor
from genai_obs.tools.text.diagnostics import Diagnostic
from genai_obs.tools.text.source import Span
from genai_obs.tools.text.tokens import Token


class OperandParser(ABC):
    """
    Parses what stands between operators.

    Args:
        cursor: The place in the query.

        notes: Where forms go that CloudWatch does not document.
    """

    def __init__(self, cursor: Cursor, notes: list[Diagnostic]) -> None:
        self._cursor = cursor
        self._notes = notes

    @abstractmethod
    def _bound(self, power: int) -> Expression:
        """Parse an expression of operators that bind at least so strongly."""

    def postfix(self) -> Expression:
        """Parse ``primary { "." name | "[" integer "]" }``."""
        found = self._primary()
        while isinstance(found, (Field, Call, Access)) or self._cursor.previous().kind == ")":
            if self._cursor.at("["):
                found = self._index(found)
            elif self._cursor.at("."):
                found = self._keys(found)
            else:
                break
        return found

    def _primary(self) -> Expression:
        token = self._cursor.peek()
        if token.kind == "(":
            return self._parenthesised()
        if token.kind == "name":
            return self._call() if self._cursor.at("(", ahead=1) else self._word()
        parse = _LITERALS.get(token.kind)
        if parse is None:
            refuse_operand(self._cursor)
            raise self._cursor.unexpected("a field, a number, a quoted text or a function")
        self._cursor.take()
        return parse(token)

    def _parenthesised(self) -> Expression:
        opening = self._cursor.take()
        inner = self._bound(0)
        closing = self._cursor.expect(")", ") for the parenthesis opened before")
        return replace(inner, span=opening.span.to(closing.span))

    def _word(self) -> Expression:
        token = self._cursor.peek()
        if token.is_word("true", "false"):
            self._cursor.take()
            return Boolean(token.span, token.text.lower() == "true")
        return self.field()

    def field(self) -> Field:
        """Parse a name, dotted or in backticks."""
        token = self._cursor.expect("name", "a field")
        refuse_name(self._cursor, token)
        return Field(token.span, name_parts(token))

    def _call(self) -> Expression:
        """Parse ``name "(" [ "*" | expression { "," expression } ] ")"``."""
        name = self._cursor.take()
        self._cursor.take()
        star = self._cursor.at(")", ahead=1) and self._cursor.accept("*") is not None
        arguments: list[Expression] = []
        while not self._cursor.at(")") or arguments:
            if star:
                break
            arguments.append(self._argument(name))
            if not self._cursor.accept(","):
                break
        closing = self._cursor.expect(")", f") or a comma in the call of {name.text}")
        return Call(name.span.to(closing.span), canonical(name.text), tuple(arguments), star)

    def _argument(self, name: Token) -> Expression:
        if self._cursor.at_word("distinct") and self._cursor.at("name", ahead=1):
            raise self._cursor.problem(
                "foreign-form",
                f"{name.text}(distinct …) is SQL",
                self._cursor.peek().span,
                "write countDistinct(field)",
            )
        unit = find_unit(self._cursor.peek(1).text) if self._cursor.at("number") else None
        if unit is None:
            return self._bound(0)
        number, word = self._cursor.take(), self._cursor.take()
        return _period(Token("period", number.text + word.text, number.span.to(word.span)))

    def _index(self, operand: Expression) -> Expression:
        self._cursor.take()
        is_key = self._cursor.at("string")
        hint = f"write .`{string_value(self._cursor.peek())}` for a key" if is_key else "positions count from 0"
        token = self._cursor.expect("number", "the position of a list element", hint)
        if not token.text.isdigit():
            raise self._cursor.problem(
                "unexpected-token", "the position of a list element is a whole number", token.span
            )
        closing = self._cursor.expect("]", "]")
        return Access(operand.span.to(closing.span), operand, int(token.text))

    def _keys(self, operand: Expression) -> Expression:
        before, dot = self._cursor.previous(), self._cursor.take()
        if before.span.end != dot.span.start or self._cursor.peek().span.start != dot.span.end:
            raise self._cursor.problem("unexpected-token", "no blanks stand around the dot of a name", dot.span)
        if not self._cursor.at("name", "number", "period"):
            raise self._cursor.unexpected("a name after the dot")
        token = self._cursor.take()
        for key in name_parts(token):
            operand = Access(operand.span.to(token.span), operand, int(key) if key.isdigit() else key)
        return operand

    def _note(self, slug: str, message: str, span: Span, hint: str | None = None) -> None:
        self._notes.append(Diagnostic(slug, message, span, hint))


def _period(token: Token) -> Period:
    digits = token.text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    unit = find_unit(token.text[len(digits) :])
    assert unit is not None, "the lexer knows the same units"
    return Period(token.span, int(digits), unit)


_LITERALS: dict[str, Callable[[Token], Expression]] = {
    "number": lambda token: Number(token.span, token.text),
    "string": lambda token: String(token.span, string_value(token)),
    "period": _period,
}
