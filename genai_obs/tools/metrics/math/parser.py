"""
Metric math from text to tree.

CloudWatch documents no precedence; this is the usual one (our choice), weakest first::

    OR || < AND && < == != <= >= < > < + - < * / < - (sign) < ^ (to the right)
"""

from typing import NamedTuple

from genai_obs.tools.metrics.math.foreign import OPERATORS, PREFIXES
from genai_obs.tools.metrics.math.lexer import tokenize
from genai_obs.tools.metrics.math.syntax import Binary, Broken, Call, Listed, Name, Negative, Node, Number, Text
from genai_obs.tools.text.cursor import Cursor, ProblemError, shown
from genai_obs.tools.text.diagnostics import Diagnostic
from genai_obs.tools.text.source import Source, Span
from genai_obs.tools.text.tokens import Token

# Characters of one expression (API_MetricDataQuery, documented).
MOST_CHARACTERS = 2048

# Expressions in progress at once. Each costs up to eight frames of Python, of which there are 1,000.
NESTING_LIMIT = 80

_COMPARE = 30
_POWERS = {
    "||": 10,
    "OR": 10,
    "&&": 20,
    "AND": 20,
    **dict.fromkeys(("==", "!=", "<=", ">=", "<", ">"), _COMPARE),
    "+": 40,
    "-": 40,
    "*": 50,
    "/": 50,
}
_SAME = {"&&": "AND", "||": "OR"}

# Operators that group alike, and which of them may not stand unparenthesised inside which without a warning.
_CLASSES = {operator: "comparison" for operator, power in _POWERS.items() if power == _COMPARE}
_UNCLEAR = {"OR": ("AND",), "comparison": ("comparison",), "^": ("^",), "sign": ("^",)}


class Parsed(NamedTuple):
    """The tree of an expression, what is wrong with its text, and what is probably not meant."""

    tree: Node
    problems: list[Diagnostic]
    warnings: list[Diagnostic]


def parse_expression(text: str) -> Parsed:
    """Return the tree of an expression and every problem found in its text; total, for any text."""
    source = Source(text)
    if len(text) > MOST_CHARACTERS:
        message = f"an expression has at most {MOST_CHARACTERS:,} characters; this one has {len(text):,}"
        hint = "put a part of it in a row of its own"
        problem = Diagnostic("math-too-long", message, Span(MOST_CHARACTERS, len(text)), hint)
        return Parsed(Broken(Span(0, len(text))), [problem], [])
    tokens, problems = tokenize(source)
    parser = _Parser(Cursor(source, tokens), problems)
    return Parsed(parser.whole(), parser.problems, parser.warnings)


class _TooDeepError(ProblemError):
    """Ends the parsing of a whole expression: nothing behind this place can be trusted to be short."""


class _Parser:
    """Parses one expression, keeping every problem."""

    def __init__(self, cursor: Cursor, problems: list[Diagnostic]) -> None:
        self._cursor = cursor
        self.problems = problems
        self.warnings: list[Diagnostic] = []
        self._nesting = 0
        self._grouped: set[Span] = set()

    def whole(self) -> Node:
        """Parse ``expression end``."""
        try:
            tree = self._guarded(closing=())
        except _TooDeepError as problem:
            self._keep(problem.problem)
            return Broken(problem.problem.span)
        if not self._cursor.at("end") and not isinstance(tree, Broken):
            self._keep(self._cursor.unexpected("an operator or the end").problem)
        return tree

    def _keep(self, problem: Diagnostic) -> None:
        """Keep a problem; of all that misses where the text ends only the first."""
        end = Span(len(self._cursor.source.text), len(self._cursor.source.text))
        if problem.span != end or all(kept.span != end for kept in self.problems):
            self.problems.append(problem)

    def _guarded(self, closing: tuple[str, ...]) -> Node:
        """Parse an expression; at a problem keep it and go on behind the part that has it."""
        start, nesting = self._cursor.peek().span.start, self._nesting
        try:
            found = self._expression(0)
        except _TooDeepError:
            raise
        except ProblemError as problem:
            self._keep(problem.problem)
            self._nesting = nesting
            self._skip(closing)
            return Broken(self._cursor.since(start))
        if closing and not self._cursor.at(*closing):
            self._keep(self._cursor.unexpected(f"an operator or {_shown(closing)}").problem)
            self._skip(closing)
        return found

    def _skip(self, closing: tuple[str, ...]) -> None:
        depth = 0
        while not self._cursor.at("end"):
            if depth == 0 and self._cursor.at(*closing):
                return
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(self._cursor.take().kind, 0)
            depth = max(depth, 0)

    def _expression(self, power: int) -> Node:
        """Parse operands joined by operators that bind at least as strongly as ``power``."""
        self._deeper()
        left = self._signed()
        while True:
            operator = self._operator()
            if operator is None or _POWERS[operator] < power:
                break
            token = self._cursor.take()
            self._refuse_foreign(token)
            right = self._expression(_POWERS[operator] + 1)
            left = self._binary(_SAME.get(operator, operator), token, left, right)
        self._nesting -= 1
        return left

    def _binary(self, operator: str, token: Token, left: Node, right: Node) -> Binary:
        for operand in (left, right):
            self._warn_of_strength(operator, token, operand)
        return Binary(left.span.to(right.span), operator, token.span, left, right)

    def _warn_of_strength(self, operator: str, token: Token, operand: Node) -> None:
        """Warn where the grouping hangs on a strength that other languages do not agree on either."""
        if not isinstance(operand, Binary) or operand.span in self._grouped:
            return
        if _CLASSES.get(operand.operator, operand.operator) in _UNCLEAR.get(_CLASSES.get(operator, operator), ()):
            message = (
                f"whether {operand.operator} or {shown(operator)[1:-1]} binds more strongly here is not documented"
            )
            self.warnings.append(Diagnostic("math-precedence", message, token.span, "put one of them in parentheses"))

    def _operator(self) -> str | None:
        text = self._cursor.peek().text
        foreign = OPERATORS.get(text)
        found = foreign.taken_as if foreign else text
        return found if found in _POWERS else None

    def _refuse_foreign(self, token: Token) -> None:
        foreign = OPERATORS.get(token.text)
        if foreign:
            message = f"metric math has no operator {shown(token.text)}"
            self.problems.append(Diagnostic("math-operator", message, token.span, foreign.hint))

    def _signed(self) -> Node:
        """Parse ``{ "-" } power``."""
        signs = []
        while self._cursor.at("-", "+", "!") or self._cursor.peek().text in PREFIXES:
            token = self._cursor.take()
            if token.kind == "-":
                signs.append(token)
            else:
                message = f"metric math has no {shown(token.text)} before an operand"
                self.problems.append(Diagnostic("math-operator", message, token.span, PREFIXES[token.text]))
        found = self._power()
        for sign in reversed(signs):
            self._warn_of_strength("sign", sign, found)
            found = Negative(sign.span.to(found.span), found)
        return found

    def _power(self) -> Node:
        """Parse ``primary [ "^" signed ]``."""
        base = self._primary()
        token = self._cursor.peek()
        if token.text not in {"^", "**"}:
            return base
        self._refuse_foreign(self._cursor.take())
        self._deeper()
        exponent = self._signed()
        self._nesting -= 1
        return self._binary("^", token, base, exponent)

    def _primary(self) -> Node:
        """Parse ``number | text | id | call | "(" expression ")" | "[" expression { "," expression } "]"``."""
        token = self._cursor.take()
        if token.kind == "number":
            return self._number(token)
        if token.kind == "string":
            return Text(token.span, token.text[1:-1])
        if token.kind == "name" and token.text not in _POWERS:
            return self._call(token) if self._cursor.at("(") else Name(token.span, token.text)
        if token.kind == "(":
            return self._parenthesis(token)
        if token.kind == "[":
            items = self._list("]")
            return Listed(self._cursor.since(token.span.start), items)
        if token.kind != "end":
            self._cursor.position -= 1
        raise self._cursor.unexpected("a number, an id, a function or (")

    def _number(self, token: Token) -> Node:
        value = _float(token.text)
        if value is None:
            # The lexer may have told already that this is no number.
            if not any(problem.span == token.span for problem in self.problems):
                self.problems.append(Diagnostic("math-number", "this number is too large", token.span))
            return Broken(token.span)
        return Number(token.span, value)

    def _parenthesis(self, opening: Token) -> Node:
        found = self._guarded((")",))
        self._close(")", opening)
        self._grouped.add(found.span)
        return found

    def _call(self, name: Token) -> Node:
        """Parse ``"(" [ expression { "," expression } ] ")"`` behind a name."""
        self._cursor.take()
        arguments = self._list(")")
        return Call(self._cursor.since(name.span.start), name.text, name.span, arguments)

    def _list(self, closing: str) -> tuple[Node, ...]:
        opening = self._cursor.previous()
        if self._cursor.accept(closing):
            return ()
        items = [self._guarded((",", closing))]
        while self._cursor.accept(","):
            items.append(self._guarded((",", closing)))
        self._close(closing, opening)
        return tuple(items)

    def _close(self, closing: str, opening: Token) -> None:
        if not self._cursor.accept(closing):
            hint = f"it opens in column {self._cursor.source.line_column(opening.span.start)[1]}"
            self._keep(self._cursor.unexpected(closing, hint).problem)

    def _deeper(self) -> None:
        self._nesting += 1
        if self._nesting > NESTING_LIMIT:
            message = f"more than {NESTING_LIMIT} levels are nested here"
            hint = "put a part of it in a row of its own"
            raise _TooDeepError(Diagnostic("math-too-deep", message, self._cursor.peek().span, hint))


def _shown(closing: tuple[str, ...]) -> str:
    return " or ".join("a comma" if text == "," else text for text in closing)


def _float(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if value != float("inf") else None
