"""
Expressions of the query language, by binding powers.

AWS documents no precedence; this is the usual one, which fits every sample it prints (our choice)::

    or < and < not < = != < <= > >= like =~ in < + - < * / % < ^ (to the right) < - (sign)
"""

from genai_obs.tools.insights.language.foreign import foreign_operator
from genai_obs.tools.insights.language.matches_parser import MatchParser
from genai_obs.tools.insights.language.syntax import Binary, BinaryOperator, Expression, Negative, Not
from genai_obs.tools.insights.language.tree import depth_of
from genai_obs.tools.text.cursor import Cursor, ProblemError
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


class ExpressionParser(MatchParser):
    """Parses expressions at a cursor; one per query."""

    def __init__(self, cursor: Cursor, notes: list[Diagnostic]) -> None:
        super().__init__(cursor, notes)
        self._nesting = 0

    def expression(self) -> Expression:
        """Parse ``or_expression``; the tree is at most ``DEPTH_LIMIT`` levels deep."""
        self._nesting = 0
        start = self._cursor.peek().span.start
        found = self._bound(0)
        if depth_of(found) > DEPTH_LIMIT:
            raise self._too_deep(self._cursor.since(start))
        return found

    def constant(self) -> Expression:
        """Parse a literal with an optional sign."""
        if self._cursor.at("-", "number", "string", "period") or self._cursor.at_word("true", "false"):
            return self._prefix(_SIGN)
        raise self._cursor.unexpected("a number or a quoted text")

    def _bound(self, power: int) -> Expression:
        self._nesting += 1
        if self._nesting > NESTING_LIMIT:
            raise self._too_deep(self._cursor.peek().span)
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

    def _refuse_foreign(self, token: Token) -> None:
        problem = foreign_operator(token, self._cursor.peek(1))
        if problem:
            raise self._cursor.problem(problem.slug, problem.message, problem.span, problem.hint)

    def _too_deep(self, span: Span) -> ProblemError:
        return self._cursor.problem(
            "expression-too-deep", "this expression is nested too deeply", span, "split it over several commands"
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
