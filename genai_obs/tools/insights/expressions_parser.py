"""
Expressions of the query language, by binding powers.

AWS documents no precedence; this is the usual one, which fits every sample it prints (our choice)::

    or < and < not < = != < <= > >= like =~ in < + - < * / % < ^ (to the right) < - (sign)
"""

from collections.abc import Callable
from dataclasses import replace

from genai_obs.tools.insights.calls import canonical
from genai_obs.tools.insights.foreign import foreign_operator, refuse_name, refuse_operand
from genai_obs.tools.insights.lexer import name_parts, regex_pattern, string_value
from genai_obs.tools.insights.periods import find_unit
from genai_obs.tools.insights.syntax import (
    Access,
    Binary,
    BinaryOperator,
    Boolean,
    Call,
    Expression,
    Field,
    In,
    Like,
    Negative,
    Not,
    Number,
    Period,
    Regex,
    String,
)
from genai_obs.tools.insights.tree import depth_of
from genai_obs.tools.text.cursor import Cursor, shown
from genai_obs.tools.text.diagnostics import Diagnostic
from genai_obs.tools.text.source import Span
from genai_obs.tools.text.tokens import Token

_NOT, _COMPARE, _SIGN = 30, 40, 80

# Operator -> how strongly it binds, and how strongly its right side must bind.
_POWERS: dict[str, tuple[BinaryOperator, int, int]] = {
    "or": ("or", 10, 11),
    "and": ("and", 20, 21),
    "=": ("=", _COMPARE, 41),
    "==": ("=", _COMPARE, 41),
    "!=": ("!=", _COMPARE, 41),
    "<": ("<", _COMPARE, 41),
    "<=": ("<=", _COMPARE, 41),
    ">": (">", _COMPARE, 41),
    ">=": (">=", _COMPARE, 41),
    "+": ("+", 50, 51),
    "-": ("-", 50, 51),
    "*": ("*", 60, 61),
    "/": ("/", 60, 61),
    "%": ("%", 60, 61),
    "^": ("^", 70, 70),
}

# Nested expressions in progress. Each costs about six frames of Python, of which there are 1,000.
NESTING_LIMIT = 100

# Levels of a tree, so that whatever walks it may do so by recursion.
DEPTH_LIMIT = 200

# Longer rows of "and" or "or" become a balanced tree: they mean the same in any grouping, and stay shallow.
_FLAT_CHAIN = 64


class ExpressionParser:
    """Parses expressions at a cursor; one per query."""

    def __init__(self, cursor: Cursor, notes: list[Diagnostic]) -> None:
        self._cursor = cursor
        self._notes = notes
        self._nesting = 0

    def expression(self) -> Expression:
        """Parse ``or_expression``; the tree is at most ``DEPTH_LIMIT`` levels deep."""
        self._nesting = 0
        start = self._cursor.peek().span.start
        found = self._bound(0)
        if depth_of(found) > DEPTH_LIMIT:
            self._fail_too_deep(self._cursor.since(start))
        return found

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

    def constant(self) -> Expression:
        """Parse a literal with an optional sign."""
        if self._cursor.at("-", "number", "string", "period") or self._cursor.at_word("true", "false"):
            return self._prefix(_SIGN)
        raise self._cursor.unexpected("a number or a quoted text")

    def _bound(self, power: int) -> Expression:
        self._nesting += 1
        if self._nesting > NESTING_LIMIT:
            self._fail_too_deep(self._cursor.peek().span)
        found = self._infix(self._prefix(power), power)
        self._nesting -= 1
        return found

    def _infix(self, left: Expression, power: int) -> Expression:
        while True:
            token = self._cursor.peek()
            word = token.text.lower()
            operator = _POWERS.get(word)
            if operator and operator[1] >= power:
                left = self._binary(left, word)
            elif power <= _COMPARE and self._at_match():
                left = self._match(left)
            else:
                self._refuse_foreign(token)
                return left

    def _binary(self, left: Expression, word: str) -> Expression:
        operator, _, right_power = _POWERS[word]
        operands = [left]
        while self._cursor.peek().text.lower() == word:
            token = self._cursor.take()
            if token.text == "==":
                self._note("double-equals", "CloudWatch documents = for equality, not ==", token.span, "write =")
            operands.append(self._bound(right_power))
        if operator in {"and", "or"} and len(operands) > _FLAT_CHAIN:
            return _balanced(operator, operands)
        for right in operands[1:]:
            left = Binary(left.span.to(right.span), operator, left, right)
        return left

    def _at_match(self) -> bool:
        at_not = self._cursor.at_word("not") and self._cursor.at_word("like", "in", ahead=1)
        return at_not or self._cursor.at("=~") or self._cursor.at_word("like", "in")

    def _match(self, operand: Expression) -> Expression:
        """Parse ``[not] like (string | regex) | =~ regex | [not] in list``."""
        negated = self._cursor.accept_word("not") is not None
        token = self._cursor.take()
        if token.is_word("in"):
            options = self._options()
            return In(operand.span.to(self._cursor.previous().span), operand, options, negated)
        pattern = self._pattern(token)
        return Like(operand.span.to(pattern.span), operand, pattern, negated)

    def _pattern(self, operator: Token) -> String | Regex:
        if self._cursor.at("regex"):
            return self.regex()
        hint = f'write {operator.text} "text" or {operator.text} /regex/'
        token = self._cursor.expect("string", f"a quoted text or a /regex/ after {operator.text}", hint)
        found = String(token.span, string_value(token))
        if operator.kind == "=~" and set(found.value) & set(r".^$*+?{}[]\|()"):
            raise self._cursor.problem(
                "unclear-pattern",
                "nobody documents whether a quoted text after =~ is a regular expression",
                token.span,
                'write =~ /regex/ or like "text"',
            )
        return found

    def regex(self) -> Regex:
        """Parse ``/regex/``; nothing may follow its last slash."""
        token = self._cursor.take()
        following = self._cursor.peek()
        if following.span.start == token.span.end and following.kind in {"name", "number", "period", "regex", "]", "["}:
            self._fail_after_regex(following)
        return Regex(token.span, regex_pattern(token))

    def _fail_after_regex(self, following: Token) -> None:
        if following.kind == "name" and set(following.text) <= set("gimsuxUy"):
            raise self._cursor.problem(
                "regex-flags",
                f"no flags may follow a regular expression, but {shown(following.text)} does",
                following.span,
                "write (?i) inside, at its start",
            )
        raise self._cursor.problem(
            "unescaped-slash",
            "the regular expression ended at the slash before this",
            following.span,
            "write a slash inside as \\/",
        )

    def _options(self) -> tuple[Expression, ...]:
        closing = "]"
        if self._cursor.at("("):
            closing = ")"
            self._refuse_subquery()
            self._note(
                "list-in-parentheses", "CloudWatch documents lists in brackets", self._cursor.peek().span, "write [ ]"
            )
        elif not self._cursor.at("["):
            raise self._cursor.unexpected("a list after in", 'write in ["a", "b"]')
        self._cursor.take()
        options: list[Expression] = []
        while not self._cursor.at(closing):
            options.append(self._bound(0))
            if not self._cursor.accept(","):
                break
        self._cursor.expect(closing, f"{closing} or a comma")
        return tuple(options)

    def _refuse_subquery(self) -> None:
        if self._cursor.at_word("source", "fields", "filter", "stats", "parse", ahead=1) and self._cursor.at(
            "name", "string", "path", ahead=2
        ):
            raise self._cursor.problem(
                "unsupported-command",
                "sub-queries are not run on a laptop",
                self._cursor.peek().span,
                "the query text works on CloudWatch: add --log-group",
            )

    def _prefix(self, power: int) -> Expression:
        """Parse ``[not | ! | -] operand``."""
        token = self._cursor.peek()
        if token.kind == "!" or (token.is_word("not") and not self._is_field_named_not()):
            return self._negation(power)
        if token.kind == "-":
            self._cursor.take()
            operand = self._bound(_SIGN)
            return Negative(token.span.to(operand.span), operand)
        return self.postfix()

    def _is_field_named_not(self) -> bool:
        following = self._cursor.peek(1)
        return following.kind in {"end", "|", ",", ")", "]", "=", "!=", "<", ">", "<=", ">="}

    def _negation(self, power: int) -> Expression:
        token = self._cursor.take()
        if power > _NOT and token.kind != "!":
            raise self._cursor.problem(
                "unexpected-token", "not binds weaker than the operator before it", token.span, "put it in parentheses"
            )
        if token.kind == "!":
            self._note("exclamation-mark", "CloudWatch documents not; ! only in one sample", token.span, "write not")
        operand = self._bound(max(power, _NOT))
        return Not(token.span.to(operand.span), operand)

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
        token = self._cursor.expect("number", "the position of a list element", "positions count from 0")
        if not token.text.isdigit():
            raise self._cursor.problem(
                "unexpected-token", "the position of a list element is a whole number", token.span
            )
        closing = self._cursor.expect("]", "]")
        return Access(operand.span.to(closing.span), operand, int(token.text))

    def _keys(self, operand: Expression) -> Expression:
        self._cursor.take()
        if not self._cursor.at("name", "number", "period"):
            raise self._cursor.unexpected("a name after the dot")
        token = self._cursor.take()
        for key in name_parts(token):
            operand = Access(operand.span.to(token.span), operand, int(key) if key.isdigit() else key)
        return operand

    def _refuse_foreign(self, token: Token) -> None:
        problem = foreign_operator(token, self._cursor.peek(1))
        if problem:
            raise self._cursor.problem(problem.slug, problem.message, problem.span, problem.hint)

    def _note(self, slug: str, message: str, span: Span, hint: str | None = None) -> None:
        self._notes.append(Diagnostic(slug, message, span, hint))

    def _fail_too_deep(self, span: Span) -> None:
        raise self._cursor.problem(
            "too-deep", "this expression is nested too deeply", span, "split it over several commands"
        )


def _balanced(operator: BinaryOperator, operands: list[Expression]) -> Expression:
    """Join operands of ``and`` or ``or`` into a tree of few levels."""
    while len(operands) > 1:
        pairs = [operands[index : index + 2] for index in range(0, len(operands), 2)]
        operands = [
            Binary(pair[0].span.to(pair[-1].span), operator, pair[0], pair[1]) if len(pair) > 1 else pair[0]
            for pair in pairs
        ]
    return operands[0]


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
