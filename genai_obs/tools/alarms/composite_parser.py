"""
From the rule of a composite alarm to its tree.

A mistake ends its operand only: parsing goes on behind it, so that all mistakes are told at once.

Unknown, so ours: NOT binds closer than AND, AND closer than OR; words are written in capitals, as everywhere in AWS's
pages, except for ``true`` and ``false``, of which "PutCompositeAlarm" itself writes one in small letters.
"""

from genai_obs.tools.alarms.composite_operands import OperandParser
from genai_obs.tools.alarms.composite_rule import Constant, Every, Node, Not, Rule, Some
from genai_obs.tools.alarms.composite_tokens import AT_LEAST, CONSTANTS, FUNCTIONS, HABITS, LEXER, STATES, near_word
from genai_obs.tools.text.cursor import Cursor, ProblemError, shown
from genai_obs.tools.text.diagnostics import Diagnostic, TextError
from genai_obs.tools.text.source import Source, Span
from genai_obs.tools.text.tokens import Token

# AWS: "PutCompositeAlarm" and "alarm-combining", documented.
MOST_CHILDREN = 100
MOST_ELEMENTS = 500
LONGEST_RULE = 10_240

# Brackets inside brackets (our choice): no rule of a person comes near, and a parser that recurses needs an end.
_DEEPEST = 60


def parse_rule(text: str) -> Rule:
    """
    Parse the rule of a composite alarm.

    Raises:
        TextError: It is no rule, or over one of CloudWatch's limits; with every mistake found.
    """
    source = Source(text)
    if len(text) > LONGEST_RULE:
        message = f"a rule has at most {LONGEST_RULE:,} characters, this one {len(text):,}"
        raise TextError(source, [Diagnostic("rule-too-long", message, Span(LONGEST_RULE, len(text)))])
    parser = _Parser(Cursor(source, LEXER.tokens(source)))
    rule = Rule(source, parser.rule())
    problems = parser.problems or _over_limits(rule, parser.elements)
    if problems:
        raise TextError(source, problems)
    return rule


def _over_limits(rule: Rule, elements: int) -> list[Diagnostic]:
    children = len(rule.children())
    whole = Span(0, len(rule.source.text))
    problems = []
    if children > MOST_CHILDREN:
        message = f"a rule names at most {MOST_CHILDREN} alarms, this one {children}"
        problems.append(Diagnostic("too-many-children", message, whole))
    if elements > MOST_ELEMENTS:
        message = f"a rule has at most {MOST_ELEMENTS} elements (alarms, TRUE, FALSE, brackets), this one {elements}"
        problems.append(Diagnostic("too-many-elements", message, whole))
    return problems


class _Parser(OperandParser):
    def __init__(self, cursor: Cursor) -> None:
        super().__init__(cursor)
        self._depth = 0

    def rule(self) -> Node:
        """Parse ``some end``."""
        root = self._some()
        while not self.cursor.at("end"):
            self.problems.append(self.behind_operand().problem)
            self.cursor.take()
            self._skip_to_operator(depth=0)
            if self.operator("AND") or self.operator("OR"):
                self._some()
        return root

    def _some(self) -> Node:
        """Parse ``every { "OR" every }``."""
        start = self.cursor.peek().span.start
        operands = [self._every()]
        while self.operator("OR"):
            operands.append(self._every())
        return operands[0] if len(operands) == 1 else Some(self.cursor.since(start), tuple(operands))

    def _every(self) -> Node:
        """Parse ``operand { "AND" operand }``."""
        start = self.cursor.peek().span.start
        operands = [self._operand()]
        while self.operator("AND"):
            operands.append(self._operand())
        return operands[0] if len(operands) == 1 else Every(self.cursor.since(start), tuple(operands))

    def _operand(self) -> Node:
        """Parse ``{ "NOT" } primary``; behind a mistake go on with the next operator."""
        start = self.cursor.peek().span.start
        negated = False
        while self.operator("NOT"):
            negated = not negated
        begin = self.cursor.position
        try:
            node = self._primary()
        except ProblemError as error:
            self.problems.append(error.problem)
            self._skip_to_operator(self._opened_since(begin))
            node = Constant(self.cursor.since(start), value=False)
        return Not(self.cursor.since(start), node) if negated else node

    def _primary(self) -> Node:
        """Parse ``"(" some ")" | "TRUE" | "FALSE" | state "(" name ")" | at_least``."""
        token = self.cursor.peek()
        if token.kind == "(":
            return self._brackets()
        if token.kind != "name":
            raise self._no_operand(token)
        self.cursor.take()
        word = token.text.upper()
        if word in CONSTANTS:
            self.elements += 1
            return Constant(token.span, CONSTANTS[word])
        if word in STATES:
            self.check_letters(token, word)
            return self.state_is(token, STATES[word])
        if word == AT_LEAST:
            self.check_letters(token, word)
            return self.at_least(token)
        raise self._unknown(token)

    def _brackets(self) -> Node:
        opening = self.cursor.take()
        self.elements += 2
        self._depth += 1
        if self._depth > _DEEPEST:
            message = f"brackets are at most {_DEEPEST} deep here"
            raise TextError(self.cursor.source, [*self.problems, Diagnostic("rule-too-deep", message, opening.span)])
        inner = self._some()
        self._depth -= 1
        self.close(opening)
        return inner

    def _no_operand(self, token: Token) -> ProblemError:
        if token.kind == "quoted":
            return self.cursor.unexpected("a condition", f"write ALARM({token.text})")
        if token.kind == "open-quote":
            return self.unclosed(token)
        return self.cursor.unexpected("a condition such as ALARM(name)")

    def _unknown(self, token: Token) -> ProblemError:
        if not self.cursor.at("("):
            write = near_word(token.text, tuple(CONSTANTS)) or f"write ALARM({token.text})"
            return self.cursor.problem("no-condition", f"{shown(token.text)} is no condition", token.span, write)
        hint = near_word(HABITS.get(token.text.upper(), token.text), FUNCTIONS)
        message = f"a rule has no function {shown(token.text)}"
        return self.cursor.problem("unknown-function", message, token.span, hint)

    def _opened_since(self, begin: int) -> int:
        """Return how many brackets were opened and not closed from one position to here."""
        kinds = [self.cursor.peek(place - self.cursor.position).kind for place in range(begin, self.cursor.position)]
        return kinds.count("(") - kinds.count(")")

    def _skip_to_operator(self, depth: int) -> None:
        """Step to the next AND or OR or closing bracket outside the brackets that are open here, or to the end."""
        while not self.cursor.at("end"):
            token = self.cursor.peek()
            if depth <= 0 and (token.kind == ")" or token.text in {"AND", "OR"}):
                return
            depth += (token.kind == "(") - (token.kind == ")")
            self.cursor.take()
